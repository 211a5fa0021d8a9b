//! The lists of Tiny ImageNet.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use tempfile::TempDir;

/// A folder in the layout of Tiny ImageNet, with two images of each of two classes.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("there is room");
    for class in ["n01", "n02"] {
        for place in [format!("train/{class}/images"), "val/images".to_owned()] {
            fs::create_dir_all(folder.path().join(&place)).expect("there is room");
            for number in 0..2 {
                let file = folder.path().join(&place).join(format!("{class}_{number}.JPEG"));
                fs::write(file, "").expect("there is room");
            }
        }
    }
    folder
});

libfuzzer_sys::fuzz_target!(init: swast_datasets::fuzz::write_seeds("annotations"), |bytes: &[u8]| {
    swast_datasets::fuzz::annotations(FOLDER.path(), bytes);
});
