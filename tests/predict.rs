//! What a model takes pictures for is what its evaluation counted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use swast_tables::rows::RunRow;
use swast_tables::table::{self, Row};
use swast_tests::{fail, succeed};

const TINY: &str = "train --dataset folder --model resnet8 --resolution 32 --epochs 6 --variant dense --batch-size 20 \
                    --learning-rate 0.1 --threads 1 --device cpu";

/// The files below `folder`, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    found.sort();
    found
}

/// The rows of a prediction: image, class, probability.
fn rows(text: &str) -> Vec<(String, String, f64)> {
    let row = |line: &str| {
        let mut cells = line.rsplitn(3, ',').map(str::to_owned);
        let (probability, class) = (cells.next().unwrap(), cells.next().unwrap());
        (cells.next().unwrap(), class, probability.parse().unwrap())
    };
    assert_eq!(text.lines().next(), Some("image,class,probability"));
    text.lines().skip(1).map(row).collect()
}

/// Trains on `data` (and its images in `images`); checks the predictions for its test images.
fn check(folder: &Path, name: &str, data: &str, images: &str) {
    let out = folder.join(name);
    succeed("swast-trainer", &format!("{TINY} --data {data} --out {}", out.display()));
    let row: RunRow = table::read(&out.join(RunRow::FILE)).unwrap().pop().unwrap();
    let predict = format!("predict --run {} --threads 1 --device cpu", out.display());
    let (mut right, mut count, mut classes) = (0, 0, Vec::new());
    for class in files(&Path::new(images).join("val")) {
        let paths: Vec<String> =
            files(&class).iter().map(|path| path.display().to_string()).collect();
        let found = rows(&succeed("swast-trainer", &format!("{predict} {}", paths.join(" "))));
        let class = class.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(
            found.iter().map(|(path, ..)| path).collect::<Vec<_>>(),
            paths.iter().collect::<Vec<_>>()
        );
        right += found.iter().filter(|(_, predicted, _)| *predicted == class).count();
        count += found.len();
        classes.extend(found.into_iter().map(|(_, predicted, _)| predicted));
    }
    assert_eq!(right as f64 / count as f64, row.test_accuracy, "{name}");
    assert!(row.test_accuracy > 0.15, "better than chance: {}", row.test_accuracy);
    // The same images by their places in the test set.
    let places: Vec<String> = (0..count).map(|place| place.to_string()).collect();
    let found =
        rows(&succeed("swast-trainer", &format!("{predict} --data {data} {}", places.join(" "))));
    let mut same: Vec<String> = found.into_iter().map(|(_, class, _)| class).collect();
    same.sort();
    classes.sort();
    assert_eq!(same, classes, "{name}");
    // All classes of one image: probabilities fall and add up to 1.
    let all = rows(&succeed("swast-trainer", &format!("{predict} --data {data} --top 99 0")));
    assert!(all.len() == 10 && all.is_sorted_by(|a, b| a.2 >= b.2), "{all:?}");
    assert!((all.iter().map(|row| row.2).sum::<f64>() - 1.0).abs() < 1e-5);
    fail(
        "swast-trainer",
        &format!("{predict} --data {data} 1000"),
        1,
        &["1000: the test set has 60 images"],
    );
}

#[test]
fn pictures_and_places_are_classified_as_in_the_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("images").display().to_string();
    succeed(
        "swast-trainer",
        &format!("data synth --layout folder --train 300 --test 60 --out {images}"),
    );
    check(folder.path(), "memory", &images, &images);
    let cache = format!("{images}.cache");
    succeed("swast-trainer", &format!("data import {images} --cache 37 --raw"));
    check(folder.path(), "streamed", &cache, &images);
}

#[test]
fn a_pruned_model_answers_alike_by_one_image_and_by_many() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let train = "train --limit-train 100 --limit-test 40 --batch-size 20 --epochs 2 --variant prune-only \
                 --prune-rate 0.95 --threads 1 --device cpu";
    succeed("swast-trainer", &format!("{train} --out {}", run.display()));
    let evaluate = format!("evaluate --run {} --threads 1 --device cpu", run.display());
    let of = |more: &str| -> Vec<f64> {
        let report = succeed("swast-trainer", &format!("{evaluate} {more}"));
        let numbers = report.lines().nth(1).unwrap().split(',');
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    let (all, one) = (of("--kernels dense"), of("--kernels sparse --batch-size 1"));
    assert_eq!(all[0], one[0], "accuracy");
    assert!(all[1] != one[1] && (all[1] / one[1] - 1.0).abs() < 1e-5, "loss {all:?} {one:?}");
    fail("swast-trainer", &format!("{evaluate} --batch-size 0"), 2, &["--batch-size"]);
    fs::write(run.join("model.safetensors"), "no model").unwrap();
    let cure = ["model.safetensors: is missing or no safetensors file", "remove the folder"];
    fail("swast-trainer", &evaluate, 1, &cure);
}

#[test]
fn what_cannot_be_classified_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = |name: &str| folder.path().join(name).display().to_string();
    let train = "train --limit-train 60 --limit-test 20 --batch-size 20 --epochs 1 --variant dense --threads 1 --device cpu";
    succeed("swast-trainer", &format!("{train} --out {}", here("run")));
    let predict = format!("predict --run {} --threads 1 --device cpu", here("run"));
    succeed("swast-trainer", &format!("{predict} 3"));
    fail(
        "swast-trainer",
        &format!("{predict} {}", here("absent.jpg")),
        1,
        &["absent.jpg", "check the path"],
    );
    fs::write(here("text.png"), "no picture").unwrap();
    fail(
        "swast-trainer",
        &format!("{predict} {}", here("text.png")),
        1,
        &["text.png", "JPEG, PNG or WebP"],
    );
    fail("swast-trainer", &format!("predict --run {} 3", here("none")), 1, &["none"]);
    fail("swast-trainer", &predict, 2, &["IMAGE"]);
}
