//! The data sets that there are: their names, what is particular to each, and how it is loaded.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use clap::ValueEnum;
use swast_tables::names::name_of;

use crate::cifar::{self, CIFAR10, CIFAR100, CIFAR100_COARSE, Layout};
use crate::error::DatasetError;
use crate::synthetic::{synthesise, synthesise_small};
use crate::tiny_imagenet;
use crate::{Dataset, Limits};

/// The data sets that can be named on the command line (`--dataset`).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "lower")]
pub enum DatasetKind {
    /// Textured figures, computed from a seed; needs no file.
    #[default]
    Synthetic,
    /// The same at half the height and width, for short runs.
    Synthetic16,
    /// CIFAR-10.
    Cifar10,
    /// CIFAR-100, fine classes.
    Cifar100,
    /// CIFAR-100, coarse classes.
    #[value(name = "cifar100-coarse")]
    Cifar100Coarse,
    /// Tiny ImageNet.
    TinyImageNet,
    /// ImageNet-1K (not yet supported).
    ImageNet,
    /// A folder of images per class (not yet supported).
    Folder,
}

/// The shape of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Side of its square images, in pixels.
    pub side: usize,
    /// Number of its classes.
    pub classes: usize,
}

impl fmt::Display for DatasetKind {
    /// The name on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&name_of(*self))
    }
}

impl FromStr for DatasetKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(name, false)
    }
}

impl DatasetKind {
    /// Whether it is read from disk.
    pub fn needs_data(self) -> bool {
        !self.is_small()
    }

    /// Whether a short run on a small network is what it is for.
    pub fn is_small(self) -> bool {
        matches!(self, Self::Synthetic | Self::Synthetic16)
    }

    /// Its shape; `None` where the files decide.
    pub fn shape(self) -> Option<Shape> {
        let (side, classes) = match self {
            Self::Synthetic | Self::Cifar10 => (32, 10),
            Self::Synthetic16 => (16, 10),
            Self::Cifar100 => (32, 100),
            Self::Cifar100Coarse => (32, 20),
            Self::TinyImageNet => (64, 200),
            Self::ImageNet => (224, 1000),
            Self::Folder => return None,
        };
        Some(Shape { side, classes })
    }

    /// The data set that the archive or folder `path` holds; where that cannot be seen, the one that the last
    /// part of `path` names, CIFAR-10 where it names none.
    pub(crate) fn held_by(path: &Path) -> Self {
        if tiny_imagenet::is_held(path) {
            return Self::TinyImageNet;
        }
        let held = cifar::layout_held(path).map(|layout| layout.name);
        let mut kinds = Self::value_variants().iter();
        if let Some(kind) = kinds.find(|kind| held.is_some_and(|name| name == name_of(**kind))) {
            return *kind;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_100 = name.contains("cifar-100") || name.contains("cifar100");
        if is_100 { Self::Cifar100 } else { Self::Cifar10 }
    }

    /// The files of the data set, where it is read from CIFAR files.
    pub fn layout(self) -> Option<&'static Layout> {
        match self {
            Self::Cifar10 => Some(&CIFAR10),
            Self::Cifar100 => Some(&CIFAR100),
            Self::Cifar100Coarse => Some(&CIFAR100_COARSE),
            Self::Synthetic
            | Self::Synthetic16
            | Self::TinyImageNet
            | Self::ImageNet
            | Self::Folder => None,
        }
    }

    /// Number of training images, where all are read; `None` where the files decide.
    pub fn training_images(self) -> Option<usize> {
        match self {
            Self::Synthetic | Self::Synthetic16 => Some(SYNTHETIC_TRAIN),
            Self::Cifar10 | Self::Cifar100 | Self::Cifar100Coarse => Some(50_000),
            Self::TinyImageNet => Some(100_000),
            Self::ImageNet => Some(1_281_167),
            Self::Folder => None,
        }
    }
}

/// Training images of the synthetic data set.
const SYNTHETIC_TRAIN: usize = 20_000;
/// Test images of the synthetic data set.
const SYNTHETIC_TEST: usize = 4_000;
/// Seed of the synthetic data set: it is one data set, whatever the seed of a run.
const SYNTHETIC_SEED: u64 = 0;

/// Loads the data set `kind` from `data` (an archive or the folder unpacked from it; nothing for
/// `synthetic`): the first `limit_train` training images and the first `limit_test` test images, or all.
pub fn load(
    kind: DatasetKind,
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
        (None, Some(path)) if kind == DatasetKind::TinyImageNet => {
            tiny_imagenet::read(tiny_imagenet::PUBLISHED, path, limits)
        }
        (None, None) if kind == DatasetKind::TinyImageNet => {
            Err(DatasetError::DataMissing { name: name_of(kind), archive: tiny_imagenet::ARCHIVE })
        }
        (None, _) if kind.needs_data() => Err(DatasetError::Unsupported { name: name_of(kind) }),
        (None, Some(path)) => Err(DatasetError::DataNeedless { path: path.to_owned() }),
        (None, None) => {
            let (train, test) =
                (limits.train.min(SYNTHETIC_TRAIN), limits.test.min(SYNTHETIC_TEST));
            let images =
                if kind == DatasetKind::Synthetic16 { synthesise_small } else { synthesise };
            Ok(images(SYNTHETIC_SEED, train, test))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_what_is_read_are_those_of_its_layout() {
        for kind in DatasetKind::value_variants() {
            assert!(kind.layout().is_none_or(|layout| layout.name == name_of(*kind)));
        }
        assert_eq!(name_of(DatasetKind::Synthetic), crate::synthetic::NAME);
        assert_eq!(name_of(DatasetKind::Synthetic16), crate::synthetic::NAME_SMALL);
        assert_eq!(name_of(DatasetKind::TinyImageNet), "tinyimagenet");
    }

    #[test]
    fn what_cannot_be_loaded_says_why_and_what_to_do() {
        let message = |kind, data: Option<&str>, limit| {
            load(kind, data.map(Path::new), limit, None).unwrap_err().to_string()
        };
        let unsupported = message(DatasetKind::ImageNet, None, None);
        assert!(unsupported.contains("imagenet is not yet supported; choose synthetic, cifar10"));
        let missing = message(DatasetKind::Cifar10, None, None);
        assert!(
            missing.contains("--data is missing") && missing.contains("cifar-10-binary.tar.gz")
        );
        let missing = message(DatasetKind::TinyImageNet, None, None);
        assert!(missing.contains("tiny-imagenet-200.zip or the folder"), "{missing}");
        assert!(message(DatasetKind::Synthetic, Some("x"), None).contains("leave --data out"));
        assert!(message(DatasetKind::Synthetic, None, Some(0)).contains("--limit-train 0"));
        assert!(message(DatasetKind::Cifar100, Some("no/such"), None).starts_with("no/such: "));
    }

    #[test]
    fn a_limit_keeps_the_beginning() {
        let few = load(DatasetKind::Synthetic, None, Some(30), Some(7)).unwrap();
        let more = synthesise(SYNTHETIC_SEED, 50, 10);
        assert_eq!(few.train.labels.len(), 30);
        assert_eq!(few.train.pixels, more.train.pixels[..few.train.pixels.len()]);
        assert_eq!(few.test.labels.len(), 7);
        assert_eq!(few.test.pixels.len(), 7 * 32 * 32 * 3);
    }
}
