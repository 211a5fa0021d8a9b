//! Figure 1: what noise does to pruning (a, b, and d over many draws), and what the degree does to
//! coreset selection (c).

mod curves;
mod difficulty;
mod losses;

use crate::figure::{Figure, Panel, compose};
use crate::results::{FigureError, Results};
use crate::rows::{EpsilonRow, PruneCurveRow, PrunePointRow, PruneStudyRow};

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
    let caption = match training_set {
        "full" => format!(
            "(a) One draw: polynomial fitted to all {} points, {noisy} of them noisy, before and \
             after pruning its smallest coefficients.",
            points.len()
        ),
        _ => format!(
            "(b) The same draw, fitted to its {} clean points, the coreset.",
            points.len() - noisy
        ),
    };
    Ok(Panel { name, plots, caption: vec![caption], claims: Vec::new() })
}

fn losses(results: &Results) -> Result<Panel, FigureError> {
    let name = "figure1d";
    let rows: Vec<PruneStudyRow> = results.rows(name, PRUNE)?;
    let settings = |r: &PruneStudyRow| format!("{} degree {}", r.function, r.degree);
    results.one::<PruneStudyRow>(name, "function/degree", rows.iter().map(settings))?;
    let study = losses::study(&rows);
    let plots = vec![losses::plot(&study)];
    let first = &rows[0];
    let caption = format!(
        "(d) Mean squared error against the truth over {} draws: median, quartiles (thick) and \
         5\u{2013}95 % (thin). {} target, {} {} points, noise {} on a share of {}, degree {}, {} \
         coefficients pruned in the {} basis.",
        study.draws(),
        first.function,
        first.points,
        first.design,
        first.noise,
        first.noisy_fraction,
        first.degree,
        first.pruned,
        first.basis
    );
    let claims = losses::claims(&study);
    Ok(Panel { name, plots, caption: vec![caption], claims })
}

fn difficulty(results: &Results) -> Result<Panel, FigureError> {
    let name = "figure1c";
    let rows: Vec<EpsilonRow> = results.rows(name, EPSILON)?;
    results.one::<EpsilonRow>(name, "function", rows.iter().map(|r| r.function.clone()))?;
    let pairings = difficulty::pairings(&rows);
    let infinite: usize = pairings.iter().map(|p| p.left_out).sum();
    let left_out = match infinite {
        0 => "no row is infinite".to_owned(),
        n => format!("{n} infinite rows are left out"),
    };
    let first = &rows[0];
    let caption = format!(
        "(c) Coreset difficulty I against the degree: median and 5\u{2013}95 % band over draws; growth \
         per degree is the slope of ln I with its 95 % interval; {left_out}. {} target, {} noisy and \
         {} clean points, {} design, noise {}.",
        first.function, first.noisy, first.clean, first.design, first.noise
    );
    let claims = difficulty::claims(&pairings);
    let plots = vec![difficulty::plot(&pairings)];
    Ok(Panel { name, plots, caption: vec![caption], claims })
}
