//! Herding (Welling 2009; as used for exemplars by Rebuffi et al. 2017): samples whose mean stays as near as
//! possible to the mean of all, one after the other.
//!
//! DeepCore takes the sample that leaves the mean *farthest*; that is an error and not followed.

use swast_tables::options;
use swast_tables::spec::Options;

use super::{Alone, Method};
use crate::kernel::dot::{Element, add_scaled, products};
use crate::points::{in_groups, mean, norms};
use crate::quota::Scope;
use crate::{Coreset, Need, Needs, Pool, SelectError};

options! {
    /// Samples whose mean stays near the mean of all, or of their class
    Herding "herding" {
        /// Whose mean is followed: global or per-class
        scope: Scope = Scope::PerClass,
    }
}

impl Method for Herding {
    const NEEDS: Needs = Needs::NONE.with(Need::Features);
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));

    fn alone(_asked: Self, _case: Alone) -> Self {
        Self { scope: Scope::Global }
    }

    /// In the order of choice, the lower index first among equals; weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        in_groups(Self::NAME, pool, (self.scope, budget), |count, point, quota| {
            herded(count, point, quota)
        })
    }
}

/// `budget` of `count` points; number t minimises `|t mean - sum of the t chosen|`.
pub fn herded<'a, E: Element>(
    count: usize,
    point: impl Fn(usize) -> &'a [E] + Sync,
    budget: usize,
) -> Result<Vec<usize>, SelectError> {
    let norms = norms(count, &point)?;
    let mean = mean(count, &point);
    let mut ahead = vec![0.0; mean.len()];
    let mut free = vec![true; count];
    let mut chosen = Vec::with_capacity(budget);
    for _ in 0..budget.min(count) {
        // What the next point should be: |ahead - x|^2 is least where |x|^2 - 2 <x, ahead> is.
        ahead.iter_mut().zip(&mean).for_each(|(ahead, mean)| *ahead += mean);
        let towards = products(count, &point, &ahead);
        let rest = |place: usize| norms[place] - 2.0 * towards[place];
        let best =
            (0..count).filter(|&place| free[place]).min_by(|&a, &b| rest(a).total_cmp(&rest(b)));
        let Some(best) = best else { break };
        add_scaled(&mut ahead, -1.0, point(best));
        free[best] = false;
        chosen.push(best);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_choice_keeps_the_mean_as_near_as_can_be(
            points in prop::collection::vec(prop::array::uniform3(-5.0..5.0f64), 1..20),
        ) {
            let chosen = herded(points.len(), |place| &points[place][..], points.len()).unwrap();
            let all = mean(points.len(), |place| &points[place][..]);
            let gap = |taken: &[usize]| {
                let own = mean(taken.len(), |place| &points[taken[place]][..]);
                own.iter().zip(&all).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
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
