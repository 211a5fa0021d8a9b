//! What the laboratory shows of fits: one draw, and many.

use serde::Serialize;
use swast_figures::canvas;
use swast_figures::lab::{self, Size};
use swast_figures::scene::{Plot, Sheet};
use swast_tables::rows::PruneStudyRow;
use swast_tables::rows::lab as rows;
use swast_tables::share::share;
use swast_tables::stats::{Band, band_of_all};

use super::command::{draws_command, prune_command};
use super::state::{Request, State};
use crate::Error;
use crate::draw::{Draw, Trials};
use crate::epsilon::extremes;
use crate::points::MarkedPoints;
use crate::reference::Reference;
use crate::study::{Outcome, TRAINING_SETS};
use crate::text::short;

/// Units of a picture for each of the reader's pixels, so that its letters have the size of the page's.
const UNITS: u32 = 3;
/// Multiplications that many draws may cost; more draws are not made.
const BUDGET: u64 = 2_000_000_000;

/// A picture, and where its frame is.
#[derive(Debug, Serialize)]
pub struct Picture {
    /// The picture.
    pub svg: String,
    /// Width and height of the picture, in its own units.
    pub size: (i32, i32),
    /// Left, right, upper and lower edge of the frame, in the same units.
    pub frame: [i32; 4],
    /// Values at the left and the right edge.
    pub x: (f64, f64),
    /// Values at the lower and the upper edge.
    pub y: (f64, f64),
}

impl Picture {
    pub(super) fn of(plot: &Plot) -> Result<Self, Error> {
        let (size, edges) = canvas::place(plot);
        let sheet = Sheet { rows: vec![vec![plot.clone()]], caption: Vec::new() };
        let svg = canvas::svg(&sheet).map_err(Error::Drawing)?;
        let frame = [edges.left, edges.right, edges.top, edges.bottom];
        Ok(Self { svg, size, frame, x: plot.x.range, y: plot.y.range })
    }

    /// The picture as PNG bytes, a pixel for each of its units.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        canvas::png(&self.svg, 1.0).map_err(Error::Drawing)
    }
}

/// The pictures of one draw.
#[derive(Debug, Serialize)]
pub struct Pictures {
    /// The fit to all points.
    pub full: Picture,
    /// The fit to the coreset.
    pub coreset: Picture,
    /// The coefficients of the first.
    pub full_coefficients: Picture,
    /// The coefficients of the second.
    pub coreset_coefficients: Picture,
}

/// The numbers of one training set, as people read them.
#[derive(Debug, Serialize)]
pub struct Numbers {
    /// `full` or `coreset`.
    pub training_set: &'static str,
    /// Number of its points.
    pub points: usize,
    /// Mean squared error against the true function, or its substitute, before pruning; `-` where nothing does.
    pub loss_before: String,
    /// The same after pruning.
    pub loss_after: String,
    /// The second minus the first.
    pub rise: String,
    /// Mean squared error on the training points before pruning.
    pub train_loss_before: String,
    /// The same after pruning.
    pub train_loss_after: String,
    /// Independent coefficients that the points determine.
    pub rank: usize,
}

/// One draw.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The address of the state.
    pub query: String,
    /// The points, with their marks.
    pub points: Vec<rows::PointRow>,
    /// What is drawn.
    pub pictures: Pictures,
    /// What is measured, in the order of the training sets.
    pub numbers: Vec<Numbers>,
    /// What that says about the paper's first claim.
    pub verdict: String,
    /// What one's own points are compared with, in words; none for generated ones, whose truth is known.
    pub unknown_truth: Option<String>,
    /// The interval of x that is mapped to [-1, 1].
    pub domain: [f64; 2],
    /// Why these points cannot be drawn many times; none where they can.
    pub one_draw_because: Option<String>,
    /// I(D, C) with D the points, C the coreset and polynomials of the degree of the fit.
    pub epsilon: String,
    /// The command line that does the same.
    pub command: String,
}

/// Many draws.
#[derive(Debug, Serialize)]
pub struct Draws {
    /// Number of draws made.
    pub draws: u64,
    /// The losses over draws.
    pub picture: Picture,
    /// Medians, bands and the share of draws, line by line.
    pub lines: Vec<String>,
    /// The command line that does the same.
    pub command: String,
}

