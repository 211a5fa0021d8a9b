//! Figure 5a: share of mislabelled samples in each selected coreset.

use super::{drawn, plot, split};
use crate::figure::Panel;
use crate::read::claim::Claim;
use crate::read::judge::judge;
use crate::read::outcome::{Learned, paired};
use crate::read::over_epochs::{Observation, Series, series};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Wanted};
use crate::read::variant::percent;
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
    let shown =
        format!("Share of wrong labels in each coreset{}. Lower is better.", drawn(&series));
    Ok(Panel { plots: vec![plot], shown, settings: provenance(&runs), claims: claims(&series) })
}

fn observation(row: &SelectionRow) -> Observation<'_> {
    let value = row.noise_share.map(|share| 100.0 * share);
    Observation { run: &row.run, epoch: row.epoch, value }
}

/// Less noise with cut in the final selection.
fn claims(all: &[Series]) -> Vec<Claim> {
    let (base, cuts) = split(all);
    let pairs = |base: &Series| {
        cuts.iter().flat_map(|cut| paired(&base.last, &cut.last, Learned::Both)).collect()
    };
    let pairs: Vec<_> = base.map(pairs).unwrap_or_default();
    let last = |series: &Series| {
        let values: Vec<f64> = series.last.iter().map(|outcome| outcome.value).collect();
        Some(format!("{} {:.1} %", series.variant.label(), mean(&values)?))
    };
    let shares: Vec<String> =
        base.into_iter().chain(cuts.iter().copied()).filter_map(last).collect();
    vec![Claim {
        statement: "pruned models select cleaner coresets",
        source: "\u{201c}Noise ratio in selected coresets across training rounds comparing SWaST to the coreset-only \
                 baseline, with a 10.62% reduction in the final selection.\u{201d} (Figure 5a)",
        unit: "points of reduction",
        judged: judge(&pairs),
        evidence: if shares.is_empty() {
            String::new()
        } else {
            format!("last selection: {}", shares.join(", "))
        },
    }]
}
