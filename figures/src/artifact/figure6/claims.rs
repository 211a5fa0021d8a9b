//! What is claimed of Figure 6.

use super::lines::{Kind, Lines};
use super::series::{Point, gain_at_cost, pairs};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::variant::{percent, signed};
use swast_tables::stats::{mean, summary};

/// At equal prune rates: the paper's claim, and two of ours where their runs are there.
pub(super) fn at_equal_rates(lines: &Lines) -> Vec<Claim> {
    let claim = |statement, source, than| {
        let (cut, than) = (lines.points(Kind::Cut), lines.points(than));
        let pairs = pairs(cut, than);
        let gain = |(rate, pairs): &(f64, Vec<Pair>)| {
            let gains: Vec<f64> = pairs.iter().map(|pair| pair.gain).collect();
            Some(format!("{} at {} %", signed(mean(&gains)?, 1), percent(*rate)))
        };
        let evidence = pairs.iter().filter_map(gain).collect::<Vec<_>>().join(", ");
        let all: Vec<Pair> = pairs.iter().flat_map(|(_, pairs)| pairs).copied().collect();
        Claim { statement, source, unit: "points", judged: judge(&all), evidence }
    };
    let papers = claim(
        "cut beats prune-only at equal prune rate",
        "\u{201c}SWaST-cut achieves higher accuracy across different pruning rates\u{201d} (Figure 6a)",
        Kind::PruneOnly,
    );
    let ours = [
        ("cut beats prune-only on a schedule of as many steps", Kind::Short),
        ("cut beats cut with random coresets that are redrawn", Kind::Redrawn),
    ];
    let there = ours.into_iter().filter(|(_, than)| !lines.points(*than).is_empty());
    let ours = there.map(|(statement, than)| claim(statement, "", than));
    std::iter::once(papers).chain(ours).collect()
}

/// At equal cost of training.
pub(super) fn at_equal_cost(lines: &Lines) -> Claim {
    let (cut, prune) = (lines.points(Kind::Cut), lines.points(Kind::PruneOnly));
    let gains = gain_at_cost(cut, prune);
    let evidence = match (gains.is_empty(), costs(cut), costs(prune)) {
        (true, Some(cut), Some(prune)) => format!("no common cost: cut {cut}, prune-only {prune}"),
        _ => String::new(),
    };
    Claim {
        statement: "cut beats prune-only at equal training cost",
        source: "\u{201c}significantly outperforming the baseline under equivalent computational budgets\u{201d} \
                 (Figure 6b)",
        unit: "points",
        judged: judge(&gains),
        evidence,
    }
}

/// The range of cost, such as `0.02 to 0.08`.
fn costs(points: &[Point]) -> Option<String> {
    let costs = summary(&points.iter().map(|p| p.relative_flops).collect::<Vec<_>>())?;
    Some(format!("{:.3} to {:.3}", costs.low, costs.high))
}
