//! WebP, lossy or lossless, without its transparency; of a moving picture, the first frame.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::{Picture, check_size};
use crate::member::plain;

fn broken(error: &dyn std::fmt::Display) -> String {
    format!("is no whole WebP image ({})", plain(&error.to_string()))
}

fn decoder(file: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, String> {
    WebPDecoder::new(Cursor::new(file)).map_err(|error| broken(&error))
}

/// Width and height of the picture in `file`, in pixels.
pub(super) fn size(file: &[u8]) -> Result<(usize, usize), String> {
    let (width, height) = decoder(file)?.dimensions();
    let side = |length: u32| usize::try_from(length).map_err(|error| error.to_string());
    Ok((side(width)?, side(height)?))
}

/// Decodes `file`; or why it cannot be decoded.
pub(super) fn decode(file: &[u8]) -> Result<Picture, String> {
    let (width, height) = size(file)?;
    check_size(width, height)?;
    let mut decoder = decoder(file)?;
    let length = decoder.output_buffer_size().ok_or_else(|| broken(&"it is too large"))?;
    let mut pixels = vec![0; length];
    decoder.read_image(&mut pixels).map_err(|error| broken(&error))?;
    if decoder.has_alpha() {
        let colours = pixels.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]);
        pixels = colours.collect();
    }
    Ok(Picture { pixels, width, height })
}
