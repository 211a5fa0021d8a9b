//! What a run came to, and the pairs of two runs of equal seed.

use crate::read::chance::has_learned;
use crate::read::judge::Pair;
use swast_tables::rows::RunRow;

/// A quantity of a finished run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Seed of the run.
    pub seed: u64,
    /// The quantity.
    pub value: f64,
    /// Whether the network has learned.
    pub learned: bool,
}

/// Which networks of a pair must have learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learned {
    /// One of them: where accuracies are compared, a network near chance is simply worse.
    One,
    /// Both: any other quantity of a network near chance means nothing.
    Both,
}

impl Outcome {
    /// `value` as the outcome of `run`.
    pub fn of(run: &RunRow, value: f64) -> Self {
        Self { seed: run.seed, value, learned: has_learned(run) }
    }

    /// The test accuracy of `run` in percent.
    pub fn accuracy(run: &RunRow) -> Self {
        Self::of(run, 100.0 * run.test_accuracy)
    }
}

impl Learned {
    /// Whether a pair counts, by whether each of its networks has learned.
    pub fn enough(self, a: bool, b: bool) -> bool {
        match self {
            Self::One => a || b,
            Self::Both => a && b,
        }
    }
}

/// The pairs of equal seed; the gain is by how much `larger` is larger than `smaller`.
pub fn paired(larger: &[Outcome], smaller: &[Outcome], learned: Learned) -> Vec<Pair> {
    let pair = |a: &Outcome| {
        let b = smaller.iter().find(|b| b.seed == a.seed)?;
        let (gain, learned) = (a.value - b.value, learned.enough(a.learned, b.learned));
        Some(Pair { seed: a.seed, gain, learned })
    };
    larger.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(seed: u64, value: f64, learned: bool) -> Outcome {
        Outcome { seed, value, learned }
    }

    #[test]
    fn runs_are_paired_by_seed() {
        let a = [outcome(1, 5.0, true), outcome(2, 7.0, true)];
        let b = [outcome(2, 4.0, true), outcome(3, 0.0, true)];
        assert_eq!(paired(&a, &b, Learned::Both), [Pair { seed: 2, gain: 3.0, learned: true }]);
        assert_eq!(paired(&b, &a, Learned::Both), [Pair { seed: 2, gain: -3.0, learned: true }]);
        assert_eq!(paired(&a, &b[1..], Learned::Both), []);
    }

    #[test]
    fn one_network_that_learned_is_enough_for_accuracies_alone() {
        let learned =
            |rule, a, b| paired(&[outcome(1, 1.0, a)], &[outcome(1, 0.0, b)], rule)[0].learned;
        assert!(learned(Learned::One, true, false) && learned(Learned::One, false, true));
        assert!(!learned(Learned::Both, true, false) && !learned(Learned::Both, false, true));
        assert!(!learned(Learned::One, false, false) && learned(Learned::Both, true, true));
    }
}
