//! Any folder of images by class, `train/CLASS/*.jpg`, or an archive of one, as torchvision's `ImageFolder` reads it.
//!
//! Images become squares of one size: the short side is scaled to it (bilinear, antialiased), then the centre is taken.
//! They come in one fixed order in which every stretch has all classes alike, so that a limit keeps all of them.

mod index;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;

use self::index::Index;
use crate::image::{decode, fit};
use crate::listing::Listed;
use crate::photographs::{Reader, Sizes};
use crate::tree::Tree;
use crate::{Dataset, DatasetError, Limits, channel_statistics, memory};

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

/// Reads the images at `path` as squares of `side` x `side` pixels; of those, the first within `limits`. Up to `skips`
/// broken images are left out.
pub(crate) fn read(
    path: &Path,
    side: usize,
    limits: Limits,
    skips: usize,
) -> Result<Dataset, DatasetError> {
    let tree = index::enter(Tree::open(path, CURE)?);
    let Index { classes, train, test } = index::read(&tree)?;
    read_squares(&tree, (NAME, classes), [&train, &test], side, limits, skips)
}

/// The data set of this name and these classes whose training and test images are `listed` in `tree`, as squares.
pub(crate) fn read_squares(
    tree: &Tree,
    (name, classes): (&str, Vec<String>),
    [train, test]: [&[Listed]; 2],
    side: usize,
    limits: Limits,
    skips: usize,
) -> Result<Dataset, DatasetError> {
    memory::check(tree.path(), train.len().min(limits.train) + test.len().min(limits.test), side)?;
    let decode = |file: &[u8], pixels: &mut [u8]| fit(&decode(file)?, side, pixels);
    let mut reader = Reader {
        tree,
        bytes: side * side * 3,
        file_max: FILE_MAX,
        decode: &decode,
        cure: IMAGE_CURE,
        skips,
        skipped: 0,
    };
    let (train, skipped_train) = reader.read(train, limits.train)?;
    let (test, skipped_test) = reader.read(test, limits.test)?;
    let (mean, std) = channel_statistics(&train.pixels);
    Ok(Dataset {
        name: name.to_owned(),
        seed: None,
        classes,
        height: side,
        width: side,
        mean,
        std,
        train,
        test,
        skipped: [skipped_train, skipped_test],
    })
}

/// The side that images at `path` get where none is given; see [`usual_side`].
pub(crate) fn usual(path: &Path) -> Result<usize, DatasetError> {
    let tree = index::enter(Tree::open(path, CURE)?);
    Ok(usual_side(&tree, &index::read(&tree)?.train))
}

/// The sizes of the images at `path`, as stored.
pub(crate) fn sizes(path: &Path) -> Result<Option<Sizes>, DatasetError> {
    let tree = index::enter(Tree::open(path, CURE)?);
    let Index { train, test, .. } = index::read(&tree)?;
    Ok(Sizes::of(&tree, &[train, test].concat(), FILE_MAX))
}

/// The largest of [`SIDES`] that the shorter side of at least half of the images reaches, of the first ones `listed`;
/// the smallest where they are smaller still. Broken images do not count.
pub(crate) fn usual_side(tree: &Tree, listed: &[Listed]) -> usize {
    let sizes = Sizes::of(tree, &listed[..listed.len().min(SAMPLE)], FILE_MAX);
    let median = sizes.map_or(0, |sizes| sizes.median);
    SIDES.into_iter().find(|side| *side <= median).unwrap_or(SIDES[3])
}
