//! ImageNet-1K (ILSVRC 2012) as published: one folder that holds
//!
//! - `ILSVRC2012_img_train.tar`, a tar file of a tar file for each class, or `train/` with a folder or a tar file for each;
//! - `ILSVRC2012_img_val.tar` or `val/` with the images, or `val/` with a folder for each class;
//! - where the validation images are in no folders, their classes: the development kit `ILSVRC2012_devkit_t12` (a folder
//!   or `.tar.gz`), or the list `LOC_val_solution.csv` of the challenge at Kaggle, whose folders are found as well.
//!
//! The validation images are the test set here. Classes are numbered in the order of their numbers in `WordNet`, as
//! torchvision numbers them. Images become squares in memory as those of a folder do, in one fixed order.

mod index;
mod meta;
#[cfg(test)]
mod tests;

use std::path::Path;

pub(crate) use self::index::{GROUND_TRUTH, KIT, META, TRAIN_TAR, VAL_TAR};
use crate::folder::read_squares;
use crate::listing::Listing;
use crate::tree::Tree;
use crate::{Dataset, DatasetError, Limits};

/// Name of the data set, as on the command line.
const NAME: &str = "imagenet";
/// What to do where files are missing or damaged.
const CURE: &str =
    "`swast-trainer data fetch imagenet` says which files to get and where to put them";
/// Published mean of the training pixels / 255, per channel.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// Published standard deviation of the training pixels / 255, per channel.
const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// The published mean and standard deviation of the data set `name`, where it is this one.
pub(crate) fn published_moments(name: &str) -> Option<[[f32; 3]; 2]> {
    (name == NAME).then_some([MEAN, STD])
}

/// `bytes` as the list of classes in the development kit.
#[cfg(fuzzing)]
pub(crate) fn fuzz(bytes: &[u8]) {
    let _refused = meta::read(bytes);
}

/// Whether `path` is a folder of this data set, as far as names show.
pub(crate) fn is_held(path: &Path) -> bool {
    let is_wnid = |name: &str| index::is_wnid(name.strip_suffix(".tar").unwrap_or(name));
    let first = |folder: &str| std::fs::read_dir(path.join(folder)).ok()?.next()?.ok();
    path.join(TRAIN_TAR).is_file()
        || path.join(index::KAGGLE).is_dir()
        || (path.join("val").is_dir()
            && first("train").is_some_and(|entry| is_wnid(&entry.file_name().to_string_lossy())))
}

/// A file `meta.mat` of these classes: number in the ground truth, number in `WordNet`, and name of each.
pub(crate) fn meta_file(classes: impl Iterator<Item = (usize, String, String)>) -> Vec<u8> {
    let synsets = classes.map(|(id, wnid, words)| meta::Synset { id, wnid, words });
    meta::write(&synsets.collect::<Vec<_>>())
}

/// Opens the data set at `path` and lists its images.
pub(crate) fn open(path: &Path) -> Result<(Tree, Listing), DatasetError> {
    let mut tree = Tree::open(path, CURE)?;
    let listing = index::read(&mut tree)?;
    Ok((tree, listing))
}

/// Reads the images at `path` as [`crate::folder::read`] does.
pub(crate) fn read(
    path: &Path,
    side: Option<usize>,
    limits: Limits,
    skips: usize,
) -> Result<Dataset, DatasetError> {
    let (tree, listing) = open(path)?;
    let squares = read_squares(NAME, (&tree, &listing), side, limits, skips)?;
    Ok(Dataset { mean: MEAN, std: STD, ..squares })
}
