//! Critical double-loss in the runs of the state-preservation study: what was known of the samples that left the coreset
//! and is lost, how much of their gradient lay on weights masked since, and drops of accuracy that training does not
//! make good.

mod drops;

use std::collections::BTreeMap;

use super::Artifact;
use super::cell::{Better, how_to_read, measured};
use super::state_preservation::{self, MODES};
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose, panel_name, tabled};
use crate::read::claim::Claim;
use crate::read::judge::judge;
use crate::read::outcome::Learned;
use crate::read::provenance::{provenance, seed_count};
use crate::read::results::{FigureError, Results, Runs, Wanted};
use crate::read::sample::Sample;
use crate::read::variant::signed;
use crate::scene::table::{Column, Group, Row, Table, Unit};
use crate::scene::{Axis, Colour, Dash, Entry, Look, Mark, Marker, Plot};
use drops::drops;
use swast_tables::rows::{EpochRow, RunRow, SelectionRow};
use swast_tables::stats::{Summary, mean, summary};

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "double-loss",
    line: "What cut loses for good, by state preservation",
    commands: state_preservation::ARTIFACT.commands,
    draw: figure,
};

const SOURCE: &str = "\u{201c}The mechanism above directly addresses the \u{2018}double-loss\u{2019} problem\u{201d} (of \
                      state preservation)";

/// What is measured at a selection; `None` where it is not.
type Measure = fn(&SelectionRow) -> Option<f64>;

const LOST_KNOWN: Measure = |row| row.lost_known.map(|count| count as f64);
const LOST_GRADIENT: Measure = |row| row.lost_gradient_share.map(|share| 100.0 * share);

/// The runs of cut with their selections and epochs.
struct Studied<'a> {
    runs: Vec<&'a RunRow>,
    selections: Vec<SelectionRow>,
    epochs: Vec<EpochRow>,
}

/// The figure from `runs.csv`, `selections.csv` and `epochs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let wanted = || Wanted { commands: ARTIFACT.commands, ..state_preservation::ARTIFACT.rows() };
    let runs = results.runs_on_any_data(wanted())?;
    let (selections, epochs) = (runs.selections(results)?, runs.epochs(results)?);
    let cut = runs.rows.iter().filter(|run| run.variant == "cut").collect();
    let studied = Studied { runs: cut, selections, epochs };
    let panel = |title, label, measure, shown| {
        let plot = plot(title, label, &studied, measure);
        let plot = plot.ok_or_else(|| results.empty::<SelectionRow>(&wanted()));
        plot.map(|plot| panel(&runs, plot, shown))
    };
    let panels = [
        panel("Lost knowledge by epoch", "samples known and lost", LOST_KNOWN, KNOWN),
        panel("Lost support by epoch", "gradient lost (%)", LOST_GRADIENT, GRADIENT),
    ];
    let pictures = compose(ARTIFACT.name, panels)?;
    let shown = format!("{} {}", how_to_read(&runs, "no preservation"), drops::MEANING);
    let table = tabled(table(&studied), shown, claims(&studied), provenance(&runs));
    let claims = pictures.claims.into_iter().chain(table.claims).collect();
    Ok(Figure { tables: table.tables, claims, ..pictures })
}

const KNOWN: &str = "At each selection, of the samples that left the coreset of cut: the number that were classified right \
                     when that coreset was selected and are not now.";
const GRADIENT: &str = "Share of the squared gradient of their mean loss at that time that lies on weights masked since.";

fn panel(runs: &Runs, plot: Plot, shown: &str) -> Panel {
    let several = if seed_count(&runs.rows) > 1 {
        " Lines are means over seeds, bands their range."
    } else {
        ""
    };
    let shown = format!("{shown}{several}");
    Panel { plots: vec![plot], shown, settings: provenance(runs), claims: Vec::new() }
}

fn look(mode: &str) -> Look {
    match mode {
        "complete" => Look::marked(Colour::BLUE, Dash::Solid, Marker::Circle),
        "selective" => Look::marked(Colour::ORANGE, Dash::Dashed, Marker::Diamond),
        _ => Look::marked(Colour::VERMILLION, Dash::Dotted, Marker::Square),
    }
}

impl Studied<'_> {
    /// The runs that preserve `mode`.
    fn preserving(&self, mode: &str) -> Vec<&RunRow> {
        self.runs.iter().copied().filter(|run| run.preserve == mode).collect()
    }

    fn selections(&self, run: &RunRow) -> impl Iterator<Item = &SelectionRow> {
        self.selections.iter().filter(move |row| row.run == run.run)
    }

    /// The mean of `measure` over the selections of each run that preserves `mode`; NaN where it was not measured.
    fn average(&self, mode: &str, measure: Measure) -> Sample {
        Sample::of(&self.preserving(mode), |run| {
            mean(&self.selections(run).filter_map(measure).collect::<Vec<_>>()).unwrap_or(f64::NAN)
        })
    }

    /// What remains of each drop of `run`, in points.
    fn drops(&self, run: &RunRow) -> Vec<f64> {
        let own = self.epochs.iter().filter(|row| row.run == run.run);
        let measured = own.filter_map(|row| Some((row.epoch, 100.0 * row.test_accuracy?)));
        let selected: Vec<u32> = self.selections(run).map(|row| row.epoch).collect();
        drops(&measured.collect::<Vec<_>>(), &selected)
    }
}