/// What the dotted line of a picture is called.
fn reference_name(state: &State) -> &'static str {
    if state.own.is_some() { "compared with" } else { "truth" }
}

/// One draw of the state of `request`.
pub fn fit(request: &Request) -> Result<Answer, Error> {
    let state = &request.state;
    let study = state.study()?;
    let drawn = study.points(Draw::first(state.seed));
    let outcomes = study.measure(&drawn)?;
    let (curves, points) = (study.curves(&drawn, &outcomes), point_rows(&drawn));
    let coefficients = coefficient_rows(&outcomes);
    let size = size(request, 7, 10);
    let flat = self::size(request, 11, 20);
    let name = reference_name(state);
    let fitted = |set| Picture::of(&lab::fit(&curves, &points, (set, name), size));
    let bars = |set| Picture::of(&lab::coefficients(&coefficients, set, flat));
    let pictures = Pictures {
        full: fitted("full")?,
        coreset: fitted("coreset")?,
        full_coefficients: bars("full")?,
        coreset_coefficients: bars("coreset")?,
    };
    let found = extremes(&drawn.all, &drawn.coreset(), &[state.degree])?;
    Ok(Answer {
        query: state.query(),
        unknown_truth: unknown_truth(state),
        domain: [-1.0, 1.0].map(|u| state.scale().undo(u)),
        one_draw_because: state.many().err().map(|error| match error {
            Error::Setting { reason, .. } => reason,
            other => other.to_string(),
        }),
        pictures,
        numbers: numbers(&drawn, &outcomes),
        verdict: verdict(&outcomes),
        epsilon: short(found[0].epsilon()),
        command: prune_command(state, 1000),
        points,
    })
}

/// The coefficients of both fits of one draw.
pub fn coefficients(request: &Request) -> Result<Vec<rows::CoefficientRow>, Error> {
    let study = request.state.study()?;
    Ok(coefficient_rows(&study.measure(&study.points(Draw::first(request.state.seed)))?))
}

/// The rows behind [`draws`].
pub fn study_rows(request: &Request) -> Result<Vec<PruneStudyRow>, Error> {
    let trials = Trials { seed: request.state.seed, count: affordable(request) };
    request.state.many()?.run(trials, || ())
}

/// Many draws of the state of `request`; the noise of points of one's own is drawn again on their abscissae.
pub fn draws(request: &Request) -> Result<Draws, Error> {
    let (made, rows) = (affordable(request), study_rows(request)?);
    let picture = Picture::of(&lab::losses(&rows, size(request, 7, 10)))?;
    let mut lines = lines(&rows);
    if let (Some(_), Some(row)) = (&request.state.own, rows.first()) {
        let noisy = (row.noisy_fraction * row.points as f64).round();
        lines.insert(
            0,
            format!(
                "Drawn again on your abscissae: noise of standard deviation {} on {noisy} of {} points, about {}",
                short(row.noise.unwrap_or(f64::NAN)),
                row.points,
                request.state.reference()
            ),
        );
    }
    Ok(Draws { draws: made, picture, lines, command: draws_command(&request.state, made) })
}

/// Width and height of a picture in its units.
pub(super) fn size(request: &Request, rise: u32, run: u32) -> Size {
    let width = request.width * UNITS;
    (width, (width * rise / run).max(240 * UNITS))
}

/// As many of the draws asked for as the budget allows: Jacobi's rotations cost about 60 times
/// rows * columns², for both training sets, beside the evaluation on the grid.
fn affordable(request: &Request) -> u64 {
    let points = request.state.own.as_ref().map_or(request.state.points, |own| own.all.len());
    let (rows, columns) = (points as u64, request.state.degree as u64 + 1);
    let cost = 60 * rows * columns * columns + 8_000 * columns;
    request.draws.min((BUDGET / cost).max(20))
}

fn point_rows(drawn: &MarkedPoints) -> Vec<rows::PointRow> {
    let marks = drawn.noisy.iter().zip(&drawn.coreset);
    let row = |((x, y), (noisy, coreset)): ((f64, f64), (&bool, &bool))| rows::PointRow {
        x,
        y,
        noisy: u8::from(*noisy),
        coreset: u8::from(*coreset),
    };
    drawn.all.iter().zip(marks).map(row).collect()
}

