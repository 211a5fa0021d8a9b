//! Documents and reference values: short, with paths that exist, and with their origin beside them.

use std::fs;
use std::path::Path;

use swast_tests::root;

use crate::source::{planted, read};

/// A page.
const ARCHITECTURE: usize = 80;
const GOLDEN: u64 = 20 * 1024;
/// The smallest network of ours with its statistics is 313 KiB, and that an old one can be read is shown by one.
const GOLDEN_MODEL: u64 = 350 * 1024;

/// What `text`, a document, names in backticks that `workspace` does not have.
fn missing<'a>(workspace: &Path, text: &'a str) -> Vec<&'a str> {
    let folders = ["analysis/", "figures/", "trainer/", "tests/", "data/", "scripts/"];
    let made_later = ["data/results", "figures/out", "data/raw"];
    let is_path = |word: &&str| {
        folders.iter().any(|folder| word.starts_with(folder)) && !word.contains(['<', '*', ' '])
    };
    let words = text.split('`').skip(1).step_by(2).filter(is_path);
    words
        .filter(|path| !made_later.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !workspace.join(path).exists())
        .collect()
}

#[test]
fn every_path_the_documents_name_exists() {
    for document in ["ARCHITECTURE.md", "README.md"] {
        let text = read(&root().join(document));
        let missing = missing(&root(), &text);
        assert!(missing.is_empty(), "{document} names {}", missing.join(", "));
    }
}

#[test]
fn the_architecture_is_one_page() {
    let lines = read(&root().join("ARCHITECTURE.md")).lines().count();
    assert!(lines <= ARCHITECTURE, "ARCHITECTURE.md has {lines} lines");
}

#[test]
fn a_path_that_does_not_exist_is_found() {
    let workspace = planted(&[("tests/here.rs", "")]);
    let text = "`tests/here.rs`, `tests/gone.rs`, `tests/<any>.rs`, `data/results/x`, tests/no.rs, `other/x`";
    assert_eq!(missing(workspace.path(), text), ["tests/gone.rs"]);
}

/// What is wrong with a folder of reference values.
fn faults(topic: &Path) -> Vec<String> {
    let (mut origin, mut found) = (false, Vec::new());
    for file in fs::read_dir(topic).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        origin |= name.ends_with(".py") || name.starts_with("README");
        let limit = if name.ends_with(".safetensors") { GOLDEN_MODEL } else { GOLDEN };
        if !file.is_dir() && fs::metadata(&file).unwrap().len() > limit {
            found.push(format!("{} is over {} KiB", file.display(), limit / 1024));
        }
    }
    if !origin {
        found.push(format!("{} does not say where its values come from", topic.display()));
    }
    found
}

#[test]
fn golden_values_are_small_and_say_where_they_come_from() {
    for topic in fs::read_dir(root().join("tests/golden")).unwrap() {
        let found = faults(&topic.unwrap().path());
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

#[test]
fn large_values_and_values_of_unknown_origin_are_found() {
    let large = "x".repeat(21 * 1024);
    let workspace = planted(&[
        ("good/README.md", ""),
        ("good/model.safetensors", large.as_str()),
        ("large/make.py", ""),
        ("large/a.csv", large.as_str()),
        ("unknown/a.csv", ""),
    ]);
    let count = |topic: &str| faults(&workspace.path().join(topic)).len();
    assert_eq!([count("good"), count("large"), count("unknown")], [0, 1, 1]);
}
