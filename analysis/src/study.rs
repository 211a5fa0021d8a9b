//! The pruning study over many draws: rows of `prune_study.csv`, `prune_curves.csv`
//! and `prune_points.csv` (Figure 1a, 1b). The full set is fitted and pruned, and so is its clean part,
//! the coreset; both are measured against the true function or, for given points, a [`Reference`].

use rayon::prelude::*;
use swast_tables::names::name_of;
use swast_tables::rows::{PruneCurveRow, PrunePointRow, PruneStudyRow};

use crate::Error;
use crate::design::equispaced;
use crate::draw::{Draw, Trials};
use crate::fit::mean_squared_error;
use crate::generate::{PartlyNoisy, Resampled, check_noise, marked_count, random_marks};
use crate::points::{MarkedPoints, Points};
use crate::prune::{PrunedFit, Pruning};
use crate::reference::Reference;
use crate::scale::Scale;

/// Points of the grid on which a fit is measured against the true function.
pub const GRID_POINTS: usize = 401;

/// Names of the two training sets, in the order of their rows.
pub const TRAINING_SETS: [&str; 2] = ["full", "coreset"];

/// Where the points of a draw come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Generated, other points in each draw.
    Generated(PartlyNoisy),
    /// The user's own, one draw.
    Marked {
        /// The points and which of them are noisy and the coreset.
        points: MarkedPoints,
        /// What fits are compared with.
        reference: Reference,
        /// The variable in which they are fitted.
        scale: Scale,
    },
    /// The user's own, whose noise each draw draws again.
    Resampled {
        /// How it is drawn.
        recipe: Resampled,
        /// The points as given, which the reference may go by.
        points: MarkedPoints,
        /// What fits are compared with, and what the noise is drawn about.
        reference: Reference,
        /// The variable in which they are fitted.
        scale: Scale,
    },
    /// The user's own; each draw takes a random share of them as noisy.
    Unmarked {
        /// The points.
        points: Points,
        /// That share.
        noisy_fraction: f64,
        /// What fits are compared with.
        reference: Reference,
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
    /// Mean squared error against the reference on the grid, before and after pruning.
    pub loss: Option<(f64, f64)>,
    /// Mean squared error on the training points, before and after pruning.
    pub train_loss: (f64, f64),
}

impl Outcome {
    /// The losses that fits are compared by: against the reference or, where there is none, on the
    /// points of the fit.
    #[must_use]
    pub fn compared(&self) -> (f64, f64) {
        self.loss.unwrap_or(self.train_loss)
    }
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
            Source::Resampled { .. } => return Ok(Self { source, pruning }),
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
            Source::Resampled { recipe, .. } => recipe.draw(draw),
            Source::Unmarked { points, noisy_fraction, .. } => {
                let noisy = random_marks(points.len(), *noisy_fraction, draw);
                MarkedPoints::new(points.clone(), noisy)
            }
        }
    }

    /// Fits, prunes and measures both training sets of a draw, in the order of [`TRAINING_SETS`], both
    /// in the variable of the source.
    pub fn measure(&self, drawn: &MarkedPoints) -> Result<[Outcome; 2], Error> {
        let ([full, coreset], reference) = self.scaled(drawn)?;
        let outcome = |training: &Points| self.outcome(training, reference.as_ref());
        let (full, coreset) = rayon::join(|| outcome(&full), || outcome(&coreset));
        Ok([full?, coreset?])
    }

    /// The losses by which [`PruneStudy::measure`] compares fits, after pruning, and nothing else.
    pub fn pruned_losses(&self, drawn: &MarkedPoints) -> Result<[f64; 2], Error> {
        let ([full, coreset], reference) = self.scaled(drawn)?;
        let loss = |training: &Points| {
            let fitted = self.pruning.apply(training)?;
            let measured = reference.as_ref().unwrap_or(training);
            Ok(mean_squared_error(&fitted.pruned_coefficients, self.pruning.basis, measured))
        };
        Ok([loss(&full)?, loss(&coreset)?])
    }

    /// Both training sets and the reference on the grid, in the variable that is fitted in.
    fn scaled(&self, drawn: &MarkedPoints) -> Result<([Points; 2], Option<Points>), Error> {
        let scale = self.source.scale();
        let sets = [scale.points(&drawn.all), scale.points(&drawn.coreset())];
        let reference = self.source.reference_on(drawn, self.grid(drawn));
        self.source.reference().check(reference.as_ref())?;
        Ok((sets, reference.map(|reference| scale.points(&reference))))
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

    /// Reference, fit and pruned fit on the grid, one training set after the other.
    #[must_use]
    pub fn curves(&self, drawn: &MarkedPoints, outcomes: &[Outcome; 2]) -> Vec<PruneCurveRow> {
        let (grid, basis) = (self.grid(drawn), self.pruning.basis);
        let reference = self.source.reference_on(drawn, grid.clone());
        let truth = reference.map_or_else(|| vec![f64::NAN; grid.len()], |reference| reference.y);
        let scale = self.source.scale();
        let mut curves = Vec::with_capacity(2 * GRID_POINTS);
        for (training_set, outcome) in TRAINING_SETS.into_iter().zip(outcomes) {
            curves.extend(grid.iter().zip(&truth).map(|(x, truth)| PruneCurveRow {
                training_set: training_set.to_owned(),
                x: *x,
                truth: *truth,
                fit: basis.eval(&outcome.fitted.fit.coefficients, scale.apply(*x)),
                pruned_fit: basis.eval(&outcome.fitted.pruned_coefficients, scale.apply(*x)),
            }));
        }
        curves
    }

    /// The grid: over the interval that is mapped to [-1, 1] for a function, otherwise over the range of
    /// the points.
    fn grid(&self, drawn: &MarkedPoints) -> Vec<f64> {
        let ((low, high), scale) = (drawn.all.range(), self.source.scale());
        let (low, high) = match self.source.reference() {
            Reference::Function(_) | Reference::Formula(_) => (-1.0, 1.0),
            Reference::Line | Reference::None => (scale.apply(low), scale.apply(high)),
        };
        equispaced(low, high, GRID_POINTS).into_iter().map(|u| scale.undo(u)).collect()
    }

    fn outcome(&self, training: &Points, reference: Option<&Points>) -> Result<Outcome, Error> {
        let fitted = self.pruning.apply(training)?;
        let both = |points: &Points| {
            let error = |c: &[f64]| mean_squared_error(c, self.pruning.basis, points);
            (error(&fitted.fit.coefficients), error(&fitted.pruned_coefficients))
        };
        let (loss, train_loss) = (reference.map(both), both(training));
        let mut losses = loss.iter().chain([&train_loss]);
        if !losses.all(|(before, after)| before.is_finite() && after.is_finite()) {
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
            loss_before: outcomes[i].loss.map_or(f64::NAN, |loss| loss.0),
            loss_after: outcomes[i].loss.map_or(f64::NAN, |loss| loss.1),
            train_loss_before: outcomes[i].train_loss.0,
            train_loss_after: outcomes[i].train_loss.1,
        })
    }
}

