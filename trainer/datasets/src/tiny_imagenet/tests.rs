//! A Tiny ImageNet of three classes, whole and damaged in every way that `read` must refuse.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::{DatasetKind, Digests};

const COLOUR: &[u8] = include_bytes!("../../../../tests/golden/dataset/colour.JPEG");
const SHARP: &[u8] = include_bytes!("../../../../tests/golden/dataset/sharp.JPEG");
const GREY: &[u8] = include_bytes!("../../../../tests/golden/dataset/grey.JPEG");
const SHORT: &[u8] = include_bytes!("../../../../tests/golden/dataset/short.JPEG");

/// What Pillow decodes them to.
const DECODED: [(&[u8], &[u8]); 3] = [
    (COLOUR, include_bytes!("../../../../tests/golden/dataset/colour.rgb")),
    (SHARP, include_bytes!("../../../../tests/golden/dataset/sharp.rgb")),
    (GREY, include_bytes!("../../../../tests/golden/dataset/grey.rgb")),
];

const TINY: Sizes = Sizes { classes: 3, train: 4, validation: 5 };

/// The classes: not in order in `wnids.txt`, as in the published set.
const CLASSES: [&str; 3] = ["n00000002", "n00000005", "n00000010"];
const WNIDS: &str = "n00000010\nn00000002\nn00000005\n";
const WORDS: &str =
    "n00000001\tentity\nn00000002\tcrane, bird\nn00000005\tox\r\nn00000010\tcrane\n";

/// Files by path, with the images of each class those of [`DECODED`].
type Tree = Vec<(String, Vec<u8>)>;

fn good() -> Tree {
    let mut tree: Tree = vec![
        ("wnids.txt".to_owned(), WNIDS.into()),
        ("words.txt".to_owned(), WORDS.into()),
        ("test/images/test_0.JPEG".to_owned(), b"not looked at".to_vec()),
    ];
    for (class, (image, _)) in CLASSES.iter().zip(DECODED) {
        tree.push((format!("train/{class}/{class}_boxes.txt"), b"x\t0\t0\t1\t1\n".to_vec()));
        for number in 0..4 {
            tree.push((format!("train/{class}/images/{class}_{number}.JPEG"), image.to_vec()));
        }
    }
    let mut annotations = String::new();
    for (number, label) in [2, 0, 1, 0, 2].into_iter().enumerate() {
        tree.push((format!("val/images/val_{number}.JPEG"), DECODED[label].0.to_vec()));
        annotations += &format!("val_{number}.JPEG\t{}\t0\t1\t2\t3\n", CLASSES[label]);
    }
    tree.push(("val/val_annotations.txt".to_owned(), annotations.into()));
    tree
}

/// [`good`] with the file `name` replaced; without it for no content.
fn with(name: &str, content: Option<&[u8]>) -> Tree {
    let mut tree = good();
    let place = tree.iter().position(|(file, _)| file == name).unwrap();
    match content {
        Some(content) => tree[place].1 = content.to_vec(),
        None => drop(tree.remove(place)),
    }
    tree
}

fn folder(tree: &Tree) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in tree {
        let place = root.path().join("tiny-imagenet-200").join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content).unwrap();
    }
    root
}

fn archive(tree: &Tree, more: impl FnOnce(&mut ZipWriter<File>)) -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("tiny-imagenet-200.zip");
    let mut writer = ZipWriter::new(File::create(&path).unwrap());
    for (name, content) in tree {
        let options = SimpleFileOptions::default();
        writer.start_file(format!("tiny-imagenet-200/{name}"), options).unwrap();
        writer.write_all(content).unwrap();
    }
    more(&mut writer);
    writer.finish().unwrap();
    (root, path)
}

/// A folder of [`good`], for tests of commands.
pub(crate) fn small() -> TempDir {
    folder(&good())
}

/// Reads `tree` as a folder and as an archive, and checks that the one-line error of both says all of `parts`.
fn refuse(tree: &Tree, parts: &[&str]) {
    let (root, (_archive, path)) = (folder(tree), archive(tree, |_| {}));
    for path in [root.path(), &path] {
        refuse_path(path, parts);
    }
}

