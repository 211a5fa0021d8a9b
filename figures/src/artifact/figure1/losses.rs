//! Figure 1d: losses before and after pruning over all draws of the pruning study.

use crate::figure::{HEIGHT, WIDTH};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot, Words};
use swast_tables::rows::PruneStudyRow;
use swast_tables::stats::{band, median, quantile};

const FULL: Look = Look::marked(Colour::PURPLE, Dash::Solid, Marker::Square);
const CORESET: Look = Look::marked(Colour::GREEN, Dash::Solid, Marker::Circle);

/// Losses against the truth, or its substitute, draw by draw.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Study {
    /// What the losses are taken against, after "loss".
    pub against: &'static str,
    /// Fits to all points: (before, after) pruning.
    pub full: Vec<(f64, f64)>,
    /// Fits to the coreset: (before, after) pruning.
    pub coreset: Vec<(f64, f64)>,
    /// Per draw compared: its number, and whether pruning raises the loss of the full set's fit more.
    pub full_hurt_more: Vec<(u64, bool)>,
    /// Number of rows left out, as a loss is not finite.
    pub left_out: usize,
}

impl Study {
    /// Number of draws.
    pub(crate) fn draws(&self) -> usize {
        self.full.len().max(self.coreset.len())
    }
}

/// Sorts the rows into a study.
pub(crate) fn study(rows: &[PruneStudyRow]) -> Study {
    let of = |set: &str| -> std::collections::BTreeMap<u64, (f64, f64)> {
        // A loss that is no number decides nothing.
        let own = rows.iter().filter(|r| r.training_set == set);
        let losses = own.map(|r| (r.trial, r.compared()));
        losses.filter(|(_, (before, after))| before.is_finite() && after.is_finite()).collect()
    };
    let (full, coreset) = (of("full"), of("coreset"));
    let rise = |(before, after): (f64, f64)| after - before;
    let compared =
        |(trial, f): (&u64, &(f64, f64))| Some((*trial, rise(*f) > rise(*coreset.get(trial)?)));
    let full_hurt_more = full.iter().filter_map(compared).collect();
    Study {
        left_out: rows.len() - full.len() - coreset.len(),
        against: against(rows),
        full: full.into_values().collect(),
        coreset: coreset.into_values().collect(),
        full_hurt_more,
    }
}

/// What the losses of `rows` are taken against, after "loss".
fn against(rows: &[PruneStudyRow]) -> &'static str {
    match rows.first() {
        Some(row) if row.loss_before.is_nan() && row.is_own() => "on the points of each fit",
        Some(row) if row.is_own() => "against the reference",
        _ => "against the truth",
    }
}

fn column(pairs: &[(f64, f64)], after: bool) -> Vec<f64> {
    pairs.iter().map(|p| if after { p.1 } else { p.0 }).collect()
}

/// Bars per training set, before and after pruning, on a log axis.
pub(crate) fn plot(study: &Study) -> Plot {
    let groups = [
        (0.0, column(&study.full, false), FULL),
        (1.0, column(&study.full, true), FULL),
        (2.0, column(&study.coreset, false), CORESET),
        (3.0, column(&study.coreset, true), CORESET),
    ];
    let mut marks = Vec::new();
    let mut seen = Vec::new();
    for (x, values, look) in &groups {
        let (Some(b), Some(q1), Some(q3)) =
            (band(values), quantile(values, 0.25), quantile(values, 0.75))
        else {
            continue;
        };
        // Room for the median's number, written over the bar.
        seen.extend([b.low, 2.0 * b.high]);
        marks.push(Mark::Bars(vec![(*x, b.low, b.high)], *look));
        let thick = Look { width: 26, radius: 0, ..*look };
        marks.push(Mark::Bars(vec![(*x, q1, q3)], thick));
        let middle = Look { radius: 20, marker: Marker::Ring, ..*look };
        marks.push(Mark::Dots(vec![(*x, b.median)], middle));
        let text = short(b.median);
        let (at, offset, colour) = ((*x, b.high), (0, -42), Colour::BLACK);
        marks.push(Mark::Words(Words { at, offset, text, small: false, colour }));
    }
    let names = ["before", "after", "before", "after"].map(str::to_owned);
    Plot {
        width: WIDTH,
        height: HEIGHT,
        title: match study.draws() {
            1 => "Loss of this draw".to_owned(),
            _ => "Loss over all draws".to_owned(),
        },
        x: Axis { grid: false, ..Axis::places("pruning", &names) },
        y: Axis::log(&format!("loss {}", study.against), seen),
        marks,
        legend: vec![Entry::dot(FULL, "all points"), Entry::dot(CORESET, "coreset")],
    }
}

/// Two significant digits; with an exponent where that is shorter, as for the squares of given points.
fn short(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e6).contains(&value.abs()) {
        return format!("{value:.1e}");
    }
    let digits = (1 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    format!("{value:.digits$}")
}

