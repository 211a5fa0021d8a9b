//! One quantity of runs that differ in nothing but their seed.

use crate::read::judge::Pair;
use crate::read::outcome::{Learned, Outcome, paired};
use swast_tables::rows::RunRow;
use swast_tables::stats::mean;

/// The outcomes of runs of one setting, a seed each; what is not finite is left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample(Vec<Outcome>);

impl Sample {
    /// The values of `quantity` in `runs`.
    pub fn of(runs: &[&RunRow], quantity: impl Fn(&RunRow) -> f64) -> Self {
        let outcomes = runs.iter().map(|run| Outcome::of(run, quantity(run)));
        Self(outcomes.filter(|outcome| outcome.value.is_finite()).collect())
    }

    /// Their test accuracies in percent.
    pub fn accuracy(runs: &[&RunRow]) -> Self {
        Self::of(runs, |run| 100.0 * run.test_accuracy)
    }

    /// Number of seeds.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Arithmetic mean.
    pub fn mean(&self) -> Option<f64> {
        mean(&self.0.iter().map(|outcome| outcome.value).collect::<Vec<_>>())
    }

    /// Standard deviation with n - 1, from two seeds on.
    pub fn std(&self) -> Option<f64> {
        let (mean, free) = (self.mean()?, self.count().checked_sub(1).filter(|free| *free > 0)?);
        let squares: f64 = self.0.iter().map(|outcome| (outcome.value - mean).powi(2)).sum();
        Some((squares / free as f64).sqrt())
    }

    /// The pairs of equal seed: by how much this is larger than `other`.
    pub fn over(&self, other: &Self, learned: Learned) -> Vec<Pair> {
        paired(&self.0, &other.0, learned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[(u64, f64)]) -> Sample {
        let outcome = |&(seed, value): &(u64, f64)| Outcome { seed, value, learned: true };
        Sample(values.iter().map(outcome).collect())
    }

    #[test]
    fn spread_and_differences_are_over_seeds() {
        let a = sample(&[(1, 1.0), (2, 3.0), (4, 5.0)]);
        assert_eq!((a.count(), a.mean(), a.std()), (3, Some(3.0), Some(2.0)));
        let pairs = a.over(&sample(&[(2, 1.0), (4, 2.0), (5, 9.0)]), Learned::Both);
        assert_eq!(
            pairs.iter().map(|p| (p.seed, p.gain)).collect::<Vec<_>>(),
            [(2, 2.0), (4, 3.0)]
        );
        assert_eq!((sample(&[(1, 1.0)]).std(), sample(&[]).mean()), (None, None));
    }
}
