//! The variable in which a polynomial is fitted. Powers and the orthogonal bases are made for [-1, 1]:
//! at x = 100 the columns 1, x, x², ... are all but parallel, and the size of a coefficient, by which
//! pruning goes, is a matter of the unit of x. Given points are therefore fitted in
//! u = (x - centre) / `half_width`, which runs over [-1, 1] where x runs over the points.

use std::fmt;

use crate::Error;
use crate::points::Points;
use crate::poly::Basis;

/// By so much an abscissa may leave [-1, 1] that was computed to be its end.
pub(crate) const ROUNDING: f64 = 1e-9;

/// u = (x - centre) / `half_width`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Where u is 0, in the unit of x.
    pub centre: f64,
    /// What u = 1 lies above the centre, in the unit of x; above 0.
    pub half_width: f64,
}

impl Scale {
    /// u = x.
    pub const IDENTITY: Self = Self { centre: 0.0, half_width: 1.0 };

    /// The variable for `points`: their range mapped onto [-1, 1]. Points above each other have u = 0.
    ///
    /// ```
    /// use swast_analysis::{points::Points, scale::Scale};
    /// let far: Points = [(100.0, 1.0), (130.0, 2.0)].into_iter().collect();
    /// assert_eq!(Scale::of(&far), Scale { centre: 115.0, half_width: 15.0 });
    /// assert_eq!(Scale::of(&far).apply(122.5), 0.5);
    /// let near: Points = [(0.0, 1.0), (0.5, 2.0)].into_iter().collect();
    /// assert_eq!(Scale::of(&near), Scale { centre: 0.25, half_width: 0.25 });
    /// ```
    #[must_use]
    pub fn of(points: &Points) -> Self {
        let (low, high) = points.range();
        Self::over(low, high).unwrap_or_else(|| Self {
            centre: if low.is_finite() { low } else { 0.0 },
            half_width: 1.0,
        })
    }

    /// The interval from `low` to `high` mapped onto [-1, 1]; none where it has no width.
    #[must_use]
    pub fn over(low: f64, high: f64) -> Option<Self> {
        // Halves first: the difference of large numbers may leave the range of `f64`.
        let half_width = 0.5 * high - 0.5 * low;
        let centre = f64::midpoint(low, high);
        (half_width > 0.0 && half_width.is_finite() && centre.is_finite())
            .then_some(Self { centre, half_width })
    }

    /// The variable where [-1, 1] is what is seen: x itself for points in it, otherwise that of
    /// [`Scale::of`].
    #[must_use]
    pub fn into_view(points: &Points) -> Self {
        if Self::IDENTITY.holds(points) { Self::IDENTITY } else { Self::of(points) }
    }

    /// The interval that is mapped to [-1, 1], as `--domain` takes it: `100,130`.
    ///
    /// ```
    /// use swast_analysis::scale::Scale;
    /// assert_eq!(Scale { centre: 115.0, half_width: 15.0 }.interval(), "100,130");
    /// ```
    #[must_use]
    pub fn interval(&self) -> String {
        format!("{},{}", self.undo(-1.0), self.undo(1.0))
    }

    /// Whether no point leaves [-1, 1] in this variable, to rounding.
    #[must_use]
    pub fn holds(&self, points: &Points) -> bool {
        points.x.iter().all(|x| self.apply(*x).abs() <= 1.0 + ROUNDING)
    }

    /// Whether u is something other than x.
    #[must_use]
    pub fn is_rescaled(&self) -> bool {
        *self != Self::IDENTITY
    }

    /// u at `x`.
    #[must_use]
    pub fn apply(&self, x: f64) -> f64 {
        (x - self.centre) / self.half_width
    }

    /// x at `u`.
    #[must_use]
    pub fn undo(&self, u: f64) -> f64 {
        self.centre + self.half_width * u
    }

