//! The classes of ImageNet, and the class of each image.

use std::collections::{BTreeMap, BTreeSet};

use super::meta::{self, Synset};
use crate::DatasetError;
use crate::listing::{Listed, Listing, apart, mixed};
use crate::member::plain;
use crate::tree::Tree;

/// The training images as published.
pub(crate) const TRAIN_TAR: &str = "ILSVRC2012_img_train.tar";
/// The validation images as published.
pub(crate) const VAL_TAR: &str = "ILSVRC2012_img_val.tar";
/// The development kit: a folder, or an archive of it with the ending `.tar.gz`.
pub(crate) const KIT: &str = "ILSVRC2012_devkit_t12";
/// The classes, in the development kit.
pub(crate) const META: &str = "data/meta.mat";
/// The classes of the validation images by their numbers, in the development kit.
pub(crate) const GROUND_TRUTH: &str = "data/ILSVRC2012_validation_ground_truth.txt";
/// Where the images are in the archive of the challenge at Kaggle.
pub(super) const KAGGLE: &str = "ILSVRC/Data/CLS-LOC";
/// The classes of the validation images by their `WordNet` numbers, as at Kaggle.
const SOLUTION: &str = "LOC_val_solution.csv";
/// Number and words of each class, as at Kaggle.
const MAPPING: &str = "LOC_synset_mapping.txt";

/// No list is larger, in bytes.
const LIST_MAX: u64 = 16 << 20;
/// Classes there are.
const CLASSES: usize = 1000;

