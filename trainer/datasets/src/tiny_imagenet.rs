//! Tiny ImageNet as published: the archive `tiny-imagenet-200.zip` or the folder unpacked from it. Its validation
//! images are the test set here, as the labels of its test images are not published.
//!
//! Classes are numbered in the order of their numbers in `WordNet`, as torchvision's `ImageFolder` numbers folders. Images
//! come in one fixed order in which every stretch has all classes alike, so that a limit keeps all of them.

mod index;
#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};

use crate::image;
use crate::listing::Listing;
use crate::photographs::{Reader, Skips};
use crate::tree::Tree;
use crate::{Dataset, DatasetError, Limits};

/// Height and width of an image, in pixels.
const SIDE: usize = 64;
/// Bytes of the pixels of an image.
const PIXELS: usize = SIDE * SIDE * 3;
/// No image file is larger, in bytes.
const IMAGE_MAX: u64 = 1 << 18;
/// The folder in the official archive.
pub(crate) const FOLDER: &str = "tiny-imagenet-200";
/// What to do about damaged data.
const CURE: &str = "get tiny-imagenet-200.zip again";
/// What to do about a broken image.
const IMAGE_CURE: &str =
    "get tiny-imagenet-200.zip again, or give --skip-broken N to leave out up to N broken images";

/// File name of the official archive.
pub(crate) const ARCHIVE: &str = "tiny-imagenet-200.zip";

/// How many there are of each; smaller sets are read too, if all classes have the same number of training images.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    classes: usize,
    /// Training images of a class.
    train: usize,
    /// Validation images in all.
    validation: usize,
}

/// The published data set.
pub(crate) const PUBLISHED: Sizes = Sizes { classes: 200, train: 500, validation: 10_000 };

/// Published mean of the training pixels / 255, per channel.
const MEAN: [f32; 3] = [0.4802, 0.4481, 0.3975];
/// Published standard deviation of the training pixels / 255, per channel.
const STD: [f32; 3] = [0.2770, 0.2691, 0.2821];

/// The folder of the data set that `path` is or holds.
fn folder(path: &Path) -> Option<PathBuf> {
    let folders = [path.join(FOLDER), path.to_owned()];
    folders.into_iter().find(|folder| folder.join("wnids.txt").is_file())
}

/// Whether `path` is an archive or folder of this data set, as far as names show.
pub(crate) fn is_held(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    folder(path).is_some() || (path.is_file() && name.contains("tiny-imagenet"))
}

fn open(path: &Path) -> Result<Tree, DatasetError> {
    Ok(Tree::open(&folder(path).unwrap_or_else(|| path.to_owned()), CURE)?.within(FOLDER))
}

/// Whether the lists of the archive at `path` and the files that it holds agree; no image is decoded.
pub(crate) fn check_lists(path: &Path) -> Result<(), DatasetError> {
    index::read(PUBLISHED, &open(path)?).map(|_| ())
}

/// Reads the data set of `sizes` from `path`, the archive or the folder unpacked from it; decodes the first images
/// within `limits` alone. Up to `skips` broken images are left out.
pub(crate) fn read(
    sizes: Sizes,
    path: &Path,
    limits: Limits,
    skips: usize,
) -> Result<Dataset, DatasetError> {
    let tree = open(path)?;
    let Listing { classes, train, test, .. } = index::read(sizes, &tree)?;
    let reader = Reader { tree: &tree, bytes: PIXELS, file_max: IMAGE_MAX, decode: &decode };
    let mut skips = Skips::new(&tree, IMAGE_CURE, skips);
    let (train, skipped_train) = reader.read(&train, limits.train, &mut skips)?;
    let (test, skipped_test) = reader.read(&test, limits.test, &mut skips)?;
    Ok(Dataset {
        name: "tinyimagenet".to_owned(),
        seed: None,
        classes,
        height: SIDE,
        width: SIDE,
        mean: MEAN,
        std: STD,
        train,
        test,
        skipped: [skipped_train, skipped_test],
    })
}

/// Decodes an image, which has the size of all.
fn decode(file: &[u8], pixels: &mut [u8]) -> Result<(), String> {
    let (width, height) = image::size(file)?;
    if (width, height) != (SIDE, SIDE) {
        return Err(format!("has {width} x {height} pixels where {SIDE} x {SIDE} are expected"));
    }
    pixels.copy_from_slice(&image::decode(file)?.pixels);
    Ok(())
}
