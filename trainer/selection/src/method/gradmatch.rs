//! GradMatch (Killamsetty et al. 2021): weighted samples whose last-layer gradients add up to the sum of
//! all, found by non-negative orthogonal matching pursuit ([`crate::pursuit::omp`]).
//!
//! Ours differs from the authors' code (CORDS) where that is wrong. Its solver `V1` appends a row again when it is
//! chosen twice, after which indices and weights no longer belong together; its older one may return negative
//! weights; its CPU path ignores the ridge and the tolerance it is given. Here no row is held twice, weights
//! are never negative, and every device runs the same code. [`Compat::Cords`] keeps their choices: ceiled
//! budgets, no more iterations than the budget, an end when the best row is held already, and random samples
//! of weight 1 in the places left. [`Compat::Deepcore`] is [`crate::pursuit::ridge_pursuit`].

use ndarray::{Array2, ArrayView2, Axis, s};
use rand::seq::index;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use swast_tables::options;
use swast_tables::spec::{Options, SpecError};
use swast_tables::stream::stream;

use super::compat::Compat;
use super::{Alone, Method, conflict};
use crate::gradients::LastLayer;
use crate::guide::Guide;
use crate::kernel::dot::Element;
use crate::kernel::host::Host;
use crate::pursuit::atoms::Atoms;
use crate::pursuit::batches::batch_means;
use crate::pursuit::omp::{Ending, Pursuit, pursue};
use crate::pursuit::rank_one::{RankOne, candidate_errors};
use crate::pursuit::ridge_pursuit;
use crate::pursuit::rows::Rows;
use crate::quota::{Group, Rounding, Scope, check_rounded, class_groups, groups};
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

/// What becomes of the places that a pursuit leaves empty, because no row is left that helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shortfall {
    /// Uniformly random samples of the whole pool take them, each of weight 1 (the authors' code).
    RandomWeightOne,
    /// Rows of the same group take them, each of weight 0.
    WeightZero,
}

/// Whose sum of gradients is matched, by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

options! {
    /// Weighted samples whose last-layer gradients add up to the gradient of all
    GradMatch "gradmatch" {
        /// Ridge of the least squares, in units of a squared gradient norm
        ridge: f64 = 0.5; |r| r.is_finite() && *r >= 0.0 => "give a finite number of at least 0",
        /// Whose sum of gradients is matched: global (by samples), per-class, per-class-gradient (by the weights of the
        /// class alone) or per-batch (by whole mini-batches)
        matching: Matching = Matching::PerClass,
        /// What takes the places that are left empty: random-weight-one or weight-zero; a code that is followed has its
        /// own way
        shortfall: Shortfall = Shortfall::RandomWeightOne,
        /// Whose published code is followed where that is a matter of choice: cords or deepcore
        compat: Compat = Compat::None,
    }
}

impl Method for GradMatch {
    const NEEDS: Needs = Needs::NONE
        .with(Need::Features)
        .with(Need::Probabilities)
        .with(Need::Gradients)
        .with(Need::BatchSize)
        .with(Need::Remote);
    const GUIDE: Guide = Guide {
        needs: "features and probabilities, or gradients",
        good_for: "few rows that give the gradient of all, if labels are right",
        spoiled_by: "wrong labels and outliers, whose gradients are the largest",
        weights: "solved so that the weighted gradients add up to those of all",
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("matching", "per-class"));
    const ALONE: &'static str =
        "matching per-class with compat; ridge 0.5 with cords (0 per-batch) and 1 with deepcore";

    fn needs(&self) -> Needs {
        match self.matching {
            Matching::PerBatch => Self::NEEDS.without(Need::Remote),
            Matching::PerClassGradient => {
                Self::NEEDS.without(Need::BatchSize).without(Need::Gradients)
            }
            Matching::Global | Matching::PerClass => Self::NEEDS.without(Need::BatchSize),
        }
    }

    fn alone(asked: Self, _case: Alone) -> Self {
        let (matching, ridge) = match asked.compat {
            Compat::None => (Matching::Global, 0.0),
            Compat::Cords if asked.matching == Matching::PerBatch => (Matching::PerClass, 0.0),
            Compat::Cords => (Matching::PerClass, 0.5),
            Compat::Deepcore => (Matching::PerClass, 1.0),
        };
        let shortfall = match asked.compat {
            Compat::None => Shortfall::WeightZero,
            Compat::Cords | Compat::Deepcore => Self::default().shortfall,
        };
        Self { ridge, matching, shortfall, ..asked }
    }

