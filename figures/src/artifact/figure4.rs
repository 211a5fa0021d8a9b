//! Figure 4: accuracy against training FLOPs, the area of a bubble being the time.

use super::Artifact;
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose, single};
use crate::read::block::{Block, blocks, check_seeds, descending};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::outcome::Outcome;
use crate::read::provenance::{provenance, seed_count};
use crate::read::results::{FigureError, Results, Runs};
use crate::read::variant::percent;
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use swast_tables::rows::RunRow;
use swast_tables::stats::mean;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "figure4",
    line: "Accuracy against training FLOPs and time",
    commands: &["swast-trainer sweep figure4"],
    draw: figure,
};

/// Radius of the largest bubble in pixels.
const LARGEST: f64 = 70.0;
/// A run costs no more than another when it costs at most this many times as much: equal steps round differently.
const EQUAL: f64 = 1.01;

/// The figure from `runs.csv`: a panel for each data set, model, selector and pruner.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs_on_any_data(ARTIFACT.rows())?;
    check_seeds(results, &runs)?;
    let blocks = blocks(&runs.rows);
    match &*blocks {
        [one] => Ok(single(ARTIFACT.name, &panel(&runs, one))),
        several => compose(ARTIFACT.name, several.iter().map(|block| Ok(panel(&runs, block)))),
    }
}

/// Runs that differ in nothing but their seed.
struct Point<'a> {
    runs: Vec<&'a RunRow>,
    /// Mean cost over that of dense training.
    cost: f64,
    /// Mean test accuracy in percent.
    accuracy: f64,
    /// Mean time of training and selection in seconds.
    seconds: f64,
}

/// The points of one approach.
struct Approach<'a> {
    name: &'static str,
    look: Look,
    points: Vec<Point<'a>>,
}

impl<'a> Point<'a> {
    fn of(block: &Block<'a>, runs: Vec<&'a RunRow>) -> Option<Self> {
        let average = |quantity: &dyn Fn(&RunRow) -> f64| {
            mean(&runs.iter().map(|run| quantity(run)).collect::<Vec<_>>())
        };
        let (cost, accuracy) =
            (average(&|r| block.cost(r))?, average(&|r| 100.0 * r.test_accuracy)?);
        let seconds = average(&|r| r.time_s)?;
        Some(Self { runs, cost, accuracy, seconds })
    }
}

fn approaches<'a>(block: &Block<'a>) -> Vec<Approach<'a>> {
    let (fractions, rates) = (block.fractions(), block.rates());
    let cells = || fractions.iter().flat_map(|f| rates.iter().map(move |r| (*f, *r)));
    let joint = |variant: &'static str| cells().map(|(f, r)| block.joint(variant, f, r)).collect();
    let schedules = descending(block.every_compressed().iter().map(|run| f64::from(run.epochs)));
    let compressed =
        |epochs: &f64| block.of(|run| run.variant == "dense" && f64::from(run.epochs) == *epochs);
    let every: [(&str, Colour, Marker, Vec<Vec<&'a RunRow>>); 7] = [
        ("cut", Colour::BLUE, Marker::Circle, joint("cut")),
        ("trim", Colour::ORANGE, Marker::Diamond, joint("trim")),
        (
            "coreset-only",
            Colour::VERMILLION,
            Marker::Square,
            fractions.iter().map(|f| block.coreset_only(*f)).collect(),
        ),
        (
            "random, redrawn",
            Colour::PURPLE,
            Marker::Cross,
            fractions.iter().map(|f| block.redrawn(*f)).collect(),
        ),
        (
            "prune-only",
            Colour::GREEN,
            Marker::Triangle,
            rates.iter().map(|r| block.prune_only(*r)).collect(),
        ),
        (
            "all data, fewer epochs",
            Colour::GREY,
            Marker::Square,
            schedules.iter().map(compressed).collect(),
        ),
        ("dense", Colour::BLACK, Marker::Circle, vec![block.dense()]),
    ];
    let approach = |(name, colour, marker, runs): (_, _, _, Vec<Vec<&'a RunRow>>)| {
        let points = runs.into_iter().filter_map(|runs| Point::of(block, runs)).collect();
        let look = Look { radius: 11, ..Look::marked(colour, Dash::Solid, marker) };
        Approach { name, look, points }
    };
    let all = every.into_iter().map(approach);
    all.filter(|approach| !approach.points.is_empty()).collect()
}

