//! Uncertainty: samples that the network cannot decide on (as in active learning; Coleman et al. 2020).
//!
//! DeepCore keeps the most certain samples when it does not balance classes, because it turns the order round
//! once too often, and takes the largest logit for the confidence; here the least certain are kept, and
//! confidence is a probability.

use ndarray::ArrayView1;
use swast_tables::options;
use swast_tables::spec::Options;

use super::Method;
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::Element;
use crate::ranking::{Keep, ranked};
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

options! {
    /// Samples whose two best classes are nearly as probable as each other
    Margin "margin" {}
}

options! {
    /// Samples whose class probabilities have the largest entropy
    Entropy "entropy" {}
}

options! {
    /// Samples whose best class is the least probable
    LeastConfidence "least-confidence" {}
}

impl Method for Margin {
    const NEEDS: Needs = Needs::NONE.with(Need::Probabilities);
    const GUIDE: Guide = Guide {
        needs: "probabilities",
        good_for: "rows between two classes, from much data",
        spoiled_by: "small budgets: no row is typical, classes may be missing",
        weights: ALL_ONE,
    };

    fn parts(&self) -> Parts {
        Parts::Samples
    }

    fn scores<E: Element>(&self, pool: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        certainties(pool, Self::NAME, margin)
    }

    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        least_certain(&super::scores(self, pool)?, budget)
    }
}

impl Method for Entropy {
    const NEEDS: Needs = Needs::NONE.with(Need::Probabilities);
    const GUIDE: Guide = Guide {
        needs: "probabilities",
        good_for: "rows that could be of many classes, from much data",
        spoiled_by: "small budgets: no row is typical, classes may be missing",
        weights: ALL_ONE,
    };

    fn parts(&self) -> Parts {
        Parts::Samples
    }

    fn scores<E: Element>(&self, pool: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        certainties(pool, Self::NAME, negative_entropy)
    }

    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        least_certain(&super::scores(self, pool)?, budget)
    }
}

impl Method for LeastConfidence {
    const NEEDS: Needs = Needs::NONE.with(Need::Probabilities);
    const GUIDE: Guide = Guide {
        needs: "probabilities",
        good_for: "rows without a likely class, from much data",
        spoiled_by: "small budgets: no row is typical, classes may be missing",
        weights: ALL_ONE,
    };

    fn parts(&self) -> Parts {
        Parts::Samples
    }

    fn scores<E: Element>(&self, pool: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        certainties(pool, Self::NAME, confidence)
    }

    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        least_certain(&super::scores(self, pool)?, budget)
    }
}

/// The `certainty` of every sample.
fn certainties<E: Element>(
    pool: &Pool<E>,
    selector: &'static str,
    certainty: impl Fn(&ArrayView1<E>) -> f64,
) -> Result<Vec<f64>, SelectError> {
    let probabilities = pool.probabilities(selector)?;
    Ok(probabilities.rows().into_iter().map(|row| certainty(&row)).collect())
}

/// The samples of the least certainty first, over the classes as one; weight 1.
fn least_certain(certainties: &[f64], budget: usize) -> Result<Coreset, SelectError> {
    Ok(Coreset::unweighted(ranked(certainties, Keep::Smallest, budget)))
}

/// The largest of some probabilities less the second largest.
fn margin<E: Element>(row: &ArrayView1<E>) -> f64 {
    let best =
        |(first, second): (f64, f64), value: f64| (value.max(first), second.max(value.min(first)));
    let (first, second) = values(row).fold((0.0, 0.0), best);
    first - second
}

/// The negative entropy of some probabilities.
fn negative_entropy<E: Element>(row: &ArrayView1<E>) -> f64 {
    values(row).filter(|&p| p > 0.0).map(|p| p * p.ln()).sum()
}

/// The largest of some probabilities.
fn confidence<E: Element>(row: &ArrayView1<E>) -> f64 {
    values(row).fold(0.0, f64::max)
}

fn values<E: Element>(row: &ArrayView1<E>) -> impl Iterator<Item = f64> {
    row.iter().map(|&value| value.into())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn by_hand() {
        let rows = array![[0.5, 0.5, 0.0], [0.6, 0.2, 0.2], [0.0, 0.0, 1.0], [0.3, 0.3, 0.4]];
        let near = |certainty: fn(&ArrayView1<f64>) -> f64, expected: [f64; 4]| {
            for (row, expected) in rows.rows().into_iter().zip(expected) {
                let found = certainty(&row);
                assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
            }
        };
        near(margin, [0.0, 0.4, 1.0, 0.1]);
        near(confidence, [0.5, 0.6, 1.0, 0.4]);
        let half = 0.5_f64.ln();
        let second = 0.6 * 0.6_f64.ln() + 0.4 * 0.2_f64.ln();
        let last = 0.6 * 0.3_f64.ln() + 0.4 * 0.4_f64.ln();
        near(negative_entropy, [half, second, 0.0, last]);
    }
}
