//! Figure 1a, 1b: truth, fit, pruned fit and the points of one draw.

use crate::figure::{HEIGHT, WIDTH};
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use swast_tables::rows::{PruneCurveRow, PrunePointRow};
use swast_tables::stats::quantile;

/// The true function.
pub(crate) const TRUTH: Look = Look::line(Colour::BLACK, Dash::Dotted);
/// The fit before pruning.
pub(crate) const FIT: Look = Look::line(Colour::BLUE, Dash::Solid);
/// The fit after pruning.
pub(crate) const PRUNED: Look = Look { width: 9, ..Look::line(Colour::ORANGE, Dash::Dashed) };
/// Points without noise.
pub(crate) const CLEAN: Look =
    Look { radius: 16, ..Look::marked(Colour::GREEN, Dash::Solid, Marker::Circle) };
/// Points with noise.
pub(crate) const NOISY: Look =
    Look { radius: 15, ..Look::marked(Colour::PURPLE, Dash::Solid, Marker::Cross) };

/// The vertical range both panels share: truth and points whole, and of the fits as much as fits
/// into three times their span, so that a pruned fit that explodes does not flatten the rest.
fn range(rows: &[PruneCurveRow], points: &[PrunePointRow]) -> (f64, f64) {
    let core: Vec<f64> = rows.iter().map(|r| r.truth).chain(points.iter().map(|p| p.y)).collect();
    let fits: Vec<f64> = rows.iter().flat_map(|r| [r.fit, r.pruned_fit]).collect();
    let ends = |values: &[f64], tail: f64| quantile(values, tail).zip(quantile(values, 1.0 - tail));
    let (low, high) = ends(&core, 0.0).unwrap_or((0.0, 1.0));
    let span = (high - low).max(1e-9);
    let (fit_low, fit_high) = ends(&fits, 0.02).unwrap_or((low, high));
    let (low, high) = (low.min(fit_low.max(low - span)), high.max(fit_high.min(high + span)));
    (low - 0.06 * (high - low), high + 0.06 * (high - low))
}

/// The plot for one training set, `full` or `coreset`; the dotted line is called `reference`.
pub(crate) fn plot(
    rows: &[PruneCurveRow],
    points: &[PrunePointRow],
    training_set: &str,
    reference: &str,
) -> Plot {
    let own: Vec<&PruneCurveRow> = rows.iter().filter(|r| r.training_set == training_set).collect();
    let line = |y: fn(&PruneCurveRow) -> f64, look| {
        let mut points: Vec<(f64, f64)> = own.iter().map(|r| (r.x, y(r))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Mark::Line(points, look)
    };
    let full = training_set == "full";
    let dots = |noisy: bool, look| {
        let points = points.iter().filter(|p| p.noisy == noisy).map(|p| (p.x, p.y)).collect();
        Mark::Dots(points, look)
    };
    let mut marks =
        vec![line(|r| r.truth, TRUTH), line(|r| r.fit, FIT), line(|r| r.pruned_fit, PRUNED)];
    let mut legend = vec![
        Entry::line(FIT, "fit"),
        Entry::line(PRUNED, "pruned fit"),
        Entry::dot(CLEAN, "clean point"),
    ];
    if own.iter().any(|r| !r.truth.is_nan()) {
        legend.insert(0, Entry::line(TRUTH, reference));
    }
    marks.push(dots(false, CLEAN));
    if full {
        marks.push(dots(true, NOISY));
        legend.push(Entry::dot(NOISY, "noisy point"));
    }
    let title = if full { "Fitted to all points" } else { "Fitted to the coreset" };
    Plot {
        width: WIDTH,
        height: HEIGHT,
        title: title.to_owned(),
        x: Axis::linear("x", own.iter().map(|r| r.x)),
        y: Axis::between("y", range(rows, points)),
        marks,
        legend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exploding_pruned_fit_does_not_set_the_range() {
        let row = |x: f64, pruned_fit: f64| PruneCurveRow {
            training_set: "full".to_owned(),
            x,
            truth: 0.5 * x,
            fit: 0.5 * x,
            pruned_fit,
        };
        let rows = [row(0.0, 0.0), row(1.0, -500.0), row(2.0, f64::NAN)];
        let (low, high) = range(&rows, &[]);
        assert!((-1.2..-1.0).contains(&low) && (1.0..1.2).contains(&high), "{low} {high}");
    }
}
