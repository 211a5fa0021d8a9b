//! Time of training against prune rate and coreset size, beside FLOPs: what of the savings arrives on the clock.

use super::Artifact;
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose, single};
use crate::read::block::{Block, blocks, check_seeds};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::provenance::{provenance, seed_count};
use crate::read::results::{FigureError, Results, Runs};
use crate::read::variant::percent;
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use swast_tables::rows::RunRow;
use swast_tables::stats::mean;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "speed",
    line: "Time of training by prune rate and coreset size, beside FLOPs",
    commands: &["swast-trainer sweep speed"],
    draw: figure,
};

/// Looks of all data and of coresets, the largest first.
const LOOKS: [(Colour, Marker); 4] = [
    (Colour::GREEN, Marker::Triangle),
    (Colour::BLUE, Marker::Circle),
    (Colour::VERMILLION, Marker::Square),
    (Colour::PURPLE, Marker::Diamond),
];

/// The figure from `runs.csv`: a panel for each data set and model.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs_on_any_data(ARTIFACT.rows())?;
    check_seeds(results, &runs)?;
    match &*blocks(&runs.rows) {
        [one] => Ok(single(ARTIFACT.name, &panel(&runs, one))),
        several => compose(ARTIFACT.name, several.iter().map(|block| Ok(panel(&runs, block)))),
    }
}

/// What runs that differ in nothing but their seed take, as a share of dense training on all data of the same seed.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    time: f64,
    flops: f64,
}

/// A part of the plane: coresets of one size, or all data.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Data(Option<f64>);

impl Data {
    /// The runs of `block` on it at a prune rate, 0 being no pruning.
    fn runs<'a>(self, block: &Block<'a>, rate: f64) -> Vec<&'a RunRow> {
        match (self.0, rate) {
            (None, 0.0) => block.dense(),
            (None, rate) => block.prune_only(rate),
            (Some(fraction), 0.0) => block.coreset_only(fraction),
            (Some(fraction), rate) => block.joint("cut", fraction, rate),
        }
    }

    fn name(self) -> String {
        self.0.map_or("all data".to_owned(), |fraction| format!("coreset {} %", percent(fraction)))
    }
}

/// Seconds of `run` over those of dense training with its seed.
fn time(block: &Block<'_>, run: &RunRow) -> f64 {
    let dense = block.dense().into_iter().find(|dense| dense.seed == run.seed);
    dense.map_or(f64::NAN, |dense| run.time_s / dense.time_s)
}

fn cost(block: &Block<'_>, data: Data, rate: f64) -> Option<Cost> {
    let runs = data.runs(block, rate);
    let average = |of: &dyn Fn(&RunRow) -> f64| {
        mean(&runs.iter().map(|run| of(run)).filter(|x| x.is_finite()).collect::<Vec<_>>())
    };
    Some(Cost { time: average(&|run| time(block, run))?, flops: average(&|r| block.cost(r))? })
}

/// By how many percent of dense training each run of cut takes longer than the product of what pruning and its coreset take
/// alone, with equal seed.
fn beyond_the_product(block: &Block<'_>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (fraction, rate) in cells(block) {
        let alone = |data: Data, rate, seed| {
            let run = data.runs(block, rate).into_iter().find(|run| run.seed == seed);
            run.map_or(f64::NAN, |run| time(block, run))
        };
        for run in block.joint("cut", fraction, rate) {
            let product =
                alone(Data(None), rate, run.seed) * alone(Data(Some(fraction)), 0.0, run.seed);
            let gain = 100.0 * (time(block, run) - product);
            pairs.push(Pair { seed: run.seed, gain, learned: true });
        }
    }
    pairs
}

/// Coreset sizes and prune rates.
fn cells(block: &Block<'_>) -> Vec<(f64, f64)> {
    let rates = block.rates();
    block.fractions().into_iter().flat_map(|f| rates.iter().map(move |r| (f, *r))).collect()
}

