//! GradMatch (Killamsetty et al. 2021): weighted samples whose last-layer gradients add up to the sum of
//! all, class by class, found by non-negative orthogonal matching pursuit ([`super::omp`]).

use clap::ValueEnum;
use ndarray::ArrayView2;
use rand::seq::index;
use rayon::prelude::*;

use super::dot::Element;
use super::omp::{Pursuit, pursue};
use super::pool::checked_rows;
use super::quota::{Group, Scope, groups};
use super::rank_one::RankOne;
use super::rows::Rows;
use super::{Coreset, Pool, SelectError, Selector};
use crate::stream::stream;

/// What becomes of the places that a pursuit leaves empty, because no row is left that helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shortfall {
    /// Uniformly random samples of the whole pool take them, each of weight 1 (the authors' code).
    RandomWeightOne,
    /// Rows of the same group take them, each of weight 0.
    WeightZero,
}

/// Matches the sum of the last-layer gradients.
#[derive(Debug, Clone, Copy)]
pub struct GradMatch {
    /// Ridge of the least squares, in units of a squared gradient norm, >= 0.
    pub ridge: f64,
    /// Whether the sum is matched in each class or over all samples.
    pub scope: Scope,
    /// What becomes of places left empty.
    pub shortfall: Shortfall,
}

impl<E: Element> Selector<E> for GradMatch {
    fn name(&self) -> &'static str {
        "gradmatch"
    }

    fn needs_outputs(&self) -> bool {
        true
    }

    /// Group after group in the order of choice, then what fills the shortfall.
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset<E>, SelectError> {
        pool.check(budget)?;
        let features = pool.features("gradmatch")?;
        let probabilities = pool.probabilities("gradmatch")?;
        let (features, probabilities) = (features.view(), probabilities.view());
        self.assemble(pool, budget, |group| {
            let mut atoms = RankOne::new(&features, &probabilities, pool.labels, &group.rows);
            pursue(&mut atoms, group.quota, self.ridge)
        })
    }
}

impl GradMatch {
    /// The coreset for explicit `gradients`, one row per sample, instead of the pool's outputs.
    ///
    /// # Errors
    /// As [`Selector::select`].
    pub fn select_rows<E: Element, G: Element>(
        &self,
        pool: &Pool<E>,
        gradients: &ArrayView2<G>,
        budget: usize,
    ) -> Result<Coreset<E>, SelectError> {
        pool.check(budget)?;
        let gradients = checked_rows("gradients", gradients, pool.labels.len())?;
        let gradients = gradients.view();
        self.assemble(pool, budget, |group| {
            pursue(&mut Rows::new(&gradients, &group.rows), group.quota, self.ridge)
        })
    }

    /// Runs `pursuit` in every group, at the same time, and joins what they chose.
    fn assemble<E: Element>(
        &self,
        pool: &Pool<E>,
        budget: usize,
        pursuit: impl Fn(&Group) -> Result<Pursuit, SelectError> + Sync,
    ) -> Result<Coreset<E>, SelectError> {
        if !(self.ridge.is_finite() && self.ridge >= 0.0) {
            return Err(SelectError::Ridge { ridge: self.ridge.to_string() });
        }
        let groups = groups(pool.labels, pool.classes, self.scope, budget);
        let found: Vec<_> = groups.par_iter().map(&pursuit).collect::<Result<_, _>>()?;
        let mut indices = Vec::with_capacity(budget);
        let mut weights = Vec::with_capacity(budget);
        for (group, pursuit) in groups.iter().zip(found) {
            indices.extend(pursuit.chosen.iter().map(|&candidate| group.rows[candidate]));
            weights.extend(pursuit.weights.iter().map(|&weight| E::narrow(weight)));
            if self.shortfall == Shortfall::WeightZero {
                indices.extend(pursuit.spare.iter().map(|&candidate| group.rows[candidate]));
                weights.resize(indices.len(), E::narrow(0.0));
            }
        }
        fill_randomly(&mut indices, pool, budget);
        weights.resize(budget, E::narrow(1.0));
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
    let drawn = index::sample(&mut stream, free.len(), budget - indices.len());
    indices.extend(drawn.iter().map(|place| free[place]));
}
