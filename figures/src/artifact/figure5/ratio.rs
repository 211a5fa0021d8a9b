//! Figure 5c: mean loss on noisy samples over mean loss on clean ones.

use super::{plot, split};
use crate::figure::Panel;
use crate::read::claim::Claim;
use crate::read::over_epochs::{Observation, Series, paired, series};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Wanted};
use crate::read::variant::signed;
use swast_tables::rows::EpochRow;
use swast_tables::stats::mean;

/// The panel.
pub(super) fn panel(results: &Results, wanted: Wanted) -> Result<Panel, FigureError> {
    let runs = results.runs(wanted)?;
    let epochs = runs.epochs(results)?;
    let observations: Vec<Observation<'_>> = epochs.iter().map(observation).collect();
    let series = series(&runs.rows, &observations);
    let plot = plot("Noisy against clean loss", "noisy loss / clean loss", &series);
    let shown = "Mean loss on mislabelled training samples over mean loss on clean ones; lines are \
                 means, bands the range over seeds. Higher is better.";
    Ok(Panel {
        plots: vec![plot],
        shown: shown.to_owned(),
        settings: provenance(&runs),
        claims: claims(&series),
    })
}

fn observation(row: &EpochRow) -> Observation<'_> {
    let value = row.loss_noisy.zip(row.loss_clean).map(|(noisy, clean)| noisy / clean);
    Observation { run: &row.run, epoch: row.epoch, value }
}

fn claims(all: &[Series]) -> Vec<Claim> {
    let (base, cuts) = split(all);
    let differences: Vec<f64> =
        base.map_or(Vec::new(), |base| cuts.iter().flat_map(|c| paired(c, base)).collect());
    let higher = differences.iter().filter(|d| **d > 0.0).count();
    let change = mean(&differences).map_or("?".to_owned(), |d| signed(d, 2));
    let evidence = format!(
        "difference of final ratios {change} from coreset-only, higher for {higher} of {} seeds",
        differences.len()
    );
    let statement = "pruning raises the loss of noisy samples against clean ones";
    vec![Claim::paired(statement, &differences, evidence)]
}
