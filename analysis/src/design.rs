//! Where the abscissae of a set of points lie in [-1, 1].

use std::f64::consts::PI;

use clap::ValueEnum;
use rand::{Rng, RngExt};

/// A way to place abscissae in [-1, 1].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Design {
    /// Equal steps from -1 to 1; a single point lies at 0.
    Equispaced,
    /// Independent, uniformly random.
    Uniform,
    /// Zeros of the Chebyshev polynomial, ascending.
    Chebyshev,
}

impl Design {
    /// `n` abscissae; only `Uniform` draws from `rng`.
    #[must_use]
    pub fn abscissae(self, n: usize, rng: &mut impl Rng) -> Vec<f64> {
        match self {
            Self::Equispaced => equispaced(-1.0, 1.0, n),
            Self::Uniform => (0..n).map(|_| rng.random_range(-1.0..=1.0)).collect(),
            Self::Chebyshev => {
                (0..n).rev().map(|i| (PI * (2 * i + 1) as f64 / (2 * n) as f64).cos()).collect()
            }
        }
    }
}

/// `n` equally spaced numbers from `low` to `high`, both included; their middle for `n` = 1.
///
/// ```
/// use swast_analysis::design::equispaced;
/// assert_eq!(equispaced(-1.0, 1.0, 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
/// ```
#[must_use]
pub fn equispaced(low: f64, high: f64, n: usize) -> Vec<f64> {
    if n == 1 {
        return vec![f64::midpoint(low, high)];
    }
    // Weighted from both ends, so that the grid is symmetric to the last bit.
    let last = n.saturating_sub(1) as f64;
    (0..n).map(|i| (low * (last - i as f64) + high * i as f64) / last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Draw, Purpose};

    #[test]
    fn abscissae_stay_in_the_interval() {
        let mut rng = Draw::first(1).random(Purpose::Abscissae);
        for design in Design::value_variants() {
            for n in [1, 2, 7] {
                let x = design.abscissae(n, &mut rng);
                assert_eq!(x.len(), n);
                assert!(x.iter().all(|x| x.abs() <= 1.0));
            }
        }
    }

    #[test]
    fn chebyshev_nodes_are_zeros() {
        let x = Design::Chebyshev.abscissae(3, &mut Draw::first(1).random(Purpose::Abscissae));
        for (x, expected) in x.iter().zip([-0.75_f64.sqrt(), 0.0, 0.75_f64.sqrt()]) {
            assert!((x - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn equispaced_is_symmetric() {
        let x = equispaced(-1.0, 1.0, 10);
        assert!(x.iter().zip(x.iter().rev()).all(|(a, b)| *a == -*b));
        assert_eq!(equispaced(2.0, 4.0, 1), [3.0]);
        assert!(equispaced(0.0, 1.0, 0).is_empty());
    }
}
