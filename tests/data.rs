//! Results belong to the data they come from: a run, a measurement, a table and a picture of one data set are never
//! given for those of another.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use swast_tables::rows::RunRow;
use swast_tables::table;
use swast_tests::{fail, run, succeed, text};

const TINY: &str = "--dataset cifar10 --model resnet8 --variant dense --epochs 2 --limit-train 60 --limit-test 20 \
                    --batch-size 16 --threads 1 --device cpu";

/// A data set in the layout of CIFAR-10, made from `seed`.
fn archive(folder: &Path, name: &str, seed: u32, train: usize) -> String {
    let path = folder.join(name).display().to_string();
    let sizes = format!("--train {train} --test 40 --seed {seed}");
    succeed("swast-trainer", &format!("data synth {sizes} --out {path}"));
    path
}

#[test]
fn a_finished_run_is_that_of_its_data_alone() {
    let folder = tempfile::tempdir().unwrap();
    let here = |name: &str| folder.path().join(name).display().to_string();
    let (a, b) = (archive(folder.path(), "a.tar.gz", 0, 80), archive(folder.path(), "b", 1, 80));
    let out = here("run");
    let train = |data: &str| format!("train {TINY} --out {out} --data {data}");
    succeed("swast-trainer", &train(&a));
    let row = table::read::<RunRow>(&folder.path().join("run/runs.csv")).unwrap().pop().unwrap();
    let digests = [row.train_digest.unwrap(), row.test_digest.unwrap()];
    let settings = fs::read_to_string(folder.path().join("run/settings.json")).unwrap();
    for digest in &digests {
        assert!(digest.len() == 16 && settings.contains(digest), "{settings}");
    }
    // The same data under another name, unpacked, or with more images than are read, stay the same data.
    succeed("swast-trainer", &format!("data import {a} --out {}", here("unpacked")));
    let more = archive(folder.path(), "more.tar.gz", 0, 100);
    for same in [&a, &here("unpacked/cifar-10-batches-bin"), &more] {
        assert!(
            succeed("swast-trainer", &train(same))
                .contains("(finished before, on cpu with 1 thread)"),
            "{same}"
        );
    }
    let other = format!("{b}/cifar-10-batches-bin");
    fail("swast-trainer", &train(&other), 1, &["other data", &digests[0], &digests[1], "--out"]);
    let absent = here("absent.tar.gz");
    fail("swast-trainer", &train(&absent), 1, &[&absent]);
    // An unfinished run is one of its data too.
    fs::remove_file(folder.path().join("run/runs.csv")).unwrap();
    fail("swast-trainer", &train(&other), 1, &["other data"]);
    assert!(folder.path().join("run/epochs.csv").exists());
}

#[test]
fn a_model_is_measured_on_the_test_set_of_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (archive(folder.path(), "a.tgz", 0, 80), archive(folder.path(), "b.tgz", 1, 80));
    let out = folder.path().join("run").display().to_string();
    succeed("swast-trainer", &format!("train {TINY} --out {out} --data {a}"));
    let evaluate = |more: String| format!("evaluate --run {out} --threads 1 --device cpu {more}");
    succeed("swast-trainer", &evaluate(format!("--data {a}")));
    fail("swast-trainer", &evaluate(format!("--data {b}")), 1, &["another test set", &out]);
    // What is asked for by name is measured: other limits are other test sets.
    succeed("swast-trainer", &evaluate(format!("--data {b} --limit-test 10")));
}

#[test]
fn a_sweep_holds_its_runs_to_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d.tar.gz");
    let [a, b] = [0, 1].map(|seed| archive(folder.path(), &format!("{seed}.tar.gz"), seed, 3000));
    let out = folder.path().join("out").display().to_string();
    let sweep = format!(
        "sweep figure7 --profile smoke --threads 1 --device cpu --out {out} --data {}",
        data.display()
    );
    fs::copy(&a, &data).unwrap();
    succeed("swast-trainer", &sweep);
    let tables = fs::read(folder.path().join("out/runs.csv")).unwrap();
    fs::copy(&b, &data).unwrap();
    fail("swast-trainer", &sweep, 1, &["other data", "runs/", "--out"]);
    // One run of four left: no table of both data sets is made.
    let runs = fs::read_dir(folder.path().join("out/runs")).unwrap().map(|e| e.unwrap().path());
    runs.skip(1).for_each(|run| fs::remove_dir_all(run).unwrap());
    fs::remove_file(folder.path().join("out/runs.csv")).unwrap();
    fail("swast-trainer", &sweep, 1, &["other data"]);
    assert!(!folder.path().join("out/runs.csv").exists());
    fs::copy(&a, &data).unwrap();
    succeed("swast-trainer", &sweep);
    let again = fs::read(folder.path().join("out/runs.csv")).unwrap();
    assert_eq!(text(&again).lines().count(), text(&tables).lines().count());
}

#[test]
fn data_that_are_named_wrongly_are_refused() {
    for (data, words) in [
        ("cifar10=", "no path after `cifar10=`"),
        ("CIFAR10=x.tar.gz", "NAME=PATH"),
        ("=x.tar.gz", "NAME=PATH"),
        ("synthetic=x.tar.gz", "synthetic is computed"),
    ] {
        let output = run("swast-trainer", &format!("sweep figure7 --list --data {data}"));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{data}: {said}");
        assert!(said.contains(words) && said.contains("--data"), "{data}: {said}");
    }
}
