//! Archives: tar, gzip and zip files, and what is in them.
#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("there is room"));

libfuzzer_sys::fuzz_target!(init: swast_datasets::fuzz::write_seeds("archive"), |bytes: &[u8]| {
    swast_datasets::fuzz::archive(&FOLDER.path().join("archive"), bytes);
});
