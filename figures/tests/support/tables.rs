//! Plausible runs of the paper's tables, made by formula: nothing here was measured.
#![allow(dead_code, reason = "each test file uses its part")]

use super::{epoch, jitter, run};
use swast_tables::rows::{EpochRow, RunRow, SelectionRow};

/// Runs and their epochs and selections.
#[derive(Default)]
pub(crate) struct Study {
    pub runs: Vec<RunRow>,
    pub epochs: Vec<EpochRow>,
    pub selections: Vec<SelectionRow>,
}

/// What is changed in a run before it is used.
type Change<'c> = &'c dyn Fn(&mut RunRow);

impl Study {
    /// Adds a run of `artifact`: without label noise, named after all that it is, with an epoch row for each epoch.
    pub(crate) fn add(
        &mut self,
        artifact: &str,
        (variant, fraction, rate): (&str, Option<f64>, Option<f64>),
        seed: u64,
        change: Change<'_>,
    ) {
        let mut row = run(artifact, variant, rate, rate.map(|_| 0.9), seed);
        row.fraction = fraction;
        row.label_noise = 0.0;
        row.selector = fraction.map(|_| "gradmatch".to_owned());
        row.preserve = "none".to_owned();
        row.test_accuracy = 0.6 + 0.2 * fraction.unwrap_or(1.0) + 0.01 * jitter(seed as f64);
        if matches!(variant, "cut" | "trim") {
            let spread = jitter(10.0 * rate.unwrap_or(0.0) + 3.0 * seed as f64);
            row.test_accuracy += 0.03 - 0.3 * fraction.unwrap_or(0.0) * 0.5 + 0.002 * spread;
        }
        row.relative_flops = fraction.unwrap_or(1.0) * (1.1 - 0.5 * rate.unwrap_or(0.0));
        row.time_s = 400.0 * fraction.unwrap_or(1.0) + 20.0 + 5.0 * rate.unwrap_or(0.0);
        change(&mut row);
        row.run = format!(
            "{}-{}-{}-{}-{:?}-{:?}-{}-{}-{seed}",
            row.dataset,
            row.model,
            variant,
            row.selector.as_deref().unwrap_or("none"),
            row.fraction,
            rate,
            row.preserve,
            row.epochs
        );
        let size = |t: u32| match row.fraction {
            Some(fraction) if t > 1 => (2000.0 * fraction) as usize,
            _ => 2000,
        };
        let rows = (1..=row.epochs)
            .map(|t| EpochRow { coreset_size: size(t), ..epoch(&row, t, t % 2 == 0, 0.5) });
        self.epochs.extend(rows);
        self.runs.push(row);
    }

    /// Adds the baselines of `artifact` at `fractions`: coresets, random ones, all data for all epochs and for the steps
    /// of each coreset.
    pub(crate) fn add_baselines(
        &mut self,
        artifact: &str,
        fractions: &[f64],
        seed: u64,
        change: Change<'_>,
    ) {
        for fraction in fractions {
            self.add(artifact, ("coreset-only", Some(*fraction), None), seed, change);
            self.add(artifact, ("coreset-only", Some(*fraction), None), seed, &|row| {
                change(row);
                row.selector = Some("random-redrawn".to_owned());
                row.test_accuracy -= 0.015;
            });
        }
        self.add(artifact, ("dense", None, None), seed, change);
        // One epoch on all data, then 11 on 5 or 10 % of 2000 images in batches of 64: 1.7 and 2.3 epochs of steps.
        self.add(artifact, ("dense", None, None), seed, &|row| {
            change(row);
            row.epochs = 2;
            row.test_accuracy -= 0.2;
        });
    }
}

/// Table 1 as the profiles for small machines have it, or on `dataset` with `model`.
pub(crate) fn table1(study: &mut Study, artifact: &str, seeds: u64, change: Change<'_>) {
    for seed in 1..=seeds {
        for fraction in [0.05, 0.1] {
            for rate in [0.5, 0.9] {
                for variant in ["trim", "cut"] {
                    study.add(artifact, (variant, Some(fraction), Some(rate)), seed, change);
                }
            }
        }
        study.add_baselines(artifact, &[0.05, 0.1], seed, change);
    }
}
