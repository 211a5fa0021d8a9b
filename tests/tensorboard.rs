//! Event files, read by the official `tensorboard` package.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test that cannot run says why")]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use swast_tables::rows::EpochRow;
use swast_tables::table;
use swast_tests::{command, root, text};

#[test]
fn tensorboard_reads_the_epochs_of_a_run_that_was_stopped_and_went_on() {
    let folder = tempfile::tempdir().unwrap();
    let (out, board) = (folder.path().join("run"), folder.path().join("board"));
    let train = || {
        let mut train = command("swast-trainer");
        let arguments = "train --limit-train 300 --limit-test 60 --batch-size 16 --epochs 6 --interval 1 --warmup 1 \
                         --eval-every 2 --label-noise 0.1 --fraction 0.4 --threads 1 --device cpu \
                         --checkpoint-every 0.0005 --out";
        train.args(arguments.split_whitespace()).arg(&out).arg("--tensorboard").arg(&board);
        train
    };
    let mut child = train().spawn().unwrap();
    while !fs::read_to_string(out.join("attempt-1/epochs.csv")).is_ok_and(|t| t.lines().count() > 3)
    {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(train().output().unwrap().status.success());
    let own = fs::read_dir(&board).unwrap().map(|entry| entry.unwrap().path());
    let [own] = own.collect::<Vec<_>>().try_into().unwrap();
    assert!(own.file_name().unwrap().to_string_lossy().starts_with("cut-0.7-seed-0-"));

    let peers = root().join("trainer/benches/peers");
    let python = peers.join(".venv/bin/python");
    let has = Command::new(&python).args(["-c", "import tensorboard"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        println!("not read: {} has no tensorboard; `make bench` installs it", python.display());
        return;
    }
    let read = Command::new(&python).arg(peers.join("read_events.py")).arg(&own).output().unwrap();
    assert!(read.status.success(), "{}", text(&read.stderr));
    let mut found: BTreeMap<(String, u32), f32> = BTreeMap::new();
    for line in text(&read.stdout).lines().skip(1) {
        let [tag, step, value] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        found.insert((tag.to_owned(), step.parse().unwrap()), value.parse().unwrap());
    }
    let epochs: Vec<EpochRow> = table::read(&out.join("epochs.csv")).unwrap();
    assert_eq!(epochs.len(), 6);
    for row in &epochs {
        let expected = [
            ("loss/train", Some(row.train_loss)),
            ("loss/test", row.test_loss),
            ("accuracy/test", row.test_accuracy),
            ("learning rate", Some(row.lr)),
            ("density", Some(row.density)),
        ];
        for (tag, value) in expected {
            let found = found.get(&(tag.to_owned(), row.epoch)).copied();
            assert_eq!(found, value.map(|value| value as f32), "{tag} of epoch {}", row.epoch);
        }
    }
    assert!(found.keys().any(|(tag, _)| tag == "coreset/noise share"));
}