    /// The coefficients of the powers of x, given those of u. In `f64` they may say less than those of
    /// u: where they predict anything else at `points` (in u), by more than 1e-9 of the largest
    /// prediction, that is an error.
    ///
    /// ```
    /// use swast_analysis::{points::Points, scale::Scale};
    /// let scale = Scale { centre: 3.0, half_width: 2.0 };
    /// let points: Points = [(-1.0, 0.0), (1.0, 0.0)].into_iter().collect();
    /// assert_eq!(scale.original(&[1.0, 4.0], &points)?, [-5.0, 2.0]); // 1 + 4 (x - 3) / 2
    /// # Ok::<(), swast_analysis::Error>(())
    /// ```
    pub fn original(&self, coefficients: &[f64], points: &Points) -> Result<Vec<f64>, Error> {
        let mut powers: Vec<f64> = Vec::with_capacity(coefficients.len());
        for coefficient in coefficients.iter().rev() {
            // (powers) (x - centre) / half_width + coefficient
            for power in &mut powers {
                *power /= self.half_width;
            }
            let shifted: Vec<f64> = powers.iter().map(|power| -self.centre * power).collect();
            powers.insert(0, 0.0);
            for (power, shifted) in powers.iter_mut().zip(shifted) {
                *power += shifted;
            }
            powers[0] += coefficient;
        }
        let basis = Basis::Monomial;
        let (mut largest, mut off) = (0.0_f64, 0.0_f64);
        for u in &points.x {
            let expected = basis.eval(coefficients, *u);
            let error = (basis.eval(&powers, self.undo(*u)) - expected).abs();
            largest = largest.max(expected.abs());
            off = if error.is_nan() { f64::INFINITY } else { off.max(error) };
        }
        if off <= 1e-9 * largest && powers.iter().all(|power| power.is_finite()) {
            return Ok(powers);
        }
        let reason = format!(
            "the coefficients of x miss the fit by up to {off:.1e}, too much for values up to {largest:.1e}; leave it out and use those of {self}"
        );
        Err(Error::setting("--original", reason))
    }

    /// The points (u, y).
    #[must_use]
    pub fn points(&self, points: &Points) -> Points {
        points.iter().map(|(x, y)| (self.apply(x), y)).collect()
    }
}

/// The map in words of algebra: `u = (x - 115) / 15`.
impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With an exponent where the number is long, and without the end of a whole one.
        let number = |value: f64| {
            let text = format!("{value:?}");
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        };
        let sign = if self.centre < 0.0 { '+' } else { '-' };
        write!(f, "u = (x {sign} {}) / {}", number(self.centre.abs()), number(self.half_width))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(xs: &[f64]) -> Points {
        xs.iter().map(|x| (*x, 0.0)).collect()
    }

    proptest! {
        #[test]
        fn every_point_comes_into_the_interval(
            xs in prop::collection::vec(
                prop_oneof![-3.0..3.0_f64, -1e300..1e300_f64, 1e15..1.0001e15_f64],
                1..9,
            ),
        ) {
            let points = at(&xs);
            let u = Scale::of(&points).points(&points);
            prop_assert!(u.x.iter().all(|u| u.abs() <= 1.0 + ROUNDING), "{:?}", u.x);
            let scale = Scale::of(&points);
            for (x, u) in points.x.iter().zip(&u.x) {
                let size = x.abs().max(scale.centre.abs());
                prop_assert!((scale.undo(*u) - x).abs() <= 4.0 * f64::EPSILON * size.max(1.0));
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_of_numbers() {
        let points = at(&[-f64::MAX, 0.0, f64::MAX]);
        assert_eq!(Scale::of(&points).points(&points).x, [-1.0, 0.0, 1.0]);
        assert_eq!(Scale::of(&at(&[7.0, 7.0])).points(&at(&[7.0])).x, [0.0]);
        assert_eq!(Scale::of(&at(&[-1.0, 0.0, 1.0])), Scale::IDENTITY);
        let computed = at(&[-1.0, 1.0 + 1e-12]);
        assert_eq!(Scale::into_view(&computed), Scale::IDENTITY, "an end that was computed");
        assert_eq!(Scale::over(1.0, 1.0), None);
        assert_eq!(Scale::over(0.0, f64::INFINITY), None);
    }

    #[test]
    fn the_map_reads_as_algebra() {
        let text = |low, high| Scale::of(&at(&[low, high])).to_string();
        assert_eq!(text(100.0, 130.0), "u = (x - 115) / 15");
        assert_eq!(text(-3.0, 0.0), "u = (x + 1.5) / 1.5");
        assert_eq!(text(-2e200, 2e200), "u = (x - 0) / 2e200");
    }
}
