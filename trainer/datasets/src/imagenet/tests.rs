//! Small sets in every form in which ImageNet is found, and lists that are wrong.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::meta::Synset;
use super::*;
use crate::{DatasetKind, Request, load, synth};

/// A file written by SciPy (`tests/golden/dataset/meta.py`).
const META_FILE: &[u8] = include_bytes!("../../../../tests/golden/dataset/meta.mat");

/// The archives as published, of 40 training and 20 validation images in 10 classes.
pub(crate) fn published() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("imagenet");
    synth::write(DatasetKind::ImageNet, (0, 40, 20), &path).unwrap();
    (folder, path)
}

/// Puts the members of the archive `name` in the folder `path` into its folder `to`, and removes it.
fn unpack(path: &Path, name: &str, to: &str) {
    let bytes = fs::read(path.join(name)).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    archive.unpack(path.join(to)).unwrap();
    fs::remove_file(path.join(name)).unwrap();
}

fn read_all(path: &Path) -> Result<Dataset, DatasetError> {
    read(path, Some(32), Limits::NONE, 0)
}

fn refuse(path: &Path, parts: &[&str]) {
    let message = read_all(path).map(|_| "it is read").unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(message.chars().all(|c| !c.is_control()) && message.len() < 500, "{message}");
}

#[test]
fn every_form_is_read_alike() {
    let (_folder, path) = published();
    let whole = read_all(&path).unwrap();
    assert_eq!((whole.train.labels.len(), whole.test.labels.len()), (40, 20));
    assert_eq!(whole.classes[..2], ["disc-rows", "disc-spots"].map(str::to_owned));
    let mut counts = crate::class_counts(&whole.train, 10);
    counts.extend(crate::class_counts(&whole.test, 10));
    assert_eq!(counts, [[4; 10], [2; 10]].concat());
    assert_eq!(DatasetKind::held_by(&path), DatasetKind::ImageNet);
    let wanted = Request { resolution: Some(32), limit_train: Some(10), ..Request::default() };
    let few = load(DatasetKind::ImageNet, Some(&path), wanted).unwrap();
    assert_eq!(few.train.labels, whole.train.labels[..10]);
    assert_eq!(crate::class_counts(&few.train, 10), [1; 10]);
    let side = crate::resolution(DatasetKind::ImageNet, Some(&path), None);
    assert_eq!(side.unwrap(), Some(64));

    // A folder of tar files, then of folders; validation images, then by class; the kit, then without it.
    unpack(&path, TRAIN_TAR, "train");
    assert_eq!(read_all(&path).unwrap(), whole);
    for label in 1..=10 {
        let name = format!("n{label:08}");
        unpack(&path, &format!("train/{name}.tar"), &format!("train/{name}"));
    }
    unpack(&path, VAL_TAR, "val");
    assert_eq!(read_all(&path).unwrap(), whole);
    assert_eq!(DatasetKind::held_by(&path), DatasetKind::ImageNet);
    for (number, label) in (1..).zip((0..20).map(|image| image % 10 + 1)) {
        let class = path.join(format!("val/n{label:08}"));
        fs::create_dir_all(&class).unwrap();
        let name = format!("ILSVRC2012_val_{number:08}.JPEG");
        fs::rename(path.join("val").join(&name), class.join(&name)).unwrap();
    }
    assert_eq!(read_all(&path).unwrap(), whole);
    fs::remove_file(path.join(format!("{KIT}.tar.gz"))).unwrap();
    let unnamed = read_all(&path).unwrap();
    assert_eq!(unnamed.classes[0], "n00000001");
    assert_eq!(Dataset { classes: whole.classes.clone(), ..unnamed }, whole);
}

#[test]
fn the_folders_of_kaggle_are_read() {
    let (_folder, path) = published();
    let whole = read_all(&path).unwrap();
    unpack(&path, TRAIN_TAR, "train");
    for label in 1..=10 {
        let name = format!("n{label:08}");
        unpack(&path, &format!("train/{name}.tar"), &format!("train/{name}"));
    }
    unpack(&path, VAL_TAR, "val");
    fs::remove_file(path.join(format!("{KIT}.tar.gz"))).unwrap();
    fs::create_dir_all(path.join(index::KAGGLE)).unwrap();
    for folder in ["train", "val"] {
        fs::rename(path.join(folder), path.join(index::KAGGLE).join(folder)).unwrap();
    }
    refuse(&path, &["`ILSVRC2012_devkit_t12.tar.gz`: is missing", "data fetch imagenet"]);
    let mut list = "ImageId,PredictionString\n".to_owned();
    for number in 0..20 {
        let class = number % 10 + 1;
        list += &format!("ILSVRC2012_val_{:08},n{class:08} 1 2 3 4 \n", number + 1);
    }
    fs::write(path.join("LOC_val_solution.csv"), &list).unwrap();
    let words = (1..=10).map(|label| format!("n{label:08} thing {label}, object\n"));
    fs::write(path.join("LOC_synset_mapping.txt"), words.collect::<String>()).unwrap();
    let read = read_all(&path).unwrap();
    assert_eq!(read.classes[9], "thing 10");
    assert_eq!(Dataset { classes: whole.classes.clone(), ..read }, whole);
    fs::write(path.join("LOC_val_solution.csv"), list.replace("00000020", "x")).unwrap();
    refuse(&path, &["has no class for `ILSVRC2012_val_00000020.JPEG`"]);
}

#[test]
fn classes_are_read_as_scipy_writes_them() {
    let synset =
        |id, wnid: &str, words: &str| Synset { id, wnid: wnid.to_owned(), words: words.to_owned() };
    let expected = [
        synset(1, "n02119789", "kit fox, Vulpes macrotis"),
        synset(2, "n02100735", "English setter"),
        synset(300, "n02110185", "Siberian husky"),
    ];
    assert_eq!(meta::read(META_FILE).unwrap(), expected);
    let own = meta::write(&expected);
    assert_eq!(meta::read(&own).unwrap(), expected);
    for file in [META_FILE, &own] {
        for keep in 0..file.len() - 8 {
            assert!(meta::read(&file[..keep]).is_err(), "{keep}");
        }
        // Damage is refused or changes what is read; nothing else happens.
        for at in 128..file.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut damaged = file.to_vec();
                damaged[at] = value;
                let _ = meta::read(&damaged);
            }
        }
    }
}

#[test]
fn what_is_missing_or_does_not_fit_is_named() {
    let (_folder, path) = published();
    let message = read(&path, Some(1 << 40), Limits::NONE, 0).unwrap_err().to_string();
    assert!(message.contains(" GB of memory, ") && message.contains("--resolution"), "{message}");
    fs::rename(path.join(VAL_TAR), path.join("val.tar")).unwrap();
    refuse(&path, &["0 validation images"]);
    fs::rename(path.join("val.tar"), path.join(VAL_TAR)).unwrap();
    fs::remove_file(path.join(TRAIN_TAR)).unwrap();
    refuse(&path, &["`train/`: is missing, and so is `ILSVRC2012_img_train.tar`"]);
}
