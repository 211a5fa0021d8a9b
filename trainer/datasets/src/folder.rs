//! Any folder of images by class, `train/CLASS/*.jpg`, or an archive of one, as torchvision's `ImageFolder` reads it.
//!
//! Images become squares of one size: the short side is scaled to it (bilinear, antialiased), then the centre is taken.
//! They come in one fixed order in which every stretch has all classes alike, so that a limit keeps all of them.

mod index;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;

use swast_tables::usage::note;

use crate::image::{decode, fit};
use crate::listing::{Listed, Listing};
use crate::photographs::{Reader, Sizes, Skips};
use crate::tree::Tree;
use crate::{Dataset, DatasetError, Limits, memory};

/// Name of the data set, as on the command line.
const NAME: &str = "folder";
/// No image file is larger, in bytes.
pub(crate) const FILE_MAX: u64 = 1 << 28;
/// The resolution follows from the first so many training images.
const SAMPLE: usize = 500;
/// The sides that images get by default, in pixels.
const SIDES: [usize; 4] = [224, 128, 64, 32];
/// What to do about a folder that is not as it should be.
const CURE: &str = "give a folder or an archive (tar, tar.gz, zip) with images in `train/CLASS/`";
/// What to do about a broken image.
pub(crate) const IMAGE_CURE: &str =
    "replace or remove it, or give --skip-broken N to leave out up to N broken images";

/// Opens the folder or archive `path` and lists its images.
pub(crate) fn open(path: &Path) -> Result<(Tree, Listing), DatasetError> {
    let tree = index::enter(Tree::open(path, CURE)?);
    let listing = index::read(&tree)?;
    Ok((tree, listing))
}

/// Reads the images at `path` as squares of `side` x `side` pixels; `None` for [`usual_side`]. Of those, the first
/// within `limits`. Up to `skips` broken images are left out.
pub(crate) fn read(
    path: &Path,
    side: Option<usize>,
    limits: Limits,
    skips: usize,
) -> Result<Dataset, DatasetError> {
    let (tree, listing) = open(path)?;
    read_squares(NAME, (&tree, &listing), side, limits, skips)
}

/// The data set `name` of the images that the listing has of the tree, as [`read`] reads them.
pub(crate) fn read_squares(
    name: &str,
    (tree, listing): (&Tree, &Listing),
    side: Option<usize>,
    limits: Limits,
    skips: usize,
) -> Result<Dataset, DatasetError> {
    let Listing { classes, train, test, notes } = listing;
    let side = side.unwrap_or_else(|| usual_side(tree, train));
    notes.iter().for_each(note);
    memory::check(tree.path(), train.len().min(limits.train) + test.len().min(limits.test), side)?;
    let decode = |file: &[u8], pixels: &mut [u8]| fit(&decode(file)?, side, pixels);
    let reader = Reader { tree, bytes: side * side * 3, file_max: FILE_MAX, decode: &decode };
    let mut skips = Skips::new(tree, IMAGE_CURE, skips);
    let (train, skipped_train) = reader.read(train, limits.train, &mut skips)?;
    let (test, skipped_test) = reader.read(test, limits.test, &mut skips)?;
    let skipped = [skipped_train, skipped_test];
    Ok(Dataset { skipped, ..Dataset::of_squares(name, classes.clone(), side, (train, test)) })
}

/// The largest of [`SIDES`] that the shorter side of at least half of the images reaches, of the first ones `listed`;
/// the smallest where they are smaller still. Broken images do not count.
pub(crate) fn usual_side(tree: &Tree, listed: &[Listed]) -> usize {
    let sizes = Sizes::of(tree, &listed[..listed.len().min(SAMPLE)], FILE_MAX);
    usual_of(sizes.map_or(0, |sizes| sizes.median))
}

/// The largest of [`SIDES`] that is not above `short`; the smallest where all are.
pub(crate) fn usual_of(short: usize) -> usize {
    SIDES.into_iter().find(|side| *side <= short).unwrap_or(SIDES[3])
}
