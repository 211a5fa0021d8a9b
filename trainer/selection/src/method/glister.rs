//! GLISTER (Killamsetty et al. 2021b): samples whose gradient step lowers the loss of held-out samples most.
//!
//! Greedily: the sample whose last-layer gradient has the largest inner product with v joins, where v is the
//! mean gradient of the validation samples after one step along the *sum* of the gradients chosen so far
//! (`look_ahead`; CORDS's GLISTER-Online). The step is taken on the cached logits, with the initial
//! learning rate of the run. All weights are 1.
//!
//! CORDS draws the candidates of a step with the global random generator, fails when more are drawn than
//! are left, and when a class has no validation samples; here the stream is the run's own, a small rest is
//! taken whole, and such a class looks at all validation samples. Its third way, which updates v a few times only, may
//! exceed the budget or never end, and is not offered. DeepCore never updates v (its hook is
//! passed under a misspelt name), which makes it a ranking; that is kept under its name.

mod look_ahead;

use std::ops::Range;

use ndarray::Array2;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use swast_tables::options;
use swast_tables::spec::{Options, SpecError};
use swast_tables::stream::stream;

use self::look_ahead::LookAhead;
use super::compat::Compat;
use super::{Alone, Method};
use crate::gradients::{Gradients, LastLayer};
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::{Element, add_scaled};
use crate::kernel::wide::{Work, widely};
use crate::progress::one_chosen;
use crate::quota::{Group, Rounding, Scope, check_rounded, class_groups, groups};
use crate::{Coreset, Need, Needs, Pool, SelectError};

/// Candidates that are worth a task.
const TASK: usize = 4096;

/// A drawn pool misses the best hundredth of the candidates with this probability.
const MISS: f64 = 0.01;

/// Which candidates are looked at in each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Greedy {
    /// `(n / k) ln 100` drawn at random (Mirzasoleiman et al. 2015).
    Stochastic,
    /// All that are left.
    Naive,
}

options! {
    /// Samples whose gradient step lowers the loss of held-out samples most
    Glister "glister" {
        /// Which last-layer gradients are compared: bias, those by the bias, or full, by bias and weights
        gradient: LastLayer = LastLayer::Bias,
        /// Which candidates each step looks at: stochastic, some at random, or naive, all that are left
        greedy: Greedy = Greedy::Stochastic,
        /// Whom a candidate competes with: global, all others, or per-class, those of its class, for the held-out samples
        /// of the class; deepcore knows only classes
        scope: Scope = Scope::Global,
        /// Whose published code is followed where that is a matter of choice: cords, which is none with stochastic, or
        /// deepcore
        compat: Compat = Compat::None,
    }
}

impl Method for Glister {
    const NEEDS: Needs = Needs::NONE
        .with(Need::Features)
        .with(Need::Probabilities)
        .with(Need::Gradients)
        .with(Need::Validation)
        .with(Need::ValidationLabels)
        .with(Need::Rate);
    const GUIDE: Guide = Guide {
        needs: "probabilities (and features), or gradients; held-out rows if any",
        good_for: "a clean held-out set beside rows that are not clean",
        spoiled_by: "wrong labels, if no clean held-out rows are given",
        weights: ALL_ONE,
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));
    const ALONE: &'static str =
        "gradient full where features are given; greedy stochastic with cords";

    fn needs(&self) -> Needs {
        let needs = match self.gradient {
            LastLayer::Bias => Self::NEEDS.without(Need::Features),
            LastLayer::Full => Self::NEEDS,
        };
        if self.looks_at_classes() { needs } else { needs.without(Need::ValidationLabels) }
    }

    fn alone(asked: Self, case: Alone) -> Self {
        let cords = asked.compat == Compat::Cords;
        Self {
            gradient: LastLayer::known(case.features),
            greedy: if cords { Greedy::Stochastic } else { Greedy::Naive },
            scope: Scope::Global,
            ..asked
        }
    }

    fn settled(self) -> Result<Self, SpecError> {
        Ok(match self.compat {
            Compat::None => self,
            // Their code has no choice but that of the candidates, which is an option by itself.
            Compat::Cords => Self { compat: Compat::None, ..self },
            Compat::Deepcore => Self { scope: Self::default().scope, ..self },
        })
    }

    fn check(&self, sizes: &[usize], budget: usize) -> Result<(), SelectError> {
        match self.compat {
            Compat::Deepcore => check_rounded(sizes, Rounding::HalfEven, budget),
            Compat::None | Compat::Cords => Ok(()),
        }
    }

    /// Class after class in the order of choice; the lower index first among equals.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let gradients = pool.last_layer(self.gradient, Self::NAME)?;
        let held_out = pool.validation_pool();
        held_out.check(1)?;
        let validation = held_out.last_layer(self.gradient, Self::NAME)?;
        if gradients.width() != validation.width() {
            let (columns, expected) = (validation.width(), gradients.width());
            return Err(SelectError::ValidationColumns { columns, expected });
        }
        let moment = pool.moment;
        let mut draw = stream(moment.seed, "glister-candidates", u64::from(moment.epoch));
        let mut chosen = Vec::with_capacity(budget);
        for group in self.groups(pool, budget) {
            let rows = self.validation_rows(&held_out, pool.labels[group.rows[0] as usize]);
            let ahead =
                LookAhead::new(&validation, &held_out, &rows, moment.rate).ok_or_else(overflow)?;
            chosen.extend(self.greedily(&gradients, group, ahead, &mut draw)?);
        }
        Ok(Coreset::unweighted(chosen))
    }
}

