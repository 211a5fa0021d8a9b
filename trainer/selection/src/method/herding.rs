//! Herding (Welling 2009; as used for exemplars by Rebuffi et al. 2017): samples whose mean stays as near as
//! possible to the mean of all, one after the other.
//!
//! DeepCore takes the sample that leaves the mean *farthest*; that is an error and not followed.

use swast_tables::options;
use swast_tables::spec::Options;

use super::{Alone, Method};
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::{Element, add_scaled};
use crate::kernel::matrix::Matrix;
use crate::points::{in_groups, mean, norms};
use crate::progress::one_chosen;
use crate::quota::Scope;
use crate::remote::Remote;
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

options! {
    /// Samples whose mean stays near the mean of all, or of their class
    Herding "herding" {
        /// Whose mean is followed: global or per-class
        scope: Scope = Scope::PerClass,
    }
}

impl Method for Herding {
    const NEEDS: Needs = Needs::NONE.with(Need::Features).with(Need::Remote);
    const GUIDE: Guide = Guide {
        needs: "features",
        good_for: "typical rows; with --per-class, data with wrong labels",
        spoiled_by: "rare kinds of rows, which it passes over",
        weights: ALL_ONE,
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));

    fn alone(_asked: Self, _case: Alone) -> Self {
        Self { scope: Scope::Global }
    }

    fn parts(&self) -> Parts {
        self.scope.parts()
    }

    /// In the order of choice, the lower index first among equals; weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let there = |points: &dyn Remote, rows: &[u32], quota| points.around_mean(rows, quota);
        in_groups(
            Self::NAME,
            pool,
            (self.scope, budget),
            |points, quota| herded(points, quota),
            there,
        )
    }
}

/// `budget` of the `points`; number t minimises `|t mean - sum of the t chosen|`.
pub fn herded(points: &impl Matrix, budget: usize) -> Result<Vec<usize>, SelectError> {
    let (count, norms, mean) = (points.len(), norms(points)?, mean(points));
    let mut ahead = vec![0.0; mean.len()];
    let mut free = vec![true; count];
    let mut chosen = Vec::with_capacity(budget);
    for _ in 0..budget.min(count) {
        // What the next point should be: |ahead - x|^2 is least where |x|^2 - 2 <x, ahead> is.
        ahead.iter_mut().zip(&mean).for_each(|(ahead, mean)| *ahead += mean);
        let towards = points.products(&ahead);
        let rest = |place: usize| norms[place] - 2.0 * towards[place];
        let best =
            (0..count).filter(|&place| free[place]).min_by(|&a, &b| rest(a).total_cmp(&rest(b)));
        let Some(best) = best else { break };
        add_scaled(&mut ahead, -1.0, &points.row(best));
        free[best] = false;
        chosen.push(best);
        one_chosen();
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::host::Host;

    proptest! {
        #[test]
        fn every_choice_keeps_the_mean_as_near_as_can_be(
            points in prop::collection::vec(prop::array::uniform3(-5.0..5.0f64), 1..20),
        ) {
            let points = Array2::from(points);
            let numbers: Vec<u32> = (0..points.nrows() as u32).collect();
            let chosen = herded(&Host::new(&points.view(), &numbers), points.nrows()).unwrap();
            let all = points.mean_axis(Axis(0)).unwrap();
            let gap = |taken: &[usize]| {
                let gap = points.select(Axis(0), taken).mean_axis(Axis(0)).unwrap() - &all;
                gap.dot(&gap)
            };
            for size in 1..=chosen.len() {
                let mut taken = chosen[..size].to_vec();
                let found = gap(&taken);
                for &other in &chosen[size..] {
                    taken[size - 1] = other;
                    prop_assert!(found <= gap(&taken) + 1e-9);
                }
            }
        }
    }
}
