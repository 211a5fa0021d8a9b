//! The one judgement of a claim: pictures, tables and the report ask here.
//!
//! A claim says that something is larger on one side than on the other. Each [`Pair`] is one comparison of equal seed;
//! its gain is positive where it goes the claimed way. The claim holds, or does not, where the 95 % interval of the mean
//! gain, clustered by seed, excludes 0; below [`FEWEST_SEEDS`] seeds nothing is decided, and networks that have hardly
//! learned decide nothing at all.

use std::collections::BTreeSet;
use std::fmt;

use swast_tables::interval::{Interval, clustered};
use swast_tables::stats::mean;

/// Seeds without which nothing is decided.
pub const FEWEST_SEEDS: usize = 3;
/// A network has learned when its test accuracy is this far above chance.
pub const ABOVE_CHANCE: f64 = 0.1;

/// One comparison of two runs of equal seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The seed.
    pub seed: u64,
    /// How far the comparison goes the claimed way; negative where it goes the other way.
    pub gain: f64,
    /// Whether the networks have learned enough to say anything.
    pub learned: bool,
}

/// What the comparisons say of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval lies on the claimed side of 0.
    Holds,
    /// The interval lies on the other side of 0.
    Fails,
    /// The interval contains 0.
    Undecided,
    /// There are too few seeds for an interval to mean anything.
    TooFew,
    /// All networks compared are near chance.
    Unlearned,
    /// There is nothing to compare.
    Nothing,
}

/// A verdict and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Mean gain of the pairs that count.
    pub effect: Option<f64>,
    /// Its 95 % interval, from two seeds on.
    pub interval: Option<Interval>,
    /// Number of pairs that count.
    pub pairs: usize,
    /// How many of them go the claimed way.
    pub won: usize,
    /// Number of seeds of the pairs that count, or of draws where these are the clusters.
    pub seeds: usize,
    /// What one cluster is called, such as `seed`.
    pub cluster: &'static str,
    /// Pairs left out, as their networks are near chance.
    pub unlearned: usize,
}

/// Judges a claim by its comparisons; gains that are not finite are left out.
pub fn judge(pairs: &[Pair]) -> Judgement {
    let finite = || pairs.iter().filter(|pair| pair.gain.is_finite());
    let counted: Vec<(u64, f64)> =
        finite().filter(|pair| pair.learned).map(|pair| (pair.seed, pair.gain)).collect();
    let gains: Vec<f64> = counted.iter().map(|(_, gain)| *gain).collect();
    let (seeds, interval) = (counted.iter().map(|(seed, _)| seed), clustered(&counted));
    let judgement = Judgement {
        verdict: Verdict::Nothing,
        effect: mean(&gains),
        interval,
        pairs: gains.len(),
        won: gains.iter().filter(|gain| **gain > 0.0).count(),
        seeds: seeds.collect::<BTreeSet<_>>().len(),
        cluster: "seed",
        unlearned: finite().filter(|pair| !pair.learned).count(),
    };
    Judgement { verdict: judgement.decided(), ..judgement }
}

impl Judgement {
    /// A judgement of an effect whose interval was found in another way, such as by resampling whole draws.
    pub fn of_interval(interval: Interval, pairs: usize, won: usize) -> Self {
        let (effect, seeds) = (Some(interval.mean), interval.clusters);
        let interval = Some(interval);
        let judgement = Self {
            verdict: Verdict::Nothing,
            effect,
            interval,
            pairs,
            won,
            seeds,
            cluster: "seed",
            unlearned: 0,
        };
        Self { verdict: judgement.decided(), ..judgement }
    }

    /// The same where each cluster is a draw of points, not a seed of training.
    pub fn of_draws(self) -> Self {
        Self { cluster: "draw", ..self }
    }

    fn decided(&self) -> Verdict {
        match self.interval {
            _ if self.pairs == 0 && self.unlearned > 0 => Verdict::Unlearned,
            _ if self.pairs == 0 => Verdict::Nothing,
            Some(interval) if self.seeds >= FEWEST_SEEDS => {
                match (interval.excludes_zero(), interval.mean > 0.0) {
                    (false, _) => Verdict::Undecided,
                    (true, true) => Verdict::Holds,
                    (true, false) => Verdict::Fails,
                }
            }
            _ => Verdict::TooFew,
        }
    }
}

/// Whether a network of `accuracy` (a fraction) on `classes` classes has learned.
pub fn has_learned(accuracy: f64, classes: usize) -> bool {
    accuracy > 1.0 / classes as f64 + ABOVE_CHANCE
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds here",
            Self::Fails => "does not hold here",
            Self::Undecided => "undecided here",
            Self::TooFew => "not enough runs",
            Self::Unlearned => "no verdict, the networks are within 10 points of chance",
            Self::Nothing => "nothing to compare",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(gains: &[(u64, f64)]) -> Vec<Pair> {
        gains.iter().map(|&(seed, gain)| Pair { seed, gain, learned: true }).collect()
    }

    #[test]
    fn an_interval_that_excludes_zero_decides() {
        let verdict = |gains: &[(u64, f64)]| judge(&pairs(gains)).verdict;
        assert_eq!(verdict(&[(0, 1.0), (1, 1.1), (2, 0.9)]), Verdict::Holds);
        assert_eq!(verdict(&[(0, -1.0), (1, -1.1), (2, -0.9)]), Verdict::Fails);
        assert_eq!(verdict(&[(0, 1.0), (1, -1.0), (2, 2.0)]), Verdict::Undecided);
        assert_eq!(verdict(&[(0, 0.0), (1, 0.0), (2, 0.0)]), Verdict::Undecided);
    }

    #[test]
    fn pairs_of_few_seeds_decide_nothing_however_many_they_are() {
        let many: Vec<(u64, f64)> = (0..100).map(|i| (i % 2, 1.0)).collect();
        let found = judge(&pairs(&many));
        assert_eq!((found.verdict, found.effect), (Verdict::TooFew, Some(1.0)));
        assert_eq!((found.pairs, found.won, found.seeds), (100, 100, 2));
        assert_eq!(judge(&pairs(&[(0, 1.0)])).interval, None);
    }

    #[test]
    fn networks_near_chance_decide_nothing() {
        let pair = |seed, learned| Pair { seed, gain: 1.0, learned };
        let none = judge(&[0, 1, 2].map(|seed| pair(seed, false)));
        assert_eq!((none.verdict, none.unlearned, none.effect), (Verdict::Unlearned, 3, None));
        let some = judge(&[pair(0, false), pair(1, true), pair(2, true), pair(3, true)]);
        assert_eq!((some.verdict, some.pairs, some.unlearned), (Verdict::Holds, 3, 1));
        assert_eq!(judge(&[]).verdict, Verdict::Nothing);
    }

    #[test]
    fn learning_is_measured_from_chance() {
        assert!(has_learned(0.21, 10) && !has_learned(0.2, 10));
        assert!(has_learned(0.115, 100) && !has_learned(0.105, 100));
    }
}
