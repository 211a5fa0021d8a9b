//! What earlier revisions left stays readable: a run's model is evaluated to what was recorded, and published tables
//! are drawn.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use swast_tests::{root, succeed};

/// What `evaluate` printed when the run was made; see `tests/golden/old-run/README.md`.
const ACCURACY: &str = "0.15";
const LOSS: f64 = 2.3035174012184143;

#[test]
fn a_run_of_an_earlier_revision_evaluates_to_what_it_did() {
    let run = "--run tests/golden/old-run --threads 1 --device cpu";
    let printed = succeed("swast-trainer", &format!("evaluate {run}"));
    let lines: Vec<&str> = printed.lines().collect();
    let (accuracy, loss) = lines[1].split_once(',').unwrap();
    assert_eq!((lines.len(), lines[0], accuracy), (2, "test_accuracy,test_loss", ACCURACY));
    let loss: f64 = loss.parse().unwrap();
    // Processors round differently.
    assert!((loss / LOSS - 1.0).abs() < 1e-6, "{loss}");
}

/// The names of the drawings in `folder`.
fn drawings(folder: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".svg")).collect()
}

#[test]
fn published_tables_are_drawn() {
    for profile in ["desk", "quick"] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("drawings");
        let arguments = format!("--results data/published/{profile} --out {}", out.display());
        succeed("swast-figures", &format!("draw all {arguments}"));
        let published = drawings(&root().join("figures/published").join(profile));
        let drawn = drawings(&out);
        let missing: Vec<&String> = published.difference(&drawn).collect();
        assert!(missing.is_empty(), "{profile}: {missing:?} are published and not drawn");
    }
}
