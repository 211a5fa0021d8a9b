//! Which n points of D make the best coreset? The second claim of the paper made quantitative: I(D, C)
//! over subsets C of D, by search and by the ways in which coresets are chosen for networks.
//!
//! In coordinates in which L is the square of the norm (`frame`), I depends on C through the extreme
//! eigenvalues of a sum of one rank-one matrix per point of C. A candidate changes this sum by rank
//! one, so it is judged by the secular equation (`spectrum`); a factorisation is made only for a
//! point that is taken or given up.

mod frame;
mod order;
mod search;
mod spectrum;

use clap::ValueEnum;
use rayon::prelude::*;
use swast_tables::names::name_of;
use swast_tables::rows::lab::BestCoresetRow;

use crate::Error;
use crate::design::Design;
use crate::points::{Points, partly_noisy};
use crate::target::Target;
use crate::trials::check_noise;

pub use frame::Frame;
pub use order::order;
pub use search::{exchange, exchanges, exhaustive, greedy};

/// How a coreset is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Method {
    /// From all points, always give up the one that leaves the smallest I.
    Greedy,
    /// From there, swap points as long as I falls.
    Exchange,
    /// Every subset, where there are few: the smallest I there is.
    Exhaustive,
    /// At random.
    Random,
    /// At random, with chances proportional to leverage scores.
    Leverage,
    /// Residuals nearest to their median (Xia et al., Moderate Coreset).
    Moderate,
    /// Largest residuals first (Paul et al., EL2N).
    El2n,
    /// Orthogonal matching pursuit of the gradient (Killamsetty et al., GRAD-MATCH).
    Gradmatch,
    /// Facility location on gradients (Mirzasoleiman et al., CRAIG).
    Craig,
    /// No choice, but a value that none can fall below.
    Bound,
}

/// The settings of the study.
#[derive(Debug, Clone, PartialEq)]
pub struct BestStudy {
    /// The true function and the placement of the abscissae.
    pub what: (Target, Design),
    /// Number of points of D.
    pub points: usize,
    /// Share of them that is noisy.
    pub noisy_fraction: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// Degrees of the polynomials.
    pub degrees: Vec<usize>,
    /// Sizes of the coreset.
    pub sizes: Vec<usize>,
    /// How they are chosen.
    pub methods: Vec<Method>,
}

impl BestStudy {
    /// Checks that sizes lie between 1 and the number of points.
    pub fn check(&self) -> Result<(), Error> {
        check_noise(self.noise)?;
        if !(0.0..=1.0).contains(&self.noisy_fraction) {
            let reason = format!("{} is no share; give a number from 0 to 1", self.noisy_fraction);
            return Err(Error::setting("--noisy-fraction", reason));
        }
        check_sizes(&self.sizes, self.points)
    }

    /// All rows of `trials` draws, ordered by draw, degree, method and size; the same for any number of
    /// threads. `done` is called after each draw.
    pub fn run(
        &self,
        trials: u64,
        seed: u64,
        done: impl Fn() + Sync,
    ) -> Result<Vec<BestCoresetRow>, Error> {
        self.check()?;
        let jobs: Vec<(u64, usize)> =
            (0..trials).flat_map(|trial| self.degrees.iter().map(move |d| (trial, *d))).collect();
        let rows: Vec<Vec<BestCoresetRow>> = jobs
            .into_par_iter()
            .map(|(trial, degree)| {
                let (target, design) = self.what;
                let noise = (self.noise, self.noisy_fraction);
                let drawn = partly_noisy(target, design, self.points, noise, (seed, trial));
                let choice = (self.methods.as_slice(), self.sizes.as_slice());
                let found = difficulties(&drawn.all, degree, choice, (seed, trial))?;
                done();
                Ok(found.into_iter().map(|found| self.row((seed, trial), degree, found)).collect())
            })
            .collect::<Result<_, Error>>()?;
        Ok(rows.into_iter().flatten().collect())
    }

    fn row(
        &self,
        (seed, trial): (u64, u64),
        degree: usize,
        (method, size, epsilon): (Method, usize, f64),
    ) -> BestCoresetRow {
        BestCoresetRow {
            trial,
            seed,
            function: name_of(self.what.0),
            design: name_of(self.what.1),
            points: self.points,
            noisy_fraction: self.noisy_fraction,
            noise: self.noise,
            degree,
            method: name_of(method),
            size,
            epsilon,
        }
    }
}

/// Checks that every size is from 1 to the number of `points`.
pub fn check_sizes(sizes: &[usize], points: usize) -> Result<(), Error> {
    match sizes.iter().find(|size| !(1..=points).contains(size)) {
        None => Ok(()),
        Some(size) => {
            let reason = format!("{size} points cannot be chosen of {points}; give 1 to {points}");
            Err(Error::setting("--sizes", reason))
        }
    }
}

/// (method, size, I) for coresets of `points` at one degree; `exhaustive` where there are few subsets.
/// `key` is the seed and the draw of what is chosen at random.
pub fn difficulties(
    points: &Points,
    degree: usize,
    (methods, sizes): (&[Method], &[usize]),
    key: (u64, u64),
) -> Result<Vec<(Method, usize, f64)>, Error> {
    let frame = Frame::new(points, degree)?;
    let greedy = greedy(&frame);
    let mut found = Vec::new();
    for method in methods {
        if *method == Method::Bound {
            found.extend(sizes.iter().map(|size| (*method, *size, frame.bound(*size))));
            continue;
        }
        let order = match method {
            Method::Greedy | Method::Exchange | Method::Exhaustive => greedy.clone(),
            _ => order(*method, points, &frame, key)?,
        };
        let subsets: Vec<Option<Vec<usize>>> = match method {
            Method::Exchange => exchanges(&frame, &order, sizes).into_iter().map(Some).collect(),
            Method::Exhaustive => sizes.iter().map(|size| exhaustive(&frame, *size)).collect(),
            _ => sizes.iter().map(|size| Some(order[..*size].to_vec())).collect(),
        };
        let pairs = sizes.iter().zip(subsets);
        found.extend(pairs.filter_map(|(n, subset)| Some((*method, *n, frame.epsilon(&subset?)))));
    }
    Ok(found)
}
