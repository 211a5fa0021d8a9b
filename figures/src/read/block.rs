//! Runs that a table compares with one another: one data set, model, selector and pruner, and the baselines of them.

use std::collections::BTreeMap;

use crate::read::results::{FigureError, Results, Runs};
use crate::read::variant::percent;
use swast_tables::rows::{EpochRow, RunRow};

/// The selector of the baseline whose coreset is drawn again at every selection, without looking at the network.
pub const REDRAWN: &str = "random-redrawn";

/// What [`Block::labels`] are.
pub const LABELS: [&str; 4] = ["dataset", "model", "selector", "pruner"];

/// The runs of one data set and model with one selector and pruner, and those without either that they are compared
/// with.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    /// Name of the data set.
    pub dataset: &'a str,
    /// Name of the model.
    pub model: &'a str,
    /// Selector with its options; empty where nothing is selected by looking at the network.
    pub selector: &'a str,
    /// Pruner with its options; empty where nothing is pruned.
    pub pruner: &'a str,
    /// The rows.
    pub rows: Vec<&'a RunRow>,
    /// Epochs of the runs that no schedule is compressed for.
    pub epochs: u32,
}

/// The place of a data set in the paper; of others, after them.
fn place(dataset: &str) -> usize {
    let paper = ["cifar10", "cifar100", "tinyimagenet", "imagenet"];
    paper.iter().position(|name| *name == dataset).unwrap_or(paper.len())
}

/// The selector of `run` that looks at the network.
fn selector(run: &RunRow) -> Option<&str> {
    run.selector.as_deref().filter(|name| *name != REDRAWN)
}

/// The different `names`; an empty one where there is none.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names = distinct(names);
    if names.is_empty() {
        names.push("");
    }
    names
}

/// Whether the coreset of `run` is drawn again at every selection, without looking at the network.
fn is_redrawn(run: &RunRow) -> bool {
    run.selector.as_deref() == Some(REDRAWN)
}

/// The blocks of `rows`, by data set, model, selector and pruner. A run without a selector, with `REDRAWN` or without a
/// pruner belongs to every block that it can be compared with.
pub fn blocks(rows: &[RunRow]) -> Vec<Block<'_>> {
    let own = |wanted: &str, found: Option<&str>| found.is_none_or(|found| found == wanted);
    let mut blocks = Vec::new();
    for (dataset, model) in distinct(rows.iter().map(|r| (&*r.dataset, &*r.model))) {
        let here = || rows.iter().filter(|r| r.dataset == dataset && r.model == model);
        let pruners = names(here().filter_map(|r| r.pruner.as_deref()));
        for selected in names(here().filter_map(selector)) {
            for pruner in &pruners {
                let rows: Vec<&RunRow> = here()
                    .filter(|r| own(selected, selector(r)) && own(pruner, r.pruner.as_deref()))
                    .collect();
                let planned = rows.iter().filter(|r| r.variant != "dense").map(|r| r.epochs).max();
                let dense = rows.iter().map(|r| r.epochs).max();
                let epochs = planned.or(dense).unwrap_or(0);
                blocks.push(Block { dataset, model, selector: selected, pruner, rows, epochs });
            }
        }
    }
    blocks.sort_by_key(|block| place(block.dataset));
    blocks
}

/// The different values, in ascending order.
fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect::<std::collections::BTreeSet<T>>().into_iter().collect()
}

/// The different numbers, the largest first.
pub fn descending(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values.dedup();
    values
}

