//! Heat maps: a value over two settings, colours by its logarithm, with a scale beside it.

use super::Size;
use crate::scene::{Axis, Colour, Mark, Plot, Ticks};
use swast_tables::stats::median;

/// A map: what varies along its sides, and every observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// What the map shows, over the plot.
    pub title: String,
    /// What varies from left to right.
    pub x: String,
    /// What varies from bottom to top.
    pub y: String,
    /// What the colours mean.
    pub value: String,
    /// (x, y, value) of every draw; a cell shows the median.
    pub observations: Vec<(f64, f64, f64)>,
    /// Cells up to this value are the goal and carry a dot; none without a goal.
    pub goal: Option<f64>,
}

/// Low, middle and high end of the colours: dark for small losses, bright for large ones.
const COLOURS: [Colour; 3] = [Colour(20, 40, 90), Colour(0, 158, 115), Colour(255, 236, 150)];
/// What is infinite or not a number.
const INFINITE: Colour = Colour(190, 190, 190);
/// Width of the scale, as a share of a map's.
const SCALE_WIDTH: f64 = 0.22;
const STEPS: usize = 64;

/// Values along the horizontal and the vertical side.
type Sides = (Vec<f64>, Vec<f64>);
/// Column, row and value of each cell.
type Cells = Vec<(usize, usize, f64)>;

/// The plots of maps, side by side, and one scale for the colours of all of them; each map has the
/// width and height of `size`.
pub fn maps(maps: &[Map], (width, height): Size) -> Vec<Plot> {
    let sides: Vec<Sides> = maps.iter().map(|m| (places(m, |o| o.0), places(m, |o| o.1))).collect();
    let cells: Vec<Cells> = maps.iter().zip(&sides).map(|(m, (x, y))| medians(m, x, y)).collect();
    let finite = cells.iter().flatten().map(|c| c.2).filter(|v| v.is_finite() && *v > 0.0);
    let (low, high) = finite.fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
    let ends = if low < high { (low, high) } else { (0.5, 2.0) };
    let plot = |((map, (xs, ys)), cells): ((&Map, &Sides), &Cells)| {
        let side = |label: &str, values: &[f64]| Axis { grid: false, ..sparse(label, values) };
        Plot {
            width,
            height,
            title: map.title.clone(),
            x: side(&map.x, xs),
            y: side(&map.y, ys),
            marks: marks(map, cells, ends),
            legend: Vec::new(),
        }
    };
    let mut plots: Vec<Plot> = maps.iter().zip(&sides).zip(&cells).map(plot).collect();
    let scale = (f64::from(width) * SCALE_WIDTH) as u32;
    plots.extend(maps.first().map(|map| scale_plot(&map.value, ends, (scale, height))));
    plots
}

/// A coloured cell each, and a dot on those that reach the goal.
fn marks(map: &Map, cells: &Cells, (low, high): (f64, f64)) -> Vec<Mark> {
    let colour = |value: f64| match value {
        v if v.is_nan() || v == f64::INFINITY => INFINITE,
        v => shade((v.max(low).ln() - low.ln()) / (high.ln() - low.ln())),
    };
    let cell = |&(x, y, value): &(usize, usize, f64)| {
        let (x, y) = (x as f64, y as f64);
        Mark::Cell([(x - 0.5, y - 0.5), (x + 0.5, y + 0.5)], colour(value))
    };
    let mut marks: Vec<Mark> = cells.iter().map(cell).collect();
    if let Some(goal) = map.goal {
        let reached = cells.iter().filter(|c| c.2 <= goal).map(|c| (c.0 as f64, c.1 as f64));
        marks.push(Mark::Dots(reached.collect(), super::size::REACHED));
    }
    marks
}

