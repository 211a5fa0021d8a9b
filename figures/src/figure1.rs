//! Figure 1: what noise does to pruning (a, b, and d over many draws), and what the degree does to
//! coreset selection (c).

pub(crate) mod curves;
pub(crate) mod difficulty;
pub(crate) mod losses;

use crate::figure::{Figure, Panel, Picture, compose};
use crate::results::{FigureError, Results};
use swast_tables::rows::{EpsilonRow, PruneCurveRow, PrunePointRow, PruneStudyRow};

/// The figure from `prune_curves.csv`, `prune_points.csv`, `prune_study.csv` and `epsilon.csv`.
pub fn figure(results: &Results) -> Result<Figure, FigureError> {
    let panels = vec![
        curves(results, "figure1a", "full"),
        curves(results, "figure1b", "coreset"),
        difficulty(results),
        losses(results),
    ];
    compose("figure1", panels)
}

/// The pictures of the pruning study alone: one draw (a, b) and all of them (d).
pub fn pruning(results: &Results) -> Result<Vec<Picture>, FigureError> {
    let panels = [
        curves(results, "figure1a", "full")?,
        curves(results, "figure1b", "coreset")?,
        losses(results)?,
    ];
    Ok(panels.iter().map(Panel::picture).collect())
}

/// The picture of the epsilon study alone (c).
pub fn selection(results: &Results) -> Result<Picture, FigureError> {
    Ok(difficulty(results)?.picture())
}

const PRUNE: &str = "make figures` or `swast-analysis prune";
const EPSILON: &str = "make figures` or `swast-analysis epsilon";

fn curves(results: &Results, name: &'static str, training_set: &str) -> Result<Panel, FigureError> {
    let rows: Vec<PruneCurveRow> = results.rows(name, PRUNE)?;
    let points: Vec<PrunePointRow> = results.rows(name, PRUNE)?;
    if !rows.iter().any(|r| r.training_set == training_set) {
        return Err(results.empty::<PruneCurveRow>(name, PRUNE));
    }
    let plots = vec![curves::plot(&rows, &points, training_set)];
    let noisy = points.iter().filter(|p| p.noisy).count();
    let shown = match training_set {
        "full" => format!(
            "(a) One draw: polynomial fitted to all {} points, {noisy} of them noisy, before and \
             after pruning its smallest coefficients; curves end at the frame.",
            points.len()
        ),
        _ => format!(
            "(b) The same draw, fitted to its {} clean points, the coreset.",
            points.len() - noisy
        ),
    };
    let study: Vec<PruneStudyRow> = results.rows(name, PRUNE)?;
    let settings = study_settings(results, name, &study)?;
    Ok(Panel { name, plots, shown, settings, claims: Vec::new() })
}

/// What all draws of the study share; several settings in one table are an error.
fn study_settings(
    results: &Results,
    name: &str,
    rows: &[PruneStudyRow],
) -> Result<String, FigureError> {
    let settings = |r: &PruneStudyRow| {
        let noise = r.noise.map_or("of unknown size".to_owned(), |n| n.to_string());
        let refit = if r.refit { "refitted" } else { "not refitted" };
        format!(
            "Target {}, {} {} points, noise {noise} on a share of {}, degree {}, {} coefficients pruned in \
             the {} basis, {refit}.",
            r.function, r.points, r.design, r.noisy_fraction, r.degree, r.pruned, r.basis
        )
    };
    results.one::<PruneStudyRow>(name, "function to refit", rows.iter().map(settings))?;
    Ok(rows.first().map(settings).unwrap_or_default())
}

fn losses(results: &Results) -> Result<Panel, FigureError> {
    let name = "figure1d";
    let rows: Vec<PruneStudyRow> = results.rows(name, PRUNE)?;
    let study = losses::study(&rows);
    let plots = vec![losses::plot(&study)];
    let shown = format!(
        "(d) Mean squared error against the truth over {} draws: median (ring and number), quartiles (thick) and \
         5\u{2013}95 % (thin).",
        study.draws()
    );
    let settings = study_settings(results, name, &rows)?;
    Ok(Panel { name, plots, shown, settings, claims: losses::claims(&study) })
}

fn difficulty(results: &Results) -> Result<Panel, FigureError> {
    let name = "figure1c";
    let rows: Vec<EpsilonRow> = results.rows(name, EPSILON)?;
    let settings = |r: &EpsilonRow| {
        format!(
            "Target {}, {} noisy and {} clean points, {} design, noise {}.",
            r.function, r.noisy, r.clean, r.design, r.noise
        )
    };
    results.one::<EpsilonRow>(name, "function to noise", rows.iter().map(settings))?;
    let settings = rows.first().map(settings).unwrap_or_default();
    let pairings = difficulty::pairings(&rows);
    let infinite: usize = pairings.iter().map(|p| p.left_out).sum();
    let left_out = match infinite {
        0 => "no row is infinite".to_owned(),
        n => format!("{n} rows are infinite and left out"),
    };
    let shown = format!(
        "(c) Coreset difficulty I against the degree: median and 5\u{2013}95 % band over draws; the rate \
         is the slope of ln I per degree with its 95 % interval; {left_out}."
    );
    let claims = difficulty::claims(&pairings);
    let plots = vec![difficulty::plot(&pairings)];
    Ok(Panel { name, plots, shown, settings, claims })
}
