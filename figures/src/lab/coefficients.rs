//! Coefficients by magnitude, which is what pruning goes by: the pruned ones are the shortest bars.

use super::Size;
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use swast_tables::rows::lab::CoefficientRow;

const PRUNED: Look =
    Look { radius: 13, ..Look::marked(Colour::VERMILLION, Dash::Solid, Marker::Cross) };
const REFITTED: Look =
    Look { radius: 15, width: 5, ..Look::marked(Colour::BLACK, Dash::Solid, Marker::Ring) };
/// Bars end this far under the largest: odd coefficients of an even function are rounding.
const SHOWN: f64 = 1e-8;

/// Bars of |coefficient| for `training_set` (`full` or `coreset`), the pruned ones crossed.
pub fn coefficients(rows: &[CoefficientRow], training_set: &str, (width, height): Size) -> Plot {
    let own: Vec<&CoefficientRow> =
        rows.iter().filter(|r| r.training_set == training_set).collect();
    let sizes = |rows: &[&CoefficientRow]| {
        let size = |r: &&CoefficientRow| r.coefficient.abs().max(r.pruned_coefficient.abs());
        rows.iter().map(size).filter(|s| s.is_finite()).fold(0.0, f64::max)
    };
    let largest = sizes(&rows.iter().collect::<Vec<_>>());
    let largest = if largest > 0.0 { largest } else { 1.0 };
    // Both training sets have the same axis, so that their bars compare.
    let smallest = rows.iter().map(|r| r.coefficient.abs()).filter(|c| *c > SHOWN * largest);
    let floor = smallest.fold(largest, f64::min) / 3.0;
    let height_of = |c: f64| c.abs().clamp(floor * 1.25, largest);
    let gone = |r: &CoefficientRow| r.pruned_coefficient == 0.0;

    let bar = |r: &&CoefficientRow| {
        let (x, colour) = (r.power as f64, if gone(r) { Colour::ORANGE } else { Colour::BLUE });
        Mark::Cell([(x - 0.36, floor), (x + 0.36, height_of(r.coefficient))], colour)
    };
    let mut marks: Vec<Mark> = own.iter().map(bar).collect();
    let at = |r: &&CoefficientRow, c: f64| (r.power as f64, height_of(c));
    let crossed = own.iter().filter(|r| gone(r)).map(|r| at(r, r.coefficient)).collect();
    marks.push(Mark::Dots(crossed, PRUNED));
    let mut legend =
        vec![Entry::patch(Colour::BLUE, "kept"), Entry::dot(PRUNED, "smallest: pruned, set to 0")];
    let changed = |r: &&&CoefficientRow| !gone(r) && r.pruned_coefficient != r.coefficient;
    let refitted: Vec<_> =
        own.iter().filter(changed).map(|r| at(r, r.pruned_coefficient)).collect();
    if !refitted.is_empty() {
        legend.push(Entry::dot(REFITTED, "fitted again"));
    }
    marks.push(Mark::Dots(refitted, REFITTED));
    let powers = own.iter().map(|r| r.power as f64);
    let last = powers.fold(0.0, f64::max);
    let title = if training_set == "full" { "all points" } else { "the coreset" };
    let y = Axis::log("size of the coefficient", [floor, largest]);
    Plot {
        width,
        height,
        title: format!("Coefficients, {title}"),
        x: Axis {
            grid: false,
            ..Axis::whole("power of x (degree of the basis)", [-0.5, last + 0.5])
        },
        y: Axis { range: (floor, y.range.1), ..y },
        marks,
        legend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(power: usize, coefficient: f64, pruned_coefficient: f64) -> CoefficientRow {
        CoefficientRow { training_set: "full".to_owned(), power, coefficient, pruned_coefficient }
    }

    #[test]
    fn rounding_does_not_stretch_the_axis_and_pruned_bars_are_crossed() {
        let rows = [row(0, 2.0, 2.5), row(1, 1e-17, 0.0), row(2, -0.5, 0.0), row(3, 4.0, 4.0)];
        let plot = coefficients(&rows, "full", (1000, 700));
        assert!((0.15..0.17).contains(&plot.y.range.0), "{:?}", plot.y.range);
        let dots = |colour| {
            plot.marks.iter().find_map(|m| match m {
                Mark::Dots(points, look) if look.colour == colour => Some(points.clone()),
                _ => None,
            })
        };
        let crossed = dots(Colour::VERMILLION).unwrap();
        assert_eq!(crossed.iter().map(|p| p.0).collect::<Vec<_>>(), [1.0, 2.0]);
        assert_eq!(dots(Colour::BLACK).unwrap(), [(0.0, 2.5)]);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(coefficients(&[], "coreset", (1000, 700)).legend.len() == 2);
    }
}
