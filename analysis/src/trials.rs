//! The epsilon study over many draws: rows of `epsilon.csv` (Figure 1c).

use clap::ValueEnum;
use rayon::prelude::*;
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;

use crate::at_fit::at_fit;
use crate::design::Design;
use crate::epsilon::{Extremes, Whitening};
use crate::points::{Points, noisy_and_clean};
use crate::target::Target;
use crate::{Error, ascent};

/// Which sets stand for D and C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Pairing {
    /// D the noisy points, C the clean ones, drawn apart.
    Disjoint,
    /// D all points, C the clean ones; I is at most max(1, N/n - 1).
    Subset,
    /// D the noisy points; the ratio at the least-squares fit to D alone, with Lc the error
    /// against the true function on 100 equispaced test points.
    AtFit,
}

/// How the supremum is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Solver {
    /// Closed form, by singular values.
    Exact,
    /// Numerical maximisation with argmin, from several starts.
    Argmin,
}

/// The settings of the epsilon study.
#[derive(Debug, Clone, PartialEq)]
pub struct EpsilonStudy {
    target: Target,
    design: Design,
    counts: (usize, usize),
    noise: f64,
    degrees: Vec<usize>,
    requests: Vec<(Pairing, Solver)>,
}

impl EpsilonStudy {
    /// Checks the settings: `counts` are the noisy and the clean points, both at least 1, and
    /// `noise` is the standard deviation of the noise.
    pub fn try_new(
        (target, design): (Target, Design),
        counts: (usize, usize),
        noise: f64,
        degrees: Vec<usize>,
        requests: Vec<(Pairing, Solver)>,
    ) -> Result<Self, Error> {
        if counts.0 == 0 {
            return Err(Error::setting("--noisy", "0 points are no full set; give at least 1"));
        }
        if counts.1 == 0 {
            return Err(Error::setting("--clean", "0 points are no coreset; give at least 1"));
        }
        check_noise(noise)?;
        Ok(Self { target, design, counts, noise, degrees, requests })
    }

    /// All rows of `trials` draws, ordered by draw, pairing and solver as asked for, and degree.
    /// The order and every number are the same for any number of threads. `done` is called
    /// after each draw.
    pub fn run(
        &self,
        trials: u64,
        seed: u64,
        done: impl Fn() + Sync,
    ) -> Result<Vec<EpsilonRow>, Error> {
        let draws: Vec<_> = (0..trials)
            .into_par_iter()
            .map(|trial| self.draw((seed, trial)).inspect(|_| done()))
            .collect::<Result<_, _>>()?;
        Ok(draws.into_iter().flatten().collect())
    }

    /// The values I(D, C) of one draw, in the order of the requests and degrees.
    pub fn epsilons(
        &self,
        pairing: Pairing,
        solver: Solver,
        key: (u64, u64),
    ) -> Result<Vec<f64>, Error> {
        let (noisy, clean) =
            noisy_and_clean(self.target, self.design, self.counts, self.noise, key);
        let full = match pairing {
            Pairing::Disjoint => noisy,
            Pairing::Subset => noisy.join(&clean),
            Pairing::AtFit => return at_fit(&noisy, self.target, &self.degrees),
        };
        let whitening = Whitening::new(&full, &clean, &self.degrees)?;
        let at = |degree: &usize| match solver {
            Solver::Exact => whitening.epsilon(*degree),
            Solver::Argmin => {
                ascent::extremes(&whitening.quotient(*degree)?, key).map(Extremes::epsilon)
            }
        };
        self.degrees.iter().map(at).collect()
    }

    fn draw(&self, (seed, trial): (u64, u64)) -> Result<Vec<EpsilonRow>, Error> {
        let mut rows = Vec::with_capacity(self.requests.len() * self.degrees.len());
        let (function, design) = (name_of(self.target), name_of(self.design));
        for (pairing, solver) in &self.requests {
            let (pairing_name, solver_name) = (name_of(*pairing), name_of(*solver));
            let values = self.epsilons(*pairing, *solver, (seed, trial))?;
            rows.extend(self.degrees.iter().zip(values).map(|(degree, epsilon)| EpsilonRow {
                trial,
                seed,
                function: function.clone(),
                pairing: pairing_name.clone(),
                design: design.clone(),
                degree: *degree,
                noisy: self.counts.0,
                clean: self.counts.1,
                noise: self.noise,
                solver: solver_name.clone(),
                epsilon,
            }));
        }
        Ok(rows)
    }
}

/// Checks that `noise` is a standard deviation.
/// Squares of larger noise leave the range of `f64`.
const LARGEST_NOISE: f64 = 1e100;

pub(crate) fn check_noise(noise: f64) -> Result<(), Error> {
    if (0.0..=LARGEST_NOISE).contains(&noise) {
        return Ok(());
    }
    Err(Error::setting(
        "--noise",
        format!("{noise:?} is no standard deviation; give 0 up to {LARGEST_NOISE:e}"),
    ))
}

/// The extremes of Lc / L at each of `degrees` with either solver; `key` is the seed and the draw
/// of the starts of `Argmin`.
pub fn extremes(
    full: &Points,
    coreset: &Points,
    degrees: &[usize],
    solver: Solver,
    key: (u64, u64),
) -> Result<Vec<Extremes>, Error> {
    let whitening = Whitening::new(full, coreset, degrees)?;
    let at = |degree: &usize| {
        let quotient = whitening.quotient(*degree)?;
        match solver {
            Solver::Exact => quotient.extremes(),
            Solver::Argmin => ascent::extremes(&quotient, key),
        }
    };
    degrees.iter().map(at).collect()
}
