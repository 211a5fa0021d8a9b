//! What is said about many draws: quantiles, and the rate at which a value grows with the degree.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Median and central 90 % of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// 5 % quantile.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// 95 % quantile.
    pub high: f64,
}

/// Median and central 90 % of `values`, in any order; NaN for none.
///
/// ```
/// let band = swast_analysis::stats::band(&[4.0, 1.0, 3.0, 2.0, 5.0]);
/// assert_eq!((band.low, band.median, band.high), (1.2, 3.0, 4.8));
/// ```
#[must_use]
pub fn band(values: &[f64]) -> Band {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Band {
        low: quantile(&sorted, 0.05),
        median: quantile(&sorted, 0.5),
        high: quantile(&sorted, 0.95),
    }
}

/// The quantile `q` in [0, 1] of ascending values, interpolated linearly (NumPy's default); NaN
/// for no values. Infinite neighbours are not interpolated with finite ones: the upper one counts.
///
/// ```
/// use swast_analysis::stats::quantile;
/// assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
/// assert_eq!(quantile(&[1.0, f64::INFINITY], 0.5), f64::INFINITY);
/// ```
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = q * last as f64;
    let (below, share) = (position.floor() as usize, position.fract());
    match sorted.get(below + 1) {
        Some(above) if share > 0.0 && above.is_infinite() => *above,
        Some(above) if share > 0.0 => sorted[below] + share * (above - sorted[below]),
        _ => sorted[below],
    }
}

/// How fast a value grows with the degree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Slope of the natural logarithm of the value against the degree, mean over the draws.
    pub rate: f64,
    /// 95 % confidence interval of the mean, by Student's t over the draws; none for one draw.
    pub interval: Option<(f64, f64)>,
    /// Observations without a finite logarithm, which are left out.
    pub left_out: usize,
}

/// The growth rate over draws of (trial, degree, value): a straight line through the logarithms of
/// each draw, then the mean over draws. The values of one draw hang together, so it is the draws
/// that are counted as independent. None where no draw has two finite values.
///
/// ```
/// use swast_analysis::stats::growth;
/// let doubling = [(0, 1, 2.0), (0, 2, 4.0), (0, 3, 8.0), (0, 4, f64::INFINITY)];
/// let growth = growth(&doubling).unwrap();
/// assert!((growth.rate - 2.0_f64.ln()).abs() < 1e-15);
/// assert_eq!((growth.interval, growth.left_out), (None, 1));
/// ```
#[must_use]
pub fn growth(observations: &[(u64, usize, f64)]) -> Option<Growth> {
    let mut draws: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    let mut left_out = 0;
    for (trial, degree, value) in observations {
        let log = value.ln();
        if log.is_finite() {
            draws.entry(*trial).or_default().push((*degree as f64, log));
        } else {
            left_out += 1;
        }
    }
    let slopes: Vec<f64> = draws.values().filter_map(|points| slope(points)).collect();
    let rate = mean(&slopes)?;
    Some(Growth { rate, interval: interval(&slopes, rate), left_out })
}

/// Slope of the least-squares line through points (x, y); none where all x are equal.
///
/// ```
/// use swast_analysis::stats::slope;
/// assert_eq!(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), Some(2.0));
/// assert_eq!(slope(&[(1.0, 1.0)]), None);
/// ```
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let (mean_x, mean_y) = (mean(&x)?, mean(&y)?);
    let spread: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    let joint: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    (spread > 0.0).then_some(joint / spread)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// 95 % confidence interval of the mean of independent values.
fn interval(values: &[f64], mean: f64) -> Option<(f64, f64)> {
    let freedom = values.len().checked_sub(1).filter(|n| *n > 0)? as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / freedom;
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975);
    let half = t * (variance / values.len() as f64).sqrt();
    Some((mean - half, mean + half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_little() {
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[7.0], 0.95), 7.0);
        assert_eq!(quantile(&[f64::INFINITY, f64::INFINITY], 0.5), f64::INFINITY);
        assert_eq!(quantile(&[1.0, 2.0], 1.0), 2.0);
    }

    /// Slopes 1, 2, 3: mean 2, standard deviation 1, t(0.975; 2) = 4.302653 (tabulated).
    #[test]
    fn interval_by_hand() {
        let draws: Vec<(u64, usize, f64)> = (1..=3)
            .flat_map(|slope| (0..4).map(move |d| (slope, d, (slope as f64 * d as f64).exp())))
            .collect();
        let growth = growth(&draws).unwrap();
        let (low, high) = growth.interval.unwrap();
        assert!((growth.rate - 2.0).abs() < 1e-12);
        let half = 4.302_652_73 / 3.0_f64.sqrt();
        assert!((low - (2.0 - half)).abs() < 1e-6 && (high - (2.0 + half)).abs() < 1e-6);
        assert!(super::growth(&[(0, 1, f64::INFINITY)]).is_none());
    }
}
