//! Nobody's files are overwritten, whatever command they are in the way of.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use swast_tests::{command, fail, succeed, text};

const COMMANDS: [(&str, &str); 8] = [
    ("swast-analysis", "prune --trials 3"),
    ("swast-analysis", "epsilon --trials 3 --degrees 1..2"),
    ("swast-analysis", "map degree-size --trials 1"),
    ("swast-analysis", "best-coreset --points 5 --trials 1 --degrees 1"),
    ("swast-figures", "draw figure6 --results data/published/quick"),
    ("swast-trainer", "sweep figure7 --profile smoke --dataset synthetic --device cpu"),
    (
        "swast-trainer",
        "train --epochs 1 --limit-train 40 --limit-test 10 --variant dense --device cpu",
    ),
    ("swast-trainer", "select --method random --budget 2 --labels"),
];

/// The arguments of a command, with the labels that `select` needs.
fn arguments(line: &str, labels: &Path, out: &Path) -> String {
    let labels =
        if line.starts_with("select") { labels.display().to_string() } else { String::new() };
    format!("{line} {labels} --out {}", out.display())
}

#[test]
fn files_of_others_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.csv");
    fs::write(&labels, "label\n0\n1\n0\n1\n").unwrap();
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    let files = [
        ("epochs.csv", "my own table"),
        ("runs.csv", "date,distance\n"),
        ("model.safetensors", "my own weights"),
        ("prune_study.csv", "mine"),
        ("coreset.csv", "mine"),
        ("figure6.svg", "<svg>mine</svg>"),
    ];
    for (name, text) in files {
        fs::write(mine.join(name), text).unwrap();
    }
    for (name, line) in COMMANDS {
        let words = [&*mine.display().to_string(), "no swast command made", "--out"];
        fail(name, &arguments(line, &labels, &mine), 1, &words);
        assert_eq!(fs::read_dir(&mine).unwrap().count(), files.len(), "{line}");
        for (file, text) in files {
            assert_eq!(fs::read_to_string(mine.join(file)).unwrap(), text, "{line}: {file}");
        }
    }
}

/// One folder for the results of all commands, used twice.
#[test]
fn folders_of_our_own_are_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("labels.csv");
    fs::write(&labels, "label\n0\n1\n0\n1\n").unwrap();
    let out = folder.path().join("new/results");
    for _ in 0..2 {
        for (name, line) in COMMANDS {
            // A run has a folder of its own.
            let out = if line.starts_with("train") { out.join("run") } else { out.clone() };
            succeed(name, &arguments(line, &labels, &out));
        }
    }
    for file in ["prune_study.csv", "epsilon.csv", "figure6.svg", "runs.csv", "coreset.csv"] {
        assert!(out.join(file).exists(), "{file}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_named_before_any_work() {
    for (name, line) in COMMANDS.iter().filter(|(_, line)| !line.starts_with("select")) {
        let mut command = command(name);
        let output = command.args(line.split(' ')).args(["--out", "/proc/none/here"]).output();
        let output = output.unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{line}: {said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(last.contains("/proc/none") && last.contains("choose another --out"), "{said}");
    }
}
