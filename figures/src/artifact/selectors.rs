//! Selectors beside one another: accuracy against epochs and, from the same runs, against the time of training and
//! selection, for each variant and coreset size. All data (`full`) is in every panel of its variant.

mod series;

use super::Artifact;
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::outcome::{Learned, paired};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Runs};
use crate::read::variant::{percent, signed};
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use series::{Line, Setting, costs, lines, settings};
use swast_tables::rows::EpochRow;
use swast_tables::stats::{Summary, summary};

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "selectors",
    line: "Selectors beside one another",
    commands: &["swast-trainer sweep selectors"],
    draw: figure,
};

/// The baseline that every selector must beat.
const BASELINE: &str = "random-redrawn";

/// The baseline that is drawn once for a run.
const ONCE: &str = "random";

/// How pale bands are: so many lie over one another that full colours would add up to black.
const PALE: f64 = 0.45;

/// What selectors are seen beside: drawn over them, in stronger lines, and named before them.
const BESIDE: [&str; 3] = ["full", BASELINE, ONCE];

/// The figure from `runs.csv`, `epochs.csv` and `selections.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs(ARTIFACT.rows())?;
    let epochs = runs.epochs(results)?;
    let selections = runs.selections(results)?;
    let cost = costs(&runs.rows, &epochs, &selections);
    let panels = settings(&runs.rows).into_iter();
    compose(ARTIFACT.name, panels.map(|setting| Ok(panel(&runs, &epochs, &setting, &cost))))
}

fn panel(runs: &Runs, epochs: &[EpochRow], setting: &Setting, cost: &[(String, f64)]) -> Panel {
    let lines = lines(&runs.rows, epochs, setting);
    let what = format!("{}, coreset of {} %", setting.label(), percent(setting.fraction));
    let own = |line: &Line| cost.iter().find(|(selector, _)| *selector == line.selector);
    let costs: Vec<String> = lines
        .iter()
        .filter_map(own)
        .map(|(selector, epochs)| format!("{selector} {epochs:.2}"))
        .collect();
    let mut shown = format!(
        "{what}: test accuracy by epoch and by time of training and selection, evaluation left out; lines are means \
         over seeds, bands their range."
    );
    if !costs.is_empty() {
        let costs = costs.join(", ");
        shown +=
            &format!(" A selection costs, in epochs of training on a coreset (median): {costs}.");
    }
    let plots = vec![
        plot(format!("{what}: by epoch"), &lines, Horizontal::Epochs),
        plot(format!("{what}: by time"), &lines, Horizontal::Seconds),
    ];
    Panel { plots, shown, settings: provenance(runs), claims: claims(&lines) }
}

/// What accuracy is drawn against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Horizontal {
    Epochs,
    Seconds,
}

fn plot(title: String, lines: &[Line], horizontal: Horizontal) -> Plot {
    let x = |point: &series::Point| match horizontal {
        Horizontal::Epochs => point.epoch,
        Horizontal::Seconds => point.seconds,
    };
    let (mut bands, mut means, mut legend) = (Vec::new(), Vec::new(), Vec::new());
    let place = |line: &&Line| BESIDE.iter().position(|name| *name == line.selector);
    let mut lines: Vec<&Line> = lines.iter().collect();
    lines.sort_by_key(|line| place(line).map_or((1, 0), |place| (0, place)));
    // What is drawn last lies on top.
    for line in lines.iter().rev() {
        let look = look(&line.selector);
        if line.points.iter().any(|point| point.accuracy.count > 1) {
            let band = line.points.iter().map(|p| (x(p), p.accuracy.low, p.accuracy.high));
            bands.push(Mark::Band(band.collect(), look.colour.towards(Colour::WHITE, PALE)));
        }
        means.push(Mark::Line(line.points.iter().map(|p| (x(p), p.accuracy.mean)).collect(), look));
        legend.push(Entry::line(look, line.selector.as_str()));
    }
    legend.reverse();
    let points = || lines.iter().flat_map(|line| &line.points);
    let axis = match horizontal {
        Horizontal::Epochs => Axis::whole("epoch", points().map(x)),
        Horizontal::Seconds => Axis::log("seconds of training and selection", points().map(x)),
    };
    let accuracies = points().flat_map(|p| [p.accuracy.low, p.accuracy.high]);
    Plot {
        width: WIDTH,
        height: HEIGHT,
        title,
        x: axis,
        y: Axis::linear("test accuracy (%)", accuracies),
        marks: bands.into_iter().chain(means).collect(),
        legend,
    }
}