/// Whether `name` is a number of `WordNet`, such as n01440764.
pub(super) fn is_wnid(name: &str) -> bool {
    let digits = name.strip_prefix('n').unwrap_or_default();
    digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Finds classes and images in `tree`, into whose tar files it looks.
pub(super) fn read(tree: &mut Tree) -> Result<Listing, DatasetError> {
    unfold(tree)?;
    let at_kaggle = tree.names_below(&format!("{KAGGLE}/train/")).next().is_some();
    let root = if at_kaggle { format!("{KAGGLE}/") } else { String::new() };
    let (train_folder, val_folder) = (format!("{root}train/"), format!("{root}val/"));
    let train = by_class(tree, &train_folder)?;
    if train.len() < 2 || train.len() > CLASSES {
        let reason = match train.len() {
            0 => format!("is missing, and so is `{TRAIN_TAR}`"),
            classes => format!("{classes} classes where 2 to {CLASSES} are expected"),
        };
        return Err(tree.wrong(&train_folder, reason));
    }
    let wnids: Vec<String> = train.keys().cloned().collect();
    let kit = kit(tree)?;
    let test = validation(tree, &val_folder, &wnids, kit.as_deref())?;
    if test.iter().all(Vec::is_empty) {
        return Err(tree.wrong(&val_folder, format!("has no image, and `{VAL_TAR}` is missing")));
    }
    let listed = |(label, files): (u16, Vec<String>)| -> Vec<Listed> {
        files.into_iter().map(|file| Listed { file, label }).collect()
    };
    Ok(Listing {
        classes: names(tree, &wnids, kit.as_deref())?,
        train: mixed((0..).zip(train.into_values()).map(listed).collect(), "train"),
        test: mixed((0..).zip(test).map(listed).collect(), "test"),
        notes: Vec::new(),
    })
}

/// Puts the members of the tar files in their places.
fn unfold(tree: &mut Tree) -> Result<(), DatasetError> {
    if tree.has(TRAIN_TAR) {
        tree.unfold(TRAIN_TAR, "train/")?;
    }
    let tars = tree.names_below("train/").filter(|name| name.ends_with(".tar"));
    let tars: Vec<String> = tars.map(|name| format!("train/{name}")).collect();
    for file in tars {
        tree.unfold(&file, &format!("{}/", file.trim_end_matches(".tar")))?;
    }
    if tree.has(VAL_TAR) {
        tree.unfold(VAL_TAR, "val/")?;
    }
    let kit = format!("{KIT}.tar.gz");
    if tree.has(&kit) {
        tree.unfold(&kit, "")?;
    }
    Ok(())
}

/// The images in the folder `folder` (ending in `/`) whose folders are called by a number of `WordNet`, by that.
fn by_class(tree: &Tree, folder: &str) -> Result<BTreeMap<String, Vec<String>>, DatasetError> {
    let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in tree.names_below(folder).filter(|name| is_image(name)) {
        let Some((class, _)) = name.split_once('/') else { continue };
        if !is_wnid(class) {
            return Err(tree.wrong(&format!("{folder}{class}"), "is no class, such as n01440764"));
        }
        classes.entry(class.to_owned()).or_default().push(format!("{folder}{name}"));
    }
    Ok(classes)
}

fn is_image(name: &str) -> bool {
    name.ends_with(".JPEG")
}

/// The classes as the development kit has them, if it is there.
fn kit(tree: &Tree) -> Result<Option<Vec<Synset>>, DatasetError> {
    let file = format!("{KIT}/{META}");
    if !tree.has(&file) {
        return Ok(None);
    }
    let bytes = tree.read(&file, LIST_MAX).map_err(|reason| tree.wrong(&file, reason))?;
    meta::read(&bytes).map(Some).map_err(|reason| tree.wrong(&file, reason))
}

/// The validation images in `folder` (ending in `/`) of each of the classes `wnids`.
fn validation(
    tree: &Tree,
    folder: &str,
    wnids: &[String],
    kit: Option<&[Synset]>,
) -> Result<Vec<Vec<String>>, DatasetError> {
    let mut images = vec![Vec::new(); wnids.len()];
    let place = |wnid: &str| wnids.binary_search_by(|other| other.as_str().cmp(wnid)).ok();
    let classes = by_class(tree, folder)?;
    if !classes.is_empty() {
        for (wnid, files) in classes {
            let Some(label) = place(&wnid) else {
                let class = format!("{folder}{wnid}");
                return Err(tree.wrong(&class, "is a class that has no training images"));
            };
            images[label] = files;
        }
        return Ok(images);
    }
    let files = tree.names_below(folder).filter(|name| is_image(name) && !name.contains('/'));
    let files: Vec<&str> = files.collect();
    let (list, labels) = match kit {
        Some(kit) => ground_truth(tree, kit)?,
        None if tree.has(SOLUTION) => solution(tree, &files)?,
        None if files.is_empty() => return Ok(images),
        None => {
            let file = format!("{KIT}.tar.gz");
            return Err(tree.wrong(&file, "is missing: it has the classes of the images in val"));
        }
    };
    if labels.len() != files.len() {
        let reason = format!("{} classes for {} validation images", labels.len(), files.len());
        return Err(tree.wrong(&list, reason));
    }
    for (row, (file, wnid)) in files.into_iter().zip(labels).enumerate() {
        let Some(label) = place(&wnid) else {
            let wnid = plain(&wnid);
            let reason = format!("row {}: no training images of class `{wnid}`", row + 1);
            return Err(tree.wrong(&list, reason));
        };
        images[label].push(format!("{folder}{file}"));
    }
    Ok(images)
}

/// The name of the ground truth, and the class of each validation image in it, in order of their names.
fn ground_truth(tree: &Tree, kit: &[Synset]) -> Result<(String, Vec<String>), DatasetError> {
    let file = format!("{KIT}/{GROUND_TRUTH}");
    let wnids: BTreeMap<usize, &str> =
        kit.iter().map(|synset| (synset.id, synset.wnid.as_str())).collect();
    let mut labels = Vec::new();
    for (row, line) in tree.text(&file, LIST_MAX)?.lines().enumerate() {
        let wnid = line.trim().parse().ok().and_then(|id: usize| wnids.get(&id));
        let Some(wnid) = wnid else {
            let reason = format!("row {}: `{}` is the number of no class", row + 1, plain(line));
            return Err(tree.wrong(&file, reason));
        };
        labels.push((*wnid).to_owned());
    }
    Ok((file, labels))
}

/// The name of Kaggle's list, and the class of each of the validation images `files`.
fn solution(tree: &Tree, files: &[&str]) -> Result<(String, Vec<String>), DatasetError> {
    let text = tree.text(SOLUTION, LIST_MAX)?;
    let rows = text.lines().skip(1).filter_map(|row| row.split_once(','));
    let classes: BTreeMap<&str, &str> =
        rows.map(|(image, found)| (image, found.split(' ').next().unwrap_or_default())).collect();
    let mut labels = Vec::new();
    for file in files {
        let Some(wnid) = classes.get(file.trim_end_matches(".JPEG")) else {
            return Err(tree.wrong(SOLUTION, format!("has no class for `{}`", plain(file))));
        };
        labels.push((*wnid).to_owned());
    }
    Ok((SOLUTION.to_owned(), labels))
}

/// The first word for each of the classes `wnids`, as far as a list has them.
fn names(
    tree: &Tree,
    wnids: &[String],
    kit: Option<&[Synset]>,
) -> Result<Vec<String>, DatasetError> {
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    if let Some(kit) = kit {
        words.extend(kit.iter().map(|synset| (synset.wnid.clone(), synset.words.clone())));
    } else if tree.has(MAPPING) {
        let text = tree.text(MAPPING, LIST_MAX)?;
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        words.extend(lines.map(|(wnid, words)| (wnid.to_owned(), words.to_owned())));
    }
    let (mut names, mut taken) = (Vec::new(), BTreeSet::new());
    for wnid in wnids {
        let word = words.get(wnid).and_then(|words| words.split(',').next()).unwrap_or(wnid).trim();
        if word.is_empty() || word.len() > 64 || word.chars().any(char::is_control) {
            return Err(tree.wrong(wnid, "is a class that has no usable name"));
        }
        names.push(apart(&mut taken, word, wnid));
    }
    Ok(names)
}
