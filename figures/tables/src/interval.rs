//! The mean of clustered observations and its 95 % interval.
//!
//! Runs that share a seed share their data order, label noise and initial weights, so their differences are not
//! independent: the seed is the cluster, and the number of seeds, not that of runs, decides what is known.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Arithmetic mean of all observations.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Number of clusters.
    pub clusters: usize,
}

impl Interval {
    /// Whether 0 lies outside.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// The mean of observations, each with its cluster, and its 95 % interval: cluster-robust variance with the correction
/// S / (S - 1), and Student's t with S - 1 degrees of freedom for S clusters (Cameron and Miller 2015, sections II and VI).
/// With clusters of equal size this is the t interval of the means of the clusters. `None` with fewer than two clusters;
/// observations that are not finite are left out.
///
/// ```
/// use swast_tables::interval::clustered;
/// let found = clustered(&[(0, 1.0), (1, 2.0), (2, 3.0)]).unwrap();
/// // t(0.975, 2) = 4.302653 times 1 / sqrt(3).
/// assert!((found.high - 2.0 - 4.302653 / 3f64.sqrt()).abs() < 1e-6);
/// ```
pub fn clustered(observations: &[(u64, f64)]) -> Option<Interval> {
    let finite: Vec<(u64, f64)> =
        observations.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    let count = finite.len() as f64;
    let mean = finite.iter().map(|(_, value)| value).sum::<f64>() / count;
    let mut residuals: BTreeMap<u64, f64> = BTreeMap::new();
    for (cluster, value) in &finite {
        *residuals.entry(*cluster).or_default() += value - mean;
    }
    let clusters = residuals.len();
    if clusters < 2 {
        return None;
    }
    let free = (clusters - 1) as f64;
    let squares: f64 = residuals.values().map(|sum| sum * sum).sum();
    let error = (clusters as f64 / free * squares).sqrt() / count;
    let reach = error * StudentsT::new(0.0, 1.0, free).ok()?.inverse_cdf(0.975);
    Some(Interval { mean, low: mean - reach, high: mean + reach, clusters })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_equal_size_give_the_interval_of_their_means() {
        let observations = [(7, 1.0), (7, 3.0), (8, 5.0), (8, 7.0), (9, 0.0), (9, 2.0)];
        let means = [(7, 2.0), (8, 6.0), (9, 1.0)];
        let (all, of_means) = (clustered(&observations).unwrap(), clustered(&means).unwrap());
        assert!((all.mean - 3.0).abs() < 1e-12);
        assert!((all.low - of_means.low).abs() < 1e-9 && (all.high - of_means.high).abs() < 1e-9);
        // Standard deviation of 2, 6, 1 is sqrt(7); t(0.975, 2) = 4.302653.
        assert!((all.high - 3.0 - 4.302653 * (7.0_f64 / 3.0).sqrt()).abs() < 1e-5);
    }

    #[test]
    fn repeating_a_seed_adds_no_certainty() {
        let once = clustered(&[(0, 1.0), (1, 2.0), (2, 4.0)]).unwrap();
        let twice = [(0, 1.0), (0, 1.0), (1, 2.0), (1, 2.0), (2, 4.0), (2, 4.0)];
        let twice = clustered(&twice).unwrap();
        assert!((once.low - twice.low).abs() < 1e-12 && (once.high - twice.high).abs() < 1e-12);
    }

    #[test]
    fn one_cluster_has_no_interval() {
        assert_eq!(clustered(&[]), None);
        assert_eq!(clustered(&[(3, 1.0), (3, 2.0), (4, f64::NAN)]), None);
    }
}
