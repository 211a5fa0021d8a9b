//! How fast a quantity grows with the degree: the slope of its natural logarithm (Figure 1c).

use std::collections::BTreeMap;

use crate::bootstrap;
use crate::rows::EpsilonRow;

/// One value of one draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Number of the draw.
    pub trial: u64,
    /// The degree.
    pub degree: usize,
    /// The value.
    pub value: f64,
}

impl From<&EpsilonRow> for Observation {
    fn from(row: &EpsilonRow) -> Self {
        Self { trial: row.trial, degree: row.degree, value: row.epsilon }
    }
}

/// Growth per degree of the natural logarithm of a quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Least-squares slope over all draws together.
    pub rate: f64,
    /// 95 % percentile interval, draws resampled; absent with fewer than two draws.
    pub interval: Option<(f64, f64)>,
    /// Observations without a finite logarithm, which are left out.
    pub left_out: usize,
}

/// Sums from which a least-squares line follows; sums of draws add up.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Moments {
    /// Those of one point; `None` where the value has no finite logarithm.
    fn of(point: &Observation) -> Option<Self> {
        let (x, y) = (point.degree as f64, point.value.ln());
        y.is_finite().then_some(Self { n: 1.0, x, y, xx: x * x, xy: x * y })
    }

    fn plus(self, o: Self) -> Self {
        let (n, x, y) = (self.n + o.n, self.x + o.x, self.y + o.y);
        Self { n, x, y, xx: self.xx + o.xx, xy: self.xy + o.xy }
    }

    /// `None` where all abscissae are one.
    fn slope(self) -> Option<f64> {
        let spread = self.n * self.xx - self.x * self.x;
        (spread > 1e-9 * self.n * self.xx).then(|| (self.n * self.xy - self.x * self.y) / spread)
    }
}

/// Slope of ln(value) against the degree. The values of one draw depend on one another, so draws are resampled for
/// the interval. `None` with fewer than two degrees.
///
/// ```
/// use swast_tables::growth::{Observation, growth};
/// let doubling = [(1, 2.0), (2, 4.0), (3, 8.0), (4, f64::INFINITY)];
/// let growth = growth(doubling.map(|(degree, value)| Observation { trial: 0, degree, value })).unwrap();
/// assert!((growth.rate - 2.0_f64.ln()).abs() < 1e-14);
/// assert_eq!((growth.interval, growth.left_out), (None, 1));
/// ```
pub fn growth(observations: impl IntoIterator<Item = Observation>) -> Option<Growth> {
    let mut draws: BTreeMap<u64, Moments> = BTreeMap::new();
    let mut left_out = 0;
    for observation in observations {
        let draw = draws.entry(observation.trial).or_default();
        match Moments::of(&observation) {
            Some(point) => *draw = draw.plus(point),
            None => left_out += 1,
        }
    }
    let draws: Vec<Moments> = draws.into_values().collect();
    let total = draws.iter().fold(Moments::default(), |a, b| a.plus(*b));
    Some(Growth { rate: total.slope()?, interval: interval(&draws), left_out })
}

fn interval(draws: &[Moments]) -> Option<(f64, f64)> {
    bootstrap::interval(draws.len(), |pick| {
        (0..draws.len()).fold(Moments::default(), |m, _| m.plus(draws[pick()])).slope()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws that grow at these rates, over degrees 1 up to `last`.
    fn draws(rates: &[f64], last: usize) -> Vec<Observation> {
        let draw = |(trial, rate): (u64, &f64)| {
            let rate = *rate;
            (1..=last).map(move |degree| {
                let value = (rate * degree as f64).exp();
                Observation { trial, degree, value }
            })
        };
        (0..).zip(rates).flat_map(draw).collect()
    }

    #[test]
    fn a_planted_rate_is_found() {
        let mut planted = draws(&[0.7, 0.7], 20);
        planted.iter_mut().filter(|o| o.trial == 1).for_each(|o| o.value *= 3.0);
        let found = growth(planted).unwrap();
        assert!((found.rate - 0.7).abs() < 1e-12);
        let (low, high) = found.interval.unwrap();
        assert!((low - 0.7).abs() < 1e-9 && (high - 0.7).abs() < 1e-9);
    }

    #[test]
    fn one_draw_has_no_interval_and_one_degree_no_rate() {
        let of = |trial, degree, value| Observation { trial, degree, value };
        let line = [of(0, 1, 1.0), of(0, 2, std::f64::consts::E), of(0, 3, f64::INFINITY)];
        let found = growth(line).unwrap();
        assert!((found.rate - 1.0).abs() < 1e-12);
        assert_eq!((found.interval, found.left_out), (None, 1));
        assert_eq!(growth([of(0, 4, 1.0), of(1, 4, 2.0)]), None);
        assert_eq!(growth([of(0, 1, f64::INFINITY)]), None);
    }

    #[test]
    fn the_interval_holds_the_rates_of_the_draws() {
        // Slopes 0.5 and 0.7 in turn: the pooled slope is 0.6, resampled means stay between.
        let found = growth(draws(&[0.5, 0.7].repeat(20), 10)).unwrap();
        let (low, high) = found.interval.unwrap();
        // The standard error is 0.1 / sqrt(40) = 0.0158, so the interval is 0.6 -+ 0.031.
        assert!((found.rate - 0.6).abs() < 1e-12);
        assert!((low - 0.569).abs() < 0.006 && (high - 0.631).abs() < 0.006, "{low} {high}");
    }

    /// Slopes 1 and 3 in turn, 50 draws each: mean 2, standard error 1 / sqrt(100).
    #[test]
    fn the_interval_of_a_rate_covers_the_draws() {
        let found = growth(draws(&[1.0, 3.0].repeat(50), 4)).unwrap();
        let (low, high) = found.interval.unwrap();
        assert!((found.rate - 2.0).abs() < 1e-12);
        assert!((low - 1.8).abs() < 0.04 && (high - 2.2).abs() < 0.04, "{low} {high}");
    }
}
