//! As many rows of every class, whatever its size: a selection among the rows of each class by itself.

use ndarray::{Array2, Axis};
use rand::RngExt;
use swast_tables::stream::stream;

use crate::kernel::dot::Element;
use crate::quota::class_sizes;
use crate::{Coreset, Evidence, History, Moment, Pool, SelectError, Spec};

/// Refuses `each` rows of classes with so many rows each.
///
/// # Errors
/// When `spec` cannot choose so many in one of them.
pub(super) fn check(spec: &Spec, sizes: &[usize], each: usize) -> Result<(), SelectError> {
    let sizes = sizes.iter().filter(|size| **size > 0);
    sizes.into_iter().try_for_each(|&size| spec.check(&[size], each.min(size)))
}

/// How many rows of the `pool` are `each` of every class.
pub(super) fn total<E>(pool: &Pool<E>, each: usize) -> usize {
    class_sizes(pool.labels, pool.classes).into_iter().map(|size| each.min(size)).sum()
}

/// Class after class, `each` rows of the `pool` as `spec` chooses them; all of a class that has fewer.
///
/// # Errors
/// As [`crate::Selector::select`].
pub(super) fn select<E: Element>(
    spec: &Spec,
    pool: &Pool<E>,
    each: usize,
) -> Result<Coreset, SelectError> {
    let mut members = vec![Vec::new(); pool.classes];
    pool.labels.iter().enumerate().for_each(|(row, &label)| members[usize::from(label)].push(row));
    let (mut indices, mut weights) = (Vec::new(), Vec::new());
    for (class, rows) in members.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        let Evidence { scores, features, probabilities, gradients, history, .. } = pool.evidence;
        let scores: Option<Vec<f64>> = scores.map(|all| rows.iter().map(|&row| all[row]).collect());
        let own = |matrix: &Array2<E>| matrix.select(Axis(0), rows);
        let (features, probabilities) = (features.map(own), probabilities.map(own));
        let (gradients, history) = (gradients.map(own), history.map(|all| part(all, rows)));
        let labels = vec![class as u16; rows.len()];
        // Equal draws in all classes would choose rows of equal places.
        let seed = stream(pool.moment.seed, "class", class as u64).random();
        let within = Pool {
            labels: &labels,
            evidence: Evidence {
                scores: scores.as_deref(),
                features: features.as_ref(),
                probabilities: probabilities.as_ref(),
                gradients: gradients.as_ref(),
                history: history.as_ref(),
                ..Evidence::default()
            },
            moment: Moment { seed, ..pool.moment },
            ..*pool
        };
        let chosen = spec.selector().select(&within, each.min(rows.len()))?;
        indices.extend(chosen.indices.iter().map(|&place| rows[place as usize] as u32));
        weights.extend(chosen.weights);
    }
    Ok(Coreset { indices, weights })
}

fn part(all: &History, rows: &[usize]) -> History {
    History {
        forgotten: rows.iter().map(|&row| all.forgotten[row]).collect(),
        learnt: rows.iter().map(|&row| all.learnt[row]).collect(),
    }
}