fn refuse_path(path: &Path, parts: &[&str]) {
    let message = read(TINY, path, Limits::NONE, 0).map(|_| "it is read").unwrap_err().to_string();
    for part in [&["; get tiny-imagenet-200.zip again"], parts].concat() {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(message.chars().all(|c| !c.is_control()) && message.len() < 400, "{message}");
}

#[test]
fn images_are_decoded_as_pillow_decodes_them() {
    for (number, (file, expected)) in DECODED.iter().enumerate() {
        let mut pixels = vec![0; PIXELS];
        decode(file, &mut pixels).unwrap();
        let pairs = pixels.iter().zip(*expected);
        let differences: Vec<u8> = pairs.map(|(own, other)| own.abs_diff(*other)).collect();
        let sum: usize = differences.iter().map(|difference| usize::from(*difference)).sum();
        let far = differences.iter().filter(|difference| **difference > 2).count();
        assert!(sum < PIXELS / 2 && far < PIXELS / 500, "image {number}: {sum}, {far}");
        assert!(differences.iter().all(|difference| *difference <= 4), "image {number}");
    }
}

#[test]
fn a_folder_and_its_archive_are_read_alike() {
    let (root, (_archive, path)) = (folder(&good()), archive(&good(), |_| {}));
    let dataset = read(TINY, &path, Limits::NONE, 0).unwrap();
    assert_eq!(dataset.classes, ["crane", "ox", "crane (n00000010)"]);
    assert_eq!((dataset.train.labels.len(), dataset.test.labels.len()), (12, 5));
    for images in [&dataset.train, &dataset.test] {
        for (pixels, label) in images.pixels.chunks_exact(PIXELS).zip(&images.labels) {
            let mut expected = vec![0; PIXELS];
            decode(DECODED[usize::from(*label)].0, &mut expected).unwrap();
            assert_eq!(pixels, expected);
        }
    }
    for path in [root.path().to_owned(), root.path().join("tiny-imagenet-200")] {
        let read = read(TINY, &path, Limits::NONE, 0).unwrap();
        assert_eq!((Digests::of(&read), &read), (Digests::of(&dataset), &dataset));
        assert_eq!(DatasetKind::held_by(&path), DatasetKind::TinyImageNet);
    }
    assert_eq!(DatasetKind::held_by(&path), DatasetKind::TinyImageNet);
}

#[test]
fn limits_keep_the_beginning_and_all_classes() {
    let (_archive, path) = archive(&good(), |_| {});
    let all = read(TINY, &path, Limits::NONE, 0).unwrap();
    // Whatever the order of the entries is.
    let mut turned = good();
    turned.reverse();
    let (_other, turned) = archive(&turned, |_| {});
    assert_eq!(read(TINY, &turned, Limits::NONE, 0).unwrap(), all);
    let few = read(TINY, &path, Limits { train: 4, test: 3 }, 0).unwrap();
    assert_eq!(few.train.labels, all.train.labels[..4]);
    assert_eq!(few.train.pixels, all.train.pixels[..4 * PIXELS]);
    assert_eq!(few.test.labels, all.test.labels[..3]);
    for labels in all.train.labels.chunks(3).chain([&few.test.labels[..]]) {
        assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), 3);
    }
    assert!(all.train.labels.chunks(3).any(|labels| labels != [0, 1, 2]));
}

#[test]
fn wrong_lists_are_refused() {
    for name in ["wnids.txt", "words.txt", "val/val_annotations.txt"] {
        refuse(&with(name, None), &[&format!("`{name}`: is missing")]);
        refuse(&with(name, Some(b"\xff")), &[&format!("`{name}`: is not UTF-8 text")]);
        refuse(&with(name, Some(&vec![b'\n'; 9 << 20])), &[&format!("`{name}`: has more than ")]);
    }
    refuse(&with("wnids.txt", Some(b"")), &["0 classes where 3"]);
    refuse(&with("wnids.txt", Some(b"a\nb\nc\nd\n")), &["4 classes where 3"]);
    refuse(&with("wnids.txt", Some(b"../../x\n")), &["bad or repeated class `../../x`"]);
    refuse(&with("wnids.txt", Some(b"a\na\n")), &["bad or repeated class `a`"]);
    refuse(&with("words.txt", Some(b"n00000002\tx\n")), &["class n00000005 has no name"]);
    let list = |text: &str| with("val/val_annotations.txt", Some(text.as_bytes()));
    refuse(&list("val_0.JPEG\tn1\t0\n"), &["line 1: no class `n1`"]);
    refuse(&list("../../x\tn00000002\n"), &["line 1: `../../x` is missing"]);
    let twice = "val_0.JPEG\tn00000002\nval_0.JPEG\tn00000002\n";
    refuse(&list(twice), &["line 2: `val_0.JPEG` is missing or comes twice"]);
    refuse(&list("val_1.JPEG\tn00000002\n"), &["`val/images/val_0.JPEG`: is not in val/val_ann"]);
}

