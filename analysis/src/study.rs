//! The pruning study over many draws: rows of `prune_study.csv`, `prune_curves.csv`
//! and `prune_points.csv` (Figure 1a, 1b). The full set is fitted and pruned, and so is its clean part,
//! the coreset; both are measured against the true function.

use rayon::prelude::*;
use swast_figures::rows::{PruneCurveRow, PrunePointRow, PruneStudyRow};

use crate::Error;
use crate::design::{Design, equispaced};
use crate::fit::mean_squared_error;
use crate::names::name;
use crate::points::{MarkedPoints, Points, marked_count, partly_noisy, random_marks};
use crate::prune::{PrunedFit, Pruning};
use crate::target::Target;
use crate::trials::check_noise;

/// Points of the grid on which a fit is measured against the true function.
pub const GRID_POINTS: usize = 401;

/// Names of the two training sets, in the order of their rows.
pub const TRAINING_SETS: [&str; 2] = ["full", "coreset"];

/// Where the points of a draw come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Drawn anew each time.
    Generated {
        /// The true function.
        target: Target,
        /// Placement of the abscissae.
        design: Design,
        /// Number of points.
        points: usize,
        /// Standard deviation of the noise.
        noise: f64,
        /// Share of the points that are noisy.
        noisy_fraction: f64,
    },
    /// The user's own. The true function, where not given, is the broken line through the clean
    /// points.
    Given {
        /// The points.
        points: Points,
        /// Which of them are noisy; where not given, each draw takes a random share.
        noisy: Option<Vec<bool>>,
        /// That share.
        noisy_fraction: f64,
        /// The true function.
        target: Option<Target>,
    },
}

/// The settings of the pruning study.
#[derive(Debug, Clone, PartialEq)]
pub struct PruneStudy {
    source: Source,
    pruning: Pruning,
}

/// One training set of one draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The fit and what pruning left of it.
    pub fitted: PrunedFit,
    /// Mean squared error against the true function on the grid, before and after pruning.
    pub loss: (f64, f64),
    /// Mean squared error on the training points, before and after pruning.
    pub train_loss: (f64, f64),
}

impl PruneStudy {
    /// Checks that the noise is a standard deviation, the share a share, and that both training sets
    /// have points.
    pub fn try_new(source: Source, pruning: Pruning) -> Result<Self, Error> {
        let share = source.noisy_fraction();
        if !(0.0..=1.0).contains(&share) {
            let reason = format!("{share} is no share; give a number from 0 to 1");
            return Err(Error::setting("--noisy-fraction", reason));
        }
        let (count, noisy_count) = match &source {
            Source::Generated { points, noise, noisy_fraction, .. } => {
                check_noise(*noise)?;
                (*points, marked_count(*points, *noisy_fraction))
            }
            Source::Given { points, noisy: Some(noisy), .. } => {
                (points.len(), noisy.iter().filter(|n| **n).count())
            }
            Source::Given { points, noisy_fraction, .. } => {
                (points.len(), marked_count(points.len(), *noisy_fraction))
            }
        };
        if noisy_count >= count {
            let reason = format!(
                "{noisy_count} of {count} points are noisy and none is left for the coreset; keep at least one clean"
            );
            let flag = if matches!(source, Source::Given { noisy: Some(_), .. }) {
                "--data"
            } else {
                "--noisy-fraction"
            };
            return Err(Error::setting(flag, reason));
        }
        Ok(Self { source, pruning })
    }

    /// The points of draw `trial`.
    #[must_use]
    pub fn points(&self, seed: u64, trial: u64) -> MarkedPoints {
        match &self.source {
            Source::Generated { target, design, points, noise, noisy_fraction } => {
                partly_noisy(*target, *design, *points, (*noise, *noisy_fraction), (seed, trial))
            }
            Source::Given { points, noisy, noisy_fraction, .. } => MarkedPoints {
                all: points.clone(),
                noisy: noisy
                    .clone()
                    .unwrap_or_else(|| random_marks(points.len(), *noisy_fraction, (seed, trial))),
            },
        }
    }

    /// Fits, prunes and measures both training sets of a draw, in the order of [`TRAINING_SETS`].
    pub fn measure(&self, drawn: &MarkedPoints) -> Result<[Outcome; 2], Error> {
        let truth = self.truth(drawn);
        Ok([self.outcome(&drawn.all, &truth)?, self.outcome(&drawn.select(false), &truth)?])
    }

    /// The two rows of each of `trials` draws, in order of the draws. Every number is the same for any
    /// number of threads. `done` is called after each draw.
    pub fn run(
        &self,
        trials: u64,
        seed: u64,
        done: impl Fn() + Sync,
    ) -> Result<Vec<PruneStudyRow>, Error> {
        let draws: Vec<_> = (0..trials)
            .into_par_iter()
            .map(|trial| {
                let outcomes = self.measure(&self.points(seed, trial))?;
                done();
                Ok(self.rows(seed, trial, &outcomes))
            })
            .collect::<Result<_, Error>>()?;
        Ok(draws.into_iter().flatten().collect())
    }

