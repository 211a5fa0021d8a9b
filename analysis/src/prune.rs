//! Pruning by magnitude: the smallest coefficients are set to zero (paper section "Impact of
//! redundant samples on weight pruning", after Han et al.).

use crate::Error;
use crate::fit::{Fit, fit, minimum_norm};
use crate::points::Points;
use crate::poly::Basis;

/// What is fitted and how much of it is pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruning {
    /// Degree of the polynomial.
    pub degree: usize,
    /// Number of coefficients that are set to zero.
    pub pruned: usize,
    /// Basis of the coefficients.
    pub basis: Basis,
    /// Whether the survivors are fitted again.
    pub refit: bool,
}

/// A fit and its coefficients after pruning.
#[derive(Debug, Clone, PartialEq)]
pub struct PrunedFit {
    /// The fit before pruning.
    pub fit: Fit,
    /// The coefficients after pruning, in order of rising degree.
    pub pruned_coefficients: Vec<f64>,
}

/// Indices of the `count` coefficients of smallest magnitude, ascending. Among equal magnitudes the
/// lower index goes first.
///
/// ```
/// use swast_analysis::prune::smallest;
/// assert_eq!(smallest(&[0.5, -0.1, 2.0, 0.1, -0.5], 3), [0, 1, 3]);
/// ```
#[must_use]
pub fn smallest(coefficients: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..coefficients.len()).collect();
    order.sort_by(|a, b| coefficients[*a].abs().total_cmp(&coefficients[*b].abs()));
    order.truncate(count);
    order.sort_unstable();
    order
}

impl Pruning {
    /// Checks that there are as many coefficients as are to go.
    pub fn try_new(degree: usize, pruned: usize, basis: Basis, refit: bool) -> Result<Self, Error> {
        if pruned > degree + 1 {
            let reason = format!(
                "degree {degree} has {} coefficients, {pruned} cannot go; lower it",
                degree + 1
            );
            return Err(Error::setting("--prune", reason));
        }
        Ok(Self { degree, pruned, basis, refit })
    }

    /// Fits `points` and prunes the fit.
    ///
    /// ```
    /// use swast_analysis::{points::Points, poly::Basis, prune::Pruning};
    /// let points: Points = [(-1.0, 0.0), (0.0, 1.0), (1.0, 6.0)].into_iter().collect();
    /// let pruned = Pruning::try_new(2, 1, Basis::Monomial, false)?.apply(&points)?;
    /// for (c, expected) in pruned.pruned_coefficients.iter().zip([0.0, 3.0, 2.0]) {
    ///     assert!((c - expected).abs() < 1e-14); // of 1 + 3x + 2x²
    /// }
    /// # Ok::<(), swast_analysis::Error>(())
    /// ```
    pub fn apply(&self, points: &Points) -> Result<PrunedFit, Error> {
        let fit = fit(points, self.degree, self.basis)?;
        let gone = smallest(&fit.coefficients, self.pruned);
        let pruned_coefficients = if self.refit {
            self.refit_without(&gone, points)?
        } else {
            let keep = |(i, c): (usize, &f64)| if gone.contains(&i) { 0.0 } else { *c };
            fit.coefficients.iter().enumerate().map(keep).collect()
        };
        Ok(PrunedFit { fit, pruned_coefficients })
    }

    /// The minimum-norm fit with the coefficients `gone` held at zero.
    fn refit_without(&self, gone: &[usize], points: &Points) -> Result<Vec<f64>, Error> {
        let mut coefficients = vec![0.0; self.degree + 1];
        let kept: Vec<usize> = (0..=self.degree).filter(|i| !gone.contains(i)).collect();
        if kept.is_empty() {
            return Ok(coefficients);
        }
        let matrix = self.basis.matrix(&points.x, self.degree).select_columns(&kept);
        let refit = minimum_norm(&matrix, &points.y, self.degree)?;
        for (i, c) in kept.into_iter().zip(refit.coefficients) {
            coefficients[i] = c;
        }
        Ok(coefficients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_may_go() {
        let points: Points = [(0.0, 1.0), (1.0, 2.0)].into_iter().collect();
        for refit in [false, true] {
            let pruning = Pruning::try_new(1, 2, Basis::Monomial, refit).unwrap();
            assert_eq!(pruning.apply(&points).unwrap().pruned_coefficients, [0.0, 0.0]);
        }
        assert!(Pruning::try_new(1, 3, Basis::Monomial, false).unwrap_err().is_usage());
    }

    #[test]
    fn refit_solves_for_the_survivors() {
        // y = 1 + 3x + 2x² on four points; without the constant the least-squares fit of x and x²
        // by hand: sums over x in {-1, 0, 1, 2} of x², x³, x⁴ are 6, 8, 18; of xy, x²y: 36, 66.
        let y = |x: f64| 1.0 + 3.0 * x + 2.0 * x * x;
        let points: Points = [-1.0, 0.0, 1.0, 2.0].map(|x| (x, y(x))).into_iter().collect();
        let pruned = Pruning::try_new(2, 1, Basis::Monomial, true).unwrap().apply(&points).unwrap();
        let determinant = 6.0 * 18.0 - 8.0 * 8.0;
        let expected = [
            0.0,
            (36.0 * 18.0 - 8.0 * 66.0) / determinant,
            (6.0 * 66.0 - 8.0 * 36.0) / determinant,
        ];
        for (c, e) in pruned.pruned_coefficients.iter().zip(expected) {
            assert!((c - e).abs() < 1e-13, "{c} {e}");
        }
    }
}
