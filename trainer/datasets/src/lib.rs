//! Data sets: images as bytes with labels, in memory. Synthetic textured figures, and CIFAR-10 and
//! CIFAR-100 from their official files; label noise and the validation split (Section "Experiments" of the
//! paper). Knows nothing of tensors or training; `load` is the door.

mod cifar;
mod error;
mod fetch;
mod noise;
mod split;
mod statistics;
mod synthetic;

use std::path::Path;

use clap::ValueEnum;

pub use self::cifar::{CIFAR10, CIFAR100, Layout, unpack, write};
pub use self::error::DatasetError;
pub use self::fetch::fetch;
pub use self::noise::{Flip, flip_labels};
pub use self::split::{Holdout, hold_out};
pub use self::statistics::channel_statistics;
pub use self::synthetic::synthesise;
use swast_tables::names::name_of;

/// Images and their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// N x H x W x 3 bytes, row-major (image, row, column, RGB).
    pub pixels: Vec<u8>,
    /// N classes, from 0.
    pub labels: Vec<u16>,
}

impl Samples {
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
    pub train: Samples,
    /// Test images.
    pub test: Samples,
}

/// The data sets that can be named on the command line (`--dataset`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Kind {
    /// Textured figures, computed from a seed; needs no file.
    Synthetic,
    /// CIFAR-10.
    Cifar10,
    /// CIFAR-100, fine classes.
    Cifar100,
    /// Tiny ImageNet (not yet supported).
    TinyImageNet,
    /// ImageNet-1K (not yet supported).
    ImageNet,
    /// A folder of images per class (not yet supported).
    Folder,
}

impl Kind {
    /// The files of the data set, where it is read from CIFAR files.
    pub fn layout(self) -> Option<&'static Layout> {
        match self {
            Self::Cifar10 => Some(&CIFAR10),
            Self::Cifar100 => Some(&CIFAR100),
            Self::Synthetic | Self::TinyImageNet | Self::ImageNet | Self::Folder => None,
        }
    }
}

/// Training images of the synthetic data set.
pub const SYNTHETIC_TRAIN: usize = 20_000;
/// Test images of the synthetic data set.
pub const SYNTHETIC_TEST: usize = 4_000;
/// Seed of the synthetic data set: it is one data set, whatever the seed of a run.
const SYNTHETIC_SEED: u64 = 0;

/// Loads the data set `kind` from `data` (a CIFAR archive or the folder unpacked from it; nothing for
/// `synthetic`): the first `limit_train` training images and the first `limit_test` test images, or all.
pub fn load(
    kind: Kind,
    data: Option<&Path>,
    limit_train: Option<usize>,
    limit_test: Option<usize>,
) -> Result<Dataset, DatasetError> {
    for (flag, limit) in [("limit-train", limit_train), ("limit-test", limit_test)] {
        if limit == Some(0) {
            return Err(DatasetError::LimitZero { flag });
        }
    }
    let limits =
        Limits { train: limit_train.unwrap_or(usize::MAX), test: limit_test.unwrap_or(usize::MAX) };
    match (kind.layout(), data) {
        (Some(layout), Some(path)) => cifar::read(layout, path, limits),
        (Some(layout), None) => {
            Err(DatasetError::DataMissing { name: name_of(kind), archive: layout.archive })
        }
        (None, _) if kind != Kind::Synthetic => {
            Err(DatasetError::Unsupported { name: name_of(kind) })
        }
        (None, Some(path)) => Err(DatasetError::DataNeedless { path: path.to_owned() }),
        (None, None) => Ok(synthesise(
            SYNTHETIC_SEED,
            limits.train.min(SYNTHETIC_TRAIN),
            limits.test.min(SYNTHETIC_TEST),
        )),
    }
}

/// How many images are kept at most.
#[derive(Debug, Clone, Copy)]
struct Limits {
    train: usize,
    test: usize,
}

impl Limits {
    const NONE: Self = Self { train: usize::MAX, test: usize::MAX };
}

/// floor(`fraction` x `count`), where a decimal fraction that comes out a rounding error below a whole
/// number counts as that number: 0.29 of 100 is 29. Panics unless `fraction` is in [0, 1].
fn share(count: usize, fraction: f64) -> usize {
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

    #[test]
    fn names_of_what_is_read_are_those_of_its_layout() {
        for kind in Kind::value_variants() {
            assert!(kind.layout().is_none_or(|layout| layout.name == name_of(*kind)));
        }
        assert_eq!(name_of(Kind::TinyImageNet), "tinyimagenet");
    }

    #[test]
    fn what_cannot_be_loaded_says_why_and_what_to_do() {
        let message = |kind, data: Option<&str>, limit| {
            load(kind, data.map(Path::new), limit, None).unwrap_err().to_string()
        };
        let unsupported = message(Kind::ImageNet, None, None);
        assert!(unsupported.contains("imagenet is not yet supported; choose synthetic, cifar10"));
        let missing = message(Kind::Cifar10, None, None);
        assert!(
            missing.contains("--data is missing") && missing.contains("cifar-10-binary.tar.gz")
        );
        assert!(message(Kind::Synthetic, Some("x"), None).contains("leave --data out"));
        assert!(message(Kind::Synthetic, None, Some(0)).contains("--limit-train 0"));
        assert!(message(Kind::Cifar100, Some("no/such"), None).starts_with("no/such: "));
    }

    #[test]
    fn a_limit_keeps_the_beginning() {
        let few = load(Kind::Synthetic, None, Some(30), Some(7)).unwrap();
        let more = synthesise(SYNTHETIC_SEED, 50, 10);
        assert_eq!(few.train.labels.len(), 30);
        assert_eq!(few.train.pixels, more.train.pixels[..few.train.pixels.len()]);
        assert_eq!(few.test.labels.len(), 7);
        assert_eq!(few.test.pixels.len(), 7 * 32 * 32 * 3);
    }
}
