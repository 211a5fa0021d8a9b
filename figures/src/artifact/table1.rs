//! Table 1: trim and cut with RigL, by data set, model, coreset size and prune rate, against training on the coreset
//! alone and on all data.

use super::Artifact;
use super::by_rate::{self, Base, Compared, Shape, claim};
use super::cell::gains;
use crate::figure::Figure;
use crate::read::claim::Claim;
use crate::read::judge::{Pair, Verdict};
use crate::read::paper::JointTable;
use crate::read::results::{FigureError, Results};
use crate::read::variant::{percent, signed};
use swast_tables::stats::mean;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "table1",
    line: "trim and cut by coreset size and prune rate",
    commands: &["swast-trainer sweep table1"],
    draw: figure,
};

const SHAPE: Shape = Shape {
    title: "Table 1: test accuracy (%) of trim and cut",
    variants: &["trim", "cut"],
    paper: JointTable::Table1,
    remarks: &[
        "\u{201c}Consistently outperform the baseline\u{201d} (the paper of its Table 1): its own numbers are below the \
         baseline in five cells of cut with ResNet-18, all at 90 %, and in one of trim.",
        "The parameter counts that the paper's Table 1 gives for CIFAR are those of its models for ImageNet.",
    ],
};

const ROWS: &str = "\u{201c}Row-wise: Both SWaST variants consistently outperform the baseline, with gains up to \
                    17.83%.\u{201d} (Table 1)";
const COLUMNS: &str = "\u{201c}Column-wise: Performance improvements increase as coreset sizes decrease\u{201d} (Table 1)";

/// The table from `runs.csv` and `epochs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    by_rate::figure(results, ARTIFACT.name, ARTIFACT.rows(), &SHAPE, claims)
}

/// The paper's claims, then ours against the two baselines that it leaves out.
fn claims(compared: &Compared<'_>) -> Vec<Claim> {
    let against = |variant, base, statement, source| {
        let pairs = compared.gains(variant, base);
        claim(statement, source, &pairs, by_fraction(compared, variant, base))
    };
    use Base::{Compressed, CoresetOnly, Redrawn};
    vec![
        against("trim", CoresetOnly, "trim beats coreset-only", ROWS),
        against("cut", CoresetOnly, "cut beats coreset-only", ROWS),
        growing(compared),
        against("trim", Redrawn, "trim beats random coresets redrawn at every selection", ""),
        against("cut", Redrawn, "cut beats random coresets redrawn at every selection", ""),
        against("trim", Compressed, "trim beats as many steps on all data", ""),
        against("cut", Compressed, "cut beats as many steps on all data", ""),
    ]
}

/// Whether gains grow as coresets shrink. Losses that shrink towards chance go the same way, but are no gains that grow:
/// the claim holds only where the smallest coreset has a gain.
fn growing(compared: &Compared<'_>) -> Claim {
    let each =
        |variant: &&str| format!("{variant} {}", by_fraction(compared, variant, Base::CoresetOnly));
    let evidence = SHAPE.variants.iter().map(each).collect::<Vec<_>>().join("; ");
    let statement = "gains over coreset-only grow as coresets shrink";
    let mut claim = claim(statement, COLUMNS, &growth(compared), evidence);
    let smallest = by_rate::fractions(&compared.blocks).pop().unwrap_or_default();
    let at_smallest =
        |variant: &&str| compared.gains_at(variant, Base::CoresetOnly, smallest).into_iter();
    let gains: Vec<f64> = SHAPE
        .variants
        .iter()
        .flat_map(at_smallest)
        .filter(|pair| pair.learned)
        .map(|pair| pair.gain)
        .collect();
    if claim.judged.verdict == Verdict::Holds && mean(&gains).is_none_or(|gain| gain <= 0.0) {
        claim.judged.verdict = Verdict::Undecided;
    }
    claim
}

/// The mean gain at each coreset size, such as `+0.4 at 10 %`.
fn by_fraction(compared: &Compared<'_>, variant: &str, base: Base) -> String {
    let fractions = by_rate::fractions(&compared.blocks);
    let gain = |fraction: f64| {
        let gains: Vec<f64> =
            compared.gains_at(variant, base, fraction).iter().map(|pair| pair.gain).collect();
        Some(format!("{} at {} %", signed(mean(&gains)?, 1), percent(fraction)))
    };
    fractions.into_iter().filter_map(gain).collect::<Vec<_>>().join(", ")
}

/// By how much the gain over coreset-only is larger than at the next larger coreset, at equal prune rate and seed.
fn growth(compared: &Compared<'_>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for block in &compared.blocks {
        for rate in block.rates() {
            for variant in SHAPE.variants {
                let at = |fraction: f64| {
                    let own = block.joint(variant, fraction, rate);
                    gains(&own, &block.coreset_only(fraction))
                };
                for step in block.fractions().windows(2) {
                    let (large, small) = (at(step[0]), at(step[1]));
                    pairs.extend(small.iter().filter_map(|own| {
                        let before = large.iter().find(|pair| pair.seed == own.seed)?;
                        let learned = own.learned && before.learned;
                        Some(Pair { seed: own.seed, gain: own.gain - before.gain, learned })
                    }));
                }
            }
        }
    }
    pairs
}
