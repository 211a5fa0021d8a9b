//! Kinds of fault that users of similar tools met: printed commands that cannot be pasted, runs taken for others, numbers
//! without a bound, and quality that is lost in silence.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use swast_tables::rows::EpochRow;
use swast_tables::table::{self, Row};
use swast_tests::{command, fail, run, succeed, text};

const TINY: &str =
    "--epochs 2 --limit-test 20 --batch-size 16 --interval 1 --threads 1 --device cpu";

fn losses(folder: &Path) -> Vec<f64> {
    let rows: Vec<EpochRow> = table::read(&folder.join(EpochRow::FILE)).unwrap();
    rows.iter().map(|row| row.train_loss).collect()
}

/// Runs `line` in a shell, in `folder`, where `swast-trainer` is the built command.
fn pasted(line: &str, folder: &Path) -> std::process::Output {
    let program = command("swast-trainer").get_program().to_owned();
    let mut path = Path::new(&program).parent().unwrap().as_os_str().to_owned();
    path.push(":/usr/bin:/bin");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", line]).env("PATH", path).current_dir(folder).output().unwrap()
}

#[test]
fn what_is_printed_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("my data; touch y.tar.gz");
    let made = command("swast-trainer")
        .args(["data", "synth", "--train", "60", "--test", "20", "--out"])
        .arg(&data)
        .status()
        .unwrap();
    assert!(made.success());
    let out = folder.path().join("first");
    let status = command("swast-trainer")
        .args(format!("train --dataset cifar10 --model resnet8 {TINY} --out").split(' '))
        .arg(&out)
        .arg("--data")
        .arg(&data)
        .status()
        .unwrap();
    assert!(status.success());
    let settings = fs::read_to_string(out.join("settings.json")).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    let recorded = settings["command"].as_str().unwrap();
    // From any folder: the path is absolute.
    let elsewhere = tempfile::tempdir().unwrap();
    let again = pasted(&format!("{recorded} --out again"), elsewhere.path());
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert_eq!(losses(&elsewhere.path().join("again")), losses(&out));
    let listed = command("swast-trainer")
        .args(["sweep", "figure7", "--profile", "smoke", "--device", "cpu", "--list", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    let line = text(&listed.stdout).lines().next().unwrap().to_owned();
    let listed = pasted(&line, elsewhere.path());
    assert!(listed.status.success(), "{}", text(&listed.stderr));
    for place in [folder.path(), elsewhere.path()] {
        assert!(!place.join("y.tar.gz").exists() && !place.join("y").exists());
    }
}

#[test]
fn a_run_in_the_folder_of_another_is_not_taken_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let sweep = format!(
        "sweep figure7 --profile smoke --dataset synthetic --device cpu --threads 1 --out {out}"
    );
    succeed("swast-trainer", &sweep);
    let runs = folder.path().join("runs");
    let mut names: Vec<_> = fs::read_dir(&runs).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    fs::remove_dir_all(&names[0]).unwrap();
    fs::create_dir(&names[0]).unwrap();
    for entry in fs::read_dir(&names[1]).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, names[0].join(path.file_name().unwrap())).unwrap();
    }
    let output = run("swast-trainer", &sweep);
    assert_eq!(output.status.code(), Some(1));
    let own = names[0].file_name().unwrap().to_string_lossy().into_owned();
    let other = names[1].file_name().unwrap().to_string_lossy().into_owned();
    assert!(text(&output.stderr).contains(&format!("holds run {other}, not {own}")));
}

#[test]
fn numbers_that_no_machine_can_serve_are_refused_at_once() {
    for (arguments, flag) in [
        ("sweep figure7 --list --seeds 2147483648", "--seeds"),
        ("sweep figure7 --list --seeds 10000000000000000000", "--seeds"),
        ("sweep figure7 --list --seed 18446744073709551615 --seeds 3", "--seed"),
        ("sweep figure7 --list --jobs 9223372036854775808", "--jobs"),
        ("sweep figure7 --list --jobs 2000", "--jobs"),
        ("train --epochs 4294967295", "--epochs"),
    ] {
        let program = command("swast-trainer").get_program().to_owned();
        let mut limited = std::process::Command::new("sh");
        // 4 GiB of addresses: plenty for the program, none for what is asked.
        limited.args(["-c", "ulimit -v 4194304; exec \"$@\"", "sh"]).arg(program);
        let output = limited.args(arguments.split(' ')).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        assert!(said.contains(flag) && said.trim_end().lines().count() == 1, "{arguments}: {said}");
    }
}

#[test]
fn classes_that_are_lost_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let said = |arguments: String| {
        let output = run("swast-trainer", &arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    let few =
        format!("train {TINY} --limit-train 9 --fraction 1 --selector random --out {}", out("few"));
    assert!(said(few).contains("training images hold"));
    let sparse = format!(
        "train {TINY} --limit-train 60 --variant prune-only --fc-prune-rate 0.99 --out {}",
        out("sparse")
    );
    assert!(said(sparse).contains("no active weight in fc; lower --fc-prune-rate"));
    let small = format!(
        "train {TINY} --limit-train 60 --variant coreset-only --fraction 0.1 --selector el2n --out {}",
        out("small")
    );
    assert!(said(small).contains("no sample in the coreset of 5"));
    let arguments =
        format!("train {TINY} --limit-train 9 --fraction 1 --selector glister --out {}", out("no"));
    fail("swast-trainer", &arguments, 2, &["--limit-train", "held out for validation", "glister"]);
    assert!(!Path::new(&out("no")).exists());
}
