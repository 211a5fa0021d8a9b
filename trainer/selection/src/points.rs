//! Features as points in space, for selectors that go from point to point within a group of samples.

use crate::kernel::dot::Element;
use crate::kernel::host::Host;
use crate::kernel::matrix::Matrix;
use crate::quota::{Group, Scope, groups};
use crate::remote::Remote;
use crate::{Coreset, Pool, SelectError};

/// The samples that `order` chooses among the features of each group, as `selector` in messages; weight 1. `order` is
/// given the points of a group and how many to choose, and answers their numbers; `order_there` makes the same choice where
/// the features are stored elsewhere.
///
/// # Errors
/// When the pool's features are not usable, or `order` fails.
pub(super) fn in_groups<E: Element>(
    selector: &'static str,
    pool: &Pool<E>,
    (within, budget): (Scope, usize),
    order: impl Fn(&Host<E>, usize) -> Result<Vec<usize>, SelectError>,
    order_there: impl Fn(&dyn Remote, &[u32], usize) -> Vec<usize>,
) -> Result<Coreset, SelectError> {
    let groups = groups(pool.labels, pool.classes, within, budget);
    let ordered = |places: &dyn Fn(&Group) -> Result<Vec<usize>, SelectError>| {
        let mut chosen = Vec::with_capacity(budget);
        for group in &groups {
            chosen.extend(places(group)?.into_iter().map(|place| group.rows[place]));
        }
        Ok(Coreset::unweighted(chosen))
    };
    if let Some(remote) = pool.remote()? {
        return ordered(&|group| Ok(order_there(remote, &group.rows, group.quota)));
    }
    let features = pool.features(selector)?;
    let features = features.view();
    ordered(&|group| order(&Host::new(&features, &group.rows), group.quota))
}

/// Squared norms of `points`.
///
/// # Errors
/// When one leaves the range of `f64`.
pub(super) fn norms(points: &impl Matrix) -> Result<Vec<f64>, SelectError> {
    let norms = points.squares();
    if norms.iter().all(|norm| norm.is_finite()) {
        Ok(norms)
    } else {
        Err(SelectError::Overflow { what: "features" })
    }
}

/// The mean of `points`.
pub(super) fn mean(points: &impl Matrix) -> Vec<f64> {
    let mut mean = points.sum();
    mean.iter_mut().for_each(|sum| *sum /= points.len() as f64);
    mean
}
