//! Figure 5c: mean loss on noisy samples over mean loss on clean ones.

use super::{drawn, plot, split};
use crate::figure::Panel;
use crate::read::claim::Claim;
use crate::read::judge::judge;
use crate::read::outcome::{Learned, paired};
use crate::read::over_epochs::{Observation, Series, series};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Wanted};
use swast_tables::rows::EpochRow;

/// The panel.
pub(super) fn panel(results: &Results, wanted: Wanted) -> Result<Panel, FigureError> {
    let runs = results.runs(wanted)?;
    let epochs = runs.epochs(results)?;
    let observations: Vec<Observation<'_>> = epochs.iter().map(observation).collect();
    let series = series(&runs.rows, &observations);
    let plot = plot("Noisy against clean loss", "noisy loss / clean loss", &series);
    let shown = format!(
        "Mean loss on mislabelled training samples over that on clean ones{}. Higher is better.",
        drawn(&series)
    );
    Ok(Panel { plots: vec![plot], shown, settings: provenance(&runs), claims: claims(&series) })
}

fn observation(row: &EpochRow) -> Observation<'_> {
    let value = row.loss_noisy.zip(row.loss_clean).map(|(noisy, clean)| noisy / clean);
    Observation { run: &row.run, epoch: row.epoch, value }
}

/// A larger ratio with cut at the end.
fn claims(all: &[Series]) -> Vec<Claim> {
    let (base, cuts) = split(all);
    let pairs = |base: &Series| {
        cuts.iter().flat_map(|cut| paired(&cut.last, &base.last, Learned::Both)).collect()
    };
    let pairs: Vec<_> = base.map(pairs).unwrap_or_default();
    vec![Claim {
        statement: "pruning raises the loss of noisy samples against clean ones",
        source: "\u{201c}weight pruning increases the loss on noisy samples while preserving performance on clean \
                 data\u{201d} (Figure 5c)",
        unit: "in the ratio",
        judged: judge(&pairs),
        evidence: String::new(),
    }]
}
