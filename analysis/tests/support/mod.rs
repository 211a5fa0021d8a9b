//! Running the built command in a folder, and what it leaves there.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::process::Command;

use swast_tables::table::{Row, read};
use tempfile::TempDir;

/// Exit code, stdout and stderr of a run.
pub(crate) fn run(arguments: &str, folder: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_swast-analysis"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Standard output of a run that must succeed.
pub(crate) fn output(arguments: &str, folder: &Path) -> String {
    let (code, stdout, stderr) = run(arguments, folder);
    assert_eq!(code, Some(0), "{arguments}: {stderr}");
    stdout
}

/// A folder with the files given, as name and text.
pub(crate) fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The rows of a table in `folder`.
pub(crate) fn table<R: Row>(folder: &Path) -> Vec<R> {
    read(&folder.join(R::FILE)).unwrap()
}
