//! Pictures of one size, as torchvision's `Resize(side)` (bilinear, antialiased) and `CenterCrop(side)` make them.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::Picture;

/// Scales `picture` until its short side has `side` pixels, and writes the square in its centre to `square`, which has
/// `side` x `side` pixels; or why it cannot be done.
pub(crate) fn fit(picture: &Picture, side: usize, square: &mut [u8]) -> Result<(), String> {
    if picture.width.min(picture.height) == side {
        crop(picture, side, square);
    } else {
        crop(&scale(picture, side)?, side, square);
    }
    Ok(())
}

/// `picture`, scaled until its short side has `side` pixels; or why it cannot be done.
pub(crate) fn scale(picture: &Picture, side: usize) -> Result<Picture, String> {
    let short = picture.width.min(picture.height);
    let scaled = |length: usize| side * length / short;
    let (width, height) = (scaled(picture.width), scaled(picture.height));
    super::check_size(width, height)?;
    let number = |length: usize| u32::try_from(length).map_err(|error| error.to_string());
    let reason = |error: &dyn std::fmt::Display| format!("cannot be resized ({error})");
    let mut pixels = vec![0; width * height * 3];
    let from = (number(picture.width)?, number(picture.height)?);
    // For one type of pixels alone: for all of them the compiler takes minutes.
    let from = TypedImageRef::<U8x3>::from_buffer(from.0, from.1, &picture.pixels);
    let from = from.map_err(|error| reason(&error))?;
    let to = TypedImage::<U8x3>::from_buffer(number(width)?, number(height)?, &mut pixels);
    let mut to = to.map_err(|error| reason(&error))?;
    let algorithm = ResizeAlg::Convolution(FilterType::Bilinear);
    let options = ResizeOptions::new().resize_alg(algorithm);
    Resizer::new().resize_typed(&from, &mut to, &options).map_err(|error| reason(&error))?;
    Ok(Picture { pixels, width, height })
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