/// What the paper says of Figure 1a, 1b. Losses have heavy tails: one fit that explodes outweighs all others in a mean,
/// so a draw counts by its sign alone, half a hundred points either way, and the effect is how far the share of draws in
/// which all points are the worse lies from one half. Draws are independent: each is a cluster of its own.
pub(crate) fn claims(study: &Study) -> Vec<Claim> {
    let pair = |&(draw, more): &(u64, bool)| {
        let gain = if more { 50.0 } else { -50.0 };
        Pair { seed: draw, gain, learned: true }
    };
    let judged = judge(&study.full_hurt_more.iter().map(pair).collect::<Vec<_>>()).of_draws();
    let loss =
        |pairs: &[(f64, f64)], after| median(&column(pairs, after)).map_or("?".into(), short);
    let (full, coreset) = (&study.full, &study.coreset);
    let evidence = format!(
        "{} {} to {} with all points, {} to {} with the coreset",
        if study.draws() == 1 { "losses" } else { "median losses" },
        loss(full, false),
        loss(full, true),
        loss(coreset, false),
        loss(coreset, true)
    );
    vec![Claim {
        statement: "pruning harms fits to noisy points more than fits to clean ones",
        source: "\u{201c}The collapsed pruned model (yellow curve) in (a) compared to (b) implies that noisy/redundant \
                 data increases the difficulty of pruning.\u{201d} (Figure 1)",
        unit: "points from half of the draws",
        judged,
        evidence,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::judge::Verdict;

    fn row(trial: u64, set: &str, before: f64, after: f64) -> PruneStudyRow {
        PruneStudyRow {
            trial,
            seed: trial,
            function: "runge".to_owned(),
            points: 10,
            noise: Some(0.1),
            noisy_fraction: 0.5,
            design: "equispaced".to_owned(),
            degree: 10,
            pruned: 3,
            basis: "monomial".to_owned(),
            refit: false,
            rank_cutoff: 1e-15,
            training_set: set.to_owned(),
            loss_before: before,
            loss_after: after,
            train_loss_before: 0.0,
            train_loss_after: 0.0,
        }
    }

    #[test]
    fn draws_are_paired_by_trial() {
        // Rises: trial 0: 3 against 1 (hurts more), trial 1: 1 against 2, trial 2 has no partner.
        let rows = [
            row(0, "full", 1.0, 4.0),
            row(1, "full", 1.0, 2.0),
            row(2, "full", 0.0, 9.0),
            row(1, "coreset", 2.0, 4.0),
            row(0, "coreset", 2.0, 3.0),
        ];
        let found = study(&rows);
        assert_eq!(found.full_hurt_more, [(0, true), (1, false)]);
        assert_eq!(found.coreset, [(2.0, 3.0), (2.0, 4.0)]);
        let judged = &claims(&found)[0].judged;
        assert_eq!((judged.effect, judged.pairs, judged.won), (Some(0.0), 2, 1));
    }

    #[test]
    fn draws_that_diverged_decide_nothing() {
        let mut rows = [row(0, "full", 1.0, f64::NAN), row(0, "coreset", 1.0, 2.0)];
        assert_eq!(study(&rows).full_hurt_more, []);
        assert_eq!(claims(&study(&rows))[0].judged.verdict, Verdict::Nothing);
        rows[0].loss_after = 3.0;
        assert_eq!(study(&rows).full_hurt_more, [(0, true)]);
    }

    #[test]
    fn medians_are_printed_with_two_digits() {
        assert_eq!([0.0481, 3.82, 0.5, 120.0].map(short), ["0.048", "3.8", "0.50", "120"]);
        assert_eq!([2.015e9, 4.4e-12, 0.0].map(short), ["2.0e9", "4.4e-12", "0"]);
    }

    #[test]
    fn given_points_have_no_truth() {
        let own = |before: f64, after: f64| {
            let row = row(0, "full", before, after);
            PruneStudyRow { design: "data".to_owned(), train_loss_after: 7.0, ..row }
        };
        assert_eq!(plot(&study(&[own(1.0, 2.0)])).y.label, "loss against the reference");
        let unknown = study(&[own(f64::NAN, f64::NAN)]);
        assert_eq!(
            (unknown.against, &unknown.full[..]),
            ("on the points of each fit", &[(0.0, 7.0)][..])
        );
        let one = study(&[row(0, "full", 1.0, 4.0), row(0, "coreset", 1.0, 2.0)]);
        assert_eq!(plot(&one).title, "Loss of this draw");
        let claim = &claims(&one)[0];
        assert_eq!(claim.judged.verdict, Verdict::TooFew);
        assert!(claim.evidence.starts_with("losses 1.0 to 4.0 with all points"), "{claim}");
    }

    #[test]
    fn one_exploding_fit_does_not_outweigh_the_other_draws() {
        let draw = |trial, full| [row(trial, "full", 1.0, full), row(trial, "coreset", 1.0, 2.0)];
        // In 9 of 10 draws the coreset suffers more; in the last all points explode.
        let rows: Vec<_> = (0..9).map(|t| draw(t, 1.5)).chain([draw(9, 1e12)]).flatten().collect();
        let claim = &claims(&study(&rows))[0];
        assert_eq!(claim.judged.verdict, Verdict::Fails);
        assert_eq!(claim.effect().unwrap(), "\u{2212}40.0 points from half of the draws");
    }
}
