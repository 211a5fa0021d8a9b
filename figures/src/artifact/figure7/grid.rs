//! Mean accuracies over a grid of classifier and backbone prune rates.

use crate::read::block::REDRAWN;
use crate::read::chance::has_learned;
use crate::read::judge::Pair;
use swast_tables::rows::RunRow;
use swast_tables::stats::mean;

/// One cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Index into the classifier's rates.
    pub column: usize,
    /// Index into the backbone's rates.
    pub row: usize,
    /// Mean test accuracy over seeds, in percent.
    pub accuracy: f64,
}

/// The grid and its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    /// Prune rates of the classifier, ascending.
    pub fc_rates: Vec<f64>,
    /// Prune rates of the backbone, ascending.
    pub rates: Vec<f64>,
    /// The cells that have runs.
    pub cells: Vec<Cell>,
    /// Mean test accuracy of coreset-only, in percent.
    pub baseline: Option<f64>,
    /// The same on random coresets that are redrawn at every selection.
    pub redrawn: Option<f64>,
    /// The same of dense training on all data for as many steps.
    pub short: Option<f64>,
}

impl Grid {
    /// Where the colour scale turns: the baseline, or the mean cell without one.
    pub(super) fn middle(&self) -> f64 {
        let cells: Vec<f64> = self.cells.iter().map(|c| c.accuracy).collect();
        self.baseline.or_else(|| mean(&cells)).unwrap_or(50.0)
    }

    /// How far the colour scale reaches to either side, in points.
    pub(super) fn reach(&self) -> f64 {
        let offsets = self.cells.iter().map(|c| (c.accuracy - self.middle()).abs());
        offsets.fold(0.0, f64::max).max(0.5)
    }
}

/// Sorts runs into the grid; runs without a finite accuracy are left out.
pub(super) fn grid(runs: &[RunRow]) -> Grid {
    let accuracy = |chosen: &dyn Fn(&RunRow) -> bool| {
        let own = runs.iter().filter(|r| chosen(r));
        mean(&own.map(|r| 100.0 * r.test_accuracy).collect::<Vec<_>>())
    };
    let pruned = |r: &&RunRow| r.variant == "cut";
    let fc_rates = ascending(runs.iter().filter(pruned).filter_map(|r| r.fc_prune_rate));
    let rates = ascending(runs.iter().filter(pruned).filter_map(|r| r.prune_rate));
    let mut cells = Vec::new();
    for (column, fc) in fc_rates.iter().enumerate() {
        for (row, rate) in rates.iter().enumerate() {
            let here = |r: &RunRow| {
                r.variant == "cut" && r.fc_prune_rate == Some(*fc) && r.prune_rate == Some(*rate)
            };
            if let Some(accuracy) = accuracy(&here) {
                cells.push(Cell { column, row, accuracy });
            }
        }
    }
    let unpruned = |redrawn: bool| {
        let of = move |r: &RunRow| r.selector.as_deref() == Some(REDRAWN);
        accuracy(&|r| r.variant == "coreset-only" && of(r) == redrawn)
    };
    let (baseline, redrawn) = (unpruned(false), unpruned(true));
    let short = accuracy(&|r| r.variant == "dense");
    Grid { fc_rates, rates, cells, baseline, redrawn, short }
}

/// The lowest of what the paper calls a high prune rate of the classifier lies above this.
const HIGH: f64 = 0.7;

/// Per seed and prune rate of the backbone: the mean accuracy in percent over high prune rates of the classifier, less
/// that over the others. A pair counts where one of its networks has learned.
pub(super) fn high_against_low(runs: &[RunRow]) -> Vec<Pair> {
    let cut = || runs.iter().filter(|run| run.variant == "cut" && run.test_accuracy.is_finite());
    let mut seeds: Vec<u64> = cut().map(|run| run.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let rates = ascending(cut().filter_map(|run| run.prune_rate));
    let mut pairs = Vec::new();
    for seed in seeds {
        for rate in &rates {
            let side = |high: bool| -> Vec<&RunRow> {
                let here = cut().filter(|run| run.seed == seed && run.prune_rate == Some(*rate));
                here.filter(|run| run.fc_prune_rate.is_some_and(|fc| (fc > HIGH) == high)).collect()
            };
            let (high, low) = (side(true), side(false));
            let accuracy = |side: &[&RunRow]| {
                mean(&side.iter().map(|run| 100.0 * run.test_accuracy).collect::<Vec<_>>())
            };
            if let Some((of_high, of_low)) = accuracy(&high).zip(accuracy(&low)) {
                let learned = high.iter().chain(&low).any(|run| has_learned(run));
                pairs.push(Pair { seed, gain: of_high - of_low, learned });
            }
        }
    }
    pairs
}

fn ascending(rates: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut rates: Vec<f64> = rates.collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    rates
}
