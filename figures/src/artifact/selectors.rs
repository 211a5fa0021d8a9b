//! Selectors beside one another: accuracy against epochs and, from the same runs, against the time of training and
//! selection, for each variant and coreset size. All data (`full`) is in every panel of the paper's selectors.

mod series;

use super::Artifact;
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::outcome::{Learned, paired};
use crate::read::provenance::{provenance, seed_count};
use crate::read::results::{FigureError, Results, Runs};
use crate::read::variant::{percent, signed};
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use series::{Line, Setting, as_many_steps, costs, lines, settings};
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

/// The baseline that is no coreset. It is in the claims alone: there is no room for another line.
const SHORT: &str = "all data, as many steps";

/// How pale bands are: so many lie over one another that full colours would add up to black.
const PALE: f64 = 0.45;

/// What selectors are seen beside: drawn over them, in stronger lines, and named before them.
const BESIDE: [&str; 3] = ["full", BASELINE, ONCE];

/// The selectors that the paper compares. All others are in panels of their own.
const PAPERS: [&str; 5] = ["gradmatch", "craig", "glister", "moderate", "el2n"];

/// How many selectors are beside the baseline in a panel of those others, so that no panel has more than eight lines.
const OTHERS: usize = 7;

/// The figure from `runs.csv`, `epochs.csv` and `selections.csv`: a panel of the paper's selectors per setting, then those
/// of the others.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs(ARTIFACT.rows())?;
    let epochs = runs.epochs(results)?;
    let selections = runs.selections(results)?;
    let words = words(&runs, &costs(&runs.rows, &epochs, &selections));
    let settings: Vec<(Setting, Vec<Line>)> = settings(&runs.rows)
        .into_iter()
        .map(|setting| {
            let last = as_many_steps(&runs.rows, &epochs, &setting);
            let short = Line { selector: SHORT.to_owned(), points: Vec::new(), last };
            let lines = lines(&runs.rows, &epochs, &setting);
            (setting, lines.into_iter().chain([short]).collect())
        })
        .collect();
    let papers =
        settings.iter().map(|(setting, lines)| panel(setting, lines, papers(lines), &words));
    let others = settings.iter().flat_map(|(setting, lines)| {
        let panels = others(lines).into_iter().map(|own| panel(setting, lines, own, &words));
        panels.collect::<Vec<_>>()
    });
    compose(ARTIFACT.name, papers.chain(others).map(Ok))
}

/// The lines of the paper's selectors and of what they are seen beside.
fn papers(lines: &[Line]) -> Vec<&Line> {
    let known = |line: &&Line| {
        let name = &&*line.selector;
        PAPERS.contains(name) || BESIDE.contains(name)
    };
    lines.iter().filter(known).collect()
}

/// The lines of all other selectors, a panel each, beside the baseline.
fn others(lines: &[Line]) -> Vec<Vec<&Line>> {
    let known = papers(lines);
    let is_other = |line: &&Line| !known.contains(line) && line.selector != SHORT;
    let others: Vec<&Line> = lines.iter().filter(is_other).collect();
    let baseline = || lines.iter().filter(|line| line.selector == BASELINE);
    others.chunks(OTHERS).map(|own| baseline().chain(own.iter().copied()).collect()).collect()
}

/// What all panels share: where the numbers come from, and what a selection costs.
fn words(runs: &Runs, cost: &[(String, f64)]) -> String {
    let mut words = provenance(runs);
    words += " Times leave evaluation out.";
    if seed_count(&runs.rows) > 1 {
        words += " Lines are means over seeds, bands their range.";
    }
    if !cost.is_empty() {
        let costs: Vec<String> =
            cost.iter().map(|(selector, epochs)| format!("{selector} {epochs:.2}")).collect();
        let costs = costs.join(", ");
        words +=
            &format!(" A selection costs, in epochs of training on a coreset (median): {costs}.");
    }
    words
}

