//! Plausible tables, made by formula: nothing here was measured.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod tables;
pub(crate) mod written;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use swast_tables::rows::{
    EpochRow, EpsilonRow, PruneCurveRow, PrunePointRow, PruneStudyRow, RunRow, SelectionRow,
};
use swast_tables::table;

/// Draws `target` from `tables` into `out`.
pub(crate) fn draw(target: &str, tables: &Path, out: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_swast-figures"))
        .args(["draw", target, "--results"])
        .arg(tables)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .expect("the command runs")
}

/// What a command said on stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder of its own for a test, kept for a look at the pictures.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder can be removed");
    }
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// A number in [-1, 1) that depends on `key` alone: the fractional part of a sine, as in shaders.
pub(crate) fn jitter(key: f64) -> f64 {
    2.0 * ((key * 12.9898).sin() * 43758.5453).rem_euclid(1.0) - 1.0
}

/// A run of `artifact` with the settings that matter to a drawing.
pub(crate) fn run(
    artifact: &str,
    variant: &str,
    rate: Option<f64>,
    fc: Option<f64>,
    seed: u64,
) -> RunRow {
    let tag = |r: Option<f64>| r.map_or(0.0, |r| 100.0 * r);
    let pruned = rate.is_some();
    RunRow {
        run: format!("{artifact}-{variant}-{}-{}-{seed}", tag(rate), tag(fc)),
        artifact: artifact.to_owned(),
        profile: "quick".to_owned(),
        seed,
        dataset: "synthetic".to_owned(),
        model: "resnet8".to_owned(),
        variant: variant.to_owned(),
        selector: (variant != "prune-only").then(|| "gradmatch".to_owned()),
        pruner: pruned.then(|| "rigl".to_owned()),
        distribution: pruned.then(|| "erk".to_owned()),
        fraction: (variant != "prune-only").then_some(0.1),
        prune_rate: rate,
        fc_prune_rate: fc,
        preserve: "complete".to_owned(),
        lambda: 0.1,
        label_noise: 0.1,
        epochs: 12,
        interval: Some(2),
        batch_size: 64,
        limit_train: Some(2000),
        selection_start: Some("after-warmup".to_owned()),
        weighting: "batch".to_owned(),
        validation: "noisy".to_owned(),
        test_accuracy: 0.7 + 0.02 * jitter(seed as f64 + tag(rate)),
        test_loss: 0.9,
        best_test_accuracy: 0.75,
        params_total: 78042,
        params_active: 30000,
        train_flops: 1e12,
        relative_flops: 0.1,
        time_s: 10.0,
        time_select_s: 1.0,
        time_eval_s: 2.0,
        update_every: None,
        update_end: None,
        device: "cpu".to_owned(),
        precision: "f32".to_owned(),
        threads: 1,
        revision: "test".to_owned(),
        selections: Some(5),
        time_coreset_epoch_s: Some(0.5),
        train_digest: Some("0123456789abcdef".to_owned()),
        test_digest: Some("fedcba9876543210".to_owned()),
        kernels: None,
    }
}

/// An epoch of a run; losses follow `pull`, the strength of overfitting.
pub(crate) fn epoch(run: &RunRow, epoch: u32, measured: bool, pull: f64) -> EpochRow {
    let t = f64::from(epoch);
    let wave = 0.03 * jitter(t + 7.0 * run.seed as f64 + 100.0 * pull);
    let some = |v: f64| measured.then_some(v);
    EpochRow {
        run: run.run.clone(),
        epoch,
        phase: "coreset".to_owned(),
        lr: 0.05,
        train_loss: 2.0 / (1.0 + t),
        train_accuracy: 0.6,
        val_loss: some(1.5),
        val_accuracy: some(0.6),
        test_loss: some(1.5 + pull * t / 12.0 + wave),
        test_accuracy: some(0.6),
        loss_clean: some(0.8),
        loss_noisy: some(2.0 + (1.2 - pull) * t / 6.0 + wave),
        coreset_size: 180,
        density: 0.5,
        flops_cumulative: 1e11 * t,
        time_s: 1.0,
    }
}