/// The measure by epoch, a line for each mode; `None` where it was never measured.
fn plot(title: &str, label: &str, studied: &Studied<'_>, measure: Measure) -> Option<Plot> {
    let (mut bands, mut lines, mut legend, mut all) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for mode in MODES {
        let mut by_epoch: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for run in studied.preserving(mode) {
            for row in studied.selections(run) {
                by_epoch.entry(row.epoch).or_default().extend(measure(row));
            }
        }
        let points = by_epoch.iter();
        let points: Vec<(f64, Summary)> = points
            .filter_map(|(epoch, values)| Some((f64::from(*epoch), summary(values)?)))
            .collect();
        if points.is_empty() {
            continue;
        }
        let look = look(mode);
        if points.iter().any(|(_, summary)| summary.count > 1) {
            let band = points.iter().map(|(epoch, s)| (*epoch, s.low, s.high)).collect();
            bands.push(Mark::Band(band, look.colour));
        }
        lines.push(Mark::Line(points.iter().map(|(epoch, s)| (*epoch, s.mean)).collect(), look));
        legend.push(Entry::line(look, format!("preserve {mode}")));
        all.extend(points);
    }
    let plot = Plot {
        width: WIDTH,
        height: HEIGHT,
        title: title.to_owned(),
        x: Axis::whole("epoch", all.iter().map(|point| point.0)),
        y: Axis::linear(label, all.iter().flat_map(|point| [point.1.low, point.1.high])),
        marks: bands.into_iter().chain(lines).collect(),
        legend,
    };
    (!all.is_empty()).then_some(plot)
}

/// Number of drops of each run, and their mean size; NaN where there is none.
fn by_drops(studied: &Studied<'_>, mode: &str) -> [Sample; 2] {
    let runs = studied.preserving(mode);
    [
        Sample::of(&runs, |run| studied.drops(run).len() as f64),
        Sample::of(&runs, |run| mean(&studied.drops(run)).unwrap_or(f64::NAN)),
    ]
}

fn quantities(studied: &Studied<'_>, mode: &str) -> [Sample; 4] {
    let [count, size] = by_drops(studied, mode);
    let average = |measure| studied.average(mode, measure);
    [average(LOST_KNOWN), average(LOST_GRADIENT), count, size]
}

fn table(studied: &Studied<'_>) -> Table {
    let base = quantities(studied, MODES[0]);
    let rows = MODES.iter().map(|mode| {
        let cells = quantities(studied, mode).into_iter().zip(&base).map(|(own, base)| {
            measured(&own, &[(*mode != MODES[0]).then_some(base)], (Better::Less, Learned::Both))
        });
        Row { labels: vec![(*mode).to_owned()], cells: cells.collect() }
    });
    let column = |(name, unit): (&str, Unit)| Column { name: name.to_owned(), unit };
    let points = Unit { name: "points", decimals: 2 };
    Table {
        name: panel_name(ARTIFACT.name, 2),
        title: "(c) What cut loses, by state preservation".to_owned(),
        heads: vec!["preserve".to_owned()],
        columns: [
            ("samples known and lost", Unit::COUNT),
            ("gradient lost (%)", Unit::PERCENT),
            ("drops not made good", Unit::COUNT),
            ("mean size (points)", points),
        ]
        .map(column)
        .to_vec(),
        baselines: vec![MODES[0].to_owned()],
        groups: vec![Group { rows: rows.collect(), ..Group::default() }],
        ..Table::default()
    }
}

fn claims(studied: &Studied<'_>) -> Vec<Claim> {
    let claim = |statement, unit, at: usize| {
        let base = &quantities(studied, MODES[0])[at];
        let gains = |mode| base.over(&quantities(studied, mode)[at], Learned::Both);
        let own = |mode: &&'static str| {
            let gains: Vec<f64> = gains(mode).iter().map(|pair| pair.gain).collect();
            Some(format!("{mode} {}", signed(mean(&gains)?, 1)))
        };
        let judged = judge(&MODES[1..].iter().flat_map(|mode| gains(mode)).collect::<Vec<_>>());
        let evidence = MODES[1..].iter().filter_map(own).collect::<Vec<_>>().join(", ");
        Claim { statement, source: SOURCE, unit, judged, evidence }
    };
    vec![
        claim("state preservation lowers what cut knew and lost", "samples", 0),
        claim("state preservation lowers the gradient that cut loses to masks", "points", 1),
        claim("state preservation lowers the number of drops not made good", "drops", 2),
    ]
}
