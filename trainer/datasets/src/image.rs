//! Pictures from encoded files, as torchvision's `ImageFolder` gives them, that is Pillow's `convert("RGB")`: in RGB,
//! grey-scale and palettes too; without transparency, colour profiles, gamma or the orientation in EXIF.

mod fit;
mod jpeg;
mod png;
mod resample;
mod webp;
mod wide;

pub(crate) use self::fit::{centre, fit, scale};
pub(crate) use self::jpeg::{
    Room as JpegRoom, decode_part as decode_jpeg_part, encode as encode_jpeg, marks as jpeg_marks,
};
pub(crate) use self::png::encode as encode_png;
pub(crate) use self::resample::{Room as ResampleRoom, reduction, stretch};

/// No picture has more pixels; Pillow warns of "decompression bombs" from here on.
const PIXELS_MAX: usize = 89_478_485;

/// A picture in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// H x W x 3 bytes (row, column, RGB).
    pub(crate) pixels: Vec<u8>,
    /// In pixels.
    pub(crate) width: usize,
    /// In pixels.
    pub(crate) height: usize,
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Rect {
    /// All the pixels of a picture that have some of the part, where each is made of `reduction` x `reduction` pixels.
    pub(crate) fn reduced(self, reduction: usize) -> Self {
        let (left, top) = (self.left / reduction, self.top / reduction);
        Self {
            left,
            top,
            width: (self.left + self.width).div_ceil(reduction) - left,
            height: (self.top + self.height).div_ceil(reduction) - top,
        }
    }
}

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Jpeg,
    Png,
    WebP,
}

impl Format {
    /// That of `file`, by its first bytes, whatever it is called; or why there is none.
    fn of(file: &[u8]) -> Result<Self, String> {
        match file {
            [] => Err("is empty".to_owned()),
            [0xff, 0xd8, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Ok(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::WebP),
            _ => Err("is no JPEG, PNG or WebP image".to_owned()),
        }
    }
}

/// Decodes `file`; or why it cannot be decoded.
pub(crate) fn decode(file: &[u8]) -> Result<Picture, String> {
    match Format::of(file)? {
        Format::Jpeg => jpeg::decode(file),
        Format::Png => png::decode(file),
        Format::WebP => webp::decode(file),
    }
}

/// Whether `file` is a JPEG file, as its first bytes show.
pub(crate) fn is_jpeg(file: &[u8]) -> bool {
    Format::of(file) == Ok(Format::Jpeg)
}

/// Width and height of the picture in `file`, in pixels, from its header alone; or why there are none.
pub(crate) fn size(file: &[u8]) -> Result<(usize, usize), String> {
    match Format::of(file)? {
        Format::Jpeg => jpeg::size(file),
        Format::Png => png::size(file),
        Format::WebP => webp::size(file),
    }
}

/// Refuses a picture of `width` x `height` pixels that is empty or would take too much memory.
pub(crate) fn check_size(width: usize, height: usize) -> Result<(), String> {
    match width.checked_mul(height) {
        Some(1..=PIXELS_MAX) => Ok(()),
        _ => Err(format!("has {width} x {height} pixels; at most {PIXELS_MAX} are read")),
    }
}

#[cfg(test)]
mod tests;
