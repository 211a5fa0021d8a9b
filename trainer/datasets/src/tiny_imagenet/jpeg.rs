//! Decoding an image, as torchvision's `ImageFolder` gives it: in RGB, grey-scale images too. The arithmetic is that of
//! integers, without the instructions of particular processors, so that an image has the same digest everywhere.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::SIDE;

/// So many characters of the decoder's reason are repeated.
const REASON_MAX: usize = 100;

/// The marker at the end of an image; within one it does not occur.
const END: [u8; 2] = [0xff, 0xd9];

/// Decodes `file` into `pixels` (rows of RGB); or why it cannot be decoded.
pub(super) fn decode(file: &[u8], pixels: &mut [u8]) -> Result<(), String> {
    if file.is_empty() {
        return Err("is empty".to_owned());
    }
    // The decoder fills in what a file that was cut off lacks.
    if !file.windows(2).any(|pair| pair == END) {
        return Err("is no whole JPEG image (it was cut off)".to_owned());
    }
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        // Larger ones are refused before memory is taken for them.
        .set_max_width(4 * SIDE)
        .set_max_height(4 * SIDE)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    let broken = |error: &dyn std::fmt::Debug| {
        let text = format!("{error:?}");
        let reason: String = text.escape_debug().take(REASON_MAX).collect();
        format!("is no whole JPEG image ({reason})")
    };
    decoder.decode_headers().map_err(|error| broken(&error))?;
    match decoder.dimensions() {
        Some((SIDE, SIDE)) => {}
        Some((width, height)) => {
            return Err(format!(
                "has {width} x {height} pixels where {SIDE} x {SIDE} are expected"
            ));
        }
        None => return Err("is no whole JPEG image (it has no size)".to_owned()),
    }
    decoder.decode_into(pixels).map_err(|error| broken(&error))
}
