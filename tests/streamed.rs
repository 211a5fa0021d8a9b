//! Training on a data set that stays in a cache: from nothing to results, with every way in which a selector sees it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use swast_tables::rows::{CoresetRow, EpochRow, RunRow};
use swast_tables::table::{self, Row};
use swast_tests::{run, succeed, text};

const TINY: &str = "--model resnet8 --resolution 32 --epochs 4 --interval 2 --warmup 1 --batch-size 32 \
                    --eval-every 1 --fraction 0.3 --prune-rate 0.5 --label-noise 0.1 --device cpu";

/// A cache, of images whose shorter side has 36 pixels, of a synthetic set in `layout`.
fn cache(folder: &Path, layout: &str) -> String {
    let here = |name: &str| folder.join(name).display().to_string();
    let (images, cache) = (here("images"), here("images.cache"));
    succeed(
        "swast-trainer",
        &format!("data synth --layout {layout} --train 200 --test 60 --out {images}"),
    );
    succeed("swast-trainer", &format!("data import {images} --cache 36"));
    cache
}

fn rows<R: Row>(folder: &Path) -> Vec<R> {
    table::read(&folder.join(R::FILE)).unwrap()
}

/// Trains in the new folder `name`; its row and its coresets.
fn trained(folder: &Path, name: &str, arguments: &str) -> (RunRow, Vec<CoresetRow>) {
    let out = folder.join(name);
    let threads = if arguments.contains("--threads") { "" } else { "--threads 1" };
    succeed(
        "swast-trainer",
        &format!("train {TINY} {threads} {arguments} --out {}", out.display()),
    );
    (rows(&out).pop().unwrap(), rows(&out))
}

#[test]
fn every_kind_of_selector_works_on_streamed_images() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--dataset imagenet --data {}", cache(folder.path(), "imagenet"));
    let kinds = [
        ("el2n", "rigl", "complete"),
        ("moderate", "probmask", "selective"),
        ("gradmatch", "set", "complete --double-loss"),
        ("glister", "rigl", "none"),
        ("forgetting", "gradual-magnitude", "none"),
        ("random-redrawn", "rigl", "complete"),
    ];
    for (number, (selector, pruner, preserve)) in kinds.into_iter().enumerate() {
        let method = format!(
            "{data} --variant cut --selector {selector} --pruner {pruner} --preserve {preserve}"
        );
        let (row, coresets) = trained(folder.path(), &number.to_string(), &method);
        assert_eq!(coresets.len(), 2 * 54, "{selector}: 30 % of 180 samples, twice");
        let epochs: Vec<EpochRow> = rows(&folder.path().join(number.to_string()));
        assert!(
            epochs.iter().all(|epoch| epoch.test_loss.is_some_and(f64::is_finite)),
            "{selector}"
        );
        // What was measured last is measured again from the files that the run left.
        let left = folder.path().join(number.to_string());
        let measured = succeed(
            "swast-trainer",
            &format!("evaluate --run {} {data} --threads 1 --device cpu", left.display()),
        );
        let accuracy = measured.lines().nth(1).unwrap().split(',').next().unwrap();
        assert_eq!(accuracy.parse::<f64>().unwrap(), row.test_accuracy, "{selector}");
    }
}

#[test]
fn a_streamed_run_repeats_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--dataset folder --data {}", cache(folder.path(), "folder"));
    let method = format!("{data} --variant cut --selector el2n --pruner rigl --preserve complete");
    let (one, coresets) = trained(folder.path(), "one", &method);
    let (same, again) = trained(folder.path(), "same", &method);
    assert_eq!((one.test_loss, coresets), (same.test_loss, again));
    let model = |name: &str| fs::read(folder.path().join(name).join("model.safetensors")).unwrap();
    assert!(model("one") == model("same"));
    // Decoding uses all cores whatever --threads says; another number of them changes no image.
    let (other, _) = trained(folder.path(), "other", &format!("--threads 2 {method}"));
    assert!((other.test_loss - one.test_loss).abs() < 1e-3 * one.test_loss);
}

#[test]
fn a_broken_image_ends_the_run_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = cache(folder.path(), "folder");
    let mut bytes = fs::read(&path).unwrap();
    // The images lie between the names and the entries at the end.
    let images = bytes.len() - 260 * 24;
    bytes[300..images].fill(0);
    fs::write(&path, bytes).unwrap();
    let out = folder.path().join("out").display().to_string();
    let train = format!("train {TINY} --dataset folder --data {path} --variant dense --out {out}");
    let output = run("swast-trainer", &train);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    let error = message.lines().last().unwrap();
    for part in ["error: epoch 1: ", "cannot be read", "data import"] {
        assert!(error.contains(part), "{message}");
    }
}

#[test]
fn what_compares_all_samples_says_its_size_beforehand() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--dataset imagenet --data {}", cache(folder.path(), "imagenet"));
    let out = folder.path().join("out").display().to_string();
    let train =
        format!("train {TINY} {data} --variant coreset-only --selector k-center --out {out}");
    let output = run("swast-trainer", &train);
    let notes = text(&output.stderr);
    assert!(output.status.success(), "{notes}");
    assert!(
        notes.contains("--selector k-center compares all samples: 180 x 64 numbers"),
        "{notes}"
    );
}