/// The panel of the lines in `own`, some of `all` in its setting.
fn panel(setting: &Setting, all: &[Line], own: Vec<&Line>, words: &str) -> Panel {
    let what = format!("{}, {} % of the data", setting.label(), percent(setting.fraction));
    let title = format!("{}, {} %", setting.label(), percent(setting.fraction));
    let claims = claims(&own, all);
    let plots = vec![
        plot(format!("{title}: by epoch"), own.clone(), Horizontal::Epochs),
        plot(format!("{title}: by time"), own, Horizontal::Seconds),
    ];
    let shown = format!("{what}: test accuracy by epoch and by time of training and selection.");
    Panel { plots, shown, settings: words.to_owned(), claims }
}

/// What accuracy is drawn against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Horizontal {
    Epochs,
    Seconds,
}

fn plot(title: String, mut lines: Vec<&Line>, horizontal: Horizontal) -> Plot {
    let x = |point: &series::Point| match horizontal {
        Horizontal::Epochs => point.epoch,
        Horizontal::Seconds => point.seconds,
    };
    let (mut bands, mut means, mut legend) = (Vec::new(), Vec::new(), Vec::new());
    let place = |line: &&Line| BESIDE.iter().position(|name| *name == line.selector);
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

/// Whether the coresets selected in `own` are better than what is in `all`: random ones of the same size, redrawn at
/// every selection and drawn once, and as many steps on all data.
fn claims(own: &[&Line], all: &[Line]) -> Vec<Claim> {
    let claim = |statement, random| {
        let baseline = all.iter().find(|line| line.selector == random);
        let others = own.iter().filter(|line| !BESIDE.contains(&&*line.selector)).copied();
        let gains = |line: &Line| {
            let pairs = paired(&line.last, &baseline?.last, Learned::One);
            (!pairs.is_empty()).then(|| (line.selector.clone(), pairs))
        };
        let gains: Vec<(String, Vec<Pair>)> = others.filter_map(gains).collect();
        let pairs: Vec<Pair> = gains.iter().flat_map(|(_, pairs)| pairs).copied().collect();
        let listed: Vec<String> = gains.iter().filter_map(|(name, own)| range(name, own)).collect();
        let (source, unit, judged) = ("", "points", judge(&pairs));
        Claim { statement, source, unit, judged, evidence: listed.join(", ") }
    };
    vec![
        claim("selected coresets beat random ones redrawn at every selection", BASELINE),
        claim("selected coresets beat a random one drawn once", ONCE),
        claim("selected coresets beat as many steps on all data", SHORT),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::judge::Verdict;
    use crate::read::outcome::Outcome;

    fn line(selector: &str, accuracies: [f64; 3]) -> Line {
        let outcome = |(seed, value)| Outcome { seed, value, learned: value > 20.0 };
        let last = (1..).zip(accuracies).map(outcome).collect();
        Line { selector: selector.to_owned(), points: Vec::new(), last }
    }

    #[test]
    fn no_panel_has_more_than_eight_lines_and_every_selector_has_one() {
        let names = PAPERS.iter().chain(&BESIDE).copied();
        let more: Vec<String> = (0..9).map(|i| format!("own-{i}")).collect();
        let names = names.chain(more.iter().map(String::as_str));
        let lines: Vec<Line> = names.map(|name| line(name, [50.0; 3])).collect();
        let panels: Vec<Vec<&Line>> =
            std::iter::once(papers(&lines)).chain(others(&lines)).collect();
        assert_eq!(panels.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 3]);
        assert!(panels.iter().all(|panel| panel.iter().any(|line| line.selector == BASELINE)));
        let shown = |line: &Line| panels.iter().any(|panel| panel.contains(&line));
        assert!(lines.iter().all(shown));
    }

    #[test]
    fn selectors_are_compared_with_both_kinds_of_random() {
        let lines = [
            line("craig", [42.0, 43.0, 44.0]),
            line(BASELINE, [40.0, 41.0, 43.0]),
            line(ONCE, [45.0, 46.0, 47.0]),
        ];
        let found = claims(&[&lines[0]], &lines);
        let verdicts: Vec<Verdict> = found.iter().map(|claim| claim.judged.verdict).collect();
        assert_eq!(verdicts, [Verdict::Holds, Verdict::Fails, Verdict::Nothing]);
        assert_eq!(found[0].evidence, "craig +1.7 (+1.0 to +2.0)");
        let without = claims(&[&lines[0]], &lines[..1]);
        assert_eq!(without[0].judged.verdict, Verdict::Nothing);
    }
}
