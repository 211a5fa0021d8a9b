//! k-center (Sener and Savarese 2018): samples such that none is far from all of them, by farthest-first
//! traversal (Gonzalez 1985), whose largest distance is at most twice the best possible.
//!
//! DeepCore starts from a random sample and keeps a row of N distances for each one chosen; here the first is
//! the one nearest to the mean, so that a selection needs no seed, and one row is kept.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;
use swast_tables::options;
use swast_tables::spec::Options;

use super::Method;
use crate::kernel::dot::{Element, dot, products, widened};
use crate::points::{in_groups, mean, norms};
use crate::quota::Scope;
use crate::{Coreset, Need, Needs, Pool, SelectError};

/// At most so many points are looked at together.
const TOGETHER: usize = 256;

options! {
    /// Samples such that none is far from all of them
    KCenter "k-center" {
        /// What the samples cover: global, all others, or per-class, those of their class
        scope: Scope = Scope::Global,
    }
}

impl Method for KCenter {
    const NEEDS: Needs = Needs::NONE.with(Need::Features);
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));

    /// In the order of choice, the lower index first among equals; weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        in_groups(Self::NAME, pool, (self.scope, budget), |count, point, quota| {
            farthest_first(count, point, quota)
        })
    }
}

/// A point, and a bound of its distance to the nearest centre, exact when `seen` is the number of centres.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    squared: f64,
    place: usize,
    seen: usize,
}

impl Eq for Bound {}

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> Ordering {
        self.squared.total_cmp(&other.squared).then(other.place.cmp(&self.place))
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `budget` of `count` points, each the farthest from those before it, the lower index first among equals.
///
/// Distances to the nearest centre only fall as centres are added, so that a stale one is an upper bound: the
/// centres a point has not seen yet are looked at only when its bound leads.
pub fn farthest_first<'a, E: Element>(
    count: usize,
    point: impl Fn(usize) -> &'a [E] + Sync,
    budget: usize,
) -> Result<Vec<usize>, SelectError> {
    let norms = norms(count, &point)?;
    let mean = mean(count, &point);
    let to_mean = products(count, &point, &mean);
    let rest = |place: usize| norms[place] - 2.0 * to_mean[place];
    let Some(first) = (0..count).min_by(|&a, &b| rest(a).total_cmp(&rest(b))) else {
        return Ok(Vec::new());
    };
    let unseen = |place| Bound { squared: f64::INFINITY, place, seen: 0 };
    let mut heap: BinaryHeap<Bound> =
        (0..count).filter(|&place| place != first).map(unseen).collect();
    // Number and coordinates of the centres.
    let mut chosen = vec![first];
    let mut centres = vec![widened(point(first))];
    while chosen.len() < budget {
        let refreshed = |bound: &Bound| {
            let row = point(bound.place);
            let own = norms[bound.place];
            let gap = |(&centre, values): (&usize, &Vec<f64>)| {
                own + norms[centre] - 2.0 * dot(row, values)
            };
            let missed = chosen.iter().zip(&centres).skip(bound.seen);
            let squared = missed.map(gap).fold(bound.squared, f64::min);
            Bound { squared, seen: chosen.len(), ..*bound }
        };
        let Some(best) = leader(&mut heap, chosen.len(), refreshed) else { break };
        chosen.push(best);
        centres.push(widened(point(best)));
    }
    Ok(chosen)
}

/// Takes the point of the largest distance to `seen` centres off `heap`.
fn leader(
    heap: &mut BinaryHeap<Bound>,
    seen: usize,
    refreshed: impl Fn(&Bound) -> Bound + Sync,
) -> Option<usize> {
    let mut together = 1;
    loop {
        let top = heap.pop()?;
        if top.seen == seen {
            return Some(top.place);
        }
        let mut stale = vec![top];
        while stale.len() < together
            && heap.peek().is_some_and(|bound| bound.seen != seen)
            && let Some(bound) = heap.pop()
        {
            stale.push(bound);
        }
        heap.extend(
            stale.par_iter().with_min_len(TOGETHER / 8).map(&refreshed).collect::<Vec<_>>(),
        );
        together = (2 * together).min(TOGETHER);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn radius(points: &[[f64; 2]], centres: &[usize]) -> f64 {
        let gap = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let nearest = |&point: &[f64; 2]| {
            centres.iter().map(|&c| gap(point, points[c])).fold(f64::INFINITY, f64::min)
        };
        points.iter().map(nearest).fold(0.0, f64::max)
    }

    #[test]
    fn by_hand() {
        // The mean is 3.2: nearest 3; then 10, 0 and 1.
        let points = [[0.0], [1.0], [2.0], [3.0], [10.0]];
        let chosen = farthest_first(5, |place| &points[place][..], 4).unwrap();
        assert_eq!(chosen, [3, 4, 0, 1]);
        let equal = [[1.0]; 4];
        assert_eq!(farthest_first(4, |place| &equal[place][..], 3).unwrap(), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn no_two_centres_cover_better_than_half_as_far(
            points in prop::collection::vec(prop::array::uniform2(-5.0..5.0f64), 2..14),
        ) {
            let chosen = farthest_first(points.len(), |place| &points[place][..], 2).unwrap();
            let pairs = (0..points.len()).flat_map(|a| (0..a).map(move |b| [a, b]));
            let best = pairs.map(|pair| radius(&points, &pair)).fold(f64::INFINITY, f64::min);
            prop_assert!(radius(&points, &chosen) <= 2.0 * best + 1e-6);
        }
    }
}