    /// The curves and the points of the first draw, the one that is shown.
    pub fn shown(&self, seed: u64) -> Result<(Vec<PruneCurveRow>, Vec<PrunePointRow>), Error> {
        let drawn = self.points(seed, 0);
        let (truth, basis) = (self.truth(&drawn), self.pruning.basis);
        let mut curves = Vec::with_capacity(2 * GRID_POINTS);
        for (training_set, outcome) in TRAINING_SETS.into_iter().zip(self.measure(&drawn)?) {
            curves.extend(truth.iter().map(|(x, truth)| PruneCurveRow {
                training_set: training_set.to_owned(),
                x,
                truth,
                fit: basis.eval(&outcome.fitted.fit.coefficients, x),
                pruned_fit: basis.eval(&outcome.fitted.pruned_coefficients, x),
            }));
        }
        let row = |((x, y), noisy): ((f64, f64), &bool)| PrunePointRow { x, y, noisy: *noisy };
        Ok((curves, drawn.all.iter().zip(&drawn.noisy).map(row).collect()))
    }

    /// The true function on the grid: over [-1, 1], or over the range of given points.
    fn truth(&self, drawn: &MarkedPoints) -> Points {
        match &self.source {
            Source::Generated { target, .. } => {
                Points::on(*target, equispaced(-1.0, 1.0, GRID_POINTS))
            }
            Source::Given { target, .. } => {
                let (low, high) = drawn.all.range();
                let grid = equispaced(low, high, GRID_POINTS);
                match target {
                    Some(target) => Points::on(*target, grid),
                    None => broken_line(&drawn.select(false), grid),
                }
            }
        }
    }

    fn outcome(&self, training: &Points, truth: &Points) -> Result<Outcome, Error> {
        let fitted = self.pruning.apply(training)?;
        let both = |points: &Points| {
            let error = |c: &[f64]| mean_squared_error(c, self.pruning.basis, points);
            (error(&fitted.fit.coefficients), error(&fitted.pruned_coefficients))
        };
        let (loss, train_loss) = (both(truth), both(training));
        Ok(Outcome { loss, train_loss, fitted })
    }

    fn rows(&self, seed: u64, trial: u64, outcomes: &[Outcome; 2]) -> [PruneStudyRow; 2] {
        let (function, design, points, noise) = self.source.columns();
        [0, 1].map(|i| PruneStudyRow {
            trial,
            seed,
            function: function.clone(),
            points,
            noise,
            noisy_fraction: self.source.noisy_fraction(),
            design: design.clone(),
            degree: self.pruning.degree,
            pruned: self.pruning.pruned,
            basis: name(&self.pruning.basis),
            refit: self.pruning.refit,
            rank_cutoff: outcomes[i].fitted.fit.rank_cutoff,
            training_set: TRAINING_SETS[i].to_owned(),
            loss_before: outcomes[i].loss.0,
            loss_after: outcomes[i].loss.1,
            train_loss_before: outcomes[i].train_loss.0,
            train_loss_after: outcomes[i].train_loss.1,
        })
    }
}

impl Source {
    /// Whether every draw has the same points and the same coreset.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Given { noisy: Some(_), .. })
    }

    fn noisy_fraction(&self) -> f64 {
        match self {
            Self::Given { noisy: Some(noisy), .. } => {
                noisy.iter().filter(|n| **n).count() as f64 / noisy.len() as f64
            }
            Self::Generated { noisy_fraction, .. } | Self::Given { noisy_fraction, .. } => {
                *noisy_fraction
            }
        }
    }

    /// Function, design, number of points and noise as the table has them. The noise of given points
    /// is unknown.
    fn columns(&self) -> (String, String, usize, Option<f64>) {
        match self {
            Self::Generated { target, design, points, noise, .. } => {
                (name(target), name(design), *points, Some(*noise))
            }
            Self::Given { points, target, .. } => {
                let function = target.as_ref().map_or_else(|| "data".to_owned(), name);
                (function, "data".to_owned(), points.len(), None)
            }
        }
    }
}

/// The broken line through `points` at the abscissae `grid`, constant outside their range. Of points
/// above each other the mean counts.
fn broken_line(points: &Points, grid: Vec<f64>) -> Points {
    let mut knots: Vec<(f64, f64)> = points.iter().collect();
    knots.sort_by(|a, b| a.0.total_cmp(&b.0));
    let knots: Vec<(f64, f64)> = knots
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| (same[0].0, same.iter().map(|p| p.1).sum::<f64>() / same.len() as f64))
        .collect();
    let value = |x: f64| {
        let above = knots.partition_point(|knot| knot.0 < x);
        match (above.checked_sub(1).map(|i| knots[i]), knots.get(above)) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
            (None, Some((_, y))) => *y,
            (Some((_, y)), None) => y,
            (None, None) => f64::NAN,
        }
    };
    let y = grid.iter().map(|x| value(*x)).collect();
    Points { x: grid, y }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_line_by_hand() {
        let points = [(1.0, 4.0), (0.0, 1.0), (0.0, 3.0)].into_iter().collect();
        let line = broken_line(&points, vec![-1.0, 0.0, 0.5, 1.0, 2.0]);
        assert_eq!(line.y, [2.0, 2.0, 3.0, 4.0, 4.0]);
    }
}
