//! Tiny ImageNet as published: the archive `tiny-imagenet-200.zip` or the folder unpacked from it. Its validation
//! images are the test set here, as the labels of its test images are not published.
//!
//! Classes are numbered in the order of their numbers in `WordNet`, as torchvision's `ImageFolder` numbers folders. Images
//! come in one fixed order in which every stretch has all classes alike, so that a limit keeps all of them.

mod index;
mod jpeg;
mod source;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;

use rayon::prelude::*;

use self::index::{Image, Index};
use self::source::Source;
use crate::{Dataset, DatasetError, LabelledImages, Limits};

/// Height and width of an image, in pixels.
const SIDE: usize = 64;
/// Bytes of the pixels of an image.
const PIXELS: usize = SIDE * SIDE * 3;
/// No image file is larger, in bytes.
const IMAGE_MAX: u64 = 1 << 18;
/// So many files are in memory at a time.
const AT_A_TIME: usize = 4096;

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

/// Whether `path` is an archive or folder of this data set, as far as names show.
pub(crate) fn is_held(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Source::folder(path).is_some() || (path.is_file() && name.contains("tiny-imagenet"))
}

/// Whether the lists of the archive at `path` and the files that it holds agree; no image is decoded.
pub(crate) fn check_lists(path: &Path) -> Result<(), DatasetError> {
    index::read(PUBLISHED, &mut Source::open(path)?).map(|_| ())
}

/// Reads the data set of `sizes` from `path`, the archive or the folder unpacked from it; decodes the first images
/// within `limits` alone.
pub(crate) fn read(sizes: Sizes, path: &Path, limits: Limits) -> Result<Dataset, DatasetError> {
    let mut source = Source::open(path)?;
    let Index { classes, mut train, mut validation } = index::read(sizes, &mut source)?;
    train.truncate(limits.train);
    validation.truncate(limits.test);
    let (name, mean, std) = ("tinyimagenet".to_owned(), MEAN, STD);
    let train = load(&mut source, &train)?;
    let test = load(&mut source, &validation)?;
    Ok(Dataset { name, seed: None, classes, height: SIDE, width: SIDE, mean, std, train, test })
}

/// Reads and decodes `images`, these on all cores.
fn load(source: &mut Source, images: &[Image]) -> Result<LabelledImages, DatasetError> {
    let mut pixels = vec![0; images.len() * PIXELS];
    for (images, pixels) in images.chunks(AT_A_TIME).zip(pixels.chunks_mut(AT_A_TIME * PIXELS)) {
        let files: Vec<_> = images
            .iter()
            .map(|image| source.read(&image.file, IMAGE_MAX))
            .collect::<Result<_, _>>()?;
        let decoded: Vec<_> = files
            .par_iter()
            .zip(pixels.par_chunks_mut(PIXELS))
            .map(|(file, pixels)| jpeg::decode(file, pixels))
            .collect();
        // The first that is broken, whichever was decoded first.
        for (image, result) in images.iter().zip(decoded) {
            result.map_err(|reason| source.wrong(&image.file, reason))?;
        }
    }
    Ok(LabelledImages { pixels, labels: images.iter().map(|image| image.label).collect() })
}