#[test]
fn images_that_are_lost_or_broken_are_named() {
    let image = "train/n00000005/images/n00000005_2.JPEG";
    let folder = "`train/n00000005/images`: 3 images where 4 are expected";
    refuse(&with(image, None), &[folder]);
    refuse(&with("val/images/val_3.JPEG", None), &["`val_3.JPEG` is missing"]);
    let at = |reason: &str| format!("`{image}`: {reason}");
    refuse(&with(image, Some(b"")), &[&at("is empty")]);
    refuse(
        &with(image, Some(b"<html>not an image</html>")),
        &[&at("is no JPEG, PNG or WebP image")],
    );
    refuse(&with(image, Some(SHORT)), &[&at("has 64 x 48 pixels where 64 x 64 are expected")]);
    refuse(&with(image, Some(&vec![0; 300_000])), &[&at("has more than 262144 bytes")]);
    for keep in (0..COLOUR.len() - 2).step_by(61) {
        refuse(&with(image, Some(&COLOUR[..keep])), &[&at("is ")]);
    }
    // A size that would take gigabytes.
    let mut huge = COLOUR.to_vec();
    let frame = huge.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    huge[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    refuse(&with(image, Some(&huge)), &[&at("has 65535 x 65535 pixels")]);
    assert!(check_lists(Path::new("no/such")).is_err());
    let (_archive, path) = archive(&good(), |_| {});
    check_lists(&path).unwrap();
    let (_archive, path) = archive(&with(image, None), |_| {});
    assert!(check_lists(&path).unwrap_err().to_string().contains(folder));
    // The official training set goes with the official validation set.
    let mut tree = good();
    tree.retain(|(name, _)| name != "val/images/val_4.JPEG");
    let list = tree.iter_mut().find(|(name, _)| name == "val/val_annotations.txt").unwrap();
    list.1 =
        String::from_utf8_lossy(&list.1).replace("val_4.JPEG\tn00000010\t0\t1\t2\t3\n", "").into();
    refuse(&tree, &["4 images where 5 are expected"]);
}

#[test]
fn archives_that_are_not_safe_are_refused() {
    let options = SimpleFileOptions::default();
    for name in ["../x", "/x", "tiny-imagenet-200/../../x", "a\\..\\x"] {
        let (_folder, path) = archive(&good(), |writer| writer.start_file(name, options).unwrap());
        refuse_path(&path, &["the path leaves the archive's folder"]);
    }
    let (_folder, path) = archive(&good(), |writer| {
        writer.add_symlink("tiny-imagenet-200/link", "/etc/passwd", options).unwrap();
    });
    refuse_path(&path, &["entry `tiny-imagenet-200/link`: is a link"]);
    // A name that comes twice: the writer refuses to write it, so one of equal length is renamed.
    let (_folder, path) = archive(&good(), |writer| {
        writer.start_file("tiny-imagenet-200/wnidz.txt", options).unwrap();
    });
    let mut bytes = fs::read(&path).unwrap();
    while let Some(place) = bytes.windows(9).position(|name| name == b"wnidz.txt") {
        bytes[place + 4] = b's';
    }
    fs::write(&path, bytes).unwrap();
    refuse_path(&path, &["holds a name twice"]);
    // A gigabyte within a megabyte.
    let (_folder, path) = archive(&with("words.txt", None), |writer| {
        writer.start_file("tiny-imagenet-200/words.txt", options).unwrap();
        (0..1024).for_each(|_| writer.write_all(&[0; 1 << 20]).unwrap());
    });
    assert!(fs::metadata(&path).unwrap().len() < 2 << 20);
    refuse_path(&path, &["`words.txt`: has more than 8388608 bytes"]);
    let (_folder, path) = archive(&good(), |_| {});
    let whole = fs::read(&path).unwrap();
    for keep in (0..whole.len()).step_by(whole.len() / 20) {
        fs::write(&path, &whole[..keep]).unwrap();
        refuse_path(&path, &["is no whole "]);
    }
}
