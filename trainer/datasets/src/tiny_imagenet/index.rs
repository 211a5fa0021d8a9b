//! The lists of the data set: its classes, their names, which image is of which class, and in which order they come.

use std::collections::{BTreeMap, BTreeSet};

use super::Sizes;
use crate::DatasetError;
use crate::listing::{Listed, Listing, apart, mixed};
use crate::tree::Tree;

/// No list of classes or of validation images is larger, in bytes.
const LIST_MAX: u64 = 1 << 20;
/// The names of all words of `WordNet` are not larger, in bytes.
const WORDS_MAX: u64 = 8 << 20;

/// Reads the lists in `tree` and checks that the images they promise are there.
pub(super) fn read(sizes: Sizes, tree: &Tree) -> Result<Listing, DatasetError> {
    let numbers = word_numbers(sizes, tree)?;
    let classes = class_names(tree, &numbers)?;
    let mut train = Vec::new();
    for (label, number) in (0..).zip(&numbers) {
        let folder = format!("train/{number}/images");
        let images = images_in(tree, &folder).into_iter();
        train.push(images.map(|name| Listed { file: format!("{folder}/{name}"), label }).collect());
    }
    check_train(sizes, tree, &numbers, &train)?;
    let validation = validation(tree, &numbers)?;
    let total: usize = validation.iter().map(Vec::len).sum();
    let whole = train.len() == sizes.classes && train[0].len() == sizes.train;
    if total == 0 || total > sizes.validation || (whole && total != sizes.validation) {
        let expected = sizes.validation;
        let reason = format!("{total} images where {expected} are expected");
        return Err(tree.wrong("val/val_annotations.txt", reason));
    }
    Ok(Listing {
        classes,
        train: mixed(train, "train"),
        test: mixed(validation, "test"),
        notes: Vec::new(),
    })
}

/// The numbers of the classes in `WordNet`, in order.
fn word_numbers(sizes: Sizes, tree: &Tree) -> Result<Vec<String>, DatasetError> {
    let (file, mut numbers) = ("wnids.txt", BTreeSet::new());
    let text = tree.text(file, LIST_MAX)?;
    for number in text.lines().map(str::trim).filter(|number| !number.is_empty()) {
        // It becomes part of a path.
        let plain = number.len() <= 64 && number.chars().all(|c| c.is_ascii_alphanumeric());
        if !plain || !numbers.insert(number.to_owned()) {
            let number: String = number.escape_debug().take(64).collect();
            return Err(tree.wrong(file, format!("bad or repeated class `{number}`")));
        }
    }
    if numbers.is_empty() || numbers.len() > sizes.classes {
        let (found, expected) = (numbers.len(), sizes.classes);
        return Err(tree.wrong(file, format!("{found} classes where {expected} are expected")));
    }
    Ok(numbers.into_iter().collect())
}

/// The first name of each class; with its number where it is not the only one of that name.
fn class_names(tree: &Tree, numbers: &[String]) -> Result<Vec<String>, DatasetError> {
    let file = "words.txt";
    let text = tree.text(file, WORDS_MAX)?;
    let words: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.trim_end().split_once('\t')).collect();
    let (mut names, mut taken) = (Vec::new(), BTreeSet::new());
    for number in numbers {
        let Some(word) = words.get(number.as_str()) else {
            return Err(tree.wrong(file, format!("class {number} has no name")));
        };
        let name = word.split(',').next().unwrap_or_default().trim();
        if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
            return Err(tree.wrong(file, format!("class {number} has no usable name")));
        }
        names.push(apart(&mut taken, name, number));
    }
    Ok(names)
}

/// Training images of a class that were lost are seen beside the other classes.
fn check_train(
    sizes: Sizes,
    tree: &Tree,
    numbers: &[String],
    train: &[Vec<Listed>],
) -> Result<(), DatasetError> {
    let most = train.iter().map(Vec::len).max().unwrap_or(0);
    let expected = if most > sizes.train { sizes.train } else { most.max(1) };
    for (number, images) in numbers.iter().zip(train) {
        if images.len() != expected {
            let reason = format!("{} images where {expected} are expected", images.len());
            return Err(tree.wrong(&format!("train/{number}/images"), reason));
        }
    }
    Ok(())
}

/// The validation images, by label.
fn validation(tree: &Tree, numbers: &[String]) -> Result<Vec<Vec<Listed>>, DatasetError> {
    let (file, folder) = ("val/val_annotations.txt", "val/images");
    let text = tree.text(file, LIST_MAX)?;
    let mut left: BTreeSet<String> = images_in(tree, folder).into_iter().collect();
    let mut images = vec![Vec::new(); numbers.len()];
    for (row, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut cells = line.split('\t');
        let (name, number) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let Ok(class) = numbers.binary_search_by(|other| other.as_str().cmp(number)) else {
            let number: String = number.escape_debug().take(64).collect();
            return Err(tree.wrong(file, format!("line {}: no class `{number}`", row + 1)));
        };
        let name = left.take(name).ok_or_else(|| {
            let name: String = name.escape_debug().take(64).collect();
            tree.wrong(file, format!("line {}: `{name}` is missing or comes twice", row + 1))
        })?;
        let label = u16::try_from(class).expect("there are few classes");
        images[class].push(Listed { file: format!("{folder}/{name}"), label });
    }
    if let Some(name) = left.first() {
        return Err(tree.wrong(&format!("{folder}/{name}"), format!("is not in {file}")));
    }
    for images in &mut images {
        images.sort_by(|one, other| one.file.cmp(&other.file));
    }
    Ok(images)
}

/// The names of the JPEG files in the folder `folder`, in order.
fn images_in(tree: &Tree, folder: &str) -> Vec<String> {
    let start = format!("{folder}/");
    let names = tree.names_below(&start);
    names.filter(|name| name.ends_with(".JPEG") && !name.contains('/')).map(str::to_owned).collect()
}
