//! Uncertainty: samples that the network cannot decide on (as in active learning; Coleman et al. 2020).
//!
//! DeepCore keeps the most certain samples when it does not balance classes, because it turns the order round
//! once too often, and takes the largest logit for the confidence; here the least certain are kept, and
//! confidence is a probability.

use ndarray::{ArrayView1, ArrayView2};

use crate::kernel::dot::Element;
use crate::ranking::{Keep, ranked};
use crate::{Coreset, Pool, SelectError, Selector};

/// What certainty is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncertainty {
    /// The largest probability less the second largest.
    Margin,
    /// The negative entropy of the probabilities.
    Entropy,
    /// The largest probability.
    LeastConfidence,
}

impl<E: Element> Selector<E> for Uncertainty {
    fn name(&self) -> &'static str {
        match self {
            Self::Margin => "margin",
            Self::Entropy => "entropy",
            Self::LeastConfidence => "least-confidence",
        }
    }

    fn needs_outputs(&self) -> bool {
        true
    }

    /// The least certain first, over the classes as one; weight 1.
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        pool.check(budget)?;
        let probabilities = pool.probabilities(Selector::<E>::name(self))?;
        let certainties = self.certainties(&probabilities.view());
        Ok(Coreset::unweighted(ranked(&certainties, Keep::Smallest, budget)))
    }
}

impl Uncertainty {
    /// How certain each row of `probabilities` (N x C) is.
    pub fn certainties<E: Element>(self, probabilities: &ArrayView2<E>) -> Vec<f64> {
        let certainty = |row: ArrayView1<E>| {
            let values = row.iter().map(|&value| value.into());
            match self {
                Self::Margin => {
                    let best = |(first, second): (f64, f64), value: f64| {
                        (value.max(first), second.max(value.min(first)))
                    };
                    let (first, second) = values.fold((0.0, 0.0), best);
                    first - second
                }
                Self::Entropy => values.filter(|&value| value > 0.0).map(|p| p * p.ln()).sum(),
                Self::LeastConfidence => values.fold(0.0, f64::max),
            }
        };
        probabilities.rows().into_iter().map(certainty).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn by_hand() {
        let rows = array![[0.5, 0.5, 0.0], [0.6, 0.2, 0.2], [0.0, 0.0, 1.0], [0.3, 0.3, 0.4]];
        let of = |measure: Uncertainty| measure.certainties(&rows.view());
        let near = |found: Vec<f64>, expected: [f64; 4]| {
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
            }
        };
        near(of(Uncertainty::Margin), [0.0, 0.4, 1.0, 0.1]);
        near(of(Uncertainty::LeastConfidence), [0.5, 0.6, 1.0, 0.4]);
        let half = 0.5_f64.ln();
        let second = 0.6 * 0.6_f64.ln() + 0.4 * 0.2_f64.ln();
        let last = 0.6 * 0.3_f64.ln() + 0.4 * 0.4_f64.ln();
        near(of(Uncertainty::Entropy), [half, second, 0.0, last]);
    }
}
