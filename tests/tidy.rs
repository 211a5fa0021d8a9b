//! The house rules that a machine can check.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use swast_tests::root;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for package in [
        "analysis",
        "figures",
        "figures/tables",
        "trainer",
        "trainer/datasets",
        "trainer/selection",
    ] {
        sources(&root().join(package).join("src"), &mut found);
    }
    found.sort();
    found
}

#[test]
fn every_source_file_says_what_it_owns_and_stays_small() {
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not start by saying what it owns",
            path.display()
        );
        let lines = text.lines().count();
        assert!(lines <= 450, "{} has {lines} lines; one noun a file", path.display());
    }
}

#[test]
fn heavy_libraries_have_one_door_each() {
    let names = |word: &str| -> Vec<String> {
        let uses = |path: &PathBuf| fs::read_to_string(path).unwrap().contains(word);
        let relative = |path: PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
        all_sources().into_iter().filter(uses).map(relative).collect()
    };
    assert!(names("use tch::").iter().all(|path| path.starts_with("trainer/")));
    assert!(names("use plotters").iter().all(|path| path.starts_with("figures/src/canvas")));
    assert_eq!(names("use argmin").len(), 1);
    let unsafe_code: Vec<_> = names("unsafe {");
    assert!(
        unsafe_code.iter().all(|path| path.starts_with("trainer/src/libtorch/")),
        "{unsafe_code:?}"
    );
}

#[test]
fn analysis_and_trainer_know_figures_and_not_each_other() {
    let manifest =
        |package: &str| fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
    let (analysis, trainer, figures) =
        (manifest("analysis"), manifest("trainer"), manifest("figures"));
    assert!(!analysis.contains("swast-trainer") && !analysis.contains("tch"));
    assert!(!trainer.contains("swast-analysis") && !trainer.contains("plotters"));
    assert!(!figures.contains("swast-analysis") && !figures.contains("swast-trainer"));
}

#[test]
fn every_path_the_documents_name_exists() {
    for document in ["ARCHITECTURE.md", "README.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let named = text.split('`').skip(1).step_by(2).filter(|word| {
            let known = ["analysis/", "figures/", "trainer/", "tests/", "data/", "scripts/"];
            known.iter().any(|folder| word.starts_with(folder)) && !word.contains(['<', '*', ' '])
        });
        for path in named {
            let made_later = path.starts_with("data/results")
                || path.starts_with("figures/out")
                || path.starts_with("data/raw");
            assert!(
                made_later || root().join(path).exists(),
                "{document} names {path}, which does not exist"
            );
        }
    }
}

#[test]
fn golden_values_are_small_and_say_where_they_come_from() {
    for topic in fs::read_dir(root().join("tests/golden")).unwrap() {
        let topic = topic.unwrap().path();
        let mut origin = false;
        for file in fs::read_dir(&topic).unwrap() {
            let file = file.unwrap().path();
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            origin |= name.ends_with(".py") || name.starts_with("README");
            let size = fs::metadata(&file).unwrap().len();
            assert!(file.is_dir() || size <= 20 * 1024, "{} is over 20 KiB", file.display());
        }
        assert!(origin, "{} does not say where its values come from", topic.display());
    }
}
