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

use clap::ValueEnum;
use ndarray::Array2;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use self::look_ahead::LookAhead;
use crate::gradients::{Gradients, LastLayer};
use crate::kernel::dot::{Element, add_scaled};
use crate::kernel::wide::{Work, widely};
use crate::kind::Compat;
use crate::quota::{Group, Rounding, Scope, class_groups, groups};
use crate::{Coreset, Pool, SelectError, Selector};
use swast_tables::stream::stream;

/// Candidates that are worth a task.
const TASK: usize = 4096;

/// A drawn pool misses the best hundredth of the candidates with this probability.
const MISS: f64 = 0.01;

/// Which candidates are looked at in each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Greedy {
    /// `(n / k) ln 100` drawn at random (Mirzasoleiman et al. 2015).
    Stochastic,
    /// All that are left.
    Naive,
}

/// Greedy gain on held-out samples.
#[derive(Debug, Clone, Copy)]
pub struct Glister {
    /// Which gradients are compared.
    pub gradient: LastLayer,
    /// Which candidates are looked at in each step.
    pub greedy: Greedy,
    /// Whether candidates compete with all, or within their class and for the validation samples of it.
    pub scope: Scope,
    /// Learning rate of the step ahead, above 0.
    pub rate: f64,
    /// Whose choices are followed.
    pub compat: Option<Compat>,
}

impl<E: Element> Selector<E> for Glister {
    fn name(&self) -> &'static str {
        "glister"
    }

    fn needs_outputs(&self) -> bool {
        true
    }

    fn needs_validation(&self) -> bool {
        true
    }

    /// Class after class in the order of choice; the lower index first among equals.
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        pool.check(budget)?;
        let gradients = Gradients::of(pool, self.gradient, "glister")?;
        let held_out = pool.validation_pool();
        held_out.check(1)?;
        let validation = Gradients::of(&held_out, self.gradient, "glister")?;
        if gradients.width() != validation.width() {
            let (columns, expected) = (validation.width(), gradients.width());
            return Err(SelectError::ValidationColumns { columns, expected });
        }
        let mut draw = stream(pool.seed, "glister-candidates", u64::from(pool.epoch));
        let mut chosen = Vec::with_capacity(budget);
        for group in self.groups(pool, budget) {
            let rows = self.validation_rows(&held_out, pool.labels[group.rows[0] as usize]);
            let ahead =
                LookAhead::new(&validation, &held_out, &rows, self.rate).ok_or_else(overflow)?;
            chosen.extend(self.greedily(&gradients, group, ahead, &mut draw)?);
        }
        Ok(Coreset::unweighted(chosen))
    }
}

fn overflow() -> SelectError {
    SelectError::Overflow { what: "gradients" }
}

impl Glister {
    fn groups<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Vec<Group> {
        match self.compat {
            Some(Compat::Deepcore) => {
                class_groups(pool.labels, pool.classes, Rounding::HalfEven, budget)
            }
            _ => groups(pool.labels, pool.classes, self.scope, budget),
        }
    }

    /// The validation samples that a group with this `label` looks at.
    fn validation_rows<E: Element>(&self, held_out: &Pool<E>, label: u16) -> Vec<u32> {
        let per_class = self.scope == Scope::PerClass || self.compat == Some(Compat::Deepcore);
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
        if self.compat == Some(Compat::Deepcore) {
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
