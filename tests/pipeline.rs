//! The product from end to end: a tiny sweep becomes figures; sweeps survive interruption; nothing depends on
//! how many runs go at once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use swast_tables::rows::{EpochRow, LayerRow, RunRow, SelectionRow};
use swast_tables::table::{self, Row};
use swast_tests::{command, run, succeed};

const SWEEP: &str = "--profile smoke --dataset synthetic --device cpu --threads 1";

fn rows<R: Row>(folder: &Path) -> Vec<R> {
    table::read(&folder.join(R::FILE)).unwrap()
}

/// The tables without what may differ between two equal sweeps.
fn timeless(folder: &Path) -> (Vec<RunRow>, Vec<EpochRow>, Vec<SelectionRow>, Vec<LayerRow>) {
    let mut runs: Vec<RunRow> = rows(folder);
    for row in &mut runs {
        (row.time_s, row.time_select_s, row.time_eval_s) = (0.0, 0.0, 0.0);
        row.time_coreset_epoch_s = None;
    }
    let (mut epochs, mut selections): (Vec<EpochRow>, Vec<SelectionRow>) =
        (rows(folder), rows(folder));
    epochs.iter_mut().for_each(|row| row.time_s = 0.0);
    selections.iter_mut().for_each(|row| row.time_s = 0.0);
    (runs, epochs, selections, rows(folder))
}