/// Writes every table that the figures read.
pub(crate) fn write_all(folder: &Path) {
    let (runs, epochs, selections) = experiments();
    table::write(&folder.join("runs.csv"), &runs).expect("the folder can be written");
    table::write(&folder.join("epochs.csv"), &epochs).expect("the folder can be written");
    table::write(&folder.join("selections.csv"), &selections).expect("the folder can be written");
    let (study, curves, points) = pruning();
    table::write(&folder.join("prune_study.csv"), &study).expect("the folder can be written");
    table::write(&folder.join("prune_curves.csv"), &curves).expect("the folder can be written");
    table::write(&folder.join("prune_points.csv"), &points).expect("the folder can be written");
    table::write(&folder.join("epsilon.csv"), &difficulty()).expect("the folder can be written");
}

/// Runs of Figures 5, 6 and 7 with their epochs and selections.
pub(crate) fn experiments() -> (Vec<RunRow>, Vec<EpochRow>, Vec<SelectionRow>) {
    let (mut runs, mut epochs, mut selections) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..=2 {
        let five = [
            ("figure5a", vec![0.9]),
            ("figure5b", vec![0.3, 0.5, 0.7, 0.9]),
            ("figure5c", vec![0.7]),
        ];
        for (artifact, rates) in five {
            let rates = std::iter::once(None).chain(rates.into_iter().map(Some));
            for rate in rates {
                let variant = if rate.is_some() { "cut" } else { "coreset-only" };
                let run = run(artifact, variant, rate, rate.map(|_| 0.9), seed);
                let pull = 1.0 - rate.unwrap_or(0.0);
                epochs.extend((1..=12).map(|e| epoch(&run, e, e % 2 == 0, pull)));
                selections.extend((1..6).map(|i| SelectionRow {
                    run: run.run.clone(),
                    epoch: 2 * i,
                    selector: "el2n".to_owned(),
                    size: 180,
                    noise_share: Some(
                        0.3 - 0.04 * f64::from(i)
                            + 0.1 * pull
                            + 0.01 * jitter(f64::from(i) + seed as f64),
                    ),
                    overlap_previous: (i > 1).then_some(0.5),
                    time_s: 0.1,
                    lost_known: None,
                    lost_gradient_share: None,
                    time_double_loss_s: None,
                }));
                runs.push(run);
            }
        }
        for rate in [0.5, 0.9, 0.98] {
            for (variant, lift, cost) in [("cut", 0.02, 0.12), ("prune-only", 0.0, 0.9)] {
                let mut run = run("figure6", variant, Some(rate), Some(0.9), seed);
                run.test_accuracy += lift - 0.3 * (rate - 0.5f64).powi(2);
                run.relative_flops = cost * (1.2 - rate);
                runs.push(run);
            }
        }
        beside_figure6(seed, &mut runs);
        for rate in [0.1, 0.5, 0.9] {
            for fc in [0.1, 0.5, 0.9] {
                let mut run = run("figure7", "cut", Some(rate), Some(fc), seed);
                run.test_accuracy = 0.6 + 0.05 * fc - 0.04 * rate + 0.01 * jitter(rate + 3.0 * fc);
                runs.push(run);
            }
        }
        let mut baseline = run("figure7", "coreset-only", None, None, seed);
        baseline.test_accuracy = 0.605;
        runs.push(baseline);
    }
    (runs, epochs, selections)
}

