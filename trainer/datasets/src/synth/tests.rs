//! Every layout is read back.

use std::collections::BTreeSet;

use super::*;
use crate::{Request, class_counts, load};

/// Of 40 training and 20 test images.
fn written(layout: DatasetKind, name: &str) -> (Dataset, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = write(layout, (3, 40, 20), &folder.path().join(name)).unwrap();
    let resolution = layout.is_resized().then_some(32);
    let read = load(layout, Some(&path), Request { resolution, ..Request::default() });
    let again = write(layout, (3, 40, 20), &folder.path().join(name));
    // The same archive is there already; a folder is in the way.
    assert_eq!(again.is_ok(), path.is_file(), "{name}");
    (read.unwrap(), fs::read(&path).unwrap_or_default())
}

#[test]
fn cifar_is_read_back() {
    let made = synthesise(3, 40, 20);
    for name in ["a.tgz", "folder"] {
        let (read, _) = written(DatasetKind::Cifar10, name);
        assert_eq!((&read.train, &read.test), (&made.train, &made.test));
        let (read, _) = written(DatasetKind::Cifar100, name);
        let tinted = tinted(made.clone());
        assert_eq!((&read.classes, &read.train), (&tinted.classes, &tinted.train));
        let (coarse, _) = written(DatasetKind::Cifar100Coarse, name);
        assert_eq!(coarse.classes.len(), 20);
        let fifths = tinted.train.labels.iter().map(|label| label / 5);
        assert!(coarse.train.labels.iter().copied().eq(fifths));
    }
    // A hundred classes in any thousand images.
    let labels: BTreeSet<u16> = tinted(synthesise(0, 1000, 1)).train.labels.into_iter().collect();
    assert_eq!(labels.len(), 100);
}

#[test]
fn folders_are_read_back_without_loss() {
    let made = synthesise(3, 40, 20);
    let images = |images: &LabelledImages| -> BTreeSet<Vec<u8>> {
        images.pixels.chunks(32 * 32 * 3).map(<[u8]>::to_vec).collect()
    };
    let (first, _) = written(DatasetKind::Folder, "folder");
    assert_eq!(images(&first.train), images(&made.train));
    assert_eq!(images(&first.test), images(&made.test));
    for name in ["a.tar", "a.tar.gz", "a.zip"] {
        let (read, bytes) = written(DatasetKind::Folder, name);
        assert_eq!(read, first, "{name}");
        assert_eq!(written(DatasetKind::Folder, name).1, bytes);
    }
}

#[test]
fn layouts_of_jpeg_files_are_read_back() {
    for (layout, names) in [
        (DatasetKind::TinyImageNet, ["folder", "tiny.zip"]),
        (DatasetKind::ImageNet, ["folder", "other"]),
    ] {
        let [one, other] = names.map(|name| written(layout, name).0);
        assert_eq!(one, other);
        assert_eq!(class_counts(&one.train, 10), [4; 10]);
        assert_eq!(class_counts(&one.test, 10), [2; 10]);
    }
    let message = write(DatasetKind::Synthetic, (0, 5, 1), Path::new("x")).unwrap_err();
    assert!(message.to_string().contains("has no files; give --layout cifar10"));
}
