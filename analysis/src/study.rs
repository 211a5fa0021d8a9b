//! The pruning study over many draws: rows of `prune_study.csv`, `prune_curves.csv`
//! and `prune_points.csv` (Figure 1a, 1b). The full set is fitted and pruned, and so is its clean part,
//! the coreset; both are measured against the true function.

use rayon::prelude::*;
use swast_tables::names::name_of;
use swast_tables::rows::{PruneCurveRow, PrunePointRow, PruneStudyRow};

use crate::Error;
use crate::design::equispaced;
use crate::draw::{Draw, Trials};
use crate::fit::mean_squared_error;
use crate::generate::{PartlyNoisy, check_noise, marked_count, random_marks};
use crate::points::{MarkedPoints, Points};
use crate::prune::{PrunedFit, Pruning};
use crate::scale::Scale;
use crate::target::Target;

/// Points of the grid on which a fit is measured against the true function.
pub const GRID_POINTS: usize = 401;

/// Names of the two training sets, in the order of their rows.
pub const TRAINING_SETS: [&str; 2] = ["full", "coreset"];

/// Where the points of a draw come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Generated, other points in each draw.
    Generated(PartlyNoisy),
    /// The user's own, one draw. The true function, where not given, is the broken line through the
    /// coreset.
    Marked {
        /// The points and which of them are noisy and the coreset.
        points: MarkedPoints,
        /// The true function.
        target: Option<Target>,
        /// The variable in which they are fitted.
        scale: Scale,
    },
    /// The user's own, of which each draw takes a random share as noisy.
    Unmarked {
        /// The points.
        points: Points,
        /// That share.
        noisy_fraction: f64,
        /// The true function, as for marked points.
        target: Option<Target>,
        /// The variable in which they are fitted.
        scale: Scale,
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
            Source::Marked { points, .. } if points.coreset.contains(&true) => {
                return Ok(Self { source, pruning });
            }
            Source::Marked { points, .. } => {
                let reason = format!(
                    "none of {} points is in the coreset; mark at least one clean (noisy 0) or in the coreset (1)",
                    points.all.len()
                );
                return Err(Error::setting("--data", reason));
            }
            Source::Generated(PartlyNoisy { points, noise, noisy_fraction, .. }) => {
                check_noise(*noise)?;
                (*points, marked_count(*points, *noisy_fraction))
            }
            Source::Unmarked { points, noisy_fraction, .. } => {
                (points.len(), marked_count(points.len(), *noisy_fraction))
            }
        };
        if noisy_count >= count {
            let reason = format!(
                "{noisy_count} of {count} points are noisy and none is left for the coreset; keep at least one clean"
            );
            return Err(Error::setting("--noisy-fraction", reason));
        }
        Ok(Self { source, pruning })
    }

    /// The points of `draw`.
    #[must_use]
    pub fn points(&self, draw: Draw) -> MarkedPoints {
        match &self.source {
            Source::Generated(recipe) => recipe.draw(draw),
            Source::Marked { points, .. } => points.clone(),
            Source::Unmarked { points, noisy_fraction, .. } => {
                let noisy = random_marks(points.len(), *noisy_fraction, draw);
                MarkedPoints::new(points.clone(), noisy)
            }
        }
    }

    /// Fits, prunes and measures both training sets of a draw, in the order of [`TRAINING_SETS`], both
    /// in the variable of the source.
    pub fn measure(&self, drawn: &MarkedPoints) -> Result<[Outcome; 2], Error> {
        let ([full, coreset], truth) = self.scaled(drawn);
        let (full, coreset) =
            rayon::join(|| self.outcome(&full, &truth), || self.outcome(&coreset, &truth));
        Ok([full?, coreset?])
    }

    /// The losses of [`PruneStudy::measure`] against the true function after pruning, and nothing else.
    pub fn pruned_losses(&self, drawn: &MarkedPoints) -> Result<[f64; 2], Error> {
        let ([full, coreset], truth) = self.scaled(drawn);
        let loss = |training: &Points| {
            let fitted = self.pruning.apply(training)?;
            Ok(mean_squared_error(&fitted.pruned_coefficients, self.pruning.basis, &truth))
        };
        Ok([loss(&full)?, loss(&coreset)?])
    }

    /// Both training sets and the true function on the grid, in the variable that is fitted in.
    fn scaled(&self, drawn: &MarkedPoints) -> ([Points; 2], Points) {
        let scale = self.source.scale();
        let sets = [scale.points(&drawn.all), scale.points(&drawn.coreset())];
        (sets, scale.points(&self.truth(drawn)))
    }

    /// The two rows of each draw of `trials`, in order of the draws. Every number is the same for any
    /// number of threads. `done` is called after each draw.
    pub fn run(&self, trials: Trials, done: impl Fn() + Sync) -> Result<Vec<PruneStudyRow>, Error> {
        let draws: Vec<_> = trials
            .in_parallel()
            .map(|draw| {
                let outcomes = self.measure(&self.points(draw))?;
                done();
                Ok(self.rows(draw, &outcomes))
            })
            .collect::<Result<_, Error>>()?;
        Ok(draws.into_iter().flatten().collect())
    }

    /// The curves and the points of the first draw, the one that is shown.
    pub fn shown(&self, seed: u64) -> Result<(Vec<PruneCurveRow>, Vec<PrunePointRow>), Error> {
        let drawn = self.points(Draw::first(seed));
        let curves = self.curves(&drawn, &self.measure(&drawn)?);
        let row = |((x, y), noisy): ((f64, f64), &bool)| PrunePointRow { x, y, noisy: *noisy };
        Ok((curves, drawn.all.iter().zip(&drawn.noisy).map(row).collect()))
    }

    /// Truth, fit and pruned fit on the grid, one training set after the other.
    #[must_use]
    pub fn curves(&self, drawn: &MarkedPoints, outcomes: &[Outcome; 2]) -> Vec<PruneCurveRow> {
        let (truth, basis) = (self.truth(drawn), self.pruning.basis);
        let scale = self.source.scale();
        let mut curves = Vec::with_capacity(2 * GRID_POINTS);
        for (training_set, outcome) in TRAINING_SETS.into_iter().zip(outcomes) {
            curves.extend(truth.iter().map(|(x, truth)| PruneCurveRow {
                training_set: training_set.to_owned(),
                x,
                truth,
                fit: basis.eval(&outcome.fitted.fit.coefficients, scale.apply(x)),
                pruned_fit: basis.eval(&outcome.fitted.pruned_coefficients, scale.apply(x)),
            }));
        }
        curves
    }

    /// The true function on the grid: over the interval that is mapped to [-1, 1]; the broken line over
    /// the range of the points.
    fn truth(&self, drawn: &MarkedPoints) -> Points {
        let ((low, high), scale) = (drawn.all.range(), self.source.scale());
        let target = self.source.target();
        let (low, high) = match target {
            Some(_) => (-1.0, 1.0),
            None => (scale.apply(low), scale.apply(high)),
        };
        let grid = equispaced(low, high, GRID_POINTS).into_iter().map(|u| scale.undo(u)).collect();
        match target {
            Some(target) => Points::on(target, grid),
            None => broken_line(&drawn.coreset(), grid),
        }
    }

    fn outcome(&self, training: &Points, truth: &Points) -> Result<Outcome, Error> {
        let fitted = self.pruning.apply(training)?;
        let both = |points: &Points| {
            let error = |c: &[f64]| mean_squared_error(c, self.pruning.basis, points);
            (error(&fitted.fit.coefficients), error(&fitted.pruned_coefficients))
        };
        let (loss, train_loss) = (both(truth), both(training));
        if ![loss.0, loss.1, train_loss.0, train_loss.1].iter().all(|loss| loss.is_finite()) {
            return Err(Error::Overflow { degree: self.pruning.degree });
        }
        Ok(Outcome { loss, train_loss, fitted })
    }

    fn rows(&self, draw: Draw, outcomes: &[Outcome; 2]) -> [PruneStudyRow; 2] {
        let (function, design, points, noise) = self.source.columns();
        [0, 1].map(|i| PruneStudyRow {
            trial: draw.trial,
            seed: draw.seed,
            function: function.clone(),
            points,
            noise,
            noisy_fraction: self.source.noisy_fraction(),
            design: design.clone(),
            degree: self.pruning.degree,
            pruned: self.pruning.pruned,
            basis: name_of(self.pruning.basis),
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
        matches!(self, Self::Marked { .. })
    }

    /// The variable in which the points are fitted.
    fn scale(&self) -> Scale {
        match self {
            Self::Generated(_) => Scale::IDENTITY,
            Self::Marked { scale, .. } | Self::Unmarked { scale, .. } => *scale,
        }
    }

    fn target(&self) -> Option<Target> {
        match self {
            Self::Generated(recipe) => Some(recipe.target),
            Self::Marked { target, .. } | Self::Unmarked { target, .. } => *target,
        }
    }

    fn noisy_fraction(&self) -> f64 {
        match self {
            Self::Marked { points, .. } => {
                points.noisy.iter().filter(|n| **n).count() as f64 / points.noisy.len() as f64
            }
            Self::Generated(recipe) => recipe.noisy_fraction,
            Self::Unmarked { noisy_fraction, .. } => *noisy_fraction,
        }
    }

    /// Function, design, number of points and noise as the table has them. The noise of given points
    /// is unknown.
    fn columns(&self) -> (String, String, usize, Option<f64>) {
        let function = self.target().map_or_else(|| "data".to_owned(), name_of);
        let given = |count| (function.clone(), "data".to_owned(), count, None);
        match self {
            Self::Generated(PartlyNoisy { design, points, noise, .. }) => {
                (function, name_of(*design), *points, Some(*noise))
            }
            Self::Marked { points, .. } => given(points.all.len()),
            Self::Unmarked { points, .. } => given(points.len()),
        }
    }
}

/// Of each draw in `rows`, whether pruning raises the loss more on the full set than on the coreset.
#[must_use]
pub fn hurt_more(rows: &[PruneStudyRow]) -> Vec<bool> {
    let rise = |row: &PruneStudyRow| row.loss_after - row.loss_before;
    rows.chunks_exact(2).map(|pair| rise(&pair[0]) > rise(&pair[1])).collect()
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
