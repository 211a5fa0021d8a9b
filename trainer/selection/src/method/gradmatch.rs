//! GradMatch (Killamsetty et al. 2021): weighted samples whose last-layer gradients add up to the sum of
//! all, found by non-negative orthogonal matching pursuit ([`crate::pursuit::omp`]).
//!
//! Ours differs from the authors' code (CORDS) where that is wrong. Its solver `V1` appends a row anew when it is
//! chosen twice, after which indices and weights no longer belong together; its older one may return negative
//! weights; its CPU path ignores the ridge and the tolerance it is given. Here no row is held twice, weights
//! are never negative, and every device runs the same code. [`Compat::Cords`] keeps their choices: ceiled
//! budgets, no more iterations than the budget, an end when the best row is held already, and random samples
//! of weight 1 in the places left. [`Compat::Deepcore`] is [`crate::pursuit::ridge_pursuit`].

use clap::ValueEnum;
use ndarray::{Axis, s};
use rand::seq::index;
use rayon::prelude::*;

use crate::gradients::{Gradients, LastLayer};
use crate::kernel::dot::Element;
use crate::kind::Compat;
use crate::pool::checked_rows;
use crate::pursuit::atoms::Atoms;
use crate::pursuit::batches::batch_means;
use crate::pursuit::omp::{Ending, Pursuit, pursue};
use crate::pursuit::rank_one::{RankOne, candidate_errors};
use crate::pursuit::ridge_pursuit;
use crate::pursuit::rows::Rows;
use crate::quota::{Group, Rounding, Scope, class_groups, groups};
use crate::{Coreset, Pool, SelectError, Selector};
use swast_tables::stream::stream;

/// What becomes of the places that a pursuit leaves empty, because no row is left that helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shortfall {
    /// Uniformly random samples of the whole pool take them, each of weight 1 (the authors' code).
    RandomWeightOne,
    /// Rows of the same group take them, each of weight 0.
    WeightZero,
}

/// Whose sum of gradients is matched, by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Matching {
    /// That of all samples, by samples.
    Global,
    /// That of each class, by its samples.
    PerClass,
    /// That of each class, by its samples, as far as the weights and the bias of the class itself go.
    PerClassGradient,
    /// That of all mini-batches' means, by whole mini-batches of consecutive samples (GradMatch-PB).
    PerBatch,
}

/// Matches a sum of last-layer gradients.
#[derive(Debug, Clone, Copy)]
pub struct GradMatch {
    /// Ridge of the least squares, in units of a squared gradient norm, >= 0.
    pub ridge: f64,
    /// What is matched.
    pub matching: Matching,
    /// Samples in a mini-batch, for [`Matching::PerBatch`].
    pub batch_size: usize,
    /// What becomes of places left empty.
    pub shortfall: Shortfall,
    /// Whose choices are followed.
    pub compat: Option<Compat>,
}

impl<E: Element> Selector<E> for GradMatch {
    fn name(&self) -> &'static str {
        "gradmatch"
    }

    fn needs_outputs(&self) -> bool {
        true
    }

    /// Group after group in the order of choice, then what fills the shortfall.
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        pool.check(budget)?;
        if !(self.ridge.is_finite() && self.ridge >= 0.0) {
            return Err(SelectError::Ridge { ridge: self.ridge.to_string() });
        }
        if self.matching == Matching::PerBatch {
            return self.select_batches(pool, budget);
        }
        let groups = self.groups(pool, budget);
        if let Some(rows) = pool.gradients {
            if self.matching == Matching::PerClassGradient {
                let (selector, what) = ("gradmatch --matching per-class-gradient", "features");
                return Err(SelectError::Missing { selector, what });
            }
            let rows = checked_rows("gradients", &rows.view(), pool.labels.len())?;
            let rows = rows.view();
            let found =
                together(&groups, |group| self.pursue(&mut Rows::new(&rows, &group.rows), group))?;
            return Ok(self.assemble(pool, &groups, found, budget));
        }
        let (features, probabilities) =
            (pool.features("gradmatch")?, pool.probabilities("gradmatch")?);
        let (features, probabilities) = (features.view(), probabilities.view());
        let found = together(&groups, |group| {
            let mut errors = candidate_errors(&probabilities, pool.labels, &group.rows);
            if self.matching == Matching::PerClassGradient {
                let class = usize::from(pool.labels[group.rows[0] as usize]);
                errors = errors.slice(s![.., class]).to_owned().insert_axis(Axis(1));
            }
            self.pursue(&mut RankOne::new(&features, errors, &group.rows), group)
        })?;
        Ok(self.assemble(pool, &groups, found, budget))
    }
}

/// What `pursuit` finds in every group, all at the same time.
fn together(
    groups: &[Group],
    pursuit: impl Fn(&Group) -> Result<Pursuit, SelectError> + Send + Sync,
) -> Result<Vec<Pursuit>, SelectError> {
    groups.par_iter().map(pursuit).collect()
}

impl GradMatch {
    fn groups<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Vec<Group> {
        let rounding = match self.compat {
            None => Rounding::LargestRemainder,
            Some(Compat::Cords | Compat::Craig) => Rounding::Up,
            Some(Compat::Deepcore) => Rounding::HalfEven,
        };
        match self.matching {
            Matching::Global => groups(pool.labels, pool.classes, Scope::Global, budget),
            _ => class_groups(pool.labels, pool.classes, rounding, budget),
        }
    }

