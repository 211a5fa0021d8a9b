//! Figure 5a: share of mislabelled samples in each selected coreset.

use super::{plot, split};
use crate::figure::Panel;
use crate::read::claim::Claim;
use crate::read::over_epochs::{Observation, Series, paired, series};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Wanted};
use crate::read::variant::{percent, signed};
use crate::scene::{Entry, Look, Mark};
use swast_tables::rows::SelectionRow;
use swast_tables::stats::mean;

/// The panel.
pub(super) fn panel(results: &Results, wanted: Wanted) -> Result<Panel, FigureError> {
    let runs = results.runs(wanted)?;
    let selections = runs.selections(results)?;
    let observations: Vec<Observation<'_>> = selections.iter().map(observation).collect();
    let series = series(&runs.rows, &observations);
    let mut plot = plot("Noise in the coreset", "noisy labels in the coreset (%)", &series);
    let rate = runs.rows.iter().map(|r| r.label_noise).fold(0.0, f64::max);
    plot.y = plot.y.reaching(100.0 * rate);
    let ends = [plot.x.range.0, plot.x.range.1].map(|x| (x, 100.0 * rate));
    plot.marks.insert(0, Mark::Line(ends.to_vec(), Look::RULE));
    plot.legend.push(Entry::line(Look::RULE, format!("in all data, {} %", percent(rate))));
    let shown = "Share of wrong labels in each coreset; lines are means, bands the range over \
                 seeds. Lower is better.";
    Ok(Panel {
        plots: vec![plot],
        shown: shown.to_owned(),
        settings: provenance(&runs),
        claims: claims(&series),
    })
}

fn observation(row: &SelectionRow) -> Observation<'_> {
    let value = row.noise_share.map(|share| 100.0 * share);
    Observation { run: &row.run, epoch: row.epoch, value }
}

/// The paper: less noise with cut, by 10.62 % in the final selection.
fn claims(all: &[Series]) -> Vec<Claim> {
    let (base, cuts) = split(all);
    let compared: Vec<(String, Vec<f64>)> = base.map_or(Vec::new(), |base| {
        cuts.iter().map(|c| (c.variant.label(), paired(c, base))).collect()
    });
    let differences: Vec<f64> = compared.iter().flat_map(|c| c.1.iter().copied()).collect();
    let lower = differences.iter().filter(|d| **d < 0.0).count();
    let each = |(label, d): &(String, Vec<f64>)| {
        Some(format!("{label}: {} points in the final selection", signed(mean(d)?, 1)))
    };
    let mut evidence: Vec<String> = compared.iter().filter_map(each).collect();
    evidence.push(format!("lower for {lower} of {} seeds", differences.len()));
    let statement = "pruned models select cleaner coresets";
    let gains: Vec<f64> = differences.iter().map(|d| -d).collect();
    vec![Claim::paired(statement, &gains, evidence.join(", "))]
}
