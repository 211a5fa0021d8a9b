//! PNG, to the bit as Pillow gives it: of 16 bits the high byte in colour, transparency left out.

use std::io::{self, BufWriter, Cursor, Write};

use png::{BitDepth, ColorType, Decoder, Encoder, Info, Transformations};

use super::{Picture, check_size};
use crate::member::plain;

fn broken(error: &dyn std::fmt::Display) -> String {
    format!("is no whole PNG image ({})", plain(&error.to_string()))
}

fn decoder(file: &[u8]) -> Decoder<Cursor<&[u8]>> {
    let mut decoder = Decoder::new(Cursor::new(file));
    decoder.set_transformations(Transformations::IDENTITY);
    decoder
}

fn side(length: u32) -> Result<usize, String> {
    usize::try_from(length).map_err(|error| error.to_string())
}

/// Width and height of the picture in `file`, in pixels.
pub(super) fn size(file: &[u8]) -> Result<(usize, usize), String> {
    let mut decoder = decoder(file);
    let info = decoder.read_header_info().map_err(|error| broken(&error))?;
    Ok((side(info.width)?, side(info.height)?))
}

/// Decodes `file`; or why it cannot be decoded.
pub(super) fn decode(file: &[u8]) -> Result<Picture, String> {
    let (width, height) = size(file)?;
    check_size(width, height)?;
    let mut reader = decoder(file).read_info().map_err(|error| broken(&error))?;
    let length = reader.output_buffer_size().ok_or_else(|| broken(&"it is too large"))?;
    let mut stored = vec![0; length];
    let frame = reader.next_frame(&mut stored).map_err(|error| broken(&error))?;
    if (side(frame.width)?, side(frame.height)?) != (width, height) {
        return Err(broken(&"its first frame does not fill it"));
    }
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in stored.chunks_exact(frame.line_size) {
        expand(row, width, reader.info(), &mut pixels);
    }
    Ok(Picture { pixels, width, height })
}

/// Writes `picture` as PNG.
pub(crate) fn encode(picture: &Picture, to: impl Write) -> io::Result<()> {
    let number = |length: usize| u32::try_from(length).map_err(io::Error::other);
    let mut to = BufWriter::new(to);
    let mut encoder = Encoder::new(&mut to, number(picture.width)?, number(picture.height)?);
    encoder.set_color(ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&picture.pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    to.flush()
}

/// Appends the `width` pixels of `row`, in the form that `info` says, to `pixels` in RGB.
fn expand(row: &[u8], width: usize, info: &Info<'_>, pixels: &mut Vec<u8>) {
    let bits = info.bit_depth as usize;
    let sample = |at: usize| match bits {
        8 => row[at],
        16 => row[2 * at],
        _ => row[at * bits / 8] >> (8 - bits - at * bits % 8) & ((1 << bits) - 1) as u8,
    };
    if (info.color_type, bits) == (ColorType::Rgb, 8) {
        pixels.extend_from_slice(row);
        return;
    }
    for at in 0..width {
        match info.color_type {
            ColorType::Rgb => pixels.extend([0, 1, 2].map(|channel| sample(3 * at + channel))),
            ColorType::Rgba => pixels.extend([0, 1, 2].map(|channel| sample(4 * at + channel))),
            ColorType::Indexed => {
                let colours = info.palette.as_deref().unwrap_or_default();
                let colour = colours.get(3 * usize::from(sample(at))..).unwrap_or_default();
                pixels.extend(colour.first_chunk::<3>().unwrap_or(&[0; 3]));
            }
            ColorType::Grayscale if info.bit_depth == BitDepth::Sixteen => {
                // Pillow keeps the number and cuts it off at 255.
                let grey = if row[2 * at] == 0 { row[2 * at + 1] } else { u8::MAX };
                pixels.extend([grey; 3]);
            }
            // The largest value of few bits is white.
            ColorType::Grayscale => {
                pixels.extend([sample(at) * (255 / ((1_u16 << bits) - 1)) as u8; 3]);
            }
            ColorType::GrayscaleAlpha => pixels.extend([sample(2 * at); 3]),
        }
    }
}