fn panel(runs: &Runs, block: &Block<'_>) -> Panel {
    let rates: Vec<f64> = std::iter::once(0.0).chain(block.rates().into_iter().rev()).collect();
    let every: Vec<Data> = std::iter::once(Data(None))
        .chain(block.fractions().into_iter().map(|f| Data(Some(f))))
        .collect();
    let line = |data: Data, of: fn(Cost) -> f64| -> Vec<(f64, f64)> {
        let places = (0..).map(f64::from).zip(&rates);
        places.map(|(x, &rate)| (x, cost(block, data, rate).map_or(f64::NAN, of))).collect()
    };
    let (mut marks, mut legend, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (data, (colour, marker)) in every.iter().zip(LOOKS.iter().cycle()) {
        let look = Look::marked(*colour, Dash::Solid, *marker);
        let (times, flops) = (line(*data, |c| c.time), line(*data, |c| c.flops));
        values.extend(times.iter().chain(&flops).map(|(_, y)| *y));
        let dotted = Look { marker: Marker::None, dash: Dash::Dotted, ..look };
        marks.push(Mark::Line(flops, dotted));
        marks.push(Mark::Line(times.clone(), look));
        legend.push(Entry::line(look, data.name()));
        if data.0.is_some() {
            let unpruned = times.first().map_or(f64::NAN, |(_, time)| *time);
            let alone = line(Data(None), |c| c.time);
            let product: Vec<_> =
                alone.iter().skip(1).map(|(x, time)| (*x, time * unpruned)).collect();
            values.extend(product.iter().map(|(_, y)| *y));
            marks.push(Mark::Dots(product, Look { marker: Marker::Cross, ..look }));
        }
    }
    let grey = Look::marked(Colour::GREY, Dash::Dotted, Marker::None);
    legend.push(Entry::line(grey, "the same in FLOPs"));
    legend
        .push(Entry::dot(Look { marker: Marker::Cross, ..grey }, "product of both alone, in time"));
    let names: Vec<String> =
        rates.iter().map(|r| if *r == 0.0 { "none".to_owned() } else { percent(*r) }).collect();
    let plot = Plot {
        width: WIDTH,
        height: HEIGHT,
        title: format!("Time of training {}", block.model),
        x: Axis::places("prune rate (%)", &names),
        y: Axis::log("time / dense, all data", values.into_iter().filter(|v| v.is_finite())),
        marks,
        legend,
    };
    Panel {
        plots: vec![plot],
        shown: shown(runs, block),
        settings: provenance(runs),
        claims: vec![claim(block)],
    }
}

fn shown(runs: &Runs, block: &Block<'_>) -> String {
    let means = if seed_count(&runs.rows) > 1 { ", means over seeds" } else { "" };
    let cheapest = cells(block)
        .into_iter()
        .filter_map(|(f, r)| Some((f, r, cost(block, Data(Some(f)), r)?)))
        .min_by(|a, b| a.2.flops.total_cmp(&b.2.flops));
    let told = cheapest.map(|(fraction, rate, Cost { time, flops })| {
        format!(
            " Coresets of {} % with {} % of the weights pruned take {:.1} % of the time and {:.1} % of the FLOPs.",
            percent(fraction),
            percent(rate),
            100.0 * time,
            100.0 * flops
        )
    });
    format!(
        "Time of training and selection over that of dense training on all data{means}; dotted: the same in FLOPs; \
         crosses: the product of what the prune rate and the coreset take alone.{}",
        told.unwrap_or_default()
    )
}

fn claim(block: &Block<'_>) -> Claim {
    Claim {
        statement: "cut takes longer than the product of what pruning and coresets take alone",
        source: "\u{201c}achieving the full a\u{d7}b acceleration in practice remains challenging\u{201d} (Appendix J)",
        unit: "points",
        judged: judge(&beyond_the_product(block)),
        evidence: String::new(),
    }
}
