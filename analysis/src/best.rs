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
use crate::draw::{Draw, Trials};
use crate::generate::{PartlyNoisy, check_noise};
use crate::points::Points;
use crate::scale::Scale;

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
    /// The points of a draw, D.
    pub recipe: PartlyNoisy,
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
        check_noise(self.recipe.noise)?;
        let share = self.recipe.noisy_fraction;
        if !(0.0..=1.0).contains(&share) {
            let reason = format!("{share} is no share; give a number from 0 to 1");
            return Err(Error::setting("--noisy-fraction", reason));
        }
        check_sizes(&self.sizes, self.recipe.points)
    }

    /// All rows of `trials`, ordered by draw, degree, method and size; the same for any number of threads. `done` is
    /// called after each degree of each draw.
    pub fn run(
        &self,
        trials: Trials,
        done: impl Fn() + Sync,
    ) -> Result<Vec<BestCoresetRow>, Error> {
        self.check()?;
        let jobs: Vec<(Draw, usize)> = trials
            .draws()
            .flat_map(|draw| self.degrees.iter().map(move |degree| (draw, *degree)))
            .collect();
        let rows: Vec<Vec<BestCoresetRow>> = jobs
            .into_par_iter()
            .map(|(draw, degree)| {
                let drawn = self.recipe.draw(draw);
                let of = (&Scale::of(&drawn.all), degree);
                let found = difficulties(&drawn.all, of, &self.methods, &self.sizes, draw)?;
                done();
                Ok(found.into_iter().map(|found| self.row(draw, degree, found)).collect())
            })
            .collect::<Result<_, Error>>()?;
        Ok(rows.into_iter().flatten().collect())
    }

    fn row(&self, draw: Draw, degree: usize, found: Found) -> BestCoresetRow {
        let PartlyNoisy { target, design, points, noise, noisy_fraction } = self.recipe;
        BestCoresetRow {
            trial: draw.trial,
            seed: draw.seed,
            function: name_of(target),
            design: name_of(design),
            points,
            noisy_fraction,
            noise,
            degree,
            method: name_of(found.method),
            size: found.size,
            epsilon: found.epsilon,
        }
    }
}

/// The difficulty of one coreset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// How the coreset was chosen.
    pub method: Method,
    /// Number of its points.
    pub size: usize,
    /// I(D, C).
    pub epsilon: f64,
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

/// I for coresets of `points` and polynomials of one degree in the variable of a scale, of each of `sizes` by each of `methods`; `exhaustive` where there are few
/// subsets. `draw` is that of what is chosen at random.
pub fn difficulties(
    points: &Points,
    (scale, degree): (&Scale, usize),
    methods: &[Method],
    sizes: &[usize],
    draw: Draw,
) -> Result<Vec<Found>, Error> {
    let frame = Frame::within(scale, points, degree)?;
    let greedy = greedy(&frame);
    let mut found = Vec::new();
    for method in methods {
        if *method == Method::Bound {
            let bound =
                |size: &usize| Found { method: *method, size: *size, epsilon: frame.bound(*size) };
            found.extend(sizes.iter().map(bound));
            continue;
        }
        let order = match method {
            Method::Greedy | Method::Exchange | Method::Exhaustive => greedy.clone(),
            _ => order(*method, points, &frame, draw)?,
        };
        let subsets: Vec<Option<Vec<usize>>> = match method {
            Method::Exchange => exchanges(&frame, &order, sizes).into_iter().map(Some).collect(),
            Method::Exhaustive => sizes.iter().map(|size| exhaustive(&frame, *size)).collect(),
            _ => sizes.iter().map(|size| Some(order[..*size].to_vec())).collect(),
        };
        let chosen = |(size, subset): (&usize, Option<Vec<usize>>)| {
            let epsilon = frame.epsilon(&subset?);
            Some(Found { method: *method, size: *size, epsilon })
        };
        found.extend(sizes.iter().zip(subsets).filter_map(chosen));
    }
    Ok(found)
}
