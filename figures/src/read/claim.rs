//! A claim with its judgement, in one sentence with its numbers.

use std::fmt;

use crate::read::judge::{Judgement, Verdict};
use crate::read::variant::signed;

/// A claim, what the rows at hand say of it, and the numbers behind that.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// What is claimed, in our words.
    pub statement: &'static str,
    /// The paper's own sentence, with its place; empty where the claim is ours.
    pub source: &'static str,
    /// Unit of the effect, such as `points`.
    pub unit: &'static str,
    /// The judgement.
    pub judged: Judgement,
    /// More numbers; may be empty.
    pub evidence: String,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Numbers of networks near chance would look like a verdict.
        if self.evidence.is_empty() || self.judged.verdict == Verdict::Unlearned {
            f.write_str(&self.short())
        } else {
            write!(f, "{}; {}.", self.short().trim_end_matches('.'), self.evidence)
        }
    }
}

impl Claim {
    /// The sentence without the evidence.
    pub fn short(&self) -> String {
        let mut text = format!("Claim: {}: {}", self.statement, self.judged.verdict);
        if let Some(effect) = self.effect() {
            text += &format!(": {effect}");
            if let Some((low, high)) = self.interval() {
                text += &format!(" (95 % interval {low} to {high})");
            }
            text += &format!(", {}", self.count());
            text += &match self.judged.unlearned {
                0 => String::new(),
                1 => "; 1 pair is left out, within 10 points of chance".to_owned(),
                n => format!("; {n} pairs are left out, within 10 points of chance"),
            };
        }
        text + "."
    }

    /// The effect with its unit, such as `+1.2 points`; `None` where nothing counts.
    pub fn effect(&self) -> Option<String> {
        Some(format!("{} {}", self.number(self.judged.effect?), self.unit))
    }

    /// Both ends of the 95 % interval of the effect, in its unit.
    pub fn interval(&self) -> Option<(String, String)> {
        let interval = self.judged.interval?;
        Some((self.number(interval.low), self.number(interval.high)))
    }

    /// How many comparisons go the claimed way, such as `3 of 4 pairs, 2 seeds`.
    pub fn count(&self) -> String {
        let Judgement { pairs, won, seeds, cluster, .. } = self.judged;
        let seed = if seeds == 1 { cluster.to_owned() } else { format!("{cluster}s") };
        if pairs == seeds {
            format!("{won} of {pairs} {seed}")
        } else {
            format!("{won} of {pairs} pairs, {seeds} {seed}")
        }
    }

    /// A number with as many digits as the largest of effect and interval deserves: two of it, at least one after the
    /// point.
    fn number(&self, value: f64) -> String {
        let ends = self.judged.interval.map(|interval| [interval.low, interval.high]);
        let all = self.judged.effect.into_iter().chain(ends.into_iter().flatten());
        let largest = all.map(f64::abs).fold(0.0, f64::max);
        let decimals = match largest {
            0.0 => 1,
            x => (1 - x.log10().floor() as i32).clamp(1, 4) as usize,
        };
        signed(value, decimals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::judge::{Pair, judge};

    fn claim(unit: &'static str, gains: &[(u64, f64, bool)], evidence: &str) -> Claim {
        let pair = |&(seed, gain, learned): &(u64, f64, bool)| Pair { seed, gain, learned };
        let judged = judge(&gains.iter().map(pair).collect::<Vec<_>>());
        Claim { statement: "a beats b", source: "", unit, judged, evidence: evidence.to_owned() }
    }

    #[test]
    fn a_verdict_comes_with_its_numbers() {
        let gains = [(1, -10.0, true), (2, -11.0, true), (3, -12.0, true), (3, 40.0, false)];
        let text = claim("points", &gains, "cell by cell").to_string();
        let expected = "Claim: a beats b: does not hold here: \u{2212}11.0 points (95 % interval \u{2212}13.5 to \
                        \u{2212}8.5), 0 of 3 seeds; 1 pair is left out, within 10 points of chance; cell by cell.";
        assert_eq!(text, expected);
    }

    #[test]
    fn one_seed_still_shows_the_direction() {
        let gains = [(1, 2.0, true), (1, 1.0, true), (1, -0.5, true)];
        let expected = "Claim: a beats b: not enough runs: +0.83 points, 2 of 3 pairs, 1 seed.";
        assert_eq!(claim("points", &gains, "").to_string(), expected);
    }

    #[test]
    fn networks_near_chance_get_no_number() {
        let text = claim("points", &[(1, 2.0, false), (2, 2.0, false)], "2 to 2").to_string();
        let expected = "Claim: a beats b: no verdict, the networks are within 10 points of chance.";
        assert_eq!(text, expected);
        assert_eq!(claim("points", &[], "").to_string(), "Claim: a beats b: nothing to compare.");
    }

    #[test]
    fn small_effects_keep_their_digits() {
        let shown = |gain| claim("nats", &[(1, gain, true)], "").effect();
        let effects = [0.0123, 0.456, 7.25, 123.4, 0.0].map(shown);
        let expected = ["+0.012", "+0.46", "+7.2", "+123.4", "0.0"];
        assert_eq!(effects, expected.map(|number| Some(format!("{number} nats"))));
    }
}
