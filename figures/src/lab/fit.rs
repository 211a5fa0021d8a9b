//! One draw: truth, fit and pruned fit, and the points, with rings around those of the coreset.

use super::Size;
use crate::artifact::figure1::curves::{CLEAN, FIT, NOISY, PRUNED, TRUTH};
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use swast_tables::rows::PruneCurveRow;
use swast_tables::rows::lab::PointRow;

const CORESET: Look =
    Look { radius: 24, width: 4, ..Look::marked(Colour::BLACK, Dash::Solid, Marker::Ring) };

/// The fit of `training_set` (`full` or `coreset`) in `curves`. Both training sets have the same
/// vertical range, set by truth and points alone: curves that explode leave the frame, and the frame
/// does not move while a fit changes. The dotted line is called `reference`: for given points, it is not
/// the truth.
pub fn fit(
    curves: &[PruneCurveRow],
    points: &[PointRow],
    (training_set, reference): (&str, &str),
    (width, height): Size,
) -> Plot {
    let own: Vec<&PruneCurveRow> =
        curves.iter().filter(|r| r.training_set == training_set).collect();
    let line = |y: fn(&PruneCurveRow) -> f64, look| {
        Mark::Line(own.iter().map(|r| (r.x, y(r))).collect(), look)
    };
    let full = training_set == "full";
    let shown = |p: &&PointRow| full || p.coreset == 1;
    let dots = |keep: fn(&PointRow) -> bool, look| {
        let kept = points.iter().filter(shown).filter(|p| keep(p));
        Mark::Dots(kept.map(|p| (p.x, p.y)).collect(), look)
    };
    let mut marks = vec![
        dots(|p| p.coreset == 1, CORESET),
        line(|r| r.truth, TRUTH),
        line(|r| r.fit, FIT),
        line(|r| r.pruned_fit, PRUNED),
        dots(|p| p.noisy == 0, CLEAN),
        dots(|p| p.noisy == 1, NOISY),
    ];
    let mut legend = vec![
        Entry::line(TRUTH, reference),
        Entry::line(FIT, "fit"),
        Entry::line(PRUNED, "pruned fit"),
        Entry::dot(CLEAN, "clean"),
        Entry::dot(NOISY, "noisy"),
    ];
    if full {
        legend.push(Entry::dot(CORESET, "in the coreset"));
    } else {
        marks.remove(0);
    }
    if own.iter().all(|r| r.truth.is_nan()) {
        legend.remove(0);
    }
    let title = if full { "Fitted to all points" } else { "Fitted to the coreset" };
    framed(title, (width, height), (curves, points), (marks, legend))
}

/// The fit in `curves` to given points, before and after pruning; nothing is known of truth and noise.
pub fn own_fit(
    curves: &[PruneCurveRow],
    points: &[PointRow],
    title: &str,
    (width, height): Size,
) -> Plot {
    let line = |y: fn(&PruneCurveRow) -> f64, look| {
        Mark::Line(curves.iter().map(|r| (r.x, y(r))).collect(), look)
    };
    let dots = Mark::Dots(points.iter().map(|p| (p.x, p.y)).collect(), CLEAN);
    let marks = vec![line(|r| r.fit, FIT), line(|r| r.pruned_fit, PRUNED), dots];
    let legend = vec![
        Entry::line(FIT, "fit"),
        Entry::line(PRUNED, "pruned fit"),
        Entry::dot(CLEAN, "point"),
    ];
    framed(title, (width, height), (curves, points), (marks, legend))
}

/// The axes that hold `curves` and `points`.
fn framed(
    title: &str,
    (width, height): Size,
    (curves, points): (&[PruneCurveRow], &[PointRow]),
    (marks, legend): (Vec<Mark>, Vec<Entry>),
) -> Plot {
    let xs = curves.iter().map(|r| r.x).chain(points.iter().map(|p| p.x));
    Plot {
        width,
        height,
        title: title.to_owned(),
        x: Axis::linear("x", xs),
        y: Axis::between("y", range(curves, points)),
        marks,
        legend,
    }
}

/// Truth and points with a third of their span on either side, widened to steps of a quarter.
fn range(curves: &[PruneCurveRow], points: &[PointRow]) -> (f64, f64) {
    let core = curves.iter().map(|r| r.truth).chain(points.iter().map(|p| p.y));
    let core = core.filter(|y| y.is_finite());
    let (low, high) =
        core.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), y| (l.min(y), h.max(y)));
    if low > high {
        return (0.0, 1.0);
    }
    // Points at one height have no span: half of their height does, or 0.5 at height 0.
    let flat = if low == 0.0 { 0.5 } else { 0.5 * low.abs() };
    let span = if high > low { high - low } else { flat };
    let step = 0.25 * span.log2().floor().exp2();
    let margin = span / 3.0;
    (((low - margin) / step).floor() * step, ((high + margin) / step).ceil() * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_that_of_truth_and_points() {
        let curve = |truth: f64, fit: f64| PruneCurveRow {
            training_set: "full".to_owned(),
            x: 0.0,
            truth,
            fit,
            pruned_fit: -fit,
        };
        let point = |y: f64| PointRow { x: 0.0, y, noisy: 0, coreset: 1 };
        let curves = [curve(0.0, 1e9), curve(1.0, f64::NAN)];
        assert_eq!(range(&curves, &[]), (-0.5, 1.5));
        assert_eq!(range(&curves, &[point(1.02), point(-0.01)]), (-0.5, 1.5), "it does not move");
        assert_eq!(range(&[], &[]), (0.0, 1.0));
        assert_eq!(range(&[], &[point(4e6), point(8e6)]), (2.621_44e6, 9.437_184e6), "euros");
        assert_eq!(range(&[], &[point(0.0)]), (-0.25, 0.25), "one height");
        assert_eq!(range(&[], &[point(-8.0)]), (-10.0, -6.0), "one height");
    }
}