/// What Figure 6 shows beside the paper's two lines: dense runs, a short schedule, and random coresets.
fn beside_figure6(seed: u64, runs: &mut Vec<RunRow>) {
    let dense = |epochs, accuracy| RunRow {
        run: format!("figure6-dense-{epochs}-{seed}"),
        epochs,
        selector: None,
        fraction: None,
        test_accuracy: accuracy,
        relative_flops: 1.0,
        ..run("figure6", "dense", None, None, seed)
    };
    runs.extend([dense(12, 0.82), dense(2, 0.6)]);
    for rate in [0.5, 0.9, 0.98] {
        let short = run("figure6", "prune-only", Some(rate), Some(0.9), seed);
        runs.push(RunRow {
            run: format!("{}-short", short.run),
            epochs: 2,
            test_accuracy: 0.58 - 0.2 * (rate - 0.5),
            relative_flops: 0.9 * (1.2 - rate),
            ..short
        });
        let redrawn = run("figure6", "cut", Some(rate), Some(0.9), seed);
        runs.push(RunRow {
            run: format!("{}-redrawn", redrawn.run),
            selector: Some("random-redrawn".to_owned()),
            test_accuracy: redrawn.test_accuracy - 0.04,
            ..redrawn
        });
    }
}

fn pruning() -> (Vec<PruneStudyRow>, Vec<PruneCurveRow>, Vec<PrunePointRow>) {
    let truth = |x: f64| 1.0 / (1.0 + 25.0 * x * x);
    let mut study = Vec::new();
    for trial in 0..200 {
        for (set, before, after) in [("full", 0.048, 3.8), ("coreset", 0.49, 0.53)] {
            let key = trial as f64 + if set == "full" { 0.1 } else { 0.7 };
            study.push(PruneStudyRow {
                trial,
                seed: trial,
                function: "runge".to_owned(),
                points: 10,
                noise: Some(0.1),
                noisy_fraction: 0.5,
                design: "equispaced".to_owned(),
                degree: 10,
                pruned: 3,
                basis: "monomial".to_owned(),
                refit: false,
                rank_cutoff: 2e-15,
                training_set: set.to_owned(),
                loss_before: before * (0.8 * jitter(key)).exp(),
                loss_after: after * (1.2 * jitter(key + 0.5)).exp(),
                train_loss_before: 1e-30,
                train_loss_after: after,
            });
        }
    }
    let mut curves = Vec::new();
    for (set, burst) in [("full", 9.0), ("coreset", 0.8)] {
        for i in 0..401 {
            let x = -1.0 + f64::from(i) / 200.0;
            let fit = truth(x) + 0.3 * (9.0 * x).sin() * x * x;
            let pruned_fit = fit - burst * x.powi(6);
            let training_set = set.to_owned();
            curves.push(PruneCurveRow { training_set, x, truth: truth(x), fit, pruned_fit });
        }
    }
    let point = |i: u32| {
        let x = -1.0 + 2.0 * f64::from(i) / 9.0;
        let noisy = i.is_multiple_of(2);
        let y = truth(x) + if noisy { 0.1 * jitter(f64::from(i)) } else { 0.0 };
        PrunePointRow { x, y, noisy }
    };
    (study, curves, (0..10).map(point).collect())
}

fn difficulty() -> Vec<EpsilonRow> {
    let mut rows = Vec::new();
    for (pairing, rate) in [("disjoint", 1.0), ("subset", 0.0), ("at-fit", 0.6)] {
        for (trial, degree) in (0..40).flat_map(|t| (1..=20).map(move |d| (t, d))) {
            let noise = (0.5 * jitter(trial as f64 + 50.0 * degree as f64)).exp();
            let exact = match pairing {
                "subset" => 2.5 * (1.0 - 0.8 / degree as f64) * noise.min(1.0),
                _ => (rate * degree as f64 - 1.0).exp() * noise,
            };
            let row = |solver: &str, epsilon: f64| EpsilonRow {
                trial,
                seed: trial,
                function: "runge".to_owned(),
                pairing: pairing.to_owned(),
                design: "uniform".to_owned(),
                degree,
                noisy: 50,
                clean: 20,
                noise: 0.1,
                solver: solver.to_owned(),
                epsilon,
            };
            rows.push(row("exact", if degree == 20 && trial == 3 { f64::INFINITY } else { exact }));
            if pairing != "at-fit" {
                rows.push(row("argmin", exact));
            }
        }
    }
    rows
}
