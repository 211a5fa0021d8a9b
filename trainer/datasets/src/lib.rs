//! Data sets: images as bytes with labels, in memory or from a cache. Synthetic textured figures; CIFAR-10, CIFAR-100 and
//! ImageNet, tiny and whole, from their official files; folders of images by class; label noise and the validation split (Section "Experiments" of the
//! paper). Knows nothing of tensors or training; [`load`] and [`Source::open`] are the doors.
//!
//! A data set is a file or folder and an entry of [`DatasetKind`], which alone says what is particular to it.

// But for the mapping of a file.
#![deny(unsafe_code)]

pub mod command;

mod cache;
mod cifar;
mod contact;
mod crop;
#[cfg(test)]
mod damage;
mod describe;
mod digest;
mod error;
mod fetch;
mod folder;
mod form;
#[cfg(fuzzing)]
pub mod fuzz;
mod image;
mod imagenet;
mod interrupt;
mod kind;
mod listing;
mod member;
mod memory;
mod noise;
mod part;
mod photographs;
mod picture;
mod pipeline;
mod place;
mod source;
mod split;
mod statistics;
mod streamed;
mod synth;
mod synthetic;
mod tiny_imagenet;
mod tree;

pub use self::cifar::{CIFAR10, CIFAR100, CIFAR100_COARSE, Layout, unpack, write};
pub use self::digest::Digests;
pub use self::error::DatasetError;
pub use self::fetch::fetch;
pub use self::kind::{DatasetKind, Request, Shape, load, resolution};
pub use self::noise::{Flip, flip_labels};
pub use self::part::Part;
pub use self::picture::centre_of;
pub use self::pipeline::Pipeline;
pub use self::source::Source;
pub use self::split::{Split, hold_out};
pub use self::statistics::{channel_statistics, class_counts};
pub use self::streamed::{CachedImages, Streamed};
pub use self::synthetic::{synthesise, synthesise_small};

/// Images and their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledImages {
    /// N x H x W x 3 bytes, row-major (image, row, column, RGB).
    pub pixels: Vec<u8>,
    /// N classes, from 0.
    pub labels: Vec<u16>,
}

impl LabelledImages {
    /// Keeps the first `count` images, of `area` = H x W pixels each.
    fn truncate(&mut self, count: usize, area: usize) {
        self.labels.truncate(count);
        self.pixels.truncate(self.labels.len() * area * 3);
    }
}

/// A data set for classification.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Name, as on the command line.
    pub name: String,
    /// Seed of the generator; `None` for images that were read.
    pub seed: Option<u64>,
    /// Names of the classes, by label.
    pub classes: Vec<String>,
    /// Height of an image, in pixels.
    pub height: usize,
    /// Width of an image, in pixels.
    pub width: usize,
    /// Mean of the training pixels / 255, per channel.
    pub mean: [f32; 3],
    /// Standard deviation of the training pixels / 255, per channel.
    pub std: [f32; 3],
    /// Training images.
    pub train: LabelledImages,
    /// Test images.
    pub test: LabelledImages,
    /// Broken images that were left out of the training and of the test set.
    pub skipped: [Vec<Skipped>; 2],
}

impl Dataset {
    /// The data set `name` of square images of `side` x `side` pixels, normalised by the statistics of its training set.
    fn of_squares(
        name: &str,
        classes: Vec<String>,
        side: usize,
        (train, test): (LabelledImages, LabelledImages),
    ) -> Self {
        let (mean, std) = channel_statistics(&train.pixels);
        let (name, seed, skipped) = (name.to_owned(), None, Default::default());
        Self { name, seed, classes, height: side, width: side, mean, std, train, test, skipped }
    }
}

/// A broken image that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path in the data set.
    pub file: String,
    /// So many images of its set precede it.
    pub before: usize,
}

/// How many images are kept at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limits {
    train: usize,
    test: usize,
}

impl Limits {
    const NONE: Self = Self { train: usize::MAX, test: usize::MAX };
}

/// floor(`fraction` x `count`), where a decimal fraction that comes out a rounding error below a whole
/// number counts as that number: 0.29 of 100 is 29. Panics unless `fraction` is in [0, 1].
pub fn share(count: usize, fraction: f64) -> usize {
    assert!((0.0..=1.0).contains(&fraction), "a fraction is between 0 and 1, not {fraction}");
    (fraction * count as f64 * (1.0 + 4.0 * f64::EPSILON)).floor() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_for_decimal_fractions() {
        for percent in 0..=100_usize {
            for count in [1, 7, 100, 2_000, 2_900, 50_000, 1_281_167] {
                assert_eq!(share(count, percent as f64 / 100.0), count * percent / 100);
            }
        }
    }
}
