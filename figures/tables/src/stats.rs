//! Small statistics over raw observations: quantiles, means, and the range over seeds.
//! Every function leaves out NaN and infinities, and answers `None` when nothing is left.

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

/// The quantile at `q` in [0, 1], linear between order statistics (Hyndman and Fan's type 7, the
/// default of NumPy).
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let sorted = sorted_finite(values);
    let last = sorted.len().checked_sub(1)?;
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (place - below as f64) * (sorted[above] - sorted[below]))
}

/// The median.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
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

/// Median and 5-95 % band.
pub fn band(values: &[f64]) -> Option<Band> {
    Some(Band {
        low: quantile(values, 0.05)?,
        median: median(values)?,
        high: quantile(values, 0.95)?,
    })
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
