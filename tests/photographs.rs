//! SWaST on photographs, from the layouts in which people have them to results, in memory and streamed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test that cannot run says why")]
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use swast_tables::rows::{RunRow, SelectionRow};
use swast_tables::table::{self, Row};
use swast_tests::{root, succeed};

const CLASSES: usize = 8;
/// Copies of its photograph that a class has for training.
const COPIES: usize = 5;
const TINY: &str = "train --model resnet8 --resolution 64 --epochs 3 --interval 1 --warmup 1 --batch-size 16 \
                    --eval-every 3 --fraction 0.5 --prune-rate 0.5 --threads 1 --device cpu --variant cut";

fn tar(arguments: &[&str]) {
    assert!(Command::new("tar").args(arguments).status().unwrap().success(), "{arguments:?}");
}

/// A photograph of each of a few classes: the class and the file.
fn photographs(folder: &Path) -> Option<Vec<(String, PathBuf)>> {
    let sample = root().join("../shared/data/imagenet-sample.tar");
    if !sample.exists() {
        println!("no ../shared/data/imagenet-sample.tar: photographs are not tested");
        return None;
    }
    tar(&["-xf", sample.to_str()?, "-C", folder.to_str()?]);
    let mut classes: Vec<PathBuf> =
        fs::read_dir(folder.join("imagenet-sample")).unwrap().map(|e| e.unwrap().path()).collect();
    classes.sort();
    let one = |class: PathBuf| {
        let name = class.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read_dir(class).unwrap().next().unwrap().unwrap().path())
    };
    Some(classes.into_iter().take(CLASSES).map(one).collect())
}

/// Copies `photographs` to `CLASS/` below `folder`, `copies` times each.
fn by_class(photographs: &[(String, PathBuf)], folder: &Path, copies: usize) {
    for (class, file) in photographs {
        fs::create_dir_all(folder.join(class)).unwrap();
        for copy in 0..copies {
            fs::copy(file, folder.join(class).join(format!("{class}_{copy}.JPEG"))).unwrap();
        }
    }
}

/// The layout of Kaggle: validation images in one folder, their classes in a list.
fn at_kaggle(photographs: &[(String, PathBuf)], folder: &Path) {
    let images = folder.join("ILSVRC/Data/CLS-LOC");
    by_class(photographs, &images.join("train"), COPIES);
    fs::create_dir_all(images.join("val")).unwrap();
    let mut list = "ImageId,PredictionString\n".to_owned();
    for (number, (class, file)) in (1..).zip(photographs) {
        let name = format!("ILSVRC2012_val_{number:08}");
        fs::copy(file, images.join(format!("val/{name}.JPEG"))).unwrap();
        list += &format!("{name},{class} 1 2 3 4\n");
    }
    fs::write(folder.join("LOC_val_solution.csv"), list).unwrap();
}

/// A tar file of a tar file for each class.
fn tar_of_tars(photographs: &[(String, PathBuf)], folder: &Path) {
    let (plain, tars) = (folder.join("plain"), folder.join("tars"));
    by_class(photographs, &plain, COPIES);
    fs::create_dir_all(&tars).unwrap();
    for (class, _) in photographs {
        let (from, to) = (plain.join(class), tars.join(format!("{class}.tar")));
        tar(&["-cf", to.to_str().unwrap(), "-C", from.to_str().unwrap(), "."]);
    }
    let all = folder.join("ILSVRC2012_img_train.tar");
    tar(&["-cf", all.to_str().unwrap(), "-C", tars.to_str().unwrap(), "."]);
    fs::remove_dir_all(plain).unwrap();
    fs::remove_dir_all(tars).unwrap();
    by_class(photographs, &folder.join("val"), 1);
}

/// Trains on `data` in the new folder `out` and checks what is left.
fn trained(data: &str, selector: &str, out: &Path) {
    succeed(
        "swast-trainer",
        &format!("{TINY} {data} --selector {selector} --out {}", out.display()),
    );
    let row: RunRow = table::read(&out.join(RunRow::FILE)).unwrap().pop().unwrap();
    let selections: Vec<SelectionRow> = table::read(&out.join(SelectionRow::FILE)).unwrap();
    let pool = CLASSES * COPIES * 9 / 10;
    assert!(selections.iter().all(|selection| selection.size == pool / 2), "{data}");
    assert!(row.test_loss.is_finite() && (0.0..=1.0).contains(&row.test_accuracy), "{data}");
}

#[test]
fn photographs_train_in_every_layout() {
    let folder = tempfile::tempdir().unwrap();
    let Some(photographs) = photographs(folder.path()) else { return };
    let here = |name: &str| folder.path().join(name);
    by_class(&photographs, &here("folder/train"), COPIES);
    by_class(&photographs, &here("folder/val"), 1);
    by_class(&photographs, &here("wnid/train"), COPIES);
    by_class(&photographs, &here("wnid/val"), 1);
    at_kaggle(&photographs, &here("kaggle"));
    tar_of_tars(&photographs, &here("tars"));
    for (name, dataset) in
        [("folder", "folder"), ("wnid", "imagenet"), ("kaggle", "imagenet"), ("tars", "imagenet")]
    {
        let (path, cache) = (here(name), here(&format!("{name}.cache")));
        let data = |path: &Path| format!("--dataset {dataset} --data {}", path.display());
        trained(&data(&path), "el2n", &here(&format!("{name}-memory")));
        let form = if name == "wnid" { "--raw" } else { "--quality 90" };
        let import =
            format!("data import {} --dataset {dataset} --cache 80 {form}", path.display());
        succeed("swast-trainer", &import);
        trained(&data(&cache), "moderate", &here(&format!("{name}-streamed")));
    }
}

#[test]
fn the_layout_of_tiny_imagenet_trains() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny").display().to_string();
    succeed(
        "swast-trainer",
        &format!("data synth --layout tinyimagenet --train 40 --test 20 --out {path}"),
    );
    let data = format!("--dataset tinyimagenet --data {path}");
    let train = TINY.replace("--resolution 64 ", "");
    for selector in ["moderate", "el2n"] {
        let out = folder.path().join(selector);
        succeed(
            "swast-trainer",
            &format!("{train} {data} --selector {selector} --out {}", out.display()),
        );
        let row: RunRow = table::read(&out.join(RunRow::FILE)).unwrap().pop().unwrap();
        assert!(row.test_loss.is_finite(), "{selector}");
    }
}