fn panel(runs: &Runs, block: &Block<'_>) -> Panel {
    let approaches = approaches(block);
    let points = || approaches.iter().flat_map(|approach| &approach.points);
    let longest = points().map(|point| point.seconds).fold(0.0, f64::max);
    let radius = |point: &Point<'_>| (LARGEST * (point.seconds / longest).sqrt()).round() as i32;
    let (mut bubbles, mut centres, mut legend) = (Vec::new(), Vec::new(), Vec::new());
    for Approach { name, look, points } in &approaches {
        let own = points.iter().map(|point| (point.cost, point.accuracy, radius(point)));
        bubbles.push(Mark::Bubbles(own.collect(), look.colour));
        centres.push(Mark::Dots(points.iter().map(|p| (p.cost, p.accuracy)).collect(), *look));
        legend.push(Entry::dot(Look { radius: 16, ..*look }, *name));
    }
    let accuracies: Vec<f64> = points().map(|point| point.accuracy).collect();
    let room = 0.06
        * (accuracies.iter().copied().fold(f64::MIN, f64::max)
            - accuracies.iter().copied().fold(f64::MAX, f64::min));
    let costs = points().flat_map(|point| [0.85 * point.cost, point.cost / 0.85]);
    let named = [block.dataset, block.model].join(", ");
    let plot = Plot {
        width: WIDTH,
        height: HEIGHT,
        title: format!("Accuracy by training cost: {named}"),
        x: Axis::log("training FLOPs / dense training on all data", costs),
        y: Axis::linear("test accuracy (%)", accuracies.iter().flat_map(|a| [a - room, a + room])),
        marks: bubbles.into_iter().chain(centres).collect(),
        legend,
    };
    let sizes = |of: Vec<f64>| of.into_iter().map(percent).collect::<Vec<_>>().join(", ");
    let means = if seed_count(&runs.rows) > 1 { ", means over seeds" } else { "" };
    let shown = format!(
        "Test accuracy against the FLOPs of training and selection{means}: coresets of {} %, prune rates of \
         {} %. The area of a bubble is proportional to the time of training and selection, that of the largest to \
         {longest:.0} s.",
        sizes(block.fractions()),
        sizes(block.rates())
    );
    let claims = vec![claim(block, &approaches, "cut"), claim(block, &approaches, "trim")];
    Panel { plots: vec![plot], shown, settings: provenance(runs), claims }
}

/// By how many points each run of `variant` is above the best run of equal seed among other approaches that costs no
/// more; and of how many runs no other is as cheap.
fn gains(block: &Block<'_>, approaches: &[Approach<'_>], variant: &str) -> (Vec<Pair>, usize) {
    let of = |ours: bool| {
        let own = approaches
            .iter()
            .filter(move |approach| ["cut", "trim"].contains(&approach.name) == ours);
        own.flat_map(|approach| &approach.points).flat_map(|point| point.runs.iter().copied())
    };
    let (mut pairs, mut cheapest) = (Vec::new(), 0);
    for run in of(true).filter(|run| run.variant == variant && run.test_accuracy.is_finite()) {
        let limit = EQUAL * block.cost(run);
        let rivals = of(false).filter(|other| other.seed == run.seed && block.cost(other) <= limit);
        let rivals = rivals.filter(|other| other.test_accuracy.is_finite()).map(Outcome::accuracy);
        let own = Outcome::accuracy(run);
        match rivals.max_by(|a, b| a.value.total_cmp(&b.value)) {
            Some(best) => pairs.push(Pair {
                seed: run.seed,
                gain: own.value - best.value,
                learned: own.learned || best.learned,
            }),
            None => cheapest += 1,
        }
    }
    (pairs, cheapest)
}

fn claim(block: &Block<'_>, approaches: &[Approach<'_>], variant: &str) -> Claim {
    let (pairs, cheapest) = gains(block, approaches, variant);
    let evidence = match cheapest {
        0 => String::new(),
        1 => "1 run is cheaper than every other approach".to_owned(),
        n => format!("{n} runs are cheaper than every other approach"),
    };
    Claim {
        statement: match variant {
            "cut" => "cut beats the best other approach that costs no more",
            _ => "trim beats the best other approach that costs no more",
        },
        source: "\u{201c}our method achieves significantly higher accuracy compared to other approaches under equivalent \
                 FLOPS constraints\u{201d} (of Figure 4)",
        unit: "points",
        judged: judge(&pairs),
        evidence,
    }
}
