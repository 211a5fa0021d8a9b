//! What people get wrong is answered by one line that says what, where and how to fix it, and leaves nothing
//! behind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Stdio;

use swast_tests::{command, fail, run, text};

#[test]
fn bad_usage_is_exit_code_2() {
    for (name, arguments, words) in [
        ("swast-analysis", "prune --basis cubic", &["--basis", "monomial"][..]),
        ("swast-analysis", "epsilon --pairing at-fit --solver argmin", &["at-fit"]),
        ("swast-analysis", "nonsense", &["nonsense"]),
        ("swast-trainer", "train --variant none", &["--variant", "coreset-only"]),
        ("swast-trainer", "train --device gpu", &["--device", "cuda"]),
        ("swast-trainer", "sweep figure9", &["figure9", "figure5"]),
        ("swast-trainer", "sweep figure5 --seeds 0", &["--seeds", "1..=10000"]),
        ("swast-trainer", "sweep figure5 --jobs 0", &["--jobs", "1..=1024"]),
        ("swast-figures", "draw figure2", &["figure2"]),
    ] {
        fail(name, arguments, 2, words);
    }
}

#[test]
fn numbers_out_of_range_name_the_flag_and_the_cure() {
    for (arguments, words) in [
        ("--fraction 0", ["--fraction 0", "above 0"]),
        ("--fraction 1.5", ["--fraction 1.5", "up to 1"]),
        ("--fraction 0.001 --limit-train 100", ["--fraction 0.001", "larger"]),
        ("--fraction NaN", ["--fraction NaN", "up to 1"]),
        ("--prune-rate 1", ["--prune-rate 1", "under 1"]),
        ("--label-noise -0.1", ["--label-noise", "at least 0"]),
        ("--epochs 0", ["--epochs 0", "at least 1"]),
        ("--batch-size 0", ["--batch-size 0", "at least 1"]),
        ("--interval 0", ["--interval 0", "at least 1"]),
        ("--momentum 1", ["--momentum 1", "under 1"]),
        ("--lambda -1", ["--lambda -1", "0 or more"]),
        ("--selector gradmatch:compat=craig", ["gradmatch:compat=craig", "cords or deepcore"]),
        ("--selector gradmatch:ridge=-1", ["gradmatch:ridge=-1", "0"]),
        ("--selector gradmatch:centre=mean", ["gradmatch has no option `centre`", "ridge"]),
        ("--selector gradmach", ["`gradmach` is no selector", "gradmatch"]),
        ("--pruner rigl:update-every=0", ["rigl:update-every=0", "at least 1"]),
        ("--weight-decay 1e30", ["--weight-decay", "under 1"]),
        ("--learning-rate 1e300", ["--learning-rate", "up to 1e30"]),
        ("--warmup 5 --epochs 2", ["--warmup 5", "no coreset"]),
        ("--threads 100000", ["--threads", "1024"]),
        ("--lambda inf", ["--lambda inf", "0 or more"]),
        ("--limit-train 0", ["--limit-train", "0"]),
        ("--dataset cifar10", ["--data", "cifar-10-binary.tar.gz"]),
        ("--dataset cifar10 --data /no/such.tar.gz", ["/no/such.tar.gz", "path"]),
        ("--dataset imagenet", ["--data is missing", "data fetch imagenet"]),
        ("--dataset folder", ["--data is missing", "train/CLASS/"]),
        ("--resolution 64", ["--resolution", "synthetic has images of one size"]),
        ("--dataset folder --data . --resolution 0", ["--resolution 0", "from 1 to 1024"]),
        ("--skip-broken 1", ["--skip-broken", "no image files"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let code = if arguments.contains("/no/such") { 1 } else { 2 };
        let arguments = format!("train {arguments} --device cpu --out {}", out.display());
        fail("swast-trainer", &arguments, code, &words);
        assert!(!out.exists(), "{arguments} left something behind");
    }
}

#[test]
fn a_loss_that_leaves_the_numbers_ends_the_run_with_the_cure_and_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    for (rate, which, kept) in [("1e6", "measured loss is NaN", 1), ("1e30", "training loss", 0)] {
        let out = folder.path().join(rate);
        let arguments = format!(
            "train --limit-train 600 --limit-test 100 --epochs 3 --warmup 1 --eval-every 1 --threads 1 --device cpu \
             --pruner rigl:update-every=1 --learning-rate {rate} --out {}",
            out.display()
        );
        let cure = ["epoch", which, "lower --learning-rate", "are kept"];
        fail("swast-trainer", &arguments, 1, &cure);
        let epochs = fs::read_to_string(out.join("epochs.csv")).unwrap_or_default();
        assert_eq!(epochs.lines().skip(1).count(), kept, "{epochs}");
        assert!(!out.join("runs.csv").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_the_output_is_told_and_a_closed_pipe_is_no_failure() {
    let published = "draw figure6 --results data/published/quick --out";
    let folder = tempfile::tempdir().unwrap();
    let draw = format!("{published} {}", folder.path().display());
    for (name, arguments) in [
        ("swast-trainer", "sparsity --model resnet8"),
        ("swast-trainer", "data info --dataset synthetic"),
        ("swast-trainer", "sweep figure7 --list"),
        ("swast-figures", &draw),
    ] {
        let started = |output: Stdio| {
            let mut command = command(name);
            command.args(arguments.split(' ')).stdout(output).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = started(full.into()).wait_with_output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments}\n{said}");
        assert!(said.contains("error: ") && !said.contains("panicked"), "{arguments}\n{said}");
        let mut child = started(Stdio::piped());
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments}\n{said}");
    }
}

#[test]
fn files_that_are_not_what_they_should_be_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.csv");
    let path = file.display().to_string();
    fs::write(&file, "x,y\n0,1\n0.5,oops\n").unwrap();
    fail("swast-analysis", &format!("fit --data {path}"), 1, &[&path, "3", "y"]);
    let archive = folder.path().join("cifar.tar.gz");
    fs::write(&archive, b"this is no archive").unwrap();
    let data = archive.display().to_string();
    fail(
        "swast-trainer",
        &format!("train --dataset cifar10 --data {data} --device cpu"),
        1,
        &[&data],
    );
    fail(
        "swast-trainer",
        &format!("evaluate --run {}", folder.path().display()),
        1,
        &["no run is there"],
    );
    fail(
        "swast-trainer",
        &format!("train --device cpu --out {data}"),
        1,
        &[&data, "choose another --out"],
    );
    fail(
        "swast-figures",
        &format!("draw figure5 --results {}", folder.path().display()),
        1,
        &["sweep"],
    );
    fs::write(folder.path().join("runs.csv"), "run,seed\na,1\n").unwrap();
    fail(
        "swast-figures",
        &format!("draw figure5 --results {}", folder.path().display()),
        1,
        &["runs.csv"],
    );
}

#[test]
fn a_sweep_that_cannot_run_says_so_once_and_leaves_the_tables_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    let sweep = format!("sweep figure7 --profile desk --device cpu --out {out}");
    fail("swast-trainer", &format!("{sweep} --data /no/such.tar.gz"), 1, &["/no/such.tar.gz"]);
    assert!(!folder.path().join("runs.csv").exists());

    // Tables whose runs are elsewhere, as the published ones.
    let published = swast_tests::root().join("data/published/quick/runs.csv");
    let table = folder.path().join("runs.csv");
    fs::copy(&published, &table).unwrap();
    let sweep = format!("sweep figure7 --device cpu --out {out}");
    fail("swast-trainer", &sweep, 1, &["runs.csv", "another --out"]);
    assert_eq!(fs::read(&published).unwrap(), fs::read(&table).unwrap());
}

#[test]
fn a_real_data_profile_without_data_says_what_it_needs() {
    fail("swast-trainer", "sweep figure6 --profile desk", 2, &["--data", "CIFAR-10"]);
}

#[test]
fn a_precision_the_device_has_not_is_bad_usage() {
    for command in ["train", "bench", "sweep figure5 --dataset synthetic"] {
        let arguments = format!("{command} --device cpu --precision tf32");
        fail("swast-trainer", &arguments, 2, &["--precision tf32", "fp32"]);
    }
}

/// A step of a batch of 4,000 images needs some gigabytes.
#[test]
#[cfg(target_os = "linux")]
fn memory_that_runs_out_is_told_in_one_line_and_keeps_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut command = swast_tests::command("swast-trainer");
    let program = command.get_program().to_owned();
    let arguments = "train --device cpu --threads 1 --model resnet20 --limit-train 4500 --limit-test 10 \
                     --batch-size 4000 --epochs 2 --variant dense --out";
    command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -v 4000000; exec \"$@\"", "sh"]).arg(program);
    command.args(arguments.split(' ').filter(|word| !word.is_empty())).arg(&out);
    let output = command.current_dir(swast_tests::root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains("epoch 1: out of memory; lower --batch-size"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(out.join("epochs.csv").exists() && !out.join("runs.csv").exists());
}

#[test]
fn cuda_where_there_is_none_is_an_error_not_a_fallback() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let arguments = format!("train --device cuda:63 --out {}", out.display());
    let output = run("swast-trainer", &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--device cuda"));
    assert!(!out.exists());
}