fn coefficient_rows(outcomes: &[Outcome; 2]) -> Vec<rows::CoefficientRow> {
    let of = |(set, outcome): (&'static str, &Outcome)| {
        let pairs = outcome.fitted.fit.coefficients.iter().zip(&outcome.fitted.pruned_coefficients);
        let row = |(power, (before, after)): (usize, (&f64, &f64))| rows::CoefficientRow {
            training_set: set.to_owned(),
            power,
            coefficient: *before,
            pruned_coefficient: *after,
        };
        pairs.enumerate().map(row).collect::<Vec<_>>()
    };
    TRAINING_SETS.into_iter().zip(outcomes).flat_map(of).collect()
}

fn numbers(drawn: &MarkedPoints, outcomes: &[Outcome; 2]) -> Vec<Numbers> {
    let counts = [drawn.all.len(), drawn.coreset().len()];
    (0..2)
        .map(|i| {
            let Outcome { fitted, loss, train_loss } = &outcomes[i];
            let shown = |of: fn((f64, f64)) -> f64| loss.map_or("-".to_owned(), |l| short(of(l)));
            Numbers {
                training_set: TRAINING_SETS[i],
                points: counts[i],
                loss_before: shown(|loss| loss.0),
                loss_after: shown(|loss| loss.1),
                rise: shown(|loss| loss.1 - loss.0),
                train_loss_before: short(train_loss.0),
                train_loss_after: short(train_loss.1),
                rank: fitted.fit.rank,
            }
        })
        .collect()
}

/// What one's own points are compared with.
fn unknown_truth(state: &State) -> Option<String> {
    state.own.as_ref()?;
    let measured = match state.reference() {
        Reference::None => {
            "nothing; only the losses on the points of each fit are known".to_owned()
        }
        reference => reference.to_string(),
    };
    Some(format!("No truth known: compared with {measured}."))
}

/// What one draw says about the claim that noise makes pruning harder.
fn verdict(outcomes: &[Outcome; 2]) -> String {
    let [full, coreset] = [outcomes[0].compared(), outcomes[1].compared()];
    let measured =
        if outcomes[0].loss.is_some() { "loss" } else { "loss on the points of the fit" };
    let rises = [full.1 - full.0, coreset.1 - coreset.0];
    let (more, than) = if rises[0] > rises[1] {
        ("all points", "the coreset")
    } else {
        ("the coreset", "all points")
    };
    let holds =
        if rises[0] > rises[1] { "Holds in this draw" } else { "Does not hold in this draw" };
    let better = if full.0 < coreset.0 { "all points" } else { "the coreset" };
    let (high, low) = (rises[0].max(rises[1]), rises[0].min(rises[1]));
    if rises[0] == rises[1] {
        return "Pruning changes both losses alike.".to_owned();
    }
    format!(
        "{holds}: pruning changes the {measured} by {} with {more} and by {} with {than}. Before pruning, the fit to {better} is the better one.",
        short(high),
        short(low)
    )
}

fn lines(rows: &[PruneStudyRow]) -> Vec<String> {
    let of = |set: &str, loss: fn(&PruneStudyRow) -> f64| {
        let values: Vec<f64> = rows.iter().filter(|r| r.training_set == set).map(loss).collect();
        if let [value] = values[..] {
            return short(value);
        }
        let of = |band: Band| {
            format!("{} ({} to {})", short(band.median), short(band.low), short(band.high))
        };
        band_of_all(&values).map_or_else(|| "none".to_owned(), of)
    };
    let line = |set: &str, words: &str| {
        let (before, after) = (of(set, |r| r.compared().0), of(set, |r| r.compared().1));
        let middle = if rows.len() == 2 { "" } else { "median " };
        format!("{words}: {middle}loss {before} before pruning, {after} after")
    };
    let hurt: Vec<bool> = crate::study::hurt_more(rows);
    let share = match hurt[..] {
        [true] => "1 draw: pruning hurts more with all points".to_owned(),
        [false] => "1 draw: pruning does not hurt more with all points".to_owned(),
        _ => format!("Pruning hurts more with all points in {} of the draws", share(&hurt)),
    };
    vec![line(TRAINING_SETS[0], "All points"), line(TRAINING_SETS[1], "Coreset"), share]
}
