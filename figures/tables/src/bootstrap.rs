//! Percentile intervals by resampling draws with replacement (Efron and Tibshirani, An Introduction
//! to the Bootstrap, chapter 13). The draws are what is independent, so whole draws are resampled.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::stats::quantile;

/// Number of bootstrap samples behind an interval.
const RESAMPLES: usize = 2000;
/// Seed of the bootstrap, fixed so that the same table gives the same interval.
const SEED: u64 = 1;

/// The 95 % interval of a statistic of `count` draws. `statistic` gets a source of indices of draws
/// and takes `count` of them; samples for which it is `None` are left out. `None` with fewer than
/// two draws.
pub fn interval(
    count: usize,
    statistic: impl Fn(&mut dyn FnMut() -> usize) -> Option<f64>,
) -> Option<(f64, f64)> {
    if count < 2 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut pick = || random.random_range(0..count);
    let values: Vec<f64> = (0..RESAMPLES).filter_map(|_| statistic(&mut pick)).collect();
    Some((quantile(&values, 0.025)?, quantile(&values, 0.975)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of 0/1 draws has the standard error sqrt(p (1 - p) / n).
    #[test]
    fn a_share_has_its_binomial_interval() {
        let draws: Vec<f64> = (0..400).map(|i| f64::from(u8::from(i % 4 == 0))).collect();
        let mean = |pick: &mut dyn FnMut() -> usize| {
            Some((0..400).map(|_| draws[pick()]).sum::<f64>() / 400.0)
        };
        let (low, high) = interval(400, mean).unwrap();
        let half = 1.96 * (0.25_f64 * 0.75 / 400.0).sqrt();
        assert!((low - (0.25 - half)).abs() < 0.006 && (high - (0.25 + half)).abs() < 0.006);
        assert_eq!(interval(1, |_| Some(1.0)), None);
        assert_eq!(interval(9, |_| None), None);
    }
}
