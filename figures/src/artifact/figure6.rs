//! Figure 6: cut against prune-only: accuracy by prune rate (a) and by cost of training (b). Beside them, what the paper
//! leaves out: dense training, all data for as many steps as cut, and random coresets.

mod claims;
mod lines;
mod series;

use super::Artifact;
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose};
use crate::read::claim::Claim;
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Runs};
use crate::read::variant::percent;
use crate::scene::{Axis, Colour, Entry, Look, Mark, Plot, Words};
use lines::{Kind, Line, Lines};
use series::Point;
use swast_tables::stats::summary;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "figure6",
    line: "cut against prune-only",
    commands: &["make figures", "swast-trainer sweep figure6"],
    draw: figure,
};

/// How far lines are drawn apart, in distances of prune rates, so that bars and points of all stay visible.
const APART: f64 = 0.08;

/// The figure from `runs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs(ARTIFACT.rows())?;
    let lines = Lines::of(&runs.rows);
    compose(ARTIFACT.name, [by_prune_rate(&runs, &lines), by_cost(&runs, &lines)].map(Ok))
}

fn by_prune_rate(runs: &Runs, lines: &Lines) -> Panel {
    let points = lines.all.iter().flat_map(|line| &line.points);
    let mut rates: Vec<f64> = points.map(|point| point.rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let place = |rate: f64| rates.iter().position(|r| *r == rate).unwrap_or(0) as f64;
    let (mut marks, mut legend) = (Vec::new(), Vec::new());
    for (i, Line { kind, name, points }) in lines.all.iter().enumerate() {
        let look = kind.look();
        let shift = APART * (i as f64 - 0.5 * (lines.all.len() - 1) as f64);
        let x = |p: &Point| place(p.rate) + shift;
        let several = || points.iter().filter(|p| p.accuracy.count > 1);
        let dots = several().flat_map(|p| p.runs.iter().map(move |r| (x(p), r.accuracy.value)));
        marks.push(Mark::Dots(dots.collect(), look.faint()));
        let bars = several().map(|p| (x(p), p.accuracy.low, p.accuracy.high)).collect();
        marks.push(Mark::Bars(bars, Look { width: 4, ..look }));
        let means = points.iter().map(|p| (x(p), p.accuracy.mean)).collect();
        marks.push(Mark::Line(means, look));
        legend.push(Entry::line(look, name.as_str()));
    }
    let names: Vec<String> = rates.iter().map(|r| percent(*r)).collect();
    let plot = Plot {
        width: WIDTH,
        height: HEIGHT,
        title: "Accuracy by prune rate".to_owned(),
        x: Axis::places("prune rate (%), evenly spaced", &names),
        y: accuracy_axis(lines),
        marks,
        legend,
    };
    let mut shown = "Test accuracy by prune rate".to_owned();
    if lines.has_seeds() {
        shown += "; means over seeds, bars their range, single runs pale";
    }
    if let Some(times) = lines.times {
        shown += &format!(
            ". prune-only sees all data, {} times as much as cut",
            (10.0 * times).round() / 10.0
        );
    }
    if let Some(line) = lines.all.iter().find(|line| line.kind == Kind::Short) {
        shown += &format!("; \u{201c}{}\u{201d} takes as many steps as cut", line.name);
    }
    panel(runs, with_dense(plot, lines), shown + ".", claims::at_equal_rates(lines))
}

fn by_cost(runs: &Runs, lines: &Lines) -> Panel {
    let (mut marks, mut legend) = (Vec::new(), Vec::new());
    for Line { kind, name, points } in &lines.all {
        let look = kind.look();
        let several = points.iter().filter(|p| p.accuracy.count > 1);
        let dots =
            several.flat_map(|p| p.runs.iter().map(|r| (p.relative_flops, r.accuracy.value)));
        marks.push(Mark::Dots(dots.collect(), look.faint()));
        let means = points.iter().map(|p| (p.relative_flops, p.accuracy.mean)).collect();
        marks.push(Mark::Line(means, look));
        legend.push(Entry::line(look, name.as_str()));
        marks.extend(points.iter().filter_map(|p| rate_words(*kind, p)));
    }
    let costs = lines.all.iter().flat_map(|l| l.points.iter().map(|p| p.relative_flops));
    // Room for the rates, written above and below the points.
    let costs = costs.flat_map(|cost| [0.9 * cost, 1.1 * cost]);
    let plot = Plot {
        width: WIDTH,
        height: HEIGHT,
        title: "Accuracy by training cost".to_owned(),
        x: Axis::log("training FLOPs / dense training on all data", costs),
        y: accuracy_axis(lines),
        marks,
        legend,
    };
    let shown =
        "The same runs by the cost of training and selection; numbers are prune rates in %.";
    let claims = vec![claims::at_equal_cost(lines)];
    panel(runs, with_dense(plot, lines), shown.to_owned(), claims)
}

/// The prune rate beside a point of the two lines that the paper has, clear of the line and of the single runs.
fn rate_words(kind: Kind, point: &Point) -> Option<Mark> {
    let (edge, down) = match kind {
        Kind::Cut => (point.accuracy.low, 44),
        Kind::PruneOnly => (point.accuracy.high, -44),
        _ => return None,
    };
    let (at, text) = ((point.relative_flops, edge), percent(point.rate));
    let colour = kind.look().colour.towards(Colour::BLACK, 0.3);
    Some(Mark::Words(Words { at, offset: (0, down), text, small: true, colour }))
}

/// A line across the plot for dense training on all data, where it was run.
fn with_dense(mut plot: Plot, lines: &Lines) -> Plot {
    if let Some(dense) = lines.dense {
        let look = Kind::Dense.look();
        let ends = [plot.x.range.0, plot.x.range.1].map(|x| (x, dense));
        plot.marks.insert(0, Mark::Line(ends.to_vec(), look));
        plot.legend.push(Entry::line(look, "dense, all data"));
    }
    plot
}

fn panel(runs: &Runs, plot: Plot, shown: String, claims: Vec<Claim>) -> Panel {
    Panel { plots: vec![plot], shown, settings: provenance(runs), claims }
}

fn accuracy_axis(lines: &Lines) -> Axis {
    let all = lines.accuracies();
    // Room for the rates above and below.
    let room = summary(&all).map_or(0.0, |s| 0.08 * (s.high - s.low));
    Axis::linear("test accuracy (%)", all.iter().flat_map(|a| [a - room, a + room]))
}