/// How a selector looks: a hue per idea, dashes and markers apart within it.
fn look(selector: &str) -> Look {
    let dark = |colour: Colour| colour.towards(Colour::BLACK, 0.45);
    let (colour, dash, marker) = match selector {
        "full" => (Colour::BLACK, Dash::Dotted, Marker::None),
        ONCE => (Colour::GREY, Dash::Dashed, Marker::Ring),
        BASELINE => (Colour::GREY, Dash::Solid, Marker::Circle),
        "gradmatch" => (Colour::BLUE, Dash::Solid, Marker::Circle),
        "craig" => (Colour::VERMILLION, Dash::Solid, Marker::Square),
        "glister" => (Colour::GREEN, Dash::Solid, Marker::Triangle),
        "moderate" => (Colour::ORANGE, Dash::Solid, Marker::Diamond),
        "el2n" => (Colour::PURPLE, Dash::Solid, Marker::Cross),
        "grand" => (dark(Colour::PURPLE), Dash::Dashed, Marker::Cross),
        "margin" => (dark(Colour::ORANGE), Dash::Dashed, Marker::Diamond),
        "entropy" => (dark(Colour::ORANGE), Dash::Dotted, Marker::Square),
        "least-confidence" => (dark(Colour::ORANGE), Dash::Solid, Marker::Ring),
        "forgetting" => (dark(Colour::PURPLE), Dash::Dotted, Marker::Ring),
        "k-center" => (dark(Colour::GREEN), Dash::Dashed, Marker::Triangle),
        "herding" => (dark(Colour::BLUE), Dash::Dashed, Marker::Diamond),
        _ => (Colour::BLACK, Dash::Solid, Marker::Cross),
    };
    let width = if BESIDE.contains(&selector) { 8 } else { 4 };
    Look { width, ..Look::marked(colour, dash, marker) }
}

/// Whether selected coresets are better than random ones of the same size: redrawn at every selection, and drawn once.
fn claims(lines: &[Line]) -> Vec<Claim> {
    let claim = |statement, random| {
        let baseline = lines.iter().find(|line| line.selector == random);
        let others = lines.iter().filter(|line| !BESIDE.contains(&&*line.selector));
        let gains = |line: &Line| {
            let pairs = paired(&line.last, &baseline?.last, Learned::One);
            (!pairs.is_empty()).then(|| (line.selector.clone(), pairs))
        };
        let gains: Vec<(String, Vec<Pair>)> = others.filter_map(gains).collect();
        let all: Vec<Pair> = gains.iter().flat_map(|(_, pairs)| pairs).copied().collect();
        let listed: Vec<String> = gains.iter().filter_map(|(name, own)| range(name, own)).collect();
        let (source, unit, judged) = ("", "points", judge(&all));
        Claim { statement, source, unit, judged, evidence: listed.join(", ") }
    };
    vec![
        claim("selected coresets beat random ones redrawn at every selection", BASELINE),
        claim("selected coresets beat a random one drawn once", ONCE),
    ]
}

/// The mean gain of a selector and its range over seeds, such as `craig +1.3 (+1.2 to +1.5)`.
fn range(selector: &str, pairs: &[Pair]) -> Option<String> {
    let gains: Vec<f64> = pairs.iter().map(|pair| pair.gain).collect();
    let Summary { count, mean, low, high } = summary(&gains)?;
    let seeds = match count {
        1 => String::new(),
        _ => format!(" ({} to {})", signed(low, 1), signed(high, 1)),
    };
    Some(format!("{selector} {}{seeds}", signed(mean, 1)))
}
