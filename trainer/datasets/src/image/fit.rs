//! Pictures of one size, as torchvision's `Resize(side)` (bilinear, antialiased) and `CenterCrop(side)` make them.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::Picture;

/// Scales `picture` until its short side has `side` pixels, and writes the square in its centre to `square`, which has
/// `side` x `side` pixels; or why it cannot be done.
pub(crate) fn fit(picture: &Picture, side: usize, square: &mut [u8]) -> Result<(), String> {
    let short = picture.width.min(picture.height);
    let scaled = |length: usize| side * length / short;
    let (width, height) = (scaled(picture.width), scaled(picture.height));
    if short == side {
        crop(&picture.pixels, width, height, side, square);
        return Ok(());
    }
    super::check_size(width, height)?;
    let number = |length: usize| u32::try_from(length).map_err(|error| error.to_string());
    let reason = |error: &dyn std::fmt::Display| format!("cannot be resized ({error})");
    let (from, kind) = (&picture.pixels, PixelType::U8x3);
    let from = ImageRef::new(number(picture.width)?, number(picture.height)?, from, kind);
    let mut to = Image::new(number(width)?, number(height)?, kind);
    let algorithm = ResizeAlg::Convolution(FilterType::Bilinear);
    let options = ResizeOptions::new().resize_alg(algorithm);
    Resizer::new()
        .resize(&from.map_err(|error| reason(&error))?, &mut to, &options)
        .map_err(|error| reason(&error))?;
    crop(to.buffer(), width, height, side, square);
    Ok(())
}

/// The `side` x `side` pixels in the centre of `pixels`, `width` x `height` of them.
fn crop(pixels: &[u8], width: usize, height: usize, side: usize, square: &mut [u8]) {
    let (left, top) = (margin(width - side), margin(height - side));
    let rows = pixels.chunks_exact(3 * width).skip(top);
    for (from, to) in rows.zip(square.chunks_exact_mut(3 * side)) {
        to.copy_from_slice(&from[3 * left..][..3 * side]);
    }
}

/// What is left out before the centre where `rest` pixels are left out in all: a half, rounded to even as Python rounds.
fn margin(rest: usize) -> usize {
    let half = rest / 2;
    half + (rest % 2) * (half % 2)
}
