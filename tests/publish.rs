//! What is published: the tables of a sweep and their pictures, beside those of sweeps published earlier.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use swast_tables::rows::{EpochRow, LayerRow, RunRow, SelectionRow};
use swast_tables::table::{self, Row};
use swast_tests::{command, root, succeed, text};

fn rows<R: Row>(folder: &Path) -> Vec<R> {
    table::read(&folder.join(R::FILE)).unwrap()
}

/// Publishes what the `workshop` has of the smallest profile; returns whether that worked, and what was said.
fn publish(workshop: &Path) -> (bool, String) {
    let figures = command("swast-figures").get_program().to_owned();
    let mut publish = Command::new("python3");
    publish.arg(root().canonicalize().unwrap().join("scripts/publish.py")).arg("smoke");
    let output = publish.arg(figures).current_dir(workshop).output().unwrap();
    (output.status.success(), text(&output.stderr))
}

#[test]
fn a_sweep_is_published_beside_those_published_before() {
    let workshop = tempfile::tempdir().unwrap();
    let results = workshop.path().join("data/results/smoke");
    let published = workshop.path().join("data/published/smoke");
    let (done, said) = publish(workshop.path());
    assert!(!done && said.contains("make figures"), "{said}");
    assert!(!published.exists());

    let sweep = |figure: &str| {
        let settings = "--profile smoke --dataset synthetic --device cpu --threads 1 --jobs 2";
        succeed("swast-trainer", &format!("sweep {figure} {settings} --out {}", results.display()));
        let (done, said) = publish(workshop.path());
        assert!(done, "{said}");
    };
    sweep("figure6");
    assert_eq!(rows::<RunRow>(&published), rows::<RunRow>(&results));
    assert_eq!(rows::<EpochRow>(&published), rows::<EpochRow>(&results));
    let before: Vec<RunRow> = rows(&published);

    // Results of another sweep alone, as on another machine, then the same again.
    fs::remove_dir_all(&results).unwrap();
    for _ in 0..2 {
        sweep("figure5");
        let mut runs: Vec<RunRow> = rows(&results);
        runs.extend_from_slice(&before);
        assert_eq!(rows::<RunRow>(&published), runs);
        let epochs: u32 = runs.iter().map(|run| run.epochs).sum();
        assert_eq!(rows::<EpochRow>(&published).len(), epochs as usize);
        assert_eq!(rows::<LayerRow>(&published).len(), 10 * runs.len());
        assert!(rows::<SelectionRow>(&published).iter().any(|s| s.run == before[0].run));
        let commands = fs::read_to_string(published.join("commands.txt")).unwrap();
        for run in &runs {
            let line = format!("{} {} swast-trainer train ", run.run, run.revision);
            assert_eq!(commands.matches(&line).count(), 1, "{line}");
        }
    }
    let pictures = workshop.path().join("figures/published/smoke");
    for picture in ["figure5.svg", "figure5.png", "figure6.svg", "figure6.png"] {
        assert!(pictures.join(picture).exists(), "{picture}");
    }
    let left = fs::read_dir(workshop.path().join("data/published")).unwrap();
    assert_eq!(left.count(), 1);
}
