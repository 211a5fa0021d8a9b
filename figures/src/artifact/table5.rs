//! Table 5: cut with CRAIG, GLISTER and Moderate instead of GradMatch.

use super::Artifact;
use super::by_rate::{self, Base, Compared, Shape, claim};
use crate::figure::Figure;
use crate::read::block::Block;
use crate::read::claim::Claim;
use crate::read::paper::JointTable;
use crate::read::results::{FigureError, Results};
use crate::read::variant::signed;
use swast_tables::stats::mean;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "table5",
    line: "cut with other selectors",
    commands: &["swast-trainer sweep table5"],
    draw: figure,
};

const SHAPE: Shape = Shape {
    title: "Table 5: test accuracy (%) of cut with other selectors",
    variants: &["cut"],
    paper: JointTable::Table5,
    remarks: &[
        "The caption of the paper's Table 5 says ProbMask; its text and its rows are of RigL with other \
                selectors.",
    ],
};

/// The table from `runs.csv` and `epochs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    by_rate::figure(results, ARTIFACT.name, ARTIFACT.rows(), &SHAPE, claims)
}

fn claims(compared: &Compared<'_>) -> Vec<Claim> {
    let source = "\u{201c}our framework consistently improves upon the coreset-only baselines across all methods and \
                  architectures\u{201d} (Appendix I, of Table 5)";
    let against = |base, statement, source| {
        claim(statement, source, &compared.gains("cut", base), by_selector(compared, base))
    };
    vec![
        against(Base::CoresetOnly, "cut beats coreset-only with every selector", source),
        against(Base::Redrawn, "cut beats random coresets redrawn at every selection", ""),
        against(Base::Compressed, "cut beats as many steps on all data", ""),
    ]
}

/// The mean gain with each selector, such as `craig +2.1`.
fn by_selector(compared: &Compared<'_>, base: Base) -> String {
    let gain = |block: &Block<'_>| {
        let pairs = compared.gains_in(block, "cut", base);
        let gains: Vec<f64> = pairs.iter().map(|pair| pair.gain).collect();
        Some(format!("{} {}", block.selector, signed(mean(&gains)?, 1)))
    };
    compared.blocks.iter().filter_map(gain).collect::<Vec<_>>().join(", ")
}
