//! What the size of a coreset buys: I against the number of points, a line per method.

use std::collections::BTreeMap;

use super::Size;
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use swast_tables::rows::lab::BestCoresetRow;
use swast_tables::stats::median;

/// The dot on what reaches the goal.
pub(super) const REACHED: Look =
    Look { radius: 8, ..Look::marked(Colour::WHITE, Dash::Solid, Marker::Circle) };

/// Methods in order of the legend, with how each looks.
const LOOKS: [(&str, Look); 10] = [
    ("greedy", Look::marked(Colour::BLUE, Dash::Dashed, Marker::Square)),
    ("exchange", Look::marked(Colour::BLUE, Dash::Solid, Marker::Circle)),
    ("exhaustive", Look::marked(Colour::BLACK, Dash::Dotted, Marker::Ring)),
    ("random", Look::marked(Colour::GREY, Dash::Solid, Marker::None)),
    ("leverage", Look::marked(Colour::GREEN, Dash::Solid, Marker::Triangle)),
    ("moderate", Look::marked(Colour::ORANGE, Dash::Solid, Marker::Diamond)),
    ("el2n", Look::marked(Colour::VERMILLION, Dash::Solid, Marker::Cross)),
    ("gradmatch", Look::marked(Colour::PURPLE, Dash::Solid, Marker::Square)),
    ("bound", Look::line(Colour::BLACK, Dash::Dotted)),
    ("craig", Look::marked(Colour::PURPLE, Dash::Dashed, Marker::Ring)),
];

/// Medians over draws of I for polynomials of `degree`; `goal` is ruled. Values from 100 on leave the
/// frame, for so far off a coreset is of no use; so do those of all points, 0 but for rounding.
pub fn size(rows: &[BestCoresetRow], degree: usize, goal: f64, (width, height): Size) -> Plot {
    let (mut marks, mut legend, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    let mut values = vec![goal];
    for (method, look) in LOOKS {
        let points = medians(rows, degree, method);
        if points.is_empty() {
            continue;
        }
        sizes.extend(points.iter().map(|p| p.0));
        values.extend(points.iter().map(|p| p.1).filter(|v| (1e-9..100.0).contains(v)));
        // Markers tell lines apart; on every point they would hide them.
        let step = points.len().div_ceil(10);
        marks.push(Mark::Dots(points.iter().copied().step_by(step).collect(), look));
        marks.push(Mark::Line(points, Look { marker: Marker::None, ..look }));
        let label = if method == "bound" { "no coreset is better" } else { method };
        legend.push(Entry::line(look, label));
    }
    let ends =
        sizes.iter().copied().fold((f64::INFINITY, 0.0_f64), |(l, h), s| (l.min(s), h.max(s)));
    marks.insert(0, Mark::Line(vec![(ends.0, goal), (ends.1, goal)], Look::RULE));
    legend.push(Entry::line(Look::RULE, format!("goal {goal}")));
    Plot {
        width,
        height,
        title: format!("Degree {degree}"),
        x: Axis::whole("points in the coreset", sizes),
        y: Axis::log("I(D, C), median", values),
        marks,
        legend,
    }
}

/// The smallest size from which on every median of `method` is at most `goal`; `None` where even the
/// largest one is above it.
pub fn needed(rows: &[BestCoresetRow], degree: usize, method: &str, goal: f64) -> Option<usize> {
    let reached = |p: &&(f64, f64)| p.1 <= goal;
    medians(rows, degree, method).iter().rev().take_while(reached).last().map(|p| p.0 as usize)
}

/// (size, median of I), infinite values counting as large.
fn medians(rows: &[BestCoresetRow], degree: usize, method: &str) -> Vec<(f64, f64)> {
    let mut by_size: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|r| r.degree == degree && r.method == method) {
        by_size.entry(row.size).or_default().push(row.epsilon.min(f64::MAX));
    }
    let middle = |(size, values): (usize, Vec<f64>)| Some((size as f64, median(&values)?));
    by_size.into_iter().filter_map(middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(trial: u64, method: &str, size: usize, epsilon: f64) -> BestCoresetRow {
        BestCoresetRow {
            trial,
            seed: 0,
            function: "runge".to_owned(),
            design: "uniform".to_owned(),
            points: 9,
            noisy_fraction: 0.5,
            noise: 0.1,
            degree: 2,
            method: method.to_owned(),
            size,
            epsilon,
        }
    }

    #[test]
    fn what_is_needed_holds_from_there_on() {
        let rows = [
            row(0, "greedy", 4, 0.4),
            row(0, "greedy", 5, 0.7),
            row(0, "greedy", 6, 0.5),
            row(0, "greedy", 7, 0.2),
            row(1, "greedy", 7, 0.4),
            row(0, "random", 7, f64::INFINITY),
        ];
        assert_eq!(needed(&rows, 2, "greedy", 0.5), Some(6));
        assert_eq!(needed(&rows, 2, "random", 0.5), None);
        assert_eq!(needed(&rows, 3, "greedy", 0.5), None);
    }

    #[test]
    fn a_line_per_method_and_the_goal() {
        let rows = [row(0, "greedy", 4, 0.4), row(0, "random", 4, 1e300)];
        let plot = size(&rows, 2, 0.5, (1000, 700));
        assert_eq!(plot.legend.len(), 3);
        assert!(plot.y.range.1 < 10.0);
    }
}
