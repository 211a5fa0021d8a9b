//! Folders of images in every shape that is read, and in those that are refused.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::{DatasetKind, Digests, Request, load, resolution};

/// Files by path.
type Tree = Vec<(String, Vec<u8>)>;

/// A PNG of one colour.
fn plain_png(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = colour.repeat((width * height) as usize);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    file
}

/// Six images in each of three classes below each of `parts`, of a colour of their own.
fn tree(parts: &[&str]) -> Tree {
    let mut tree = Tree::new();
    for (number, part) in parts.iter().enumerate() {
        for (label, class) in ["ant", "Bee", "cat"].iter().enumerate() {
            for image in 0..6 {
                let colour = [10 * label as u8, 10 * image, 10 * number as u8];
                let width = 40 + u32::from(image);
                let name = format!("{part}{class}/deep/{image}.Png");
                tree.push((name, plain_png(width, 36, colour)));
            }
        }
    }
    tree.push(("readme.txt".to_owned(), b"my images".to_vec()));
    tree.push((format!("{}ant/.DS_Store", parts[0]), b"x".to_vec()));
    tree
}

fn folder(tree: &Tree) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in tree {
        let place = root.path().join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content).unwrap();
    }
    root
}

/// A folder `photos` with a broken image, and one that is in both sets; for tests of commands.
pub(crate) fn damaged() -> TempDir {
    let mut tree = tree(&["photos/train/", "photos/val/"]);
    let at = |tree: &Tree, name: &str| tree.iter().position(|(file, _)| file == name).unwrap();
    let broken = at(&tree, "photos/train/ant/deep/3.Png");
    tree[broken].1.truncate(40);
    let (one, other) =
        (at(&tree, "photos/train/cat/deep/1.Png"), at(&tree, "photos/val/cat/deep/2.Png"));
    tree[other].1 = tree[one].1.clone();
    folder(&tree)
}

/// `tree` as tar, tar.gz and zip, below a folder of its own.
fn archives(tree: &Tree) -> (TempDir, Vec<PathBuf>) {
    let root = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(Vec::new());
    let mut zip = ZipWriter::new(File::create(root.path().join("c.zip")).unwrap());
    for (name, content) in tree {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        let name = format!("photos/{name}");
        tar.append_data(&mut header, &name, content.as_slice()).unwrap();
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
    let tar = tar.into_inner().unwrap();
    fs::write(root.path().join("a.tar"), &tar).unwrap();
    let file = File::create(root.path().join("b.tar.gz")).unwrap();
    let mut gzip = GzEncoder::new(file, Compression::fast());
    gzip.write_all(&tar).unwrap();
    gzip.finish().unwrap();
    let paths = ["a.tar", "b.tar.gz", "c.zip"].map(|name| root.path().join(name)).to_vec();
    (root, paths)
}

fn read_all(path: &Path) -> Result<Dataset, DatasetError> {
    read(path, Some(32), Limits::NONE, 0)
}

fn refuse(tree: &Tree, parts: &[&str]) {
    let root = folder(tree);
    let message = read_all(root.path()).map(|_| "it is read").unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(message.chars().all(|c| !c.is_control()) && message.len() < 400, "{message}");
}

#[test]
fn a_folder_and_its_archives_are_read_alike() {
    let tree = tree(&["train/", "val/"]);
    let (root, (_archives, paths)) = (folder(&tree), archives(&tree));
    let dataset = read_all(root.path()).unwrap();
    assert_eq!(dataset.classes, ["Bee", "ant", "cat"]);
    assert_eq!((dataset.train.labels.len(), dataset.test.labels.len()), (18, 18));
    for (part, images) in [(0, &dataset.train), (10, &dataset.test)] {
        for (pixels, label) in images.pixels.chunks_exact(32 * 32 * 3).zip(&images.labels) {
            // `ant` is the first class of the tree and the second by name.
            assert_eq!(pixels[0], [10, 0, 20][usize::from(*label)]);
            assert_eq!(pixels[2], part);
            assert!(pixels.as_chunks::<3>().0.iter().all(|pixel| pixel == &pixels[..3]));
        }
    }
    for path in paths {
        let read = read_all(&path).unwrap();
        assert_eq!((Digests::of(&read), &read), (Digests::of(&dataset), &dataset));
    }
}

#[test]
fn limits_keep_the_beginning_and_all_classes() {
    let root = folder(&tree(&["train/", "test/"]));
    let all = read_all(root.path()).unwrap();
    let few = read(root.path(), Some(32), Limits { train: 4, test: 3 }, 0).unwrap();
    assert_eq!(few.train.labels, all.train.labels[..4]);
    assert_eq!(few.train.pixels, all.train.pixels[..4 * 32 * 32 * 3]);
    for labels in all.train.labels.chunks(3).chain([&few.test.labels[..]]) {
        assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), 3);
    }
}

