//! Figure 5b: overfitting, as test loss less validation loss (the paper's) and less training loss.

use super::{drawn, plot, split};
use crate::figure::Panel;
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::outcome::{Learned, paired};
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
    let shown = format!(
        "Test loss less validation loss (the paper's measure of overfitting) or training loss{}. Lower is better.",
        drawn(&validation)
    );
    let claims = [claims(&VALIDATION, &validation), claims(&TRAINING, &training)].concat();
    Ok(Panel { plots: plots.to_vec(), shown, settings: provenance(&runs), claims })
}

fn observation(row: &EpochRow, gap: fn(&EpochRow) -> Option<f64>) -> Observation<'_> {
    Observation { run: &row.run, epoch: row.epoch, value: gap(row) }
}

/// How the claims on one measure are worded.
struct Wording {
    reduces: &'static str,
    progressively: &'static str,
    sources: [&'static str; 2],
}

const VALIDATION: Wording = Wording {
    reduces: "pruning reduces test loss less validation loss",
    progressively: "the higher the prune rate, the smaller is test loss less validation loss",
    sources: [
        "\u{201c}SWaST significantly reduces overfitting compared to the dense model (Coreset-only)\u{201d} (Figure 5b)",
        "\u{201c}with higher prune rates yielding progressively better overfitting reduction\u{201d} (Figure 5b)",
    ],
};

/// The paper does not measure this.
const TRAINING: Wording = Wording {
    reduces: "pruning reduces test loss less training loss",
    progressively: "the higher the prune rate, the smaller is test loss less training loss",
    sources: ["", ""],
};

/// A smaller final gap than that of coreset-only at every rate, and than that at the next lower rate.
fn claims(wording: &Wording, all: &[Series]) -> Vec<Claim> {
    let (base, cuts) = split(all);
    let smaller = |than: &Series, gap: &Series| paired(&than.last, &gap.last, Learned::Both);
    let from_base: Vec<Pair> =
        base.into_iter().flat_map(|base| cuts.iter().flat_map(|cut| smaller(base, cut))).collect();
    let by_step: Vec<Pair> = cuts.windows(2).flat_map(|step| smaller(step[0], step[1])).collect();
    let last = |s: &Series| mean(&s.last.iter().map(|outcome| outcome.value).collect::<Vec<_>>());
    let gap = |s: &Series| {
        let name = s.variant.prune_rate.map_or("0".to_owned(), percent);
        Some(format!("{:.3} at {name} %", last(s)?).replace('-', "\u{2212}"))
    };
    let gaps: Vec<String> = base.into_iter().chain(cuts.iter().copied()).filter_map(gap).collect();
    let evidence = match gaps.is_empty() {
        true => String::new(),
        false => format!("final gap {}", gaps.join(", ")),
    };
    let claim = |(statement, source, unit, pairs, evidence): (_, _, _, &[Pair], _)| Claim {
        statement,
        source,
        unit,
        judged: judge(pairs),
        evidence,
    };
    let [reduces, progressively] = wording.sources;
    vec![
        claim((wording.reduces, reduces, "nats of reduction", &from_base, evidence)),
        claim((
            wording.progressively,
            progressively,
            "nats of reduction a step",
            &by_step,
            String::new(),
        )),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::judge::Verdict;
    use crate::read::outcome::Outcome;
    use crate::read::variant::Variant;

    /// Three seeds, whose last gaps are about `last`.
    fn one(name: &str, prune_rate: Option<f64>, last: f64) -> Series {
        let variant = Variant { name: name.to_owned(), prune_rate };
        let outcome = |seed| Outcome { seed, value: last + 0.01 * seed as f64, learned: true };
        Series { variant, points: Vec::new(), last: (1..=3).map(outcome).collect() }
    }

    #[test]
    fn a_gap_that_falls_then_rises_is_smaller_but_not_progressively() {
        let series = [
            one("coreset-only", None, 1.0),
            one("cut", Some(0.3), 0.5),
            one("cut", Some(0.9), 0.7),
        ];
        let verdicts = |series: &[Series]| -> Vec<Verdict> {
            claims(&VALIDATION, series).iter().map(|claim| claim.judged.verdict).collect()
        };
        assert_eq!(verdicts(&series), [Verdict::Holds, Verdict::Fails]);
        assert_eq!(verdicts(&series[..2]), [Verdict::Holds, Verdict::Nothing]);
        assert_eq!(verdicts(&series[1..]), [Verdict::Nothing, Verdict::Fails]);
        let reduces = &claims(&VALIDATION, &series)[0];
        assert_eq!((reduces.judged.pairs, reduces.judged.won), (6, 6));
        assert!(
            reduces.evidence.ends_with("1.020 at 0 %, 0.520 at 30 %, 0.720 at 90 %"),
            "{reduces}"
        );
    }
}
