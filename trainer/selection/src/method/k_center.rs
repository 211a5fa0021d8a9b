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
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::Element;
use crate::kernel::matrix::Matrix;
use crate::points::{in_groups, mean, norms};
use crate::progress::one_chosen;
use crate::quota::Scope;
use crate::remote::Remote;
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

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
    const NEEDS: Needs = Needs::NONE.with(Need::Features).with(Need::Remote);
    const GUIDE: Guide = Guide {
        needs: "features",
        good_for: "rare kinds of rows: none is far from a chosen one",
        spoiled_by: "outliers, which it takes first",
        weights: ALL_ONE,
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));

    fn parts(&self) -> Parts {
        self.scope.parts()
    }

    /// In the order of choice, the lower index first among equals; weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let there = |points: &dyn Remote, rows: &[u32], quota| points.farthest_first(rows, quota);
        in_groups(
            Self::NAME,
            pool,
            (self.scope, budget),
            |points, quota| farthest_first(points, quota),
            there,
        )
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

/// `budget` of the `points`, each the farthest from those before it, the lower index first among equals.
///
/// Distances to the nearest centre only fall as centres are added, so that a stale one is an upper bound: the
/// centres a point has not seen yet are looked at only when its bound leads.
pub fn farthest_first(points: &impl Matrix, budget: usize) -> Result<Vec<usize>, SelectError> {
    let (count, norms) = (points.len(), norms(points)?);
    let to_mean = points.products(&mean(points));
    let rest = |place: usize| norms[place] - 2.0 * to_mean[place];
    let Some(first) = (0..count).min_by(|&a, &b| rest(a).total_cmp(&rest(b))) else {
        return Ok(Vec::new());
    };
    let unseen = |place| Bound { squared: f64::INFINITY, place, seen: 0 };
    let mut heap: BinaryHeap<Bound> =
        (0..count).filter(|&place| place != first).map(unseen).collect();
    // Number and coordinates of the centres.
    let mut chosen = vec![first];
    let mut centres = vec![points.row(first)];
    while chosen.len() < budget {
        let refreshed = |bound: &Bound| {
            let own = norms[bound.place];
            let gap = |(&centre, values): (&usize, &Vec<f64>)| {
                own + norms[centre] - 2.0 * points.product(bound.place, values)
            };
            let missed = chosen.iter().zip(&centres).skip(bound.seen);
            let squared = missed.map(gap).fold(bound.squared, f64::min);
            Bound { squared, seen: chosen.len(), ..*bound }
        };
        let Some(best) = leader(&mut heap, chosen.len(), refreshed) else { break };
        chosen.push(best);
        one_chosen();
        centres.push(points.row(best));
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
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::host::Host;

    fn chosen<const D: usize>(points: &[[f64; D]], budget: usize) -> Vec<usize> {
        let numbers: Vec<u32> = (0..points.len() as u32).collect();
        let points = Array2::from(points.to_vec());
        farthest_first(&Host::new(&points.view(), &numbers), budget).unwrap()
    }

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
        assert_eq!(chosen(&points, 4), [3, 4, 0, 1]);
        assert_eq!(chosen(&[[1.0]; 4], 3), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn no_two_centres_cover_better_than_half_as_far(
            points in prop::collection::vec(prop::array::uniform2(-5.0..5.0f64), 2..14),
        ) {
            let chosen = chosen(&points, 2);
            let pairs = (0..points.len()).flat_map(|a| (0..a).map(move |b| [a, b]));
            let best = pairs.map(|pair| radius(&points, &pair)).fold(f64::INFINITY, f64::min);
            prop_assert!(radius(&points, &chosen) <= 2.0 * best + 1e-6);
        }
    }
}
