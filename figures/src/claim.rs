//! Whether a claim of the paper holds in the rows at hand, in one sentence with its numbers.

use std::fmt;

/// The verdict on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every comparison goes the claimed way.
    Holds,
    /// Some do.
    Partly,
    /// None does.
    Fails,
    /// The rows allow no comparison.
    Open,
}

/// A claim, its verdict and the numbers behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Picture it belongs to, such as `figure6a`.
    pub picture: &'static str,
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
    pub fn counted(
        picture: &'static str,
        statement: &'static str,
        (won, all): (usize, usize),
        evidence: String,
    ) -> Self {
        let nothing = || "there is nothing to compare".to_owned();
        let evidence = if all == 0 { nothing() } else { evidence };
        Self { picture, statement, verdict: Verdict::of(won, all), evidence }
    }
}

impl Verdict {
    /// The verdict when `won` of `all` comparisons go the claimed way.
    pub fn of(won: usize, all: usize) -> Self {
        match won {
            _ if all == 0 => Self::Open,
            0 => Self::Fails,
            w if w == all => Self::Holds,
            _ => Self::Partly,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_count_comparisons() {
        let verdicts = [(0, 0), (0, 3), (1, 3), (3, 3)].map(|(w, n)| Verdict::of(w, n));
        assert_eq!(verdicts, [Verdict::Open, Verdict::Fails, Verdict::Partly, Verdict::Holds]);
    }

    #[test]
    fn a_failing_claim_says_so() {
        let claim = Claim {
            picture: "figure6a",
            statement: "cut beats prune-only",
            verdict: Verdict::Fails,
            evidence: "at 0 of 3 prune rates".to_owned(),
        };
        let text = "Claim: cut beats prune-only: does not hold here (at 0 of 3 prune rates).";
        assert_eq!(claim.to_string(), text);
    }
}
