//! Figure 6: cut against prune-only: accuracy by prune rate (a) and by cost of training (b).

mod series;

use super::Artifact;
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Runs};
use crate::read::variant::{Variant, cut_look, percent, signed};
use crate::scene::{Axis, Colour, Entry, Look, Mark, Plot, Words};
use series::{Point, by_rate, gain_at_cost, pairs};
use swast_tables::stats::{mean, summary};

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "figure6",
    line: "cut against prune-only",
    commands: &["make figures", "swast-trainer sweep figure6"],
    draw: figure,
};

/// The figure from `runs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs(ARTIFACT.rows())?;
    let line = |name, look| Line { name, look, points: by_rate(&runs.rows, name) };
    let both = [line("cut", cut_look()), line("prune-only", prune_look())];
    compose(ARTIFACT.name, [by_prune_rate(&runs, &both), by_cost(&runs, &both)].map(Ok))
}

/// Where the prune rates of a line are written.
enum Side {
    Below,
    Above,
}

/// A variant: its name, its look and what its runs came to by prune rate.
struct Line {
    name: &'static str,
    look: Look,
    points: Vec<Point>,
}

fn prune_look() -> Look {
    Variant { name: "prune-only".to_owned(), prune_rate: None }.look()
}

fn by_prune_rate(runs: &Runs, lines: &[Line; 2]) -> Panel {
    let mut rates: Vec<f64> = lines.iter().flat_map(|l| l.points.iter().map(|p| p.rate)).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let place = |rate: f64| rates.iter().position(|r| *r == rate).unwrap_or(0) as f64;
    let (mut marks, mut legend) = (Vec::new(), Vec::new());
    // A little apart, so that bars and points of both lines stay visible.
    for (Line { name, look, points }, shift) in lines.iter().zip([-0.04, 0.04]) {
        let x = |p: &Point| place(p.rate) + shift;
        let dots = points.iter().flat_map(|p| p.runs.iter().map(move |r| (x(p), r.accuracy.value)));
        marks.push(Mark::Dots(dots.collect(), look.faint()));
        let bars = points.iter().filter(|p| p.accuracy.count > 1);
        let bars = bars.map(|p| (x(p), p.accuracy.low, p.accuracy.high)).collect();
        marks.push(Mark::Bars(bars, Look { width: 4, ..*look }));
        let means = points.iter().map(|p| (x(p), p.accuracy.mean)).collect();
        marks.push(Mark::Line(means, *look));
        legend.push(Entry::line(*look, *name));
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
    let shown = "Test accuracy against prune rate: means, bars over the range of seeds, single \
                 runs pale.";
    panel(runs, plot, shown, rate_claim(lines))
}

fn by_cost(runs: &Runs, lines: &[Line; 2]) -> Panel {
    let (mut marks, mut legend) = (Vec::new(), Vec::new());
    for (Line { name, look, points }, side) in lines.iter().zip([Side::Below, Side::Above]) {
        let dots =
            points.iter().flat_map(|p| p.runs.iter().map(|r| (p.relative_flops, r.accuracy.value)));
        marks.push(Mark::Dots(dots.collect(), look.faint()));
        let means = points.iter().map(|p| (p.relative_flops, p.accuracy.mean)).collect();
        marks.push(Mark::Line(means, *look));
        legend.push(Entry::line(*look, *name));
        for p in points {
            // Clear of the line and of the single runs.
            let (edge, down) = match side {
                Side::Below => (p.accuracy.low, 44),
                Side::Above => (p.accuracy.high, -44),
            };
            let (at, text) = ((p.relative_flops, edge), percent(p.rate));
            let colour = look.colour.towards(Colour::BLACK, 0.3);
            marks.push(Mark::Words(Words { at, offset: (0, down), text, small: true, colour }));
        }
    }
    legend.push(Entry::note("numbers: prune rate in %"));
    let costs = lines.iter().flat_map(|l| l.points.iter().map(|p| p.relative_flops));
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
    let shown = "The same runs against their cost of training and selection.";
    panel(runs, plot, shown, cost_claim(lines))
}

fn panel(runs: &Runs, plot: Plot, shown: &str, claim: Claim) -> Panel {
    let (shown, settings) = (shown.to_owned(), provenance(runs));
    Panel { plots: vec![plot], shown, settings, claims: vec![claim] }
}

fn accuracy_axis(lines: &[Line; 2]) -> Axis {
    let all = lines
        .iter()
        .flat_map(|l| l.points.iter().flat_map(|p| p.runs.iter().map(|r| r.accuracy.value)));
    let all: Vec<f64> = all.collect();
    // Room for the rates above and below.
    let room = summary(&all).map_or(0.0, |s| 0.08 * (s.high - s.low));
    Axis::linear("test accuracy (%)", all.iter().flat_map(|a| [a - room, a + room]))
}

fn rate_claim([cut, prune]: &[Line; 2]) -> Claim {
    let pairs = pairs(&cut.points, &prune.points);
    let gain = |(rate, pairs): &(f64, Vec<Pair>)| {
        let gains: Vec<f64> = pairs.iter().map(|pair| pair.gain).collect();
        Some(format!("{} at {} %", signed(mean(&gains)?, 1), percent(*rate)))
    };
    let listed: Vec<String> = pairs.iter().filter_map(gain).collect();
    let all: Vec<Pair> = pairs.iter().flat_map(|(_, pairs)| pairs).copied().collect();
    Claim {
        statement: "cut beats prune-only at equal prune rate",
        source: "\u{201c}SWaST-cut achieves higher accuracy across different pruning rates\u{201d} (Figure 6a)",
        unit: "points",
        judged: judge(&all),
        evidence: listed.join(", "),
    }
}

fn cost_claim([cut, prune]: &[Line; 2]) -> Claim {
    let gains = gain_at_cost(&cut.points, &prune.points);
    let evidence = match (gains.is_empty(), costs(&cut.points), costs(&prune.points)) {
        (true, Some(cut), Some(prune)) => format!("no common cost: cut {cut}, prune-only {prune}"),
        _ => String::new(),
    };
    Claim {
        statement: "cut beats prune-only at equal training cost",
        source: "\u{201c}significantly outperforming the baseline under equivalent computational budgets\u{201d} \
                 (Figure 6b)",
        unit: "points",
        judged: judge(&gains),
        evidence,
    }
}

/// The range of cost, such as `0.02 to 0.08`.
fn costs(points: &[Point]) -> Option<String> {
    let costs = summary(&points.iter().map(|p| p.relative_flops).collect::<Vec<_>>())?;
    Some(format!("{:.3} to {:.3}", costs.low, costs.high))
}
