//! Runs and sweeps that are killed, stopped, starved and damaged end as those that were left alone: the same rows (times
//! aside), the same bits.
//!
//! The small tests run in `make test`; the large ones, of the same functions, in `make soak`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test that cannot run says why")]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use swast_tests::{command, text};

/// Some seconds of one thread.
const SHORT: &str = "train --limit-train 300 --limit-test 60 --batch-size 16 --epochs 5 --interval 1 --warmup 1 \
                     --eval-every 1 --label-noise 0.1 --fraction 0.4 --prune-rate 0.6 --threads 1 --device cpu";
/// A checkpoint at nearly every step.
const OFTEN: &str = "--checkpoint-every 0.0005";
/// Parts of the method, each with a state of its own.
const KINDS: [&str; 8] = [
    "--variant cut --pruner rigl --selector gradmatch",
    "--variant cut --pruner probmask --selector craig",
    "--variant cut --pruner set:update-every=3 --selector forgetting",
    "--variant cut --pruner gradual-magnitude --selector glister",
    "--variant cut --pruner rigl:average-gradients=3,update-every=4 --selector el2n",
    "--variant cut --pruner snip --selector moderate",
    "--variant coreset-only --selector random-redrawn --weighting coreset",
    "--variant prune-only --pruner static-random --preserve selective",
];

/// Numbers that look random, the same in every run of the test.
struct Draws(u64);

impl Draws {
    /// A number in [0, 1).
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}

