//! Pictures of one size, as torchvision's `Resize(side)` (bilinear, antialiased) and `CenterCrop(side)` make them.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::Picture;

/// Scales `picture` until its short side has `side` pixels, and writes the square in its centre to `square`, which has
/// `side` x `side` pixels; or why it cannot be done.
pub(crate) fn fit(picture: &Picture, side: usize, square: &mut [u8]) -> Result<(), String> {
    centre(picture, side, side, square)
}

/// Scales `picture` until its short side has `short` pixels, and writes the square of `side` x `side` pixels in its
/// centre, no larger, to `square`; or why it cannot be done.
pub(crate) fn centre(
    picture: &Picture,
    short: usize,
    side: usize,
    square: &mut [u8],
) -> Result<(), String> {
    let (width, height) = scaled(picture, short);
    if picture.width.min(picture.height) == short {
        crop(picture, side, square);
    } else if super::check_size(width, height).is_ok() {
        crop(&scale(picture, short)?, side, square);
    } else {
        // A thin strip would become too large; what is far from its centre has no influence.
        let length = 2 * picture.width.min(picture.height);
        crop(&scale(&middle(picture, length), short)?, side, square);
    }
    Ok(())
}

/// The part in the centre of `picture` that has at most `length` pixels along each side.
fn middle(picture: &Picture, length: usize) -> Picture {
    let (width, height) = (picture.width.min(length), picture.height.min(length));
    let (left, top) = ((picture.width - width) / 2, (picture.height - height) / 2);
    let rows = picture.pixels.chunks_exact(3 * picture.width).skip(top).take(height);
    let pixels = rows.flat_map(|row| &row[3 * left..3 * (left + width)]).copied().collect();
    Picture { pixels, width, height }
}

/// Width and height of `picture` when it is scaled until its short side has `side` pixels.
fn scaled(picture: &Picture, side: usize) -> (usize, usize) {
    let Picture { width, height, .. } = *picture;
    let scaled = |length: usize| side * length / width.min(height);
    (scaled(width), scaled(height))
}

/// `picture`, scaled until its short side has `side` pixels; or why it cannot be done.
pub(crate) fn scale(picture: &Picture, side: usize) -> Result<Picture, String> {
    let size = scaled(picture, side);
    super::check_size(size.0, size.1)?;
    let mut pixels = vec![0; size.0 * size.1 * 3];
    resize(picture, size, &mut pixels).map_err(|error| format!("cannot be resized ({error})"))?;
    Ok(Picture { pixels, width: size.0, height: size.1 })
}

/// Scales `picture` to `size`, bilinear and antialiased.
fn resize(
    picture: &Picture,
    size: (usize, usize),
    pixels: &mut [u8],
) -> Result<(), Box<dyn std::error::Error>> {
    let (width, height) = (picture.width.try_into()?, picture.height.try_into()?);
    // For one type of pixels and of images alone: for all of them the compiler takes minutes.
    let whole = TypedImageRef::<U8x3>::from_buffer(width, height, &picture.pixels)?;
    let mut to = TypedImage::<U8x3>::from_buffer(size.0.try_into()?, size.1.try_into()?, pixels)?;
    let algorithm = ResizeAlg::Convolution(FilterType::Bilinear);
    let options = ResizeOptions::new().resize_alg(algorithm);
    Ok(Resizer::new().resize_typed(&whole, &mut to, &options)?)
}

/// The `side` x `side` pixels in the centre of `picture`.
fn crop(picture: &Picture, side: usize, square: &mut [u8]) {
    let (left, top) = (margin(picture.width - side), margin(picture.height - side));
    let rows = picture.pixels.chunks_exact(3 * picture.width).skip(top);
    for (from, to) in rows.zip(square.chunks_exact_mut(3 * side)) {
        to.copy_from_slice(&from[3 * left..][..3 * side]);
    }
}

/// What is left out before the centre where `rest` pixels are left out in all: a half, rounded to even as Python rounds.
fn margin(rest: usize) -> usize {
    let half = rest / 2;
    half + (rest % 2) * (half % 2)
}
