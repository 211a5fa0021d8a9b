//! Caches of images.
#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("there is room"));

libfuzzer_sys::fuzz_target!(init: swast_datasets::fuzz::write_seeds("cache"), |bytes: &[u8]| {
    swast_datasets::fuzz::cached(&FOLDER.path().join("cache"), bytes);
});