impl<'a> Block<'a> {
    /// The runs for which `holds`.
    pub fn of(&self, holds: impl Fn(&RunRow) -> bool) -> Vec<&'a RunRow> {
        self.rows.iter().copied().filter(|run| holds(run)).collect()
    }

    /// Data set, model, selector and pruner.
    pub fn labels(&self) -> [&'a str; 4] {
        [self.dataset, self.model, self.selector, self.pruner]
    }

    /// Coreset sizes, the largest first.
    pub fn fractions(&self) -> Vec<f64> {
        descending(self.rows.iter().filter_map(|run| run.fraction))
    }

    /// Prune rates, the largest first.
    pub fn rates(&self) -> Vec<f64> {
        descending(self.rows.iter().filter_map(|run| run.prune_rate))
    }

    /// Runs of `cut` or `trim`.
    pub fn joint(&self, variant: &str, fraction: f64, rate: f64) -> Vec<&'a RunRow> {
        self.of(|run| {
            run.variant == variant && run.fraction == Some(fraction) && run.prune_rate == Some(rate)
        })
    }

    /// Runs that are pruned on all data for all epochs.
    pub fn prune_only(&self, rate: f64) -> Vec<&'a RunRow> {
        self.of(|run| {
            let own = run.variant == "prune-only" && run.prune_rate == Some(rate);
            own && run.epochs >= self.epochs
        })
    }

    /// Runs of `variant` with the block's methods that preserve the states that `mode` names.
    pub fn preserving(&self, variant: &str, rate: Option<f64>, mode: &str) -> Vec<&'a RunRow> {
        self.of(|run| {
            let own = run.variant == variant && run.prune_rate == rate && run.preserve == mode;
            own && !is_redrawn(run) && run.epochs >= self.epochs
        })
    }

    /// Unpruned runs on coresets of the block's selector.
    pub fn coreset_only(&self, fraction: f64) -> Vec<&'a RunRow> {
        self.unpruned(fraction, false)
    }

    /// Unpruned runs on random coresets that are drawn again at every selection.
    pub fn redrawn(&self, fraction: f64) -> Vec<&'a RunRow> {
        self.unpruned(fraction, true)
    }

    fn unpruned(&self, fraction: f64, redrawn: bool) -> Vec<&'a RunRow> {
        self.of(|run| {
            let own = run.variant == "coreset-only" && run.fraction == Some(fraction);
            own && is_redrawn(run) == redrawn
        })
    }

    /// Dense runs on all data for all epochs.
    pub fn dense(&self) -> Vec<&'a RunRow> {
        self.of(|run| run.variant == "dense" && run.epochs >= self.epochs)
    }

    /// Dense runs on all data for as many epochs as take the steps of a run on a coreset of this size.
    pub fn compressed(&self, fraction: f64, schedule: &Schedule) -> Vec<&'a RunRow> {
        let of_block = [self.coreset_only(fraction), self.redrawn(fraction)].concat();
        let Some(epochs) = of_block.first().and_then(|run| schedule.equal(run, self)) else {
            return Vec::new();
        };
        self.of(|run| is_compressed(run, self.epochs) && run.epochs == epochs)
    }

    /// Every dense run on all data for fewer epochs.
    pub fn every_compressed(&self) -> Vec<&'a RunRow> {
        self.of(|run| is_compressed(run, self.epochs))
    }

    /// The cost of `run` over that of dense training on all data for all epochs; a compressed run's own share is of its
    /// own epochs.
    pub fn cost(&self, run: &RunRow) -> f64 {
        run.relative_flops * f64::from(run.epochs) / f64::from(self.epochs)
    }
}

fn is_compressed(run: &RunRow, epochs: u32) -> bool {
    run.variant == "dense" && run.epochs < epochs
}

/// How many samples each epoch of the runs went through.
#[derive(Debug)]
pub struct Schedule(BTreeMap<String, Vec<usize>>);

impl Schedule {
    /// From the rows of `epochs.csv`.
    pub fn of(epochs: &[EpochRow]) -> Self {
        let mut sizes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for epoch in epochs {
            sizes.entry(epoch.run.clone()).or_default().push(epoch.coreset_size);
        }
        Self(sizes)
    }

    /// Epochs on all data of as many steps as `run` took, at least 1.
    pub fn equal(&self, run: &RunRow, block: &Block<'_>) -> Option<u32> {
        let steps = |samples: &usize| samples.div_ceil(run.batch_size.max(1));
        let taken: usize = self.0.get(&run.run)?.iter().map(steps).sum();
        let sizes = block.rows.iter().filter_map(|other| self.0.get(&other.run)).flatten();
        let all = steps(sizes.max()?);
        Some((taken as f64 / all as f64).round().max(1.0) as u32)
    }
}

/// Refuses two runs of one setting and seed, as one of them would be left out.
pub fn check_seeds(results: &Results, runs: &Runs) -> Result<(), FigureError> {
    let mut seen = BTreeMap::new();
    for run in &runs.rows {
        let share = |value: Option<f64>| value.map(percent).unwrap_or_default();
        let schedule = if run.variant == "dense" { run.epochs } else { 0 };
        let key = [
            run.dataset.clone(),
            run.model.clone(),
            run.variant.clone(),
            run.selector.clone().unwrap_or_default(),
            run.pruner.clone().unwrap_or_default(),
            share(run.fraction),
            share(run.prune_rate),
            run.preserve.clone(),
            format!("{schedule} {}", run.seed),
        ];
        if let Some(other) = seen.insert(key, &run.run) {
            let what = format!("seed {} in one setting (runs {other} and {})", run.seed, run.run);
            return Err(runs.twice(results, what));
        }
    }
    Ok(())
}