fn trainer(arguments: &str) -> Command {
    let mut command = command("swast-trainer");
    command.args(arguments.split(' ').filter(|word| !word.is_empty()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn train(kind: &str, out: &Path, more: &str) -> Command {
    let mut command = trainer(&format!("{SHORT} {kind} {more} --out"));
    command.arg(out);
    command
}

fn signal(child: &Child, name: &str) {
    let killed = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// A table without its columns of times, line by line.
fn timeless(path: &Path) -> Vec<String> {
    let mut reader = csv_lines(path);
    let header = reader.remove(0);
    let is_time = |name: &&str| name.starts_with("time");
    let kept: Vec<usize> =
        (0..header.len()).filter(|&place| !is_time(&header[place].as_str())).collect();
    let line =
        |cells: Vec<String>| kept.iter().map(|&place| cells[place].clone()).collect::<Vec<_>>();
    reader.into_iter().map(|cells| line(cells).join(",")).collect()
}

/// The cells of a table; ours hold no quoted commas but in specs, which are equal in all that are compared.
fn csv_lines(path: &Path) -> Vec<Vec<String>> {
    let table = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    table.lines().map(cells).collect()
}

/// Asserts that two folders hold the same run.
fn assert_same(own: &Path, reference: &Path, what: &str) {
    for table in ["epochs.csv", "selections.csv", "coresets.csv", "layers.csv", "noise.csv"] {
        assert_eq!(timeless(&own.join(table)), timeless(&reference.join(table)), "{what}: {table}");
    }
    for file in ["model.safetensors", "masks.safetensors"] {
        let same = fs::read(own.join(file)).unwrap() == fs::read(reference.join(file)).unwrap();
        assert!(same, "{what}: {file}");
    }
    // Others may read what was copied on the way as well.
    let mode = |folder: &Path| fs::metadata(folder.join("epochs.csv")).unwrap().mode();
    assert_eq!(mode(own), mode(reference), "{what}");
    let left: Vec<String> = fs::read_dir(own)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| {
            ["attempt", "lease", "done", "checkpoint", ".tmp"].iter().any(|n| name.starts_with(n))
        })
        .collect();
    assert!(left.is_empty(), "{what}: left {left:?}");
}

/// A run that nobody disturbs, and how long it takes.
fn reference(kind: &str, folder: &Path) -> (PathBuf, Duration) {
    let out = folder.join("reference");
    let started = Instant::now();
    succeeded(&train(kind, &out, "").output().unwrap());
    (out, started.elapsed())
}

/// Kills runs of `kind` `kills` times in all, each at several random moments; returns how many times one went on from a
/// checkpoint.
fn killed(kind: &str, kills: usize, seed: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (reference, time) = reference(kind, folder.path());
    let (mut draws, mut killed, mut went_on) = (Draws(seed), 0, 0);
    for round in 0.. {
        let out = folder.path().join(format!("killed-{round}"));
        loop {
            let mut child = train(kind, &out, OFTEN).spawn().unwrap();
            sleep(time.mul_f64(0.1 + 0.5 * draws.next()));
            let is_alive = killed < kills && child.try_wait().unwrap().is_none();
            if is_alive {
                child.kill().unwrap();
                killed += 1;
            }
            let output = child.wait_with_output().unwrap();
            went_on += usize::from(text(&output.stderr).contains("going on in epoch"));
            if !is_alive {
                succeeded(&output);
                break;
            }
        }
        assert_same(&out, &reference, kind);
        if killed == kills {
            break;
        }
    }
    went_on
}

#[test]
fn a_killed_run_ends_as_one_that_was_left_alone() {
    assert!(killed(KINDS[1], 2, 1) > 0);
    assert!(killed(KINDS[2], 2, 2) > 0);
}

#[test]
fn a_killed_run_on_streamed_images_ends_as_one_that_was_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("images").display().to_string();
    let synth = format!("data synth --layout folder --train 300 --test 60 --out {images}");
    succeeded(&trainer(&synth).output().unwrap());
    succeeded(&trainer(&format!("data import {images} --cache 36")).output().unwrap());
    let data = format!("--dataset folder --data {images}.cache --resolution 32 --model resnet8");
    assert!(killed(&format!("{} {data}", KINDS[0]), 1, 3) > 0);
}

#[test]
#[ignore = "minutes; make soak"]
fn runs_of_every_kind_killed_at_many_moments_end_as_if_left_alone() {
    let (mut kills, mut went_on) = (0, 0);
    for (number, kind) in KINDS.iter().enumerate() {
        let own = 7;
        went_on += killed(kind, own, number as u64);
        kills += own;
    }
    println!("{kills} kills over {} kinds; went on from a checkpoint {went_on} times", KINDS.len());
    assert!(went_on > kills / 3);
}

/// A run of `kind` stopped by TERM, with two checkpoints; its folder.
fn stopped(kind: &str, folder: &Path, time: Duration) -> PathBuf {
    let out = folder.join("stopped");
    let child = train(kind, &out, OFTEN).spawn().unwrap();
    let started = Instant::now();
    let rows = |path: &str| fs::read_to_string(out.join(path)).unwrap_or_default();
    // Until two checkpoints and some rows are there.
    while checkpoints(&out).len() < 2
        || rows("epochs.csv").lines().count() < 2
        || started.elapsed() < time / 2
    {
        assert!(started.elapsed() < Duration::from_secs(60), "no checkpoints");
        sleep(Duration::from_millis(5));
    }
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("the same command goes on"));
    assert_eq!(checkpoints(&out).len(), 2);
    // The rows so far are seen where they will be.
    assert_eq!(rows("epochs.csv"), rows("attempt-1/epochs.csv"));
    out
}

/// The checkpoints of the attempt in `out`, the oldest first.
fn checkpoints(out: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let attempts = list(out).into_iter().filter(|path| path.is_dir());
    let mut found: Vec<PathBuf> = attempts.flat_map(|attempt| list(&attempt)).collect();
    found.retain(|path| {
        path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("checkpoint-"))
    });
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Cuts a file off, or flips one of its bits, at a random place.
fn damage(path: &Path, draws: &mut Draws) {
    let mut bytes = fs::read(path).unwrap();
    let place = (draws.next() * bytes.len() as f64) as usize;
    if draws.next() < 0.5 {
        bytes.truncate(place);
    } else {
        bytes[place] ^= 1 << ((draws.next() * 8.0) as u32);
    }
    fs::write(path, bytes).unwrap();
}

/// Damages checkpoints of a stopped run of `kind` `times` times, every other time both of them; returns how many.
fn damaged(kind: &str, times: usize, seed: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let (reference, time) = reference(kind, folder.path());
    let (kept, mut draws) = (stopped(kind, folder.path(), time), Draws(seed));
    for number in 0..times {
        let out = folder.path().join("damaged");
        copy(&kept, &out);
        let both = number % 2 == 1;
        let all = checkpoints(&out);
        all.iter().skip(usize::from(!both)).for_each(|path| damage(path, &mut draws));
        let output = train(kind, &out, "").output().unwrap();
        succeeded(&output);
        let said = text(&output.stderr);
        assert!(said.contains("not used"), "{said}");
        let end = if both { "no checkpoint is left; starting over" } else { "going on in epoch" };
        assert!(said.contains(end), "{said}");
        assert_same(&out, &reference, kind);
        fs::remove_dir_all(&out).unwrap();
    }
    times + times / 2
}

#[test]
fn a_run_that_an_earlier_version_began_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let (reference, time) = reference(KINDS[6], folder.path());
    let out = stopped(KINDS[6], folder.path(), time);
    // Its selections had fewer columns.
    let table = out.join("attempt-1/selections.csv");
    let header = fs::read_to_string(&table).unwrap().lines().next().unwrap().to_owned();
    let (earlier, _) = header.split_once(",lost_known").unwrap();
    fs::write(&table, format!("{earlier}\n")).unwrap();
    let output = train(KINDS[6], &out, OFTEN).output().unwrap();
    succeeded(&output);
    assert!(text(&output.stderr).contains("begun by an earlier version; it begins again"));
    assert_same(&out, &reference, "begun by an earlier version");
}

