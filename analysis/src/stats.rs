//! What is said about many draws: quantiles, the share of draws in which something happens, and the
//! rate at which a value grows with the degree. Intervals are bootstrapped over draws.

use std::collections::BTreeMap;

use swast_tables::{bootstrap, growth};

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

/// The share of draws in which something happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// From 0 to 1; NaN for no draws.
    pub share: f64,
    /// 95 % interval, draws resampled; none for fewer than two draws.
    pub interval: Option<(f64, f64)>,
}

/// The share of `draws` that are true.
///
/// ```
/// let share = swast_analysis::stats::share(&[true, true, false, true]);
/// assert_eq!(share.share, 0.75);
/// assert!(share.interval.is_some_and(|(low, high)| low < 0.75 && high == 1.0));
/// ```
#[must_use]
pub fn share(draws: &[bool]) -> Share {
    let count = draws.len();
    let of = |hits: usize| hits as f64 / count as f64;
    let interval =
        bootstrap::interval(count, |pick| Some(of((0..count).filter(|_| draws[pick()]).count())));
    Share { share: of(draws.iter().filter(|draw| **draw).count()), interval }
}

impl std::fmt::Display for Share {
    /// In percent, such as `94.7 % (95 %: 93.3 - 96.0)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} %", 100.0 * self.share)?;
        match self.interval {
            Some((low, high)) => write!(f, " (95 %: {:.1} - {:.1})", 100.0 * low, 100.0 * high),
            None => Ok(()),
        }
    }
}

/// How fast a value grows with the degree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Slope of the natural logarithm of the value against the degree.
    pub rate: f64,
    /// 95 % interval, draws resampled; none for fewer than two draws.
    pub interval: Option<(f64, f64)>,
    /// Observations without a finite logarithm, which are left out.
    pub left_out: usize,
}

/// The growth rate over draws of (trial, degree, value): the slope of the logarithms against the
/// degree. The values of one draw hang together, so it is draws that are resampled for the
/// interval. None where there are no finite values at two degrees.
///
/// ```
/// use swast_analysis::stats::growth;
/// let doubling = [(0, 1, 2.0), (0, 2, 4.0), (0, 3, 8.0), (0, 4, f64::INFINITY)];
/// let growth = growth(&doubling).unwrap();
/// assert!((growth.rate - 2.0_f64.ln()).abs() < 1e-14);
/// assert_eq!((growth.interval, growth.left_out), (None, 1));
/// ```
#[must_use]
pub fn growth(observations: &[(u64, usize, f64)]) -> Option<Growth> {
    let mut draws: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for (trial, degree, value) in observations {
        draws.entry(*trial).or_default().push((*degree as f64, *value));
    }
    let left_out = observations.iter().filter(|o| !o.2.ln().is_finite()).count();
    let draws: Vec<_> = draws.into_values().collect();
    let growth::Growth { rate, interval } = growth::growth(&draws)?;
    Some(Growth { rate, interval, left_out })
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

    /// Slopes 1 and 3 in turn, 50 draws each: mean 2, standard error 1 / sqrt(100).
    #[test]
    fn the_interval_of_a_rate_covers_the_draws() {
        let draws: Vec<(u64, usize, f64)> = (0..100)
            .flat_map(|trial| (0..4).map(move |d| (trial, d, trial % 2 * 2 + 1)))
            .map(|(trial, d, slope)| (trial, d, (slope as f64 * d as f64).exp()))
            .collect();
        let growth = growth(&draws).unwrap();
        let (low, high) = growth.interval.unwrap();
        assert!((growth.rate - 2.0).abs() < 1e-12);
        assert!((low - 1.8).abs() < 0.04 && (high - 2.2).abs() < 0.04, "{low} {high}");
        assert!(super::growth(&[(0, 1, f64::INFINITY)]).is_none());
    }

    #[test]
    fn a_share_is_written_in_percent() {
        let all = share(&[true; 3]).to_string();
        assert_eq!(all, "100.0 % (95 %: 100.0 - 100.0)");
        assert_eq!(share(&[false]).to_string(), "0.0 %");
    }
}
