//! Interplay maps: one number over two settings, in every cell from the same draws, so that cells
//! differ by their settings alone.

use clap::ValueEnum;
use rayon::prelude::*;
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;
use swast_tables::rows::lab::PruneMapRow;

use crate::Error;
use crate::draw::{Draw, Trials};
use crate::generate::{Apart, PartlyNoisy};
use crate::prune::Pruning;
use crate::study::{PruneStudy, Source};
use crate::trials::{Curve, EpsilonStudy, Pairing, Solver};

/// The two settings that vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Pruned loss over noise and degree.
    NoiseDegree,
    /// Pruned loss over the number of pruned coefficients and the share of noisy points.
    PrunedNoisy,
    /// I over degree and coreset size.
    DegreeSize,
}

/// What does not vary in a map of pruned losses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// The points of a draw.
    pub recipe: PartlyNoisy,
    /// What is fitted and pruned.
    pub pruning: Pruning,
}

impl Ground {
    /// A cell per noise level and degree.
    #[must_use]
    pub fn over_noise_and_degree(self, noises: &[f64], degrees: &[usize]) -> Vec<Self> {
        let with = |noise: f64, degree: usize| Self {
            recipe: PartlyNoisy { noise, ..self.recipe },
            pruning: Pruning { degree, ..self.pruning },
        };
        noises.iter().flat_map(|noise| degrees.iter().map(move |d| with(*noise, *d))).collect()
    }

    /// A cell per number of pruned coefficients, none to all, and number of noisy points, none to all
    /// but one.
    #[must_use]
    pub fn over_pruned_and_noisy(self) -> Vec<Self> {
        let points = self.recipe.points;
        let with = |pruned: usize, noisy: usize| Self {
            recipe: PartlyNoisy { noisy_fraction: noisy as f64 / points as f64, ..self.recipe },
            pruning: Pruning { pruned, ..self.pruning },
        };
        (0..=self.pruning.degree + 1)
            .flat_map(|pruned| (0..points).map(move |noisy| with(pruned, noisy)))
            .collect()
    }

    fn study(&self) -> Result<PruneStudy, Error> {
        let Pruning { degree, pruned, basis, refit } = self.pruning;
        let source = Source::Generated(self.recipe);
        PruneStudy::try_new(source, Pruning::try_new(degree, pruned, basis, refit)?)
    }

    fn row(&self, kind: Kind, draw: Draw, losses: [f64; 2]) -> PruneMapRow {
        let recipe = &self.recipe;
        PruneMapRow {
            map: name_of(kind),
            trial: draw.trial,
            seed: draw.seed,
            function: name_of(recipe.target),
            points: recipe.points,
            noise: recipe.noise,
            noisy_fraction: recipe.noisy_fraction,
            design: name_of(recipe.design),
            degree: self.pruning.degree,
            pruned: self.pruning.pruned,
            basis: name_of(self.pruning.basis),
            refit: self.pruning.refit,
            loss_full: losses[0],
            loss_coreset: losses[1],
        }
    }
}

/// The draws of `trials` in each of `cells`, cell by cell; every number is the same for any number of
/// threads. `done` is called after each cell.
pub fn pruned_losses(
    kind: Kind,
    cells: &[Ground],
    trials: Trials,
    done: impl Fn() + Sync,
) -> Result<Vec<PruneMapRow>, Error> {
    let rows: Vec<Vec<PruneMapRow>> = cells
        .par_iter()
        .map(|cell| {
            let study = cell.study()?;
            let row = |draw| {
                let losses = study.pruned_losses(&study.points(draw))?;
                Ok(cell.row(kind, draw, losses))
            };
            trials.draws().map(row).collect::<Result<_, Error>>().inspect(|_| done())
        })
        .collect::<Result<_, Error>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// I for the draws of `trials` of each of `sets`, drawn apart, at all `degrees`. `done` is called after each of them.
pub fn difficulties(
    sets: &[Apart],
    degrees: &[usize],
    trials: Trials,
    done: impl Fn() + Sync,
) -> Result<Vec<EpsilonRow>, Error> {
    let of = |sets: &Apart| {
        let curves = vec![Curve { pairing: Pairing::Disjoint, solver: Solver::Exact }];
        let study = EpsilonStudy::try_new(*sets, degrees.to_vec(), curves)?;
        study.run(trials, || ()).inspect(|_| done())
    };
    let rows: Vec<Vec<EpsilonRow>> = sets.par_iter().map(of).collect::<Result<_, Error>>()?;
    Ok(rows.into_iter().flatten().collect())
}
