//! k-center (Sener and Savarese 2018): samples such that none is far from all of them, by farthest-first
//! traversal (Gonzalez 1985), whose largest distance is at most twice the best possible.
//!
//! DeepCore starts from a random sample and keeps a row of N distances for each one chosen; here the first is
//! the one nearest to the mean, so that a selection needs no seed, and one row is kept.

use super::dot::{Element, dot, products, square, widened};
use super::gradients::row;
use super::quota::{Scope, groups};
use super::{Coreset, Pool, SelectError, Selector};

/// Covers the features of all samples, or of each class.
#[derive(Debug, Clone, Copy)]
pub struct KCenter {
    /// Whether samples cover all, or their class.
    pub scope: Scope,
}

impl<E: Element> Selector<E> for KCenter {
    fn name(&self) -> &'static str {
        "k-center"
    }

    fn needs_outputs(&self) -> bool {
        true
    }

    /// In the order of choice, the lower index first among equals; weight 1.
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        pool.check(budget)?;
        let features = pool.features("k-center")?;
        let features = features.view();
        let mut chosen = Vec::with_capacity(budget);
        for group in groups(pool.labels, pool.classes, self.scope, budget) {
            let point = |place: usize| row(&features, group.rows[place] as usize);
            let places = farthest_first(group.rows.len(), point, group.quota)?;
            chosen.extend(places.into_iter().map(|place| group.rows[place]));
        }
        Ok(Coreset::unweighted(chosen))
    }
}

/// `budget` of `count` points, each the farthest from those before it.
pub fn farthest_first<'a, E: Element>(
    count: usize,
    point: impl Fn(usize) -> &'a [E] + Sync,
    budget: usize,
) -> Result<Vec<usize>, SelectError> {
    let norms: Vec<f64> = (0..count).map(|place| square(point(place))).collect();
    if norms.iter().any(|norm| !norm.is_finite()) {
        return Err(SelectError::Overflow { what: "features" });
    }
    let squared_to = |other: &[f64]| -> Vec<f64> {
        let norm = dot(other, other);
        let distances = norms.iter().zip(products(count, &point, other));
        distances.map(|(own, product)| own + norm - 2.0 * product).collect()
    };
    let mean = super::herding::mean(count, &point);
    let to_mean = squared_to(&mean);
    let first = (0..count).min_by(|&a, &b| to_mean[a].total_cmp(&to_mean[b]));
    let mut nearest = vec![f64::INFINITY; count];
    let mut chosen = Vec::with_capacity(budget);
    let mut next = first;
    while let Some(place) = next
        && chosen.len() < budget
    {
        chosen.push(place);
        for (nearest, distance) in nearest.iter_mut().zip(squared_to(&widened(point(place)))) {
            *nearest = distance.min(*nearest);
        }
        // Chosen points are out of reach even where all others are repetitions of them.
        nearest[place] = f64::NEG_INFINITY;
        // Of equals `max_by` takes the last: reversed, the one of the lowest index.
        next = (0..count).rev().max_by(|&a, &b| nearest[a].total_cmp(&nearest[b]));
    }
    Ok(chosen)
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