#[test]
fn analysis_and_sweeps_become_every_figure() {
    let folder = tempfile::tempdir().unwrap();
    let (results, pictures) = (folder.path().join("results"), folder.path().join("pictures"));
    let out = results.display();
    succeed("swast-analysis", &format!("prune --trials 20 --out {out}"));
    succeed("swast-analysis", &format!("epsilon --trials 5 --pairing disjoint,subset --out {out}"));
    for figure in ["figure5", "figure6", "figure7"] {
        succeed("swast-trainer", &format!("sweep {figure} {SWEEP} --jobs 2 --out {out}"));
    }
    let runs: Vec<RunRow> = rows(&results);
    let count = |artifact: &str| runs.iter().filter(|r| r.artifact == artifact).count();
    let counts = ["figure5a", "figure5b", "figure5c", "figure6", "figure7"].map(count);
    assert_eq!(counts, [2, 3, 2, 10, 7]);
    // Figures 5b and 7 share two runs; each is made once, and its epochs are listed once.
    let distinct: BTreeSet<_> =
        runs.iter().map(|r| (&r.run, r.epochs, r.selector.is_some())).collect();
    assert_eq!(distinct.len(), runs.len() - 2);
    let epochs: u32 = distinct.iter().map(|run| run.1).sum();
    assert_eq!(rows::<EpochRow>(&results).len(), epochs as usize);
    assert_eq!(rows::<LayerRow>(&results).len(), 10 * distinct.len());
    let selecting = distinct.iter().filter(|run| run.2).count();
    assert_eq!(rows::<SelectionRow>(&results).len(), 2 * selecting);

    let drawing = format!("draw all --format svg,png --results {out} --out {}", pictures.display());
    succeed("swast-figures", &drawing);
    for figure in ["figure1", "figure5", "figure6", "figure7"] {
        let svg = fs::read_to_string(pictures.join(format!("{figure}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("</svg>"), "{figure}");
        let png = fs::read(pictures.join(format!("{figure}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() > 10_000, "{figure}");
    }
    let svg = fs::read(pictures.join("figure7.svg")).unwrap();
    succeed("swast-figures", &drawing);
    assert_eq!(fs::read(pictures.join("figure7.svg")).unwrap(), svg);
}

/// Starts a sweep, sends it `signal` once there are some epochs more, and checks that its runs end with it.
fn interrupt(arguments: &str, results: &Path, signal: &str, code: Option<i32>) {
    let runs = results.join("runs");
    let rows_of = |name: &str| -> usize {
        let Ok(entries) = runs.read_dir() else { return 0 };
        let count = |folder: fs::DirEntry| {
            let text = fs::read_to_string(folder.path().join(name)).unwrap_or_default();
            text.lines().count().saturating_sub(1)
        };
        entries.map(|entry| count(entry.unwrap())).sum()
    };
    // From the beginning: runs that were interrupted would go on.
    fs::remove_dir_all(results).ok();
    let mut sweep = command("swast-trainer")
        .args(arguments.split(' '))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while rows_of(EpochRow::FILE) < 2 {
        assert!(start.elapsed() < Duration::from_secs(120), "no epoch came");
        sleep(Duration::from_millis(10));
    }
    let sent = Command::new("kill").args([signal, &sweep.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(sweep.wait().unwrap().code(), code);
    sleep(Duration::from_millis(300));
    let (epochs, finished) = (rows_of(EpochRow::FILE), rows_of(RunRow::FILE));
    assert!(finished < 4);
    sleep(Duration::from_millis(1500));
    assert_eq!(rows_of(EpochRow::FILE), epochs, "a run goes on after {signal} to its sweep");
    for folder in runs.read_dir().unwrap() {
        let rows: Vec<EpochRow> =
            table::read(&folder.unwrap().path().join(EpochRow::FILE)).unwrap();
        assert!(rows.len() <= 3);
    }
}

#[test]
fn an_interrupted_sweep_leaves_whole_rows_and_goes_on_to_the_same_tables() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let arguments = format!("sweep figure6 {SWEEP} --jobs 2 --out {}", results.display());
    for (signal, code) in [("-INT", Some(130)), ("-KILL", None)] {
        interrupt(&arguments, &results, signal, code);
    }

    succeed("swast-trainer", &arguments);
    let whole = folder.path().join("whole");
    succeed("swast-trainer", &format!("sweep figure6 {SWEEP} --jobs 1 --out {}", whole.display()));
    assert_eq!(timeless(&results), timeless(&whole));
}

#[test]
fn a_finished_run_is_not_repeated_and_evaluates_to_what_it_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let arguments = format!(
        "train --limit-train 100 --limit-test 60 --epochs 2 --threads 1 --device cpu --out {}",
        out.display()
    );
    succeed("swast-trainer", &arguments);
    let before = fs::read(out.join("epochs.csv")).unwrap();
    let said = succeed("swast-trainer", &arguments);
    assert!(said.contains("finished before"), "{said}");
    assert_eq!(fs::read(out.join("epochs.csv")).unwrap(), before);

    let printed = succeed(
        "swast-trainer",
        &format!("evaluate --run {} --threads 1 --device cpu", out.display()),
    );
    let row = rows::<RunRow>(&out).pop().unwrap();
    assert_eq!(
        printed,
        format!("test_accuracy,test_loss\n{},{}\n", row.test_accuracy, row.test_loss)
    );

    let other = run("swast-trainer", &format!("{arguments} --seed 1"));
    assert_eq!(other.status.code(), Some(1));
    assert_eq!(fs::read(out.join("epochs.csv")).unwrap(), before);

    // The command a run records repeats it.
    let settings = fs::read_to_string(out.join("settings.json")).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    let again = folder.path().join("again");
    let recorded = settings["command"].as_str().unwrap().strip_prefix("swast-trainer ").unwrap();
    let flags = format!("--out {}", again.display());
    succeed("swast-trainer", &format!("{recorded} {flags}"));
    assert_eq!(timeless(&again), timeless(&out));
}

#[test]
fn a_sweep_lists_the_commands_of_its_runs() {
    let printed = succeed(
        "swast-trainer",
        "sweep figure7 --profile paper --dataset cifar10 --data x.tar.gz --list",
    );
    let commands: Vec<_> = printed.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(commands.len(), 5 * 28);
    assert!(commands.iter().all(|c| c.starts_with("swast-trainer train --dataset cifar10 ")));
    assert!(commands[1].contains("--fraction 0.01") && commands[1].contains("--data x.tar.gz"));
}

#[test]
fn sparsity_prints_the_reference() {
    let printed = succeed("swast-trainer", "sparsity --model resnet18 --prune-rate 0.9 --csv");
    let row = |name: &str| printed.lines().find(|l| l.starts_with(name)).unwrap().to_owned();
    assert!(row("layer4.1.conv2,").starts_with("layer4.1.conv2,512x512x3x3,2359296,0.057611"));
    assert!(row("layer4.0.downsample.0,").contains(",101612,"));
    assert!(row("fc,").starts_with("fc,10x512,5120,1,5120,10240"));
}
