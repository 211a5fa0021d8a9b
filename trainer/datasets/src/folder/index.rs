//! Which classes and images there are in a folder, and which of them are for testing.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use swast_tables::stream::stream;

use crate::listing::{Listed, Listing, mixed};
use crate::member::plain;
use crate::tree::Tree;
use crate::{DatasetError, share};

/// Where the training images are.
const TRAIN: &str = "train";
/// Where the test images are: in the first of these that has classes.
const TESTS: [&str; 4] = ["test", "val", "valid", "validation"];
/// The ends of the names of images, in any case.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// Share of each class that is for testing where the data do not say.
const TEST_SHARE: f64 = 0.2;
/// Labels are 16 bits wide.
const CLASSES_MAX: usize = u16::MAX as usize;
/// The longest name of a class, in bytes.
const NAME_MAX: usize = 255;

/// The files of each class, by its name.
type Classes<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// `tree` seen from the folder that has the training images, or the classes.
pub(super) fn enter(mut tree: Tree) -> Tree {
    loop {
        let mut folders = BTreeSet::new();
        folders.extend(tree.names().filter_map(|name| name.split_once('/')).map(|(top, _)| top));
        // What other systems put beside the files.
        folders.retain(|folder| !is_hidden(folder));
        match folders.first() {
            Some(only) if folders.len() == 1 && *only != TRAIN && !TESTS.contains(only) => {
                let only = (*only).to_owned();
                tree = tree.within(&only);
            }
            _ => return tree,
        }
    }
}

/// Finds classes and images.
pub(super) fn read(tree: &Tree) -> Result<Listing, DatasetError> {
    let has = |folder: &str| tree.names_below(&format!("{folder}/")).next().is_some();
    let (path, mut notes) = (tree.path().display(), Vec::new());
    if !has(TRAIN) {
        if let Some(test) = TESTS.into_iter().find(|test| has(test)) {
            return Err(tree.wrong(TRAIN, format!("is missing beside `{test}`")));
        }
        let classes = train_classes(tree, "", &mut notes)?;
        let fifth = "no train/ and test/: a fixed fifth of each class is the test set";
        notes.push(format!("{path}: {fifth}"));
        return Ok(split(&classes, "", notes));
    }
    let train = train_classes(tree, "train/", &mut notes)?;
    let tests: Vec<_> = TESTS.into_iter().filter(|test| has(test)).collect();
    for test in &tests {
        let folder = format!("{test}/");
        let (classes, _) = classes(tree, &folder)?;
        if classes.is_empty() {
            continue;
        }
        if tests.len() > 1 {
            let of = tests.join("/, ") + "/";
            notes.push(format!("{path}: {folder} is the test set, of {of}"));
        }
        if let Some(class) = classes.keys().find(|class| !train.contains_key(*class)) {
            let class = format!("{folder}{class}");
            return Err(tree.wrong(&class, "is a class that `train` does not have"));
        }
        let known = train.keys().map(|class| (*class, classes.get(class).cloned()));
        let test = known.map(|(class, files)| (class, files.unwrap_or_default())).collect();
        return Ok(Listing {
            classes: train.keys().map(|class| (*class).to_owned()).collect(),
            test: mixed(listed(&test, &folder), "test"),
            train: mixed(listed(&train, "train/"), TRAIN),
            notes,
        });
    }
    let fifth = "no test/ or val/ with classes: a fixed fifth of each is the test set";
    notes.push(format!("{path}: {fifth}"));
    Ok(split(&train, "train/", notes))
}

/// The classes in the folder `folder` (empty, or ending in `/`) for training; what is passed over is noted.
fn train_classes<'a>(
    tree: &'a Tree,
    folder: &str,
    notes: &mut Vec<String>,
) -> Result<Classes<'a>, DatasetError> {
    let (classes, others) = classes(tree, folder)?;
    if let Some((class, _)) = classes.iter().find(|(_, files)| files.is_empty()) {
        let reason = format!("has no image (.{})", ENDINGS.join(", ."));
        return Err(tree.wrong(&format!("{folder}{class}"), reason));
    }
    if let Some(file) = others.iter().find(|file| !file.contains('/') && is_image(file)) {
        return Err(tree.wrong(&format!("{folder}{file}"), "is an image in no class's folder"));
    }
    let passed: Vec<_> = others.iter().filter(|file| file.contains('/')).collect();
    if let Some(first) = passed.first() {
        let (count, endings, first) = (passed.len(), ENDINGS.join(", ."), plain(first));
        let path = tree.path().display();
        notes.push(format!(
            "{path}: {count} files are passed over as they are no .{endings}, such as {folder}{first}"
        ));
    }
    if classes.len() < 2 || classes.len() > CLASSES_MAX {
        let reason = format!("{} classes where 2 to {CLASSES_MAX} are expected", classes.len());
        return Err(tree.wrong(if folder.is_empty() { "." } else { folder }, reason));
    }
    Ok(classes)
}

/// The classes in the folder `folder` and the paths of their images, both below it; and those of all other files.
fn classes<'a>(tree: &'a Tree, folder: &str) -> Result<(Classes<'a>, Vec<&'a str>), DatasetError> {
    let (mut classes, mut others) = (Classes::new(), Vec::new());
    for file in tree.names_below(folder) {
        if file.split('/').any(is_hidden) {
            continue;
        }
        let Some((class, _)) = file.split_once('/') else {
            others.push(file);
            continue;
        };
        if class.len() > NAME_MAX || class.chars().any(char::is_control) {
            return Err(tree.wrong(&format!("{folder}{class}"), "is no usable name of a class"));
        }
        let images = classes.entry(class).or_default();
        if is_image(file) {
            images.push(file);
        } else {
            others.push(file);
        }
    }
    Ok((classes, others))
}

fn is_image(file: &str) -> bool {
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Whether a file or folder of this name is not part of the data.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name == "__MACOSX"
}

/// The images of each class, in order of their paths.
fn listed(classes: &Classes<'_>, folder: &str) -> Vec<Vec<Listed>> {
    let labelled = (0..).zip(classes.values());
    let list = |(label, files): (u16, &Vec<&str>)| {
        files.iter().map(|file| Listed { file: format!("{folder}{file}"), label }).collect()
    };
    labelled.map(list).collect()
}

/// A fixed share of each class becomes the test set: at least one image, but never the last one.
fn split(classes: &Classes<'_>, folder: &str, notes: Vec<String>) -> Listing {
    let mut train = listed(classes, folder);
    let mut test = Vec::new();
    for (images, number) in train.iter_mut().zip(0..) {
        images.shuffle(&mut stream(0, "test part of a class", number));
        let count = share(images.len(), TEST_SHARE).max(1).min(images.len() - 1);
        let held = images.split_off(images.len() - count);
        test.push(held);
    }
    let classes = classes.keys().map(|class| (*class).to_owned()).collect();
    Listing { classes, train: mixed(train, TRAIN), test: mixed(test, "test"), notes }
}