#[test]
fn a_damaged_checkpoint_is_not_used() {
    damaged(KINDS[0], 4, 5);
}

#[test]
#[ignore = "minutes; make soak"]
fn two_hundred_damaged_checkpoints_are_not_used() {
    let each = |(number, kind): (usize, &&str)| damaged(kind, 18, number as u64);
    let files: usize = KINDS.iter().enumerate().map(each).sum();
    println!("{files} damaged checkpoints of {} kinds of runs", KINDS.len());
    assert!(files >= 200);
}

/// `count` sweeps at once on one folder, `kills` of them killed and begun again, end whole.
fn shared(count: usize, kills: usize, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let sweep = |name: &str| {
        let mut command = trainer(
            "sweep figure7 --profile smoke --seeds 3 --dataset synthetic --threads 1 --device cpu \
             --checkpoint-every 0.001 --lease-expiry 3 --out",
        );
        command.arg(folder.path().join(name));
        command
    };
    succeeded(&sweep("alone").output().unwrap());
    let mut draws = Draws(seed);
    let mut running: Vec<Child> = (0..count).map(|_| sweep("shared").spawn().unwrap()).collect();
    for _ in 0..kills {
        sleep(Duration::from_secs_f64(0.2 + 1.5 * draws.next()));
        let victim = (draws.next() * count as f64) as usize;
        running[victim].kill().unwrap();
        running[victim].wait().unwrap();
        running[victim] = sweep("shared").spawn().unwrap();
    }
    for child in running {
        let output = child.wait_with_output().unwrap();
        succeeded(&output);
        assert!(text(&output.stdout).starts_with("21 runs in "), "{}", text(&output.stdout));
    }
    let table = |name: &str, file: &str| timeless(&folder.path().join(name).join(file));
    for file in ["runs.csv", "epochs.csv", "selections.csv", "layers.csv"] {
        assert_eq!(table("shared", file), table("alone", file), "{file}");
    }
    for entry in fs::read_dir(folder.path().join("alone/runs")).unwrap() {
        let name = entry.unwrap().file_name();
        let run = |sweep: &str| folder.path().join(sweep).join("runs").join(&name);
        assert_same(&run("shared"), &run("alone"), &name.to_string_lossy());
    }
}

#[test]
fn two_sweeps_share_the_work() {
    shared(2, 1, 3);
}

#[test]
#[ignore = "minutes; make soak"]
fn four_sweeps_with_kills_among_them_share_the_work() {
    for seed in 0..3 {
        shared(4, 8, seed);
    }
}

