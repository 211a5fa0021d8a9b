//! The epsilon study over many draws: rows of `epsilon.csv` (Figure 1c).

use clap::ValueEnum;
use rayon::prelude::*;
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;

use crate::at_fit::at_fit;
use crate::draw::{Draw, Trials};
use crate::epsilon::{Extremes, Whitening};
use crate::generate::Apart;
use crate::points::Points;
use crate::scale::Scale;
use crate::{Error, ascent};

/// Which sets are D and C.
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

/// One curve over the degrees: the pair of sets, and the solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Curve {
    /// Which sets are D and C.
    pub pairing: Pairing,
    /// How the supremum is found.
    pub solver: Solver,
}

/// The settings of the epsilon study.
#[derive(Debug, Clone, PartialEq)]
pub struct EpsilonStudy {
    sets: Apart,
    degrees: Vec<usize>,
    curves: Vec<Curve>,
}

impl EpsilonStudy {
    /// The study of `curves` over `degrees`, once [`Apart::check`] has passed.
    pub fn try_new(sets: Apart, degrees: Vec<usize>, curves: Vec<Curve>) -> Result<Self, Error> {
        sets.check()?;
        Ok(Self { sets, degrees, curves })
    }

    /// All rows of `trials`, ordered by draw, curve as asked for, and degree. The order and every number are the same
    /// for any number of threads. `done` is called after each draw.
    pub fn run(&self, trials: Trials, done: impl Fn() + Sync) -> Result<Vec<EpsilonRow>, Error> {
        let draws: Vec<_> = trials
            .in_parallel()
            .map(|draw| self.draw(draw).inspect(|_| done()))
            .collect::<Result<_, _>>()?;
        Ok(draws.into_iter().flatten().collect())
    }

    /// The values I(D, C) of one draw along `curve`, in the order of the degrees.
    pub fn epsilons(&self, curve: Curve, draw: Draw) -> Result<Vec<f64>, Error> {
        let (noisy, clean) = self.sets.draw(draw);
        let full = match curve.pairing {
            Pairing::Disjoint => noisy,
            Pairing::Subset => noisy.join(&clean),
            Pairing::AtFit => return at_fit(&noisy, self.sets.target, &self.degrees),
        };
        let whitening = Whitening::new(&full, &clean, &self.degrees)?;
        let at = |degree: &usize| match curve.solver {
            Solver::Exact => whitening.epsilon(*degree),
            Solver::Argmin => {
                ascent::extremes(&whitening.quotient(*degree)?, draw).map(Extremes::epsilon)
            }
        };
        self.degrees.iter().map(at).collect()
    }

    fn draw(&self, draw: Draw) -> Result<Vec<EpsilonRow>, Error> {
        let mut rows = Vec::with_capacity(self.curves.len() * self.degrees.len());
        let Apart { target, design, noisy, clean, noise } = self.sets;
        for curve in &self.curves {
            let values = self.epsilons(*curve, draw)?;
            rows.extend(self.degrees.iter().zip(values).map(|(degree, epsilon)| EpsilonRow {
                trial: draw.trial,
                seed: draw.seed,
                function: name_of(target),
                pairing: name_of(curve.pairing),
                design: name_of(design),
                degree: *degree,
                noisy,
                clean,
                noise,
                solver: name_of(curve.solver),
                epsilon,
            }));
        }
        Ok(rows)
    }
}

/// The extremes of Lc / L at each of `degrees` with either solver; `draw` is that of the starts of
/// `Argmin`, `scale` the variable of the polynomials.
pub fn extremes(
    (full, coreset): (&Points, &Points),
    scale: &Scale,
    degrees: &[usize],
    solver: Solver,
    draw: Draw,
) -> Result<Vec<Extremes>, Error> {
    let whitening = Whitening::within(scale, (full, coreset), degrees)?;
    let at = |degree: &usize| {
        let quotient = whitening.quotient(*degree)?;
        match solver {
            Solver::Exact => quotient.extremes(),
            Solver::Argmin => ascent::extremes(&quotient, draw),
        }
    };
    degrees.iter().map(at).collect()
}
