//! Features as points in space, for selectors that go from point to point within a group of samples.

use crate::kernel::dot::{Element, add_scaled, row, square};
use crate::quota::{Scope, groups};
use crate::{Coreset, Pool, SelectError};

/// The point at each place.
type Points<'p, E> = dyn Fn(usize) -> &'p [E] + Sync + 'p;

/// The samples that `order` chooses among the features of each group, as `selector` in messages; weight 1. `order` is
/// given the number of points of a group, the points, and how many to choose, and answers their places.
///
/// # Errors
/// When the pool, its features or the budget are not usable, or `order` fails.
pub(super) fn in_groups<E: Element>(
    selector: &'static str,
    pool: &Pool<E>,
    (scope, budget): (Scope, usize),
    order: impl for<'p> Fn(usize, &'p Points<'p, E>, usize) -> Result<Vec<usize>, SelectError>,
) -> Result<Coreset, SelectError> {
    let features = pool.features(selector)?;
    let features = features.view();
    let mut chosen = Vec::with_capacity(budget);
    for group in groups(pool.labels, pool.classes, scope, budget) {
        let point = |place: usize| row(&features, group.rows[place] as usize);
        let places = order(group.rows.len(), &point, group.quota)?;
        chosen.extend(places.into_iter().map(|place| group.rows[place]));
    }
    Ok(Coreset::unweighted(chosen))
}

/// Squared norms of `count` points.
///
/// # Errors
/// When one leaves the range of `f64`.
pub(super) fn norms<'a, E: Element>(
    count: usize,
    point: impl Fn(usize) -> &'a [E],
) -> Result<Vec<f64>, SelectError> {
    let norms: Vec<f64> = (0..count).map(|place| square(point(place))).collect();
    if norms.iter().all(|norm| norm.is_finite()) {
        Ok(norms)
    } else {
        Err(SelectError::Overflow { what: "features" })
    }
}

/// The mean of `count` points.
pub(super) fn mean<'a, E: Element>(count: usize, point: impl Fn(usize) -> &'a [E]) -> Vec<f64> {
    let mut sum = vec![0.0; if count == 0 { 0 } else { point(0).len() }];
    (0..count).for_each(|place| add_scaled(&mut sum, 1.0, point(place)));
    sum.iter_mut().for_each(|sum| *sum /= count as f64);
    sum
}
