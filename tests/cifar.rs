//! On the real CIFAR-10, where its archive is at hand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use swast_tables::rows::RunRow;
use swast_tables::table;
use swast_tests::{root, succeed};

#[test]
#[allow(clippy::print_stderr, reason = "says why nothing was checked")]
fn a_run_on_the_real_archive_trains_and_evaluates() {
    let archive = root().join("../shared/data/cifar-10-binary.tar.gz");
    if !archive.exists() {
        eprintln!("no CIFAR-10 archive here: not checked");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (archive.display(), folder.path().display());
    let settings = "--model resnet8 --limit-train 500 --limit-test 200 --epochs 3 --interval 1 --batch-size 50";
    let place = format!("--dataset cifar10 --data {data} --threads 1 --device cpu");
    succeed("swast-trainer", &format!("train {settings} {place} --label-noise 0.1 --out {out}"));
    let row: RunRow = table::read(&folder.path().join("runs.csv")).unwrap().pop().unwrap();
    assert_eq!((row.dataset.as_str(), row.limit_train), ("cifar10", Some(500)));
    let printed = succeed("swast-trainer", &format!("evaluate --run {out} {place}"));
    assert_eq!(
        printed,
        format!("test_accuracy,test_loss\n{},{}\n", row.test_accuracy, row.test_loss)
    );
}
