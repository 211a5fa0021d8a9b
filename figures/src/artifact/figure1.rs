//! Figure 1: what noise does to pruning (a, b, and d over many draws), and what the degree does to
//! coreset selection (c).

pub(crate) mod curves;
pub(crate) mod difficulty;
pub(crate) mod losses;

use super::Artifact;
use crate::figure::{Figure, Panel, Picture, compose, panel_name, panel_picture};
use crate::read::results::{FigureError, Results, Wanted};
use swast_tables::rows::{EpsilonRow, PruneCurveRow, PrunePointRow, PruneStudyRow};

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "figure1",
    line: "Noise against pruning, degree against selection",
    commands: &["make figures", "swast-analysis prune", "swast-analysis epsilon"],
    draw: figure,
};

/// What makes the tables of the pruning study.
const PRUNE: &[&str] = &["make figures", "swast-analysis prune"];
/// What makes the table of the epsilon study.
const EPSILON: &[&str] = &["make figures", "swast-analysis epsilon"];

/// The panels; their order gives their letters.
#[derive(Clone, Copy)]
enum Part {
    Full,
    Coreset,
    Difficulty,
    Losses,
}

/// The figure from `prune_curves.csv`, `prune_points.csv`, `prune_study.csv` and `epsilon.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let parts = [Part::Full, Part::Coreset, Part::Difficulty, Part::Losses];
    compose(ARTIFACT.name, parts.map(|part| panel(results, part)))
}

/// The pictures of the pruning study alone: one draw (a, b) and all of them (d).
pub fn pruning(results: &Results) -> Result<Vec<Picture>, FigureError> {
    let parts = [Part::Full, Part::Coreset, Part::Losses];
    parts.into_iter().map(|part| picture(results, part)).collect()
}

/// The picture of the epsilon study alone (c).
pub fn selection(results: &Results) -> Result<Picture, FigureError> {
    picture(results, Part::Difficulty)
}

fn picture(results: &Results, part: Part) -> Result<Picture, FigureError> {
    Ok(panel_picture(ARTIFACT.name, part as usize, panel(results, part)?))
}

fn panel(results: &Results, part: Part) -> Result<Panel, FigureError> {
    let wanted = |commands| Wanted { rows: panel_name(ARTIFACT.name, part as usize), commands };
    match part {
        Part::Full => curves(results, &wanted(PRUNE), "full"),
        Part::Coreset => curves(results, &wanted(PRUNE), "coreset"),
        Part::Difficulty => difficulty(results, &wanted(EPSILON)),
        Part::Losses => losses(results, &wanted(PRUNE)),
    }
}

fn curves(results: &Results, wanted: &Wanted, training_set: &str) -> Result<Panel, FigureError> {
    let rows: Vec<PruneCurveRow> = results.rows(wanted)?;
    let points: Vec<PrunePointRow> = results.rows(wanted)?;
    if !rows.iter().any(|r| r.training_set == training_set) {
        return Err(results.empty::<PruneCurveRow>(wanted));
    }
    let study: Vec<PruneStudyRow> = results.rows(wanted)?;
    let own = study.first().is_some_and(PruneStudyRow::is_own);
    let reference = if own { "compared with" } else { "truth" };
    let plots = vec![curves::plot(&rows, &points, training_set, reference)];
    let noisy = points.iter().filter(|p| p.noisy).count();
    let shown = match training_set {
        "full" => format!(
            "One draw: polynomial fitted to all {} points, {noisy} of them noisy, before and \
             after pruning its smallest coefficients; curves end at the frame.",
            points.len()
        ),
        _ => format!(
            "The same draw, fitted to its {} clean points, the coreset.",
            points.len() - noisy
        ),
    };
    let settings = study_settings(results, wanted, &study)?;
    Ok(Panel { plots, shown, settings, claims: Vec::new() })
}

/// What all draws of the study share; several settings in one table are an error.
fn study_settings(
    results: &Results,
    wanted: &Wanted,
    rows: &[PruneStudyRow],
) -> Result<String, FigureError> {
    let settings = |r: &PruneStudyRow| {
        let noise = r.noise.map_or("of unknown size".to_owned(), |n| n.to_string());
        let refit = if r.refit { "refitted" } else { "not refitted" };
        let points = if r.is_own() {
            let reference = if r.function == "data" {
                "the line through the clean points"
            } else {
                &r.function
            };
            format!("No truth known: compared with {reference}, {} given points", r.points)
        } else {
            format!("Target {}, {} {} points", r.function, r.points, r.design)
        };
        format!(
            "{points}, noise {noise} on a share of {}, degree {}, {} coefficients pruned in \
             the {} basis, {refit}.",
            r.noisy_fraction, r.degree, r.pruned, r.basis
        )
    };
    results.one::<PruneStudyRow>(wanted, "function to refit", rows.iter().map(settings))?;
    Ok(rows.first().map(settings).unwrap_or_default())
}

fn losses(results: &Results, wanted: &Wanted) -> Result<Panel, FigureError> {
    let rows: Vec<PruneStudyRow> = results.rows(wanted)?;
    let study = losses::study(&rows);
    let plots = vec![losses::plot(&study)];
    let left_out = match study.left_out {
        0 => String::new(),
        n => format!("; {n} rows are not finite and left out"),
    };
    let shown = match study.draws() {
        1 => format!("Mean squared error {} in 1 draw{left_out}.", study.against),
        draws => format!(
            "Mean squared error {} over {draws} draws: median (ring and number), quartiles (thick) and \
             5\u{2013}95 % (thin).",
            study.against
        ),
    };
    let settings = study_settings(results, wanted, &rows)?;
    Ok(Panel { plots, shown, settings, claims: losses::claims(&study) })
}

fn difficulty(results: &Results, wanted: &Wanted) -> Result<Panel, FigureError> {
    let rows: Vec<EpsilonRow> = results.rows(wanted)?;
    let settings = |r: &EpsilonRow| {
        format!(
            "Target {}, {} noisy and {} clean points, {} design, noise {}.",
            r.function, r.noisy, r.clean, r.design, r.noise
        )
    };
    results.one::<EpsilonRow>(wanted, "function to noise", rows.iter().map(settings))?;
    let settings = rows.first().map(settings).unwrap_or_default();
    let pairings = difficulty::pairings(&rows);
    let infinite: usize = pairings.iter().map(|p| p.left_out).sum();
    let left_out = match infinite {
        0 => "no row is infinite".to_owned(),
        n => format!("{n} rows are infinite and left out"),
    };
    let shown = format!(
        "Coreset difficulty I against the degree: median and 5\u{2013}95 % band over draws; the rate \
         is the slope of ln I per degree with its 95 % interval; {left_out}."
    );
    let claims = difficulty::claims(&pairings);
    let plots = vec![difficulty::plot(&pairings)];
    Ok(Panel { plots, shown, settings, claims })
}
