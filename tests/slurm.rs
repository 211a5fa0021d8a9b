//! `sweep --slurm` on a real Slurm of one node, started for the test; where Slurm is not installed the test says so.
//!
//! What one run of it printed is kept in `tests/golden/slurm`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test that cannot run says why")]
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use swast_tests::{command, root, text};

/// Two runs of some ten seconds each on one core.
const SWEEP: &str = "sweep figure6 --profile quick --device cpu --threads 1 --seeds 1 --only variant=cut \
                     --only prune-rate=0.9 --jobs 2";

/// A Slurm in a folder, ended when it is dropped.
struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    /// Starts it; `None` where Slurm is not installed.
    fn start(folder: PathBuf) -> Option<Self> {
        let output = script("start", &folder);
        if output.status.code() == Some(77) {
            println!("not run: {}", text(&output.stderr).trim());
            return None;
        }
        assert!(output.status.success(), "{}", text(&output.stderr));
        Some(Self { folder })
    }

    /// Runs `line` in a shell with the environment of this Slurm; what it prints.
    fn run(&self, line: &str) -> String {
        let environment = self.folder.join("env");
        let program = command("swast-trainer").get_program().to_owned();
        let output = Command::new("bash")
            .args(["-c", &format!(". \"$0\" && {line}")])
            .arg(environment)
            .env("TRAINER", program)
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        script("stop", &self.folder);
    }
}

fn script(what: &str, folder: &Path) -> Output {
    let mut bash = Command::new("bash");
    bash.arg(root().join("tests/slurm/cluster.sh")).arg(what).arg(folder).output().unwrap()
}

/// Asks `what` until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(240), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_script_has_a_command_per_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = command("swast-trainer");
    trainer.args(SWEEP.split_whitespace()).args([
        "--slurm",
        "--dry-run",
        "--slurm-args",
        "--time=9",
    ]);
    let output = trainer.arg("--out").arg(folder.path().join("my results")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let script = text(&output.stdout);
    for line in [
        "#!/bin/bash",
        "#SBATCH --job-name=swast-figure6",
        "#SBATCH --array=0-1%2",
        "#SBATCH --signal=B:USR1@90",
        "#SBATCH --requeue",
        "#SBATCH --time=9",
    ] {
        assert!(script.lines().any(|own| own == line), "{line} is not in\n{script}");
    }
    assert!(script.contains("my results/slurm/%A_%a.log'"), "{script}");
    for number in 0..2 {
        let task = format!("  {number}) set -- ");
        assert!(
            script.lines().any(|own| own.starts_with(&task) && own.contains(" train ")),
            "{script}"
        );
    }
    let checked = folder.path().join("script.sh");
    fs::write(&checked, &script).unwrap();
    assert!(Command::new("bash").arg("-n").arg(&checked).status().unwrap().success());
    // Nothing is submitted where there is nowhere to submit to.
    let mut trainer = command("swast-trainer");
    trainer.args(SWEEP.split_whitespace()).args(["--slurm", "--out"]).arg(folder.path().join("o"));
    let output = trainer.env("PATH", "/nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no sbatch here"), "{}", text(&output.stderr));
}

#[test]
fn a_sweep_on_slurm_is_submitted_killed_requeued_and_completed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(cluster) = Cluster::start(folder.path().join("slurm")) else { return };
    let results = folder.path().join("my results");
    let sweep = |more: &str| {
        cluster.run(&format!("\"$TRAINER\" {SWEEP} --out '{}' {more}", results.display()))
    };
    let log = |task: &str| {
        fs::read_to_string(results.join(format!("slurm/{task}.log"))).unwrap_or_default()
    };
    let submitted = sweep("--slurm --slurm-args '--time=5 --cpus-per-task=1'");
    assert!(submitted.ends_with(": 2 of 2 runs, 2 at a time\n"), "{submitted}");
    let job = submitted.trim_start_matches("job ").split(':').next().unwrap().to_owned();
    let tasks = [format!("{job}_0"), format!("{job}_1")];
    let epochs = |least: usize| {
        let runs = fs::read_dir(results.join("runs")).into_iter().flatten().flatten();
        runs.filter(|run| {
            let table = run.path().join("attempt-1/epochs.csv");
            fs::read_to_string(table).unwrap_or_default().lines().count() > least
        })
        .count()
    };
    until("both runs are under way", || epochs(1) == 2);
    let status = sweep("--status");
    assert!(status.contains(&format!("(task {})", tasks[0])), "{status}");
    assert!(status.ends_with("0 done, 2 running, 0 queued, 0 failed, 0 left\n"), "{status}");
    // What is under way or queued is not submitted twice.
    assert_eq!(sweep("--slurm"), "");
    // Slurm's own signal goes to the script, as before a time limit.
    cluster.run(&format!("scancel --batch --signal=USR1 {}", tasks[0]));
    until("it is requeued", || log(&tasks[0]).contains("is requeued"));
    let status = sweep("--status");
    assert!(status.contains("in the queue") || status.contains("2 running"), "{status}");
    // The other one is killed outright.
    cluster.run(&format!("scancel --signal=KILL {}", tasks[1]));
    until("the requeued one is finished", || log(&tasks[0]).contains("exits with 0"));
    let again = log(&tasks[0]);
    assert!(again.contains("exits with 138") && again.contains("going on in epoch"), "{again}");
    until("the queue is empty", || cluster.run("squeue --noheader --me").is_empty());
    let status = sweep("--status");
    assert!(status.ends_with("1 done, 0 running, 0 queued, 0 failed, 1 left\n"), "{status}");
    let submitted = sweep("--slurm --slurm-args '--time=5 --cpus-per-task=1'");
    assert!(submitted.ends_with(": 1 of 2 runs, 2 at a time\n"), "{submitted}");
    until("all are done", || {
        sweep("--status").starts_with("2 done") || {
            sweep("--status").contains("\n2 done, 0 running, 0 queued, 0 failed, 0 left")
        }
    });
    println!("{}{}{}", sweep("--status"), log(&tasks[0]), log(&tasks[1]));
    let whole = sweep("");
    assert!(whole.starts_with("2 runs in "), "{whole}");
}