/// The colour scale, as a plot of its own.
fn scale_plot(value: &str, (low, high): (f64, f64), (width, height): Size) -> Plot {
    let at = |i: usize| low * (high / low).powf(i as f64 / STEPS as f64);
    let band = |i: usize| {
        let colour = shade((i as f64 + 0.5) / STEPS as f64);
        Mark::Cell([(0.0, at(i)), (1.0, at(i + 1))], colour)
    };
    Plot {
        width,
        height,
        title: String::new(),
        // Blank words under the scale give its frame the height of the maps' frames.
        x: Axis {
            ticks: Ticks::At(vec![(0.5, " ".to_owned())]),
            grid: false,
            ..Axis::between(" ", (0.0, 1.0))
        },
        y: Axis { range: (low, high), grid: false, ..Axis::log(value, [low, high]) },
        marks: (0..STEPS).map(band).collect(),
        legend: Vec::new(),
    }
}

fn shade(t: f64) -> Colour {
    match t {
        t if t < 0.5 => COLOURS[0].towards(COLOURS[1], 2.0 * t),
        t => COLOURS[1].towards(COLOURS[2], 2.0 * t - 1.0),
    }
}

/// The values along one side, ascending, each once.
fn places(map: &Map, side: impl Fn(&(f64, f64, f64)) -> f64) -> Vec<f64> {
    let mut values: Vec<f64> = map.observations.iter().map(side).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// Column, row and median of every cell. An infinite value counts as large.
fn medians(map: &Map, xs: &[f64], ys: &[f64]) -> Cells {
    let mut cells: Vec<Vec<f64>> = vec![Vec::new(); xs.len() * ys.len()];
    let place = |values: &[f64], v: f64| values.partition_point(|other| *other < v);
    for (x, y, value) in &map.observations {
        cells[place(ys, *y) * xs.len() + place(xs, *x)].push(*value);
    }
    let value = |values: &Vec<f64>| {
        let infinite = values.iter().filter(|v| !v.is_finite()).count();
        if 2 * infinite >= values.len() {
            f64::INFINITY
        } else {
            median(values).unwrap_or(f64::NAN)
        }
    };
    let filled = cells.iter().enumerate().filter(|(_, values)| !values.is_empty());
    filled.map(|(i, values)| (i % xs.len(), i / xs.len(), value(values))).collect()
}

/// A place for each value, with at most eight of them labelled.
fn sparse(label: &str, values: &[f64]) -> Axis {
    let step = values.len().div_ceil(8).max(1);
    let names: Vec<String> =
        values.iter().map(|v| format!("{}", (v * 1e6).round() / 1e6)).collect();
    let axis = Axis::places(label, &names);
    let Ticks::At(ticks) = axis.ticks else { return axis };
    Axis { ticks: Ticks::At(ticks.into_iter().step_by(step).collect()), ..axis }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Map {
        let observations = vec![
            (1.0, 10.0, 1.0),
            (1.0, 10.0, 3.0),
            (1.0, 10.0, 2.0),
            (2.0, 10.0, f64::INFINITY),
            (2.0, 20.0, 8.0),
        ];
        let text = String::new;
        Map { title: text(), x: text(), y: text(), value: text(), observations, goal: Some(2.0) }
    }

    #[test]
    fn a_cell_is_the_median_of_its_draws() {
        let map = small();
        let found = medians(&map, &[1.0, 2.0], &[10.0, 20.0]);
        assert_eq!(found, [(0, 0, 2.0), (1, 0, f64::INFINITY), (1, 1, 8.0)]);
    }

    #[test]
    fn colours_end_at_the_extremes_and_the_goal_is_dotted() {
        let plots = maps(&[small()], (1000, 800));
        let colours: Vec<Colour> = plots[0]
            .marks
            .iter()
            .filter_map(|m| if let Mark::Cell(_, c) = m { Some(*c) } else { None })
            .collect();
        assert_eq!(colours, [COLOURS[0], INFINITE, COLOURS[2]]);
        assert!(matches!(&plots[0].marks[3], Mark::Dots(d, _) if d == &[(0.0, 0.0)]));
        assert_eq!(plots[1].y.range, (2.0, 8.0));
    }
}
