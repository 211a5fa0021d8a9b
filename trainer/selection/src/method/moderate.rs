//! Moderate coreset (Xia et al. 2023): samples whose distance to the centre of their class is about the
//! median, neither prototypes nor outliers.
//!
//! Where we depart from the authors' code: the features are those of the network under training, in evaluation mode,
//! where theirs are of another one, trained on all data beforehand, with the statistics of each mini-batch; the centre
//! of a class with one sample is that sample, where theirs is a number; equal distances go by index, where their sort
//! may turn them; and exactly the budget is kept, where both ends of their band are rounded on their own. What they
//! return is what to drop.

use std::cmp::Ordering;

use ndarray::ArrayView2;
use rayon::prelude::*;
use swast_tables::options;
use swast_tables::spec::Options;

use super::Method;
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::Element;
use crate::kernel::host::Host;
use crate::kernel::matrix::Matrix;
use crate::quota::{Scope, groups, half_even};
use crate::remote::Centre;
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

options! {
    /// Samples at a median distance from the centre of their class
    Moderate "moderate" {
        /// The centre of a class that distances are measured from: median or mean
        centre: Centre = Centre::Median,
        /// Where the band of distances is taken: global, over all samples, or per-class
        scope: Scope = Scope::Global,
    }
}

impl Method for Moderate {
    const NEEDS: Needs = Needs::NONE.with(Need::Features).with(Need::Remote);
    const GUIDE: Guide = Guide {
        needs: "features",
        good_for: "data with wrong labels or outliers, which it leaves out",
        spoiled_by: "features of an untrained network; classes of several kinds",
        weights: ALL_ONE,
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));

    fn parts(&self) -> Parts {
        Parts::ScoredClasses
    }

    /// Distances to the centre of the class.
    fn scores<E: Element>(&self, pool: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        let within = (pool.labels, pool.classes);
        let distances = if let Some(remote) = pool.remote()? {
            by_class(within, |rows| remote.distances(rows, self.centre))
        } else {
            let features = pool.features(Self::NAME)?;
            distances(&features.view(), within, self.centre)
        };
        if distances.iter().any(|distance| !distance.is_finite()) {
            return Err(SelectError::Overflow { what: "features" });
        }
        Ok(distances)
    }

    /// By distance, nearest first, lower index first among equals; weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let distances = super::scores(self, pool)?;
        let mut chosen = Vec::with_capacity(budget);
        for mut group in groups(pool.labels, pool.classes, self.scope, budget) {
            // The sort is stable, and the rows start in ascending order.
            group.rows.sort_by(|&a, &b| distances[a as usize].total_cmp(&distances[b as usize]));
            let start = band_start(group.rows.len(), group.quota);
            chosen.extend_from_slice(&group.rows[start..start + group.quota]);
        }
        Ok(Coreset::unweighted(chosen))
    }
}

/// First rank, from 0, of the band of `kept` out of `samples`: `(samples - kept) / 2`, a half rounded to
/// the even neighbour as in the authors' `round(N (0.5 - q/2))`. The band always has `kept` ranks;
/// theirs may miss by one.
fn band_start(samples: usize, kept: usize) -> usize {
    half_even(samples - kept, 2)
}

/// Columns whose middles are found together: a cache line of each row is read once.
const COLUMNS: usize = 16;

/// Euclidean distance of each row of `features` (N x E, stored row after row) to the centre of its class; of N labels, so
/// many classes.
pub fn distances<E: Element>(
    features: &ArrayView2<E>,
    within: (&[u16], usize),
    centre: Centre,
) -> Vec<f64> {
    by_class(within, |rows| {
        let members = Host::new(features, rows);
        members.distances(&class_centre(&members, centre))
    })
}

/// The distance of each sample, given those of the rows of a class; of N labels, so many classes.
fn by_class((labels, classes): (&[u16], usize), of_class: impl Fn(&[u32]) -> Vec<f64>) -> Vec<f64> {
    let mut distances = vec![0.0; labels.len()];
    for group in groups(labels, classes, Scope::PerClass, labels.len()) {
        let own = of_class(&group.rows);
        group.rows.iter().zip(own).for_each(|(&sample, own)| distances[sample as usize] = own);
    }
    distances
}

/// The centre of the `members` (not none) of a class, one value per column.
fn class_centre<E: Element>(members: &Host<E>, centre: Centre) -> Vec<f64> {
    let mut middles = vec![0.0; members.width()];
    middles.par_chunks_mut(COLUMNS).enumerate().for_each(|(block, middles)| {
        // Column after column, so that each coordinate is a slice.
        let mut columns = vec![Vec::with_capacity(members.len()); middles.len()];
        for member in 0..members.len() {
            let values = &members.stored(member)[block * COLUMNS..];
            columns.iter_mut().zip(values).for_each(|(column, &value)| column.push(value));
        }
        for (middle, column) in middles.iter_mut().zip(&mut columns) {
            *middle = match centre {
                Centre::Mean => {
                    column.iter().map(|&value| value.into()).sum::<f64>() / column.len() as f64
                }
                Centre::Median => median(column),
            };
        }
    });
    middles
}

/// The median of `values` (not empty), which are reordered.
fn median<E: Element>(values: &mut [E]) -> f64 {
    let (half, odd) = (values.len() / 2, values.len() % 2 == 1);
    let order = |a: &E, b: &E| a.partial_cmp(b).unwrap_or(Ordering::Equal);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, order);
    if odd {
        return upper.into();
    }
    let lower = below.iter().map(|&value| value.into()).fold(f64::NEG_INFINITY, f64::max);
    (lower + upper.into()) / 2.0
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::{Evidence, Selector};

    fn select(features: &Array2<f32>, labels: &[u16], scope: Scope, budget: usize) -> Vec<u32> {
        let evidence = Evidence { features: Some(features), ..Evidence::default() };
        let pool = Pool { evidence, ..Pool::labelled(labels, 3) };
        Moderate { centre: Centre::Median, scope }.select(&pool, budget).unwrap().indices
    }

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 10.0]), 3.5);
        assert_eq!(median(&mut [4.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(&mut [4.0]), 4.0);
    }

    #[test]
    fn a_half_rank_goes_to_the_even_one() {
        // (N - k) / 2 = 0.5, 1.5, 2.5, 3.5 as in round() of the authors' Python.
        assert_eq!([1, 3, 5, 7].map(|outside| band_start(outside + 4, 4)), [0, 2, 2, 4]);
        assert_eq!([0, 2, 4].map(|outside| band_start(outside + 4, 4)), [0, 1, 2]);
    }

    #[test]
    fn the_band_lies_around_the_median_distance() {
        // Class 0 has its median at 0: distances 10, 1, 0, 2, 20. Class 2 has one sample: distance 0.
        let features = array![[-10.0], [1.0], [0.0], [-2.0], [20.0], [7.0]];
        let labels = [0, 0, 0, 0, 0, 2];
        // Sorted: 2 and 5 at 0, then 1, 3, 0, 4.
        assert_eq!(select(&features, &labels, Scope::Global, 2), [1, 3]);
        assert_eq!(select(&features, &labels, Scope::Global, 6), [2, 5, 1, 3, 0, 4]);
        // Per class: quotas 2.5 and 0.5, the lower class takes the place left.
        assert_eq!(select(&features, &labels, Scope::PerClass, 3), [1, 3, 0]);
    }
}
