//! Runs that start from the weights of others.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use swast_tables::rows::RunRow;
use swast_tables::table::{self, Row};
use swast_tests::{fail, run, text};

const TINY: &str = "train --limit-train 200 --limit-test 60 --batch-size 20 --variant dense --threads 1 --device cpu";

/// Trains in the new folder `name`; its row and what was noted.
fn trained(folder: &Path, name: &str, arguments: &str) -> (RunRow, String) {
    let out = folder.join(name);
    let output = run("swast-trainer", &format!("{TINY} {arguments} --out {}", out.display()));
    let notes = text(&output.stderr);
    assert!(output.status.success(), "{notes}");
    (table::read(&out.join(RunRow::FILE)).unwrap().pop().unwrap(), notes)
}

#[test]
fn a_run_starts_from_weights_and_is_known_by_them() {
    let folder = tempfile::tempdir().unwrap();
    let weights = folder.path().join("first/model.safetensors");
    let (first, _) = trained(folder.path(), "first", "--epochs 3");
    let from = format!("--weights {}", weights.display());
    // One epoch at hardly any rate leaves the network as it was; without the weights it is untrained.
    let still = "--epochs 1 --learning-rate 1e-20 --momentum 0 --weight-decay 0";
    let (kept, notes) = trained(folder.path(), "kept", &format!("{still} {from}"));
    let (drawn, _) = trained(folder.path(), "drawn", still);
    assert!(!notes.contains("--weights"), "{notes}");
    assert!(kept.run != drawn.run && kept.run != first.run);
    assert!(kept.test_loss < drawn.test_loss, "{} {}", kept.test_loss, drawn.test_loss);
    let settings = fs::read_to_string(folder.path().join("kept/settings.json")).unwrap();
    assert!(settings.contains(&format!("--weights {}", weights.display())), "{settings}");
    // The same weights elsewhere are the same run.
    let elsewhere = folder.path().join("copy.safetensors");
    fs::copy(&weights, &elsewhere).unwrap();
    let (same, _) =
        trained(folder.path(), "kept", &format!("{still} --weights {}", elsewhere.display()));
    assert_eq!(same, kept);
}

#[test]
fn a_classifier_for_other_classes_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("few").display().to_string();
    let synth = format!("data synth --layout cifar100 --train 200 --test 60 --out {images}.tar.gz");
    assert!(run("swast-trainer", &synth).status.success());
    trained(folder.path(), "first", "--epochs 1");
    let data = format!("--dataset cifar100 --data {images}.tar.gz --model resnet8");
    let from = format!("--weights {}", folder.path().join("first/model.safetensors").display());
    let (_, notes) = trained(folder.path(), "other", &format!("--epochs 1 {data} {from}"));
    assert!(
        notes.contains("its classifier is not for 100 classes; fc starts from a draw"),
        "{notes}"
    );
}

#[test]
fn weights_that_do_not_fit_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path(), "first", "--epochs 1");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (model, out) = (path("first/model.safetensors"), path("out"));
    let train =
        |file: &str| format!("{TINY} --epochs 1 --model resnet20 --weights {file} --out {out}");
    fail("swast-trainer", &train(&model), 1, &[&model, "`layer1.1.conv1.weight`", "--model"]);
    fail("swast-trainer", &train(&path("absent")), 1, &[&path("absent")]);
    fs::write(path("text"), "no tensors").unwrap();
    fail("swast-trainer", &train(&path("text")), 1, &[&path("text"), "safetensors"]);
    assert!(!Path::new(&out).exists());
}
