//! Interplay maps: one number over two settings, in every cell from the same draws, so that cells
//! differ by their settings alone.

use clap::ValueEnum;
use rayon::prelude::*;
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;
use swast_tables::rows::lab::PruneMapRow;

use crate::Error;
use crate::design::Design;
use crate::prune::Pruning;
use crate::study::{PruneStudy, Source};
use crate::target::Target;
use crate::trials::{EpsilonStudy, Pairing, Solver};

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
    /// The true function.
    pub target: Target,
    /// Placement of the abscissae.
    pub design: Design,
    /// Number of points.
    pub points: usize,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Share of the points that are noisy.
    pub noisy_fraction: f64,
    /// What is fitted and pruned.
    pub pruning: Pruning,
}

impl Ground {
    /// A cell per noise level and degree.
    #[must_use]
    pub fn over_noise_and_degree(self, noises: &[f64], degrees: &[usize]) -> Vec<Self> {
        let with = |noise: f64, degree: usize| Self {
            noise,
            pruning: Pruning { degree, ..self.pruning },
            ..self
        };
        noises.iter().flat_map(|noise| degrees.iter().map(move |d| with(*noise, *d))).collect()
    }

    /// A cell per number of pruned coefficients, none to all, and number of noisy points, none to all
    /// but one.
    #[must_use]
    pub fn over_pruned_and_noisy(self) -> Vec<Self> {
        let with = |pruned: usize, noisy: usize| Self {
            noisy_fraction: noisy as f64 / self.points as f64,
            pruning: Pruning { pruned, ..self.pruning },
            ..self
        };
        (0..=self.pruning.degree + 1)
            .flat_map(|pruned| (0..self.points).map(move |noisy| with(pruned, noisy)))
            .collect()
    }

    fn study(&self) -> Result<PruneStudy, Error> {
        let Pruning { degree, pruned, basis, refit } = self.pruning;
        let source = Source::Generated {
            target: self.target,
            design: self.design,
            points: self.points,
            noise: self.noise,
            noisy_fraction: self.noisy_fraction,
        };
        PruneStudy::try_new(source, Pruning::try_new(degree, pruned, basis, refit)?)
    }

    fn row(&self, kind: Kind, (seed, trial): (u64, u64), losses: [f64; 2]) -> PruneMapRow {
        PruneMapRow {
            map: name_of(kind),
            trial,
            seed,
            function: name_of(self.target),
            points: self.points,
            noise: self.noise,
            noisy_fraction: self.noisy_fraction,
            design: name_of(self.design),
            degree: self.pruning.degree,
            pruned: self.pruning.pruned,
            basis: name_of(self.pruning.basis),
            refit: self.pruning.refit,
            loss_full: losses[0],
            loss_coreset: losses[1],
        }
    }
}

/// `trials` draws in each of `cells`, cell by cell; every number is the same for any number of
/// threads. `done` is called after each cell.
pub fn pruned_losses(
    kind: Kind,
    cells: &[Ground],
    (seed, trials): (u64, u64),
    done: impl Fn() + Sync,
) -> Result<Vec<PruneMapRow>, Error> {
    let rows: Vec<Vec<PruneMapRow>> = cells
        .par_iter()
        .map(|cell| {
            let study = cell.study()?;
            let row = |trial| {
                let losses = study.pruned_losses(&study.points(seed, trial))?;
                Ok(cell.row(kind, (seed, trial), losses))
            };
            (0..trials).map(row).collect::<Result<_, Error>>().inspect(|_| done())
        })
        .collect::<Result<_, Error>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// I for `trials` draws of full sets of `noisy` points and coresets of each of `sizes`, drawn apart,
/// at all `degrees`. `done` is called after each size.
pub fn difficulties(
    (target, design): (Target, Design),
    (noisy, noise): (usize, f64),
    (degrees, sizes): (&[usize], &[usize]),
    (seed, trials): (u64, u64),
    done: impl Fn() + Sync,
) -> Result<Vec<EpsilonRow>, Error> {
    let of = |size: &usize| {
        let requests = vec![(Pairing::Disjoint, Solver::Exact)];
        let counts = (noisy, *size);
        let study =
            EpsilonStudy::try_new((target, design), counts, noise, degrees.to_vec(), requests)?;
        study.run(trials, seed, || ()).inspect(|_| done())
    };
    let rows: Vec<Vec<EpsilonRow>> = sizes.par_iter().map(of).collect::<Result<_, Error>>()?;
    Ok(rows.into_iter().flatten().collect())
}
