//! The data sets that there are: their names, what is particular to each, and how it is loaded.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use clap::ValueEnum;
use swast_tables::names::name_of;

use crate::cache::{self, Cache};
use crate::cifar::{self, CIFAR10, CIFAR100, CIFAR100_COARSE, Layout};
use crate::error::DatasetError;
use crate::listing::Listing;
use crate::synthetic::{synthesise, synthesise_small};
use crate::tree::Tree;
use crate::{Dataset, Limits, folder, imagenet, tiny_imagenet};

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
    /// ImageNet-1K.
    ImageNet,
    /// Your own images, in a folder per class.
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
    /// part of `path` names, images in folders where it names none.
    pub(crate) fn held_by(path: &Path) -> Self {
        if cache::is_cache(path)
            && let Ok(Ok(kind)) = Cache::open(path).map(|cache| cache.name().parse())
        {
            return kind;
        }
        if tiny_imagenet::is_held(path) {
            return Self::TinyImageNet;
        }
        if imagenet::is_held(path) {
            return Self::ImageNet;
        }
        let held = cifar::layout_held(path).map(|layout| layout.name);
        let mut kinds = Self::value_variants().iter();
        if let Some(kind) = kinds.find(|kind| held.is_some_and(|name| name == name_of(**kind))) {
            return *kind;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let names = |number: u32| {
            name.contains(&format!("cifar-{number}")) || name.contains(&format!("cifar{number}"))
        };
        match (names(100), names(10)) {
            (true, _) => Self::Cifar100,
            (_, true) => Self::Cifar10,
            _ => Self::Folder,
        }
    }

    /// Whether its images are scaled to a size that can be chosen.
    pub fn is_resized(self) -> bool {
        matches!(self, Self::Folder | Self::ImageNet)
    }

    /// Whether each image is a file of its own.
    pub(crate) fn has_files(self) -> bool {
        matches!(self, Self::TinyImageNet | Self::ImageNet | Self::Folder)
    }

    fn data_missing(self) -> DatasetError {
        let (name, tiny) = (name_of(self), self == Self::TinyImageNet);
        match self.layout().map(|layout| layout.archive).or(tiny.then_some(tiny_imagenet::ARCHIVE))
        {
            Some(archive) => DatasetError::DataMissing { name, archive },
            None if self == Self::ImageNet => DatasetError::ImageNetMissing,
            None => DatasetError::FolderMissing { name },
        }
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

/// What to read of a data set.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The first so many training images; all if `None`.
    pub limit_train: Option<usize>,
    /// The first so many test images; all if `None`.
    pub limit_test: Option<usize>,
    /// Side of the images, in pixels, where it is free to choose; [`resolution`] is the default.
    pub resolution: Option<usize>,
    /// So many broken images are left out; one more is an error.
    pub skip_broken: usize,
}

impl Request {
    pub(crate) fn limits(self) -> Limits {
        let or_all = |limit: Option<usize>| limit.unwrap_or(usize::MAX);
        Limits { train: or_all(self.limit_train), test: or_all(self.limit_test) }
    }

    /// Refuses what makes no sense for `kind`.
    pub(crate) fn check(self, kind: DatasetKind) -> Result<(), DatasetError> {
        for (flag, limit) in [("limit-train", self.limit_train), ("limit-test", self.limit_test)] {
            if limit == Some(0) {
                return Err(DatasetError::LimitZero { flag });
            }
        }
        check_resolution(kind, self.resolution)?;
        if self.skip_broken > 0 && !kind.has_files() {
            let (flag, reason) = ("skip-broken", "no image files that could be broken");
            return Err(DatasetError::Needless { flag, name: name_of(kind), reason });
        }
        Ok(())
    }
}

/// Images are not larger, in pixels along a side.
const RESOLUTION_MAX: usize = 1024;

/// Refuses a `resolution` that is not possible, or for a `kind` whose images have a size.
fn check_resolution(kind: DatasetKind, resolution: Option<usize>) -> Result<(), DatasetError> {
    match resolution {
        Some(_) if !kind.is_resized() => {
            let (flag, reason) = ("resolution", "images of one size");
            Err(DatasetError::Needless { flag, name: name_of(kind), reason })
        }
        Some(side) if !(1..=RESOLUTION_MAX).contains(&side) => {
            Err(DatasetError::Resolution { side, most: RESOLUTION_MAX })
        }
        _ => Ok(()),
    }
}

/// The side of the images of `kind` at `data`, in pixels, where that is free to choose: the one `given`, or the largest
/// of 224, 128, 64 and 32 that at least half of the images reach (of the first 500). `None` for other data sets.
///
/// # Errors
/// Where a side is given that is not possible, or the images cannot be listed.
pub fn resolution(
    kind: DatasetKind,
    data: Option<&Path>,
    given: Option<usize>,
) -> Result<Option<usize>, DatasetError> {
    check_resolution(kind, given)?;
    if let (None, Some(path)) = (given, data)
        && cache::is_cache(path)
        && kind.is_resized()
    {
        return Ok(Some(folder::usual_of(Cache::open(path)?.side())));
    }
    if let (None, Some(path)) = (given, data)
        && let Some((tree, listing)) = listing(kind, path)?
    {
        return Ok(Some(folder::usual_side(&tree, &listing.train)));
    }
    Ok(given)
}

/// The images of `kind` at `path` as files, where their sizes differ.
pub(crate) fn listing(
    kind: DatasetKind,
    path: &Path,
) -> Result<Option<(Tree, Listing)>, DatasetError> {
    match kind {
        _ if cache::is_cache(path) => Ok(None),
        DatasetKind::Folder => folder::open(path).map(Some),
        DatasetKind::ImageNet => imagenet::open(path).map(Some),
        _ => Ok(None),
    }
}

/// Loads what is `wanted` of the data set `kind` from `data` (an archive or the folder unpacked from it; nothing for
/// `synthetic`).
///
/// # Errors
/// Where the data are missing or damaged, or what is wanted makes no sense.
pub fn load(
    kind: DatasetKind,
    data: Option<&Path>,
    wanted: Request,
) -> Result<Dataset, DatasetError> {
    wanted.check(kind)?;
    let (limits, skips) = (wanted.limits(), wanted.skip_broken);
    let path = match data {
        Some(path) if !kind.needs_data() => {
            return Err(DatasetError::DataNeedless { path: path.to_owned() });
        }
        None if kind.needs_data() => return Err(kind.data_missing()),
        None => Path::new(""),
        Some(path) => path,
    };
    if cache::is_cache(path) {
        let cache = Cache::open(path)?;
        checked_name(kind, &cache)?;
        return cache::read_squares(&cache, wanted.resolution, limits);
    }
    let (train, test) = (limits.train.min(SYNTHETIC_TRAIN), limits.test.min(SYNTHETIC_TEST));
    match kind {
        DatasetKind::Synthetic => Ok(synthesise(SYNTHETIC_SEED, train, test)),
        DatasetKind::Synthetic16 => Ok(synthesise_small(SYNTHETIC_SEED, train, test)),
        DatasetKind::Cifar10 => cifar::read(&CIFAR10, path, limits),
        DatasetKind::Cifar100 => cifar::read(&CIFAR100, path, limits),
        DatasetKind::Cifar100Coarse => cifar::read(&CIFAR100_COARSE, path, limits),
        DatasetKind::TinyImageNet => {
            tiny_imagenet::read(tiny_imagenet::PUBLISHED, path, limits, skips)
        }
        DatasetKind::ImageNet => imagenet::read(path, wanted.resolution, limits, skips),
        DatasetKind::Folder => folder::read(path, wanted.resolution, limits, skips),
    }
}

/// Refuses a `cache` that was not made from `kind`.
pub(crate) fn checked_name(kind: DatasetKind, cache: &Cache) -> Result<(), DatasetError> {
    let (made_of, kind) = (cache.name(), name_of(kind));
    if made_of == kind {
        return Ok(());
    }
    Err(DatasetError::Form {
        path: cache.path().to_owned(),
        what: format!("is a cache of {made_of}, not {kind}"),
        cure: format!("give --dataset {made_of}"),
    })
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
            load(kind, data.map(Path::new), Request { limit_train: limit, ..Request::default() })
                .unwrap_err()
                .to_string()
        };
        let missing = message(DatasetKind::ImageNet, None, None);
        assert!(missing.contains("--data is missing") && missing.contains("data fetch imagenet"));
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
        let few = load(
            DatasetKind::Synthetic,
            None,
            Request { limit_train: Some(30), limit_test: Some(7), ..Request::default() },
        )
        .unwrap();
        let more = synthesise(SYNTHETIC_SEED, 50, 10);
        assert_eq!(few.train.labels.len(), 30);
        assert_eq!(few.train.pixels, more.train.pixels[..few.train.pixels.len()]);
        assert_eq!(few.test.labels.len(), 7);
        assert_eq!(few.test.pixels.len(), 7 * 32 * 32 * 3);
    }
}
