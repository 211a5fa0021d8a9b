//! From runs to the cells and groups of a table, and what is said of them.

use crate::read::block::Block;
use crate::read::judge::{FEWEST_SEEDS, Pair, Verdict, judge};
use crate::read::outcome::Learned;
use crate::read::provenance::seed_count;
use crate::read::results::Runs;
use crate::read::sample::Sample;
use crate::scene::table::{Cell, Difference, Group, Measured, Row};
use swast_tables::interval::clustered;
use swast_tables::rows::RunRow;
use swast_tables::stats::mean;

/// Whether more of a quantity is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    /// As of accuracy.
    More,
    /// As of time.
    Less,
}

/// The cell of a quantity and its paired differences from the same quantity of each of `bases`; empty where nothing
/// was run. `learned` says which networks of a pair must have learned for an improvement to be one.
pub(super) fn measured(
    own: &Sample,
    bases: &[Option<&Sample>],
    (better, learned): (Better, Learned),
) -> Cell {
    let Some(mean) = own.mean() else { return Cell::default() };
    let pairs = |base: &Sample| own.over(base, learned);
    let differences = bases.iter().map(|base| difference(&pairs((*base)?))).collect();
    let gains = bases.first().and_then(|base| Some(pairs((*base)?))).unwrap_or_default();
    let sign = if better == Better::More { 1.0 } else { -1.0 };
    let gains: Vec<Pair> = gains.into_iter().map(|p| Pair { gain: sign * p.gain, ..p }).collect();
    let clear = judge(&gains).verdict == Verdict::Holds;
    let measured = Measured { count: own.count(), mean, std: own.std(), differences, clear };
    Cell { measured: Some(measured), ..Cell::default() }
}

/// The cell of the test accuracy of `own`, in percent.
pub(super) fn accuracy(own: &[&RunRow], bases: &[Option<&[&RunRow]>]) -> Cell {
    let bases: Vec<Option<Sample>> = bases.iter().map(|base| base.map(Sample::accuracy)).collect();
    let bases: Vec<Option<&Sample>> = bases.iter().map(Option::as_ref).collect();
    measured(&Sample::accuracy(own), &bases, (Better::More, Learned::One))
}

/// By how many points the accuracy of `own` is above that of `base`, seed by seed.
pub(super) fn gains(own: &[&RunRow], base: &[&RunRow]) -> Vec<Pair> {
    Sample::accuracy(own).over(&Sample::accuracy(base), Learned::One)
}

/// The same of a baseline, which is never marked as an improvement.
pub(super) fn baseline(own: &[&RunRow], bases: &[Option<&[&RunRow]>]) -> Cell {
    let cell = accuracy(own, bases);
    let measured = cell.measured.map(|measured| Measured { clear: false, ..measured });
    Cell { measured, ..cell }
}

fn difference(pairs: &[Pair]) -> Option<Difference> {
    let gains: Vec<(u64, f64)> = pairs.iter().map(|pair| (pair.seed, pair.gain)).collect();
    let mean = mean(&gains.iter().map(|gain| gain.1).collect::<Vec<_>>())?;
    let interval = clustered(&gains).map(|interval| (interval.low, interval.high));
    Some(Difference { pairs: gains.len(), mean, interval })
}

/// How to read the cells of a table of `runs`, whose differences are from `baseline`.
pub(super) fn how_to_read(runs: &Runs, baseline: &str) -> String {
    let cells = match seed_count(&runs.rows) {
        1 => {
            format!("Values of single runs, then their differences from {baseline} of equal seed.")
        }
        _ => format!(
            "Means \u{b1} standard deviations over seeds, then mean differences from {baseline} in pairs of equal seed, \
             with their 95 % t intervals. Bold: improvements whose interval, of {FEWEST_SEEDS} seeds or more, excludes 0."
        ),
    };
    format!("{cells} Empty cells were not run.")
}

/// Sentences about the baselines of `blocks` that the paper leaves out.
pub(super) fn baselines(blocks: &[Block<'_>]) -> String {
    let redrawn =
        |block: &Block<'_>| block.fractions().iter().any(|f| !block.redrawn(*f).is_empty());
    let mut text = String::new();
    if blocks.iter().any(redrawn) {
        text += " Random, redrawn: coreset-only with a random coreset that is drawn again at every selection.";
    }
    if blocks.iter().any(|block| !block.every_compressed().is_empty()) {
        text += " As many steps: dense training on all data, with a schedule of its own, that takes as many steps as \
                 training on the coreset.";
    }
    text
}

/// The rows of a block, under its labels.
pub(super) fn group(block: &Block<'_>, rows: Vec<Row>) -> Group {
    titled("", block.labels(), rows)
}

/// Rows of the paper in a setting that is not ours.
pub(super) fn paper_group(labels: [&str; 4], rows: Vec<Row>) -> Group {
    titled("The paper, in another setting: ", labels, rows)
}

fn titled(before: &str, labels: [&str; 4], rows: Vec<Row>) -> Group {
    let named: Vec<&str> = labels.into_iter().filter(|label| !label.is_empty()).collect();
    let title = format!("{before}{}", named.join(", "));
    Group { title, labels: labels.map(str::to_owned).to_vec(), rows }
}