    fn settled(self) -> Result<Self, SpecError> {
        if self.compat != Compat::None && self.shortfall == Shortfall::WeightZero {
            let reason = "a code that is followed has its own way (cords takes random samples, deepcore none); leave \
                          out shortfall or compat";
            return Err(conflict::<Self>(("shortfall", "weight-zero"), reason));
        }
        Ok(self)
    }

    fn parts(&self) -> Parts {
        match (self.matching, self.compat) {
            (Matching::PerClass | Matching::PerClassGradient, Compat::None) => Parts::Classes,
            _ => Parts::Whole,
        }
    }

    fn check(&self, sizes: &[usize], budget: usize) -> Result<(), SelectError> {
        match self.matching {
            Matching::Global | Matching::PerBatch => Ok(()),
            _ => check_rounded(sizes, self.rounding(), budget),
        }
    }

    /// Group after group in the order of choice, then what fills the shortfall.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let mut coreset = match self.matching {
            Matching::PerBatch => self.select_batches(pool, budget)?,
            _ => self.pursued(pool, budget)?,
        };
        Method::fill(self, &mut coreset, pool, budget);
        Ok(coreset)
    }

    /// Uniformly random samples that are not in the coreset, each of weight 1, where that is how places are filled.
    fn fill<E: Element>(&self, coreset: &mut Coreset, pool: &Pool<E>, budget: usize) {
        if self.shortfall().is_some() {
            fill_randomly(&mut coreset.indices, pool, budget);
            coreset.weights.resize(coreset.indices.len(), 1.0);
        }
    }

    fn choose_class<E: Element>(
        &self,
        class: &Pool<E>,
        budget: usize,
    ) -> Result<Coreset, SelectError> {
        self.pursued(class, budget)
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
    /// What the pursuits find in the groups of `pool`, one after the other; places may be left empty.
    fn pursued<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let groups = self.groups(pool, budget);
        // Gradients that are given do not say which of their entries belong to a class.
        let given =
            Method::needs(self).has(Need::Gradients).then(|| pool.gradients()).transpose()?;
        if let Some(rows) = given.flatten() {
            let rows = rows.view();
            let found = together(&groups, |group| {
                self.pursue(&mut Rows::new(Host::new(&rows, &group.rows).screened()), group)
            })?;
            return Ok(self.assemble(&groups, found));
        }
        if let Some(remote) = pool.remote()? {
            let probabilities = pool.probabilities(Self::NAME)?;
            let pursuit = |group: &Group| {
                let errors = self.errors(&probabilities.view(), pool.labels, group);
                let mut atoms = remote.gradients(&group.rows, &errors, group.quota);
                self.search(&mut *atoms, group)
            };
            let found: Result<Vec<Pursuit>, SelectError> = groups.iter().map(pursuit).collect();
            return Ok(self.assemble(&groups, found?));
        }
        let (features, probabilities) =
            (pool.features(Self::NAME)?, pool.probabilities(Self::NAME)?);
        let (features, probabilities) = (features.view(), probabilities.view());
        let found = together(&groups, |group| {
            let errors = self.errors(&probabilities, pool.labels, group);
            self.pursue(&mut RankOne::new(Host::new(&features, &group.rows), errors), group)
        })?;
        Ok(self.assemble(&groups, found))
    }

    /// The errors of a `group`, n x C; for gradients by one class's weights, its column of them.
    fn errors<E: Element>(
        &self,
        probabilities: &ArrayView2<E>,
        labels: &[u16],
        group: &Group,
    ) -> Array2<f64> {
        let errors = candidate_errors(probabilities, labels, &group.rows);
        if self.matching == Matching::PerClassGradient {
            let class = usize::from(labels[group.rows[0] as usize]);
            return errors.slice(s![.., class]).to_owned().insert_axis(Axis(1));
        }
        errors
    }

    fn groups<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Vec<Group> {
        match self.matching {
            Matching::Global => groups(pool.labels, pool.classes, Scope::Global, budget),
            _ => class_groups(pool.labels, pool.classes, self.rounding(), budget),
        }
    }

    fn rounding(&self) -> Rounding {
        match self.compat {
            Compat::None => Rounding::LargestRemainder,
            Compat::Cords => Rounding::Up,
            Compat::Deepcore => Rounding::HalfEven,
        }
    }

    /// What a pursuit finds in the `group`; on a thread of the pool, which starts its many small tasks faster than one
    /// outside.
    fn pursue(
        &self,
        atoms: &mut (impl Atoms + Send),
        group: &Group,
    ) -> Result<Pursuit, SelectError> {
        rayon::scope(|_| self.search(atoms, group))
    }

    /// What a pursuit finds in the `group`.
    fn search(
        &self,
        atoms: &mut (impl Atoms + ?Sized),
        group: &Group,
    ) -> Result<Pursuit, SelectError> {
        match self.compat {
            Compat::None => pursue(atoms, group.quota, self.ridge, Ending::Budget),
            Compat::Cords => pursue(atoms, group.quota, self.ridge, Ending::Iterations),
            Compat::Deepcore => {
                let mut found = ridge_pursuit::pursue(atoms, group.quota, self.ridge)?;
                // DeepCore matches the mean; what it finds is in proportion to the sum's.
                let count = if group.quota > 1 { group.rows.len() as f64 } else { 1.0 };
                found.weights.iter_mut().for_each(|weight| *weight /= count);
                Ok(found)
            }
        }
    }

    /// Joins what was found in the groups.
    fn assemble(&self, groups: &[Group], found: Vec<Pursuit>) -> Coreset {
        let (mut indices, mut weights) = (Vec::new(), Vec::new());
        for (group, pursuit) in groups.iter().zip(found) {
            indices.extend(pursuit.chosen.iter().map(|&candidate| group.rows[candidate]));
            weights.extend(pursuit.weights);
            if self.shortfall() == Some(Shortfall::WeightZero) {
                indices.extend(pursuit.spare.iter().map(|&candidate| group.rows[candidate]));
                weights.resize(indices.len(), 0.0);
            }
        }
        Coreset { indices, weights }
    }

    /// What becomes of places left empty; `None` where they stay so.
    fn shortfall(&self) -> Option<Shortfall> {
        match self.compat {
            Compat::None => Some(self.shortfall),
            Compat::Cords => Some(Shortfall::RandomWeightOne),
            Compat::Deepcore => None,
        }
    }

    /// Whole mini-batches, each member with the weight of its batch; of the last only as many as the budget allows,
    /// unless CORDS is followed.
    fn select_batches<E: Element>(
        &self,
        pool: &Pool<E>,
        budget: usize,
    ) -> Result<Coreset, SelectError> {
        let gradients = pool.last_layer(LastLayer::Full, Self::NAME)?;
        let (samples, batch_size) = (pool.labels.len() as u32, pool.moment.batch_size);
        let means = batch_means(&gradients, samples as usize, batch_size);
        let size = batch_size as u32;
        let pursued = |quota| {
            let group = Group { rows: (0..means.nrows() as u32).collect(), quota };
            let means = means.view();
            self.pursue(&mut Rows::new(Host::new(&means, &group.rows).screened()), &group)
        };
        let quota = budget.div_ceil(batch_size);
        let mut found = pursued(quota)?;
        // The last batch may have fewer samples: then one more batch makes up for it.
        let last = means.nrows() - 1;
        let missing = means.nrows() * batch_size - samples as usize;
        if self.compat == Compat::None
            && found.chosen.len() == quota
            && found.chosen.contains(&last)
            && quota * batch_size - missing < budget
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
        if self.compat == Compat::None {
            indices.truncate(budget);
            weights.truncate(budget);
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
    let mut stream = stream(pool.moment.seed, "gradmatch-shortfall", u64::from(pool.moment.epoch));
    let drawn = index::sample(&mut stream, free.len(), budget.saturating_sub(indices.len()));
    indices.extend(drawn.iter().map(|place| free[place]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Selector;

    #[test]
    fn options_made_other_than_by_reading_are_checked_too() {
        let pool = Pool::<f32>::labelled(&[0; 4], 1);
        let error = |method: GradMatch| method.select(&pool, 2).unwrap_err();
        for ridge in [-1.0, f64::NAN, f64::INFINITY] {
            let found = error(GradMatch { ridge, ..GradMatch::default() });
            assert!(matches!(found, SelectError::Option(SpecError::Value { .. })), "{found}");
        }
        let (compat, shortfall) = (Compat::Cords, Shortfall::WeightZero);
        let found = error(GradMatch { compat, shortfall, ..GradMatch::default() }).to_string();
        assert!(found.starts_with("gradmatch:shortfall=weight-zero: a code that"), "{found}");
    }
}
