//! Small statistics over raw observations: quantiles, means, and the range over seeds.
//!
//! Functions whose names end in `_of_all` keep infinities, as the analysis reports them: an infinite difficulty is a
//! result. All others leave out NaN and infinities, which cannot be drawn. Every function returns `None` when nothing
//! is left. Both kinds interpolate by the same rule.

/// Mean and range of one quantity over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of observations.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Smallest observation.
    pub low: f64,
    /// Largest observation.
    pub high: f64,
}

/// Median and central 90 % of one quantity over draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// 5 % quantile.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// 95 % quantile.
    pub high: f64,
}

/// The finite ones of `values`, in ascending order.
pub fn sorted_finite(values: &[f64]) -> Vec<f64> {
    let mut kept: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    kept.sort_by(f64::total_cmp);
    kept
}

/// All of `values`, in ascending order: -infinity first, then infinity, then NaN.
fn sorted_all(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The quantile at `q` in [0, 1] of ascending values, linear between order statistics (Hyndman and Fan's type 7, the
/// default of NumPy). An infinite neighbour is not interpolated with a finite one: the upper one counts.
fn between(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = q.clamp(0.0, 1.0) * last as f64;
    let (below, share) = (place.floor() as usize, place.fract());
    Some(match sorted.get(below + 1) {
        Some(above) if share > 0.0 && above.is_infinite() => *above,
        Some(above) if share > 0.0 => sorted[below] + share * (above - sorted[below]),
        _ => sorted[below],
    })
}

/// Median and 5-95 % band of ascending values.
fn band_between(sorted: &[f64]) -> Option<Band> {
    Some(Band {
        low: between(sorted, 0.05)?,
        median: between(sorted, 0.5)?,
        high: between(sorted, 0.95)?,
    })
}

/// The quantile at `q` in [0, 1] of the finite values.
///
/// ```
/// use swast_tables::stats::quantile;
/// assert_eq!(quantile(&[4.0, 1.0, 2.0, f64::INFINITY], 0.75), Some(3.0));
/// ```
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    between(&sorted_finite(values), q)
}

/// The median of the finite values.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The median of all values.
///
/// ```
/// use swast_tables::stats::median_of_all;
/// assert_eq!(median_of_all(&[1.0, f64::INFINITY]), Some(f64::INFINITY));
/// ```
pub fn median_of_all(values: &[f64]) -> Option<f64> {
    between(&sorted_all(values), 0.5)
}

/// The arithmetic mean.
pub fn mean(values: &[f64]) -> Option<f64> {
    summary(values).map(|s| s.mean)
}

/// Mean and range.
pub fn summary(values: &[f64]) -> Option<Summary> {
    let sorted = sorted_finite(values);
    let (low, high) = (*sorted.first()?, *sorted.last()?);
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    Some(Summary { count: sorted.len(), mean, low, high })
}

/// Median and 5-95 % band of the finite values.
pub fn band(values: &[f64]) -> Option<Band> {
    band_between(&sorted_finite(values))
}

/// Median and 5-95 % band of all values.
///
/// ```
/// let band = swast_tables::stats::band_of_all(&[4.0, 1.0, 3.0, 2.0, 5.0]).unwrap();
/// assert_eq!((band.low, band.median, band.high), (1.2, 3.0, 4.8));
/// ```
pub fn band_of_all(values: &[f64]) -> Option<Band> {
    band_between(&sorted_all(values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([3, 1, 4, 1, 5], [0.05, 0.5, 0.95]) = [1.0, 3.0, 4.8]
        let band = band(&[3.0, 1.0, 4.0, 1.0, 5.0]).unwrap();
        assert_eq!((band.low, band.median), (1.0, 3.0));
        assert!((band.high - 4.8).abs() < 1e-12);
        assert_eq!(median(&[1.0, 2.0]), Some(1.5));
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        assert_eq!(mean(&[f64::NAN, 2.0, f64::INFINITY]), Some(2.0));
        assert_eq!(quantile(&[f64::NAN], 0.5), None);
        assert_eq!(summary(&[]), None);
    }

    #[test]
    fn infinities_count_where_all_values_do() {
        let infinite = f64::INFINITY;
        assert_eq!(median_of_all(&[]), None);
        assert_eq!(median_of_all(&[infinite, infinite]), Some(infinite));
        let band = band_of_all(&[7.0]).unwrap();
        assert_eq!((band.low, band.median, band.high), (7.0, 7.0, 7.0));
        let band = band_of_all(&[infinite, 1.0, 2.0]).unwrap();
        assert_eq!((band.median, band.high), (2.0, infinite));
        assert_eq!(quantile(&[1.0, 2.0], 1.0), Some(2.0));
    }

    #[test]
    fn a_summary_counts_what_it_used() {
        let expected = Summary { count: 2, mean: 2.0, low: 1.0, high: 3.0 };
        assert_eq!(summary(&[3.0, 1.0, f64::NAN]), Some(expected));
    }

    proptest! {
        #[test]
        fn quantiles_rise_and_stay_inside(values in prop::collection::vec(-1e6..1e6f64, 1..40),
                                          a in 0.0..1.0f64, b in 0.0..1.0f64) {
            let (a, b) = (a.min(b), a.max(b));
            let (qa, qb) = (quantile(&values, a).unwrap(), quantile(&values, b).unwrap());
            let all = summary(&values).unwrap();
            prop_assert!(qa <= qb + 1e-9 && all.low <= qa && qb <= all.high + 1e-9);
        }
    }
}