fn overflow() -> SelectError {
    SelectError::Overflow { what: "gradients" }
}

impl Glister {
    /// Whether a group looks at the validation samples of its class.
    fn looks_at_classes(&self) -> bool {
        self.scope == Scope::PerClass || self.compat == Compat::Deepcore
    }

    fn groups<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Vec<Group> {
        match self.compat {
            Compat::Deepcore => class_groups(pool.labels, pool.classes, Rounding::HalfEven, budget),
            _ => groups(pool.labels, pool.classes, self.scope, budget),
        }
    }

    /// The validation samples that a group with this `label` looks at.
    fn validation_rows<E: Element>(&self, held_out: &Pool<E>, label: u16) -> Vec<u32> {
        let per_class = self.looks_at_classes();
        let all = 0..held_out.labels.len() as u32;
        let own: Vec<u32> = all
            .clone()
            .filter(|&row| per_class && held_out.labels[row as usize] == label)
            .collect();
        if own.is_empty() { all.collect() } else { own }
    }

    fn greedily<E: Element>(
        &self,
        gradients: &Gradients<E>,
        Group { rows: mut left, quota }: Group,
        mut ahead: LookAhead,
        draw: &mut ChaCha8Rng,
    ) -> Result<Vec<u32>, SelectError> {
        if self.compat == Compat::Deepcore {
            ahead.stay();
        }
        let looked_at = match self.greedy {
            Greedy::Naive => left.len(),
            Greedy::Stochastic => ((left.len() as f64 / quota as f64 * -MISS.ln()) as usize).max(1),
        };
        let mut columns = match (self.greedy, gradients) {
            (Greedy::Naive, Gradients::Bias(errors)) => Some(Columns::new(errors, &left)),
            _ => None,
        };
        let mut chosen = Vec::with_capacity(quota);
        while chosen.len() < quota {
            let count = looked_at.min(left.len());
            let start = left.len() - count;
            // What is drawn is left at the end.
            let candidates =
                if start == 0 { &mut left[..] } else { left.partial_shuffle(draw, count).0 };
            let direction = ahead.direction();
            let best = match &columns {
                Some(columns) => best(candidates, |places, gains| {
                    columns.products(places, direction, gains);
                }),
                None => best(candidates, |places, gains| {
                    for (gain, &sample) in gains.iter_mut().zip(&candidates[places]) {
                        *gain = gradients.product(sample as usize, direction);
                    }
                }),
            };
            let place = start + best.ok_or_else(overflow)?;
            columns.iter_mut().for_each(|columns| columns.swap_remove(place));
            let sample = left.swap_remove(place);
            ahead.step(gradients, sample as usize);
            chosen.push(sample);
            one_chosen();
        }
        Ok(chosen)
    }
}

/// The errors of the candidates that are left, class after class, so that many products are had at once.
struct Columns<E>(Vec<Vec<E>>);

impl<E: Element> Columns<E> {
    fn new(errors: &Array2<E>, samples: &[u32]) -> Self {
        let column = |class| samples.iter().map(|&s| errors[[s as usize, class]]).collect();
        Self((0..errors.ncols()).map(column).collect())
    }

    fn swap_remove(&mut self, place: usize) {
        self.0.iter_mut().for_each(|column| {
            column.swap_remove(place);
        });
    }

    fn products(&self, places: Range<usize>, direction: &[f64], products: &mut [f64]) {
        widely(ColumnProducts { columns: &self.0, places, direction, products });
    }
}

/// The sum of the `places` of some columns, times the `direction`, into `products`.
struct ColumnProducts<'a, E> {
    columns: &'a [Vec<E>],
    places: Range<usize>,
    direction: &'a [f64],
    products: &'a mut [f64],
}

impl<E: Element> Work for ColumnProducts<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.products.fill(0.0);
        for (column, &factor) in self.columns.iter().zip(self.direction) {
            add_scaled(self.products, factor, &column[self.places.clone()]);
        }
    }
}

/// Place of the candidate of the largest gain, the lower index first among equals; `fill` computes the gains of
/// some places. `None` when one is no number.
fn best(candidates: &[u32], fill: impl Fn(Range<usize>, &mut [f64]) + Sync) -> Option<usize> {
    let leader = |(task, candidates): (usize, &[u32])| {
        let mut gains = vec![0.0; candidates.len()];
        fill(task * TASK..task * TASK + candidates.len(), &mut gains);
        let mut leader: Option<(f64, u32, usize)> = None;
        for (place, (&gain, &sample)) in (task * TASK..).zip(gains.iter().zip(candidates)) {
            let leads = |(best, first, _): (f64, u32, usize)| {
                gain > best || (gain == best && sample < first)
            };
            if !gain.is_finite() {
                return None;
            }
            if leader.is_none_or(leads) {
                leader = Some((gain, sample, place));
            }
        }
        leader
    };
    let leaders: Option<Vec<_>> = if candidates.len() <= TASK {
        candidates.chunks(TASK).enumerate().map(leader).collect()
    } else {
        candidates.par_chunks(TASK).enumerate().map(leader).collect()
    };
    let order =
        |a: &(f64, u32, usize), b: &(f64, u32, usize)| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1));
    Some(leaders?.into_iter().max_by(order)?.2)
}

#[cfg(test)]
mod tests;
