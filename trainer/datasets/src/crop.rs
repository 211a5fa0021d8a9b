//! Random crops and flips, the standard augmentation for ImageNet: torchvision's `RandomResizedCrop` and
//! `RandomHorizontalFlip`. They depend on seed, epoch and index alone, never on threads or on what was drawn before.

use rand::RngExt;
use swast_tables::stream::stream;

use crate::image::Rect;

/// Area of a crop as a share of the image.
const SCALE: (f64, f64) = (0.08, 1.0);
/// Width of a crop by its height.
const RATIO: (f64, f64) = (3.0 / 4.0, 4.0 / 3.0);
/// So many crops are tried before the centre is taken.
const TRIES: usize = 10;

/// What is taken of an image of `size` (width and height, in pixels) in `epoch`, and whether it is flipped. `index` is its
/// place in the data set.
pub(crate) fn draw(size: (usize, usize), seed: u64, epoch: u32, index: u64) -> (Rect, bool) {
    // Below 2^32 epochs of below 2^32 images: the counter is theirs alone.
    let mut rng = stream(seed, "crop", u64::from(epoch) << 32 | index);
    let flip = rng.random::<bool>();
    let area = (size.0 * size.1) as f64;
    for _ in 0..TRIES {
        let target = area * (SCALE.0 + (SCALE.1 - SCALE.0) * rng.random::<f64>());
        let (low, high) = (RATIO.0.ln(), RATIO.1.ln());
        let ratio = (low + (high - low) * rng.random::<f64>()).exp();
        let side = |length: f64| length.sqrt().round() as usize;
        let (width, height) = (side(target * ratio), side(target / ratio));
        if (1..=size.0).contains(&width) && (1..=size.1).contains(&height) {
            let left = rng.random_range(0..=size.0 - width);
            let top = rng.random_range(0..=size.1 - height);
            return (Rect { left, top, width, height }, flip);
        }
    }
    (central(size), flip)
}

/// The largest part in the centre whose shape is allowed.
fn central((width, height): (usize, usize)) -> Rect {
    let ratio = width as f64 / height as f64;
    let (w, h) = if ratio < RATIO.0 {
        (width, (width as f64 / RATIO.0).round() as usize)
    } else if ratio > RATIO.1 {
        ((height as f64 * RATIO.1).round() as usize, height)
    } else {
        (width, height)
    };
    Rect { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_are_inside_vary_and_repeat() {
        let size = (340, 256);
        let (mut flips, mut areas, mut last) = (0, 0.0, None);
        for index in 0..4000 {
            let (rect, flip) = draw(size, 1, 2, index);
            assert_eq!(draw(size, 1, 2, index), (rect, flip));
            assert!(rect.left + rect.width <= size.0 && rect.top + rect.height <= size.1);
            let ratio = rect.width as f64 / rect.height as f64;
            assert!((0.73..1.37).contains(&ratio), "{rect:?}");
            flips += usize::from(flip);
            areas += (rect.width * rect.height) as f64 / (340.0 * 256.0);
            assert_ne!(last.replace(rect), Some(rect));
        }
        // Half are flipped; the mean area is that of torchvision's recipe, by a simulation of it, to four deviations.
        assert!((1850..2150).contains(&flips), "{flips}");
        assert!((areas / 4000.0 - 0.4352).abs() < 0.015, "{areas}");
        let one = draw(size, 1, 2, 3);
        for other in [draw(size, 2, 2, 3), draw(size, 1, 3, 3), draw(size, 1, 2, 4)] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn images_of_extreme_shapes_are_cropped_in_their_centre() {
        assert_eq!(central((1000, 30)), Rect { left: 480, top: 0, width: 40, height: 30 });
        assert_eq!(central((30, 1000)), Rect { left: 0, top: 480, width: 30, height: 40 });
        for size in [(1, 1), (1, 5000), (5000, 1), (2, 3)] {
            for index in 0..50 {
                let (rect, _) = draw(size, 0, 0, index);
                assert!(rect.left + rect.width <= size.0 && rect.top + rect.height <= size.1);
                assert!(rect.width > 0 && rect.height > 0);
            }
        }
    }
}
