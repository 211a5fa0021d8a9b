//! Figure 5b: overfitting, as test loss less validation loss (the paper's) and less training loss.

use super::{plot, split};
use crate::figure::Panel;
use crate::read::claim::Claim;
use crate::read::over_epochs::{Observation, Series, series};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Wanted};
use crate::read::variant::percent;
use crate::scene::{Look, Mark};
use swast_tables::rows::EpochRow;
use swast_tables::stats::mean;

/// The panel: two plots.
pub(super) fn panel(results: &Results, wanted: Wanted) -> Result<Panel, FigureError> {
    let runs = results.runs(wanted)?;
    let epochs = runs.epochs(results)?;
    let by = |gap: fn(&EpochRow) -> Option<f64>| {
        let observe = |e| observation(e, gap);
        let observations: Vec<Observation<'_>> = epochs.iter().map(observe).collect();
        series(&runs.rows, &observations)
    };
    let validation = by(|e| Some(e.test_loss? - e.val_loss?));
    let training = by(|e| Some(e.test_loss? - e.train_loss));
    let plots = [
        ("Overfitting: validation", "test loss \u{2212} validation loss", &validation),
        ("Overfitting: training", "test loss \u{2212} training loss", &training),
    ];
    let plots = plots.map(|(title, y, series)| {
        let mut plot = plot(title, y, series);
        let zero = [plot.x.range.0, plot.x.range.1].map(|x| (x, 0.0));
        plot.marks.insert(0, Mark::Line(zero.to_vec(), Look::RULE));
        plot
    });
    let shown = "Gap between test loss and validation loss (the paper's measure) or \
                 training loss; lines are means, bands the range over seeds. Lower is better.";
    let claims = vec![
        claim(
            "pruning reduces test loss less validation loss, the more the higher the rate",
            &validation,
        ),
        claim(
            "pruning reduces test loss less training loss, the more the higher the rate",
            &training,
        ),
    ];
    let (shown, settings) = (shown.to_owned(), provenance(&runs));
    Ok(Panel { plots: plots.to_vec(), shown, settings, claims })
}

fn observation(row: &EpochRow, gap: fn(&EpochRow) -> Option<f64>) -> Observation<'_> {
    Observation { run: &row.run, epoch: row.epoch, value: gap(row) }
}

/// Final means fall from coreset-only through the prune rates, step by step.
fn claim(statement: &'static str, all: &[Series]) -> Claim {
    let (base, cuts) = split(all);
    let last = |s: &Series| mean(&s.last.iter().map(|l| l.1).collect::<Vec<_>>());
    let gaps: Vec<(String, f64)> = base
        .into_iter()
        .chain(cuts.iter().copied())
        .filter_map(|s| {
            let name = s.variant.prune_rate.map_or("0".to_owned(), percent);
            Some((name, last(s)?))
        })
        .collect();
    let below = gaps.iter().skip(1).filter(|g| g.1 < gaps[0].1).count();
    let falls = gaps.windows(2).filter(|w| w[1].1 < w[0].1).count();
    let steps = if base.is_some() { gaps.len().saturating_sub(1) } else { 0 };
    let listed: Vec<String> =
        gaps.iter().map(|(n, g)| format!("{g:.3} at {n} %").replace('-', "\u{2212}")).collect();
    let evidence = format!(
        "final mean gap {}; below the baseline at {below} of {steps} rates, falling in {falls} of \
         {steps} steps",
        listed.join(", ")
    );
    Claim::counted(statement, (below + falls, 2 * steps), evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::claim::Verdict;
    use crate::read::variant::Variant;

    fn one(name: &str, prune_rate: Option<f64>, last: f64) -> Series {
        let variant = Variant { name: name.to_owned(), prune_rate };
        Series { variant, points: Vec::new(), last: vec![(1, last)] }
    }

    #[test]
    fn a_gap_that_falls_then_rises_holds_in_part() {
        let series = [
            one("coreset-only", None, 1.0),
            one("cut", Some(0.3), 0.5),
            one("cut", Some(0.9), 0.7),
        ];
        let claim = claim("s", &series);
        assert_eq!(claim.verdict, Verdict::Partly);
        assert!(claim.evidence.ends_with("at 2 of 2 rates, falling in 1 of 2 steps"), "{claim}");
        assert_eq!(super::claim("s", &series[..2]).verdict, Verdict::Holds);
        assert_eq!(super::claim("s", &series[1..]).verdict, Verdict::Open);
    }
}