    /// What a pursuit finds in the `group`; on a thread of the pool, which starts its many small tasks faster than one
    /// outside.
    fn pursue(
        &self,
        atoms: &mut (impl Atoms + Send),
        group: &Group,
    ) -> Result<Pursuit, SelectError> {
        rayon::scope(|_| match self.compat {
            None => pursue(atoms, group.quota, self.ridge, Ending::Budget),
            Some(Compat::Cords | Compat::Craig) => {
                pursue(atoms, group.quota, self.ridge, Ending::Iterations)
            }
            Some(Compat::Deepcore) => {
                let mut found = ridge_pursuit::pursue(atoms, group.quota, self.ridge)?;
                // DeepCore matches the mean; what it finds is in proportion to the sum's.
                let count = if group.quota > 1 { group.rows.len() as f64 } else { 1.0 };
                found.weights.iter_mut().for_each(|weight| *weight /= count);
                Ok(found)
            }
        })
    }

    /// Joins what was found in the groups and fills the shortfall.
    fn assemble<E: Element>(
        &self,
        pool: &Pool<E>,
        groups: &[Group],
        found: Vec<Pursuit>,
        budget: usize,
    ) -> Coreset {
        let (mut indices, mut weights) = (Vec::with_capacity(budget), Vec::with_capacity(budget));
        for (group, pursuit) in groups.iter().zip(found) {
            indices.extend(pursuit.chosen.iter().map(|&candidate| group.rows[candidate]));
            weights.extend(pursuit.weights);
            if self.shortfall() == Some(Shortfall::WeightZero) {
                indices.extend(pursuit.spare.iter().map(|&candidate| group.rows[candidate]));
                weights.resize(indices.len(), 0.0);
            }
        }
        if self.shortfall().is_some() {
            fill_randomly(&mut indices, pool, budget);
            weights.resize(indices.len(), 1.0);
        }
        Coreset { indices, weights }
    }

    /// What becomes of places left empty; `None` where they stay so.
    fn shortfall(&self) -> Option<Shortfall> {
        match self.compat {
            None => Some(self.shortfall),
            Some(Compat::Cords | Compat::Craig) => Some(Shortfall::RandomWeightOne),
            Some(Compat::Deepcore) => None,
        }
    }

    /// Whole mini-batches, each member with the weight of its batch; of the last only as many as the budget allows,
    /// unless CORDS is followed.
    fn select_batches<E: Element>(
        &self,
        pool: &Pool<E>,
        budget: usize,
    ) -> Result<Coreset, SelectError> {
        let gradients = Gradients::of(pool, LastLayer::Full, "gradmatch")?;
        let samples = pool.labels.len() as u32;
        let means = batch_means(&gradients, samples as usize, self.batch_size);
        let size = self.batch_size as u32;
        let pursued = |quota| {
            let group = Group { rows: (0..means.nrows() as u32).collect(), quota };
            self.pursue(&mut Rows::new(&means.view(), &group.rows), &group)
        };
        let quota = budget.div_ceil(self.batch_size);
        let mut found = pursued(quota)?;
        // The last batch may have fewer samples: then one more batch makes up for it.
        let last = means.nrows() - 1;
        let missing = means.nrows() * self.batch_size - samples as usize;
        if self.compat.is_none()
            && found.chosen.len() == quota
            && found.chosen.contains(&last)
            && quota * self.batch_size - missing < budget
        {
            found = pursued(quota + 1)?;
        }
        let spare = found.spare.iter().map(|&batch| (batch, 0.0));
        let spare = spare.filter(|_| self.shortfall() == Some(Shortfall::WeightZero));
        let (mut indices, mut weights) = (Vec::with_capacity(budget), Vec::with_capacity(budget));
        for (batch, weight) in found.chosen.iter().copied().zip(found.weights).chain(spare) {
            let first = batch as u32 * size;
            indices.extend(first..samples.min(first + size));
            weights.resize(indices.len(), weight);
        }
        if self.compat.is_none() {
            indices.truncate(budget);
            weights.truncate(budget);
        }
        if self.shortfall().is_some() {
            fill_randomly(&mut indices, pool, budget);
            weights.resize(indices.len(), 1.0);
        }
        Ok(Coreset { indices, weights })
    }
}

/// Adds uniformly random samples that are not in `indices`, up to `budget`.
fn fill_randomly<E: Element>(indices: &mut Vec<u32>, pool: &Pool<E>, budget: usize) {
    let mut chosen = vec![false; pool.labels.len()];
    indices.iter().for_each(|&index| chosen[index as usize] = true);
    let free: Vec<u32> =
        (0..pool.labels.len() as u32).filter(|&index| !chosen[index as usize]).collect();
    let mut stream = stream(pool.seed, "gradmatch-shortfall", u64::from(pool.epoch));
    let drawn = index::sample(&mut stream, free.len(), budget.saturating_sub(indices.len()));
    indices.extend(drawn.iter().map(|place| free[place]));
}
