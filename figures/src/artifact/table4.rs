//! Table 4: cut with ProbMask instead of RigL.

use super::Artifact;
use super::by_rate::{self, Base, Compared, Shape, claim};
use crate::figure::Figure;
use crate::read::claim::Claim;
use crate::read::paper::JointTable;
use crate::read::results::{FigureError, Results};

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "table4",
    line: "cut with ProbMask",
    commands: &["swast-trainer sweep table4"],
    draw: figure,
};

const SHAPE: Shape = Shape {
    title: "Table 4: test accuracy (%) of cut with ProbMask",
    variants: &["cut"],
    paper: JointTable::Table4,
    remarks: &[],
};

/// The table from `runs.csv` and `epochs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    by_rate::figure(results, ARTIFACT.name, ARTIFACT.rows(), &SHAPE, claims)
}

fn claims(compared: &Compared<'_>) -> Vec<Claim> {
    let source = "\u{201c}our framework maintains its effectiveness across different network architectures (ResNet-18 and \
                  ResNet-101) and datasets (CIFAR-10 and CIFAR-100)\u{201d} (Appendix I, of Table 4)";
    let against = |base, statement, source| {
        claim(statement, source, &compared.gains("cut", base), String::new())
    };
    vec![
        against(Base::CoresetOnly, "cut with ProbMask beats coreset-only", source),
        against(
            Base::Redrawn,
            "cut with ProbMask beats random coresets redrawn at every selection",
            "",
        ),
        against(Base::Compressed, "cut with ProbMask beats as many steps on all data", ""),
    ]
}
