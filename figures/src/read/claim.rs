//! Whether a claim of the paper holds in the rows at hand, in one sentence with its numbers.

use std::fmt;

use swast_tables::stats::mean;

/// The verdict on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every comparison goes the claimed way.
    Holds,
    /// At least half of them do.
    Partly,
    /// Fewer than half do.
    Fails,
    /// The rows allow no comparison.
    Open,
}

/// A claim, its verdict and the numbers behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What the paper says.
    pub statement: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// The numbers.
    pub evidence: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds here",
            Self::Partly => "holds here in part",
            Self::Fails => "does not hold here",
            Self::Open => "cannot be judged here",
        })
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { statement, verdict, evidence, .. } = self;
        write!(f, "Claim: {statement}: {verdict} ({evidence}).")
    }
}

impl Claim {
    /// A claim judged by how many of how many comparisons go its way.
    pub fn counted(statement: &'static str, (won, all): (usize, usize), evidence: String) -> Self {
        let nothing = || "there is nothing to compare".to_owned();
        let evidence = if all == 0 { nothing() } else { evidence };
        Self { statement, verdict: Verdict::of(won, all), evidence }
    }
}

impl Claim {
    /// A claim that a difference is positive, judged by the differences of single pairs: it fails when their mean is
    /// not positive, however many of them are.
    pub fn paired(statement: &'static str, differences: &[f64], evidence: String) -> Self {
        let won = differences.iter().filter(|d| **d > 0.0).count();
        let claimed = mean(differences).is_some_and(|mean| mean > 0.0);
        let won = if claimed { won } else { 0 };
        Self::counted(statement, (won, differences.len()), evidence)
    }
}

impl Verdict {
    /// The verdict when `won` of `all` comparisons go the claimed way.
    pub fn of(won: usize, all: usize) -> Self {
        match won {
            _ if all == 0 => Self::Open,
            w if w == all => Self::Holds,
            w if 2 * w >= all => Self::Partly,
            _ => Self::Fails,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_count_comparisons() {
        let verdicts = [(0, 0), (0, 3), (1, 3), (1, 2), (3, 3)].map(|(w, n)| Verdict::of(w, n));
        use Verdict::{Fails, Holds, Open, Partly};
        assert_eq!(verdicts, [Open, Fails, Fails, Partly, Holds]);
    }

    #[test]
    fn a_mean_the_other_way_outweighs_single_pairs() {
        let verdict = |d: &[f64]| Claim::paired("s", d, String::new()).verdict;
        assert_eq!(verdict(&[1.0, -0.5]), Verdict::Partly);
        assert_eq!(verdict(&[0.5, -1.0]), Verdict::Fails);
        assert_eq!(verdict(&[0.5, 1.0]), Verdict::Holds);
        assert_eq!(verdict(&[]), Verdict::Open);
    }

    #[test]
    fn a_failing_claim_says_so() {
        let claim = Claim {
            statement: "cut beats prune-only",
            verdict: Verdict::Fails,
            evidence: "at 0 of 3 prune rates".to_owned(),
        };
        let text = "Claim: cut beats prune-only: does not hold here (at 0 of 3 prune rates).";
        assert_eq!(claim.to_string(), text);
    }
}
