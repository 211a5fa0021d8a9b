//! How fast a quantity grows with the degree: the slope of its natural logarithm (Figure 1c).

use crate::bootstrap;

/// Growth per degree of the natural logarithm of a quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Least-squares slope over all draws together.
    pub rate: f64,
    /// 95 % percentile interval, draws resampled; absent with fewer than two draws.
    pub interval: Option<(f64, f64)>,
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
    fn of(points: &[(f64, f64)]) -> Self {
        let usable = points.iter().filter(|(x, v)| x.is_finite() && v.is_finite() && *v > 0.0);
        usable.fold(Self::default(), |m, &(x, v)| {
            let y = v.ln();
            m.plus(Self { n: 1.0, x, y, xx: x * x, xy: x * y })
        })
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

/// Slope of ln(value) against degree over `draws`, each a list of (degree, value). Values that are
/// not finite or not positive are left out. `None` with fewer than two degrees.
pub fn growth(draws: &[Vec<(f64, f64)>]) -> Option<Growth> {
    let moments: Vec<Moments> = draws.iter().map(|d| Moments::of(d)).collect();
    let total = moments.iter().fold(Moments::default(), |a, b| a.plus(*b));
    Some(Growth { rate: total.slope()?, interval: interval(&moments) })
}

fn interval(draws: &[Moments]) -> Option<(f64, f64)> {
    bootstrap::interval(draws.len(), |pick| {
        (0..draws.len()).fold(Moments::default(), |m, _| m.plus(draws[pick()])).slope()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_rate_is_found() {
        let draw = |scale: f64| (1..=20).map(move |d| (d as f64, scale * (0.7 * d as f64).exp()));
        let found = growth(&[draw(1.0).collect(), draw(3.0).collect()]).unwrap();
        assert!((found.rate - 0.7).abs() < 1e-12);
        let (low, high) = found.interval.unwrap();
        assert!((low - 0.7).abs() < 1e-9 && (high - 0.7).abs() < 1e-9);
    }

    #[test]
    fn one_draw_has_no_interval_and_one_degree_no_rate() {
        let line = vec![(1.0, 1.0), (2.0, std::f64::consts::E), (3.0, f64::INFINITY)];
        let found = growth(&[line]).unwrap();
        assert!((found.rate - 1.0).abs() < 1e-12);
        assert_eq!(found.interval, None);
        assert_eq!(growth(&[vec![(4.0, 1.0)], vec![(4.0, 2.0)]]), None);
    }

    #[test]
    fn the_interval_holds_the_rates_of_the_draws() {
        // Slopes 0.5 and 0.7 in turn: the pooled slope is 0.6, resampled means stay between.
        let draws: Vec<Vec<(f64, f64)>> = (0..40)
            .map(|i| if i % 2 == 0 { 0.5f64 } else { 0.7 })
            .map(|r| (1..=10).map(move |d| (d as f64, (r * d as f64).exp())).collect())
            .collect();
        let found = growth(&draws).unwrap();
        let (low, high) = found.interval.unwrap();
        // The standard error is 0.1 / sqrt(40) = 0.0158, so the interval is 0.6 -+ 0.031.
        assert!((found.rate - 0.6).abs() < 1e-12);
        assert!((low - 0.569).abs() < 0.006 && (high - 0.631).abs() < 0.006, "{low} {high}");
    }
}