#[test]
fn a_run_that_slept_past_its_lease_writes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let kind = KINDS[0];
    let (reference, time) = reference(kind, folder.path());
    let (out, more) = (folder.path().join("slept"), format!("{OFTEN} --lease-expiry 4"));
    let sleeper = train(kind, &out, &more).spawn().unwrap();
    sleep(time / 2);
    signal(&sleeper, "STOP");
    // While it may live, nobody else may begin.
    let early = train(kind, &out, &more).output().unwrap();
    if early.status.success() {
        panic!("the run was shorter than its half");
    }
    assert!(text(&early.stderr).contains("is at this run"), "{}", text(&early.stderr));
    sleep(Duration::from_millis(4500));
    succeeded(&train(kind, &out, &more).output().unwrap());
    assert_same(&out, &reference, "taken over");
    let content = |name: &str| fs::read(out.join(name)).unwrap();
    let before = ["epochs.csv", "runs.csv", "model.safetensors", "settings.json"].map(content);
    signal(&sleeper, "CONT");
    let output = sleeper.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("taken this run over"), "{}", text(&output.stderr));
    let after = ["epochs.csv", "runs.csv", "model.safetensors", "settings.json"].map(content);
    assert!(before == after);
    assert_same(&out, &reference, "after the sleeper woke up");
}

/// A run that takes long, in its first epochs.
fn long(out: &Path) -> Child {
    let arguments = SHORT.replace("--epochs 5", "--epochs 5000");
    let mut command = trainer(&format!("{arguments} --variant dense --out"));
    let mut child = command.arg(out).spawn().unwrap();
    let started = Instant::now();
    while !out.join("attempt-1/epochs.csv").exists() {
        assert!(started.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(300));
    child
}

#[test]
fn an_announced_end_is_another_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let child = long(&out);
    signal(&child, "USR1");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(138));
    assert_eq!(checkpoints(&out).len(), 1);
}

/// A limit on the size of files takes the part of a full disk.
#[test]
fn a_full_disk_is_one_line_and_damages_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (reference, _) = reference(KINDS[0], folder.path());
    let out = folder.path().join("full");
    let program = command("swast-trainer").get_program().to_owned();
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"])
        .arg(program)
        .args(
            format!("{SHORT} {} {OFTEN} --out", KINDS[0])
                .split(' ')
                .filter(|word| !word.is_empty()),
        )
        .arg(&out)
        .output()
        .unwrap();
    let said = text(&limited.stderr);
    assert_eq!(limited.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap();
    assert!(
        last.contains("no checkpoint could be written") && last.contains("make room"),
        "{said}"
    );
    succeeded(&train(KINDS[0], &out, "").output().unwrap());
    assert_same(&out, &reference, "after the disk was full");
}

#[test]
fn a_folder_that_vanishes_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("gone");
    let child = long(&out);
    fs::remove_dir_all(&out).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.lines().last().unwrap().contains("is gone"), "{said}");
    assert!(!out.exists());
}

/// A rate at which the loss becomes NaN.
#[test]
fn a_sweep_records_a_failure_goes_on_and_skips_it_until_it_is_asked_to_retry() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let sweep = |more: &str| {
        let mut command = trainer(&format!(
            "sweep figure7 --profile smoke --dataset synthetic --threads 1 --device cpu {more} --out"
        ));
        command.arg(&out).output().unwrap()
    };
    // The run of the plan that comes first is made to fail: its folder says so.
    let listed = text(&sweep("--list").stdout);
    assert!(listed.ends_with("# 0 done, 0 running, 0 failed, 7 left\n"), "{listed}");
    succeeded(&sweep("--only variant=coreset-only --only selector=gradmatch"));
    let runs = || fs::read_dir(out.join("runs")).unwrap().map(|entry| entry.unwrap().path());
    let first = runs().next().unwrap();
    fs::remove_file(first.join("runs.csv")).unwrap();
    let failure = r#"{ "epoch": 2, "error": "epoch 2: the training loss is NaN" }"#;
    fs::write(first.join("failed.json"), failure).unwrap();
    let output = sweep("");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the training loss is NaN (failed before; --retry"), "{said}");
    assert!(said.contains("1 of 7: coreset-only gradmatch 10 %, failed"), "{said}");
    assert!(text(&output.stdout).starts_with("6 runs in "));
    let listed = text(&sweep("--list").stdout);
    assert!(listed.contains("# failed: epoch 2: the training loss is NaN"), "{listed}");
    assert!(listed.contains("# 6 done, 0 running, 1 failed, 0 left"), "{listed}");
    succeeded(&sweep("--retry"));
    assert!(!first.join("failed.json").exists());
}