#[test]
fn without_a_test_set_a_fixed_part_of_each_class_is_one() {
    for parts in [["train/"], [""]] {
        let root = folder(&tree(&parts));
        let dataset = read_all(root.path()).unwrap();
        assert_eq!((dataset.train.labels.len(), dataset.test.labels.len()), (15, 3));
        assert_eq!(dataset.test.labels.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(read_all(root.path()).unwrap(), dataset);
        let images = |images: &crate::LabelledImages| -> BTreeSet<Vec<u8>> {
            images.pixels.chunks(32 * 32 * 3).map(<[u8]>::to_vec).collect()
        };
        assert!(images(&dataset.train).is_disjoint(&images(&dataset.test)));
    }
}

#[test]
fn the_side_follows_from_the_images_unless_given() {
    let root = folder(&tree(&["train/"]));
    let side = |given| resolution(DatasetKind::Folder, Some(root.path()), given);
    assert_eq!(side(None).unwrap(), Some(32));
    assert_eq!(side(Some(20)).unwrap(), Some(20));
    let wanted = Request { resolution: Some(20), ..Request::default() };
    let dataset = load(DatasetKind::Folder, Some(root.path()), wanted).unwrap();
    assert_eq!((dataset.height, dataset.width), (20, 20));
    let message = side(Some(0)).unwrap_err().to_string();
    assert_eq!(message, "--resolution 0: give a number of pixels from 1 to 1024");
    let message = load(DatasetKind::Synthetic, None, wanted).unwrap_err().to_string();
    assert!(message.contains("synthetic has images of one size; leave --resolution out"));
}

#[test]
fn broken_images_are_named_or_skipped_up_to_a_number() {
    let mut tree = tree(&["train/", "val/"]);
    let broken = |tree: &mut Tree, name: &str, content: &[u8]| {
        tree.iter_mut().find(|(file, _)| file == name).unwrap().1 = content.to_vec();
    };
    broken(&mut tree, "train/ant/deep/3.Png", b"");
    refuse(&tree, &["entry `train/ant/deep/3.Png`: is empty; replace or remove it, or give"]);
    broken(&mut tree, "val/cat/deep/0.Png", b"<html>");
    let root = folder(&tree);
    let message = read(root.path(), Some(32), Limits::NONE, 1).unwrap_err().to_string();
    assert!(message.contains("val/cat/deep/0.Png") && message.contains("--skip-broken 1 allows"));
    let dataset = read(root.path(), Some(32), Limits::NONE, 2).unwrap();
    assert_eq!((dataset.train.labels.len(), dataset.test.labels.len()), (17, 17));
    assert_eq!(
        dataset.skipped.each_ref().map(|skipped| skipped[0].file.as_str()),
        ["train/ant/deep/3.Png", "val/cat/deep/0.Png"]
    );
    // The others keep their order, and limits count what is kept.
    let labels = |labels: &[u16], label| labels.iter().filter(|other| **other == label).count();
    assert_eq!(labels(&dataset.train.labels, 1), 5);
    for limit in 1..=17 {
        let limits = Limits { train: limit, test: 1 };
        let few = read(root.path(), Some(32), limits, 2).unwrap();
        assert_eq!(few.train.pixels, dataset.train.pixels[..limit * 32 * 32 * 3]);
        let within = Digests::within(&dataset, Some(limit), Some(1));
        assert_eq!(Digests::of(&few), within, "{limit}");
    }
}

#[test]
fn folders_that_are_no_data_set_are_refused() {
    refuse(&vec![("a.png".to_owned(), vec![1])], &["image in no class's folder"]);
    refuse(&vec![("readme".to_owned(), vec![1])], &["entry `.`: 0 classes", "`train/CLASS/`"]);
    refuse(&tree(&["val/"]), &["`train`: is missing beside `val`"]);
    let mut more = tree(&["train/", "val/"]);
    more.push(("val/dog/1.png".to_owned(), plain_png(9, 9, [0; 3])));
    refuse(&more, &["`val/dog`: is a class that `train` does not have"]);
    let mut more = tree(&["train/"]);
    more.push(("train/dog/1.gif".to_owned(), vec![1]));
    refuse(&more, &["`train/dog`: has no image (.jpg, .jpeg, .png, .webp)"]);
    let root = tempfile::tempdir().unwrap();
    let message = read_all(&root.path().join("nothing")).unwrap_err().to_string();
    assert!(message.contains("nothing: No such file"), "{message}");
    std::os::unix::fs::symlink("nowhere", root.path().join("link")).unwrap();
    let message = read_all(root.path()).unwrap_err().to_string();
    assert!(message.contains("`link`: is a link that leads nowhere"), "{message}");
    fs::remove_file(root.path().join("link")).unwrap();
    std::os::unix::fs::symlink(".", root.path().join("loop")).unwrap();
    let message = read_all(root.path()).unwrap_err().to_string();
    assert!(message.contains("is nested too deep"), "{message}");
}