impl Source {
    /// Given points whose noise is drawn again in each draw, about the reference.
    pub fn resampled(
        points: MarkedPoints,
        reference: Reference,
        scale: Scale,
    ) -> Result<Self, Error> {
        let Some(truth) = reference.on(&points, points.all.x.clone()) else {
            let reason = "noise is drawn about what the points are compared with, which is nothing; name the line or a function";
            return Err(Error::setting("--resample", reason));
        };
        reference.check(Some(&truth))?;
        let recipe = Resampled::try_new(&points, truth)?;
        Ok(Self::Resampled { recipe, points, reference, scale })
    }

    /// Whether every draw has the same points and the same coreset.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Marked { .. })
    }

    /// The variable in which the points are fitted.
    fn scale(&self) -> Scale {
        match self {
            Self::Generated(_) => Scale::IDENTITY,
            Self::Marked { scale, .. }
            | Self::Resampled { scale, .. }
            | Self::Unmarked { scale, .. } => *scale,
        }
    }

    fn reference(&self) -> Reference {
        match self {
            Self::Generated(recipe) => Reference::Function(recipe.target),
            Self::Marked { reference, .. }
            | Self::Resampled { reference, .. }
            | Self::Unmarked { reference, .. } => reference.clone(),
        }
    }

    /// The reference at the abscissae `grid`: the same in every draw of resampled points.
    fn reference_on(&self, drawn: &MarkedPoints, grid: Vec<f64>) -> Option<Points> {
        let given = if let Self::Resampled { points, .. } = self { points } else { drawn };
        self.reference().on(given, grid)
    }

    fn noisy_fraction(&self) -> f64 {
        match self {
            Self::Marked { points, .. } => {
                points.noisy.iter().filter(|n| **n).count() as f64 / points.noisy.len() as f64
            }
            Self::Generated(recipe) => recipe.noisy_fraction,
            Self::Resampled { recipe, .. } => recipe.share(),
            Self::Unmarked { noisy_fraction, .. } => *noisy_fraction,
        }
    }

    /// Function, design, number of points and noise as the table has them. The noise of given points
    /// is unknown.
    fn columns(&self) -> (String, String, usize, Option<f64>) {
        let function = self.reference().column();
        let given = |count, noise| (function.clone(), "data".to_owned(), count, noise);
        match self {
            Self::Generated(PartlyNoisy { design, points, noise, .. }) => {
                (function, name_of(*design), *points, Some(*noise))
            }
            Self::Marked { points, .. } => given(points.all.len(), None),
            Self::Resampled { recipe, points, .. } => given(points.all.len(), Some(recipe.noise())),
            Self::Unmarked { points, .. } => given(points.len(), None),
        }
    }
}

/// Of each draw in `rows`, whether pruning raises the loss more on the full set than on the coreset.
#[must_use]
pub fn hurt_more(rows: &[PruneStudyRow]) -> Vec<bool> {
    let rise = |row: &PruneStudyRow| row.compared().1 - row.compared().0;
    rows.chunks_exact(2).map(|pair| rise(&pair[0]) > rise(&pair[1])).collect()
}
