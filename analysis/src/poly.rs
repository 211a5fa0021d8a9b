//! Polynomials in three bases: matrices of basis values, and evaluation. Coefficients and columns
//! are in order of rising degree, p(x) = c0 P0(x) + c1 P1(x) + ...

use clap::ValueEnum;
use nalgebra::DMatrix;

/// A basis of the polynomials. Pruning acts on the coefficients in a basis, so its effect depends
/// on it; the supremum of Eq. (2) does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Basis {
    /// 1, x, x², ..., the paper's.
    Monomial,
    /// Chebyshev polynomials of the first kind.
    Chebyshev,
    /// Legendre polynomials, 1 at x = 1.
    Legendre,
}

impl Basis {
    /// P0(x) ... Pdegree(x), by the three-term recurrence.
    ///
    /// ```
    /// use swast_analysis::poly::Basis;
    /// assert_eq!(Basis::Monomial.values(0.5, 3), [1.0, 0.5, 0.25, 0.125]);
    /// assert_eq!(Basis::Chebyshev.values(0.5, 3), [1.0, 0.5, -0.5, -1.0]);
    /// assert_eq!(Basis::Legendre.values(0.5, 3), [1.0, 0.5, -0.125, -0.4375]);
    /// ```
    #[must_use]
    pub fn values(self, x: f64, degree: usize) -> Vec<f64> {
        self.sequence(x).take(degree + 1).collect()
    }

    /// P0(x), P1(x), ... without end.
    pub(crate) fn sequence(self, x: f64) -> impl Iterator<Item = f64> {
        let (mut p, mut before) = (1.0, 0.0);
        (0_u32..).map(move |n| {
            let (value, n) = (p, f64::from(n));
            let next = match self {
                _ if n == 0.0 => x,
                Self::Monomial => x * p,
                Self::Chebyshev => 2.0 * x * p - before,
                Self::Legendre => ((2.0 * n + 1.0) * x * p - n * before) / (n + 1.0),
            };
            (p, before) = (next, value);
            value
        })
    }

    /// One row per abscissa, degree + 1 columns.
    ///
    /// ```
    /// use swast_analysis::poly::Basis;
    /// let matrix = Basis::Monomial.matrix(&[2.0, -1.0], 2);
    /// assert_eq!(matrix, nalgebra::dmatrix![1.0, 2.0, 4.0; 1.0, -1.0, 1.0]);
    /// ```
    #[must_use]
    pub fn matrix(self, x: &[f64], degree: usize) -> DMatrix<f64> {
        let rows = x.iter().flat_map(|x| self.values(*x, degree));
        DMatrix::from_row_iterator(x.len(), degree + 1, rows)
    }

    /// The polynomial with these coefficients at `x`.
    ///
    /// ```
    /// use swast_analysis::poly::Basis;
    /// assert_eq!(Basis::Chebyshev.eval(&[1.0, 0.0, 2.0], 0.5), 0.0);
    /// ```
    #[must_use]
    pub fn eval(self, coefficients: &[f64], x: f64) -> f64 {
        coefficients.iter().zip(self.sequence(x)).map(|(c, p)| c * p).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn degree_zero_is_the_constant() {
        for basis in Basis::value_variants() {
            assert_eq!(basis.values(0.3, 0), [1.0]);
            assert_eq!(basis.eval(&[], 0.3), 0.0);
        }
    }

    proptest! {
        /// Closed forms: T_n(cos t) = cos(nt); P_n by the explicit sum is checked at n = 4.
        #[test]
        fn closed_forms(t in 0.0..std::f64::consts::PI, n in 0_usize..30) {
            let x = t.cos();
            prop_assert!((Basis::Chebyshev.values(x, n)[n] - (n as f64 * t).cos()).abs() < 1e-11);
            prop_assert!((Basis::Monomial.values(x, n)[n] - x.powi(n as i32)).abs() < 1e-14);
            let p4 = (35.0 * x.powi(4) - 30.0 * x * x + 3.0) / 8.0;
            prop_assert!((Basis::Legendre.values(x, 4)[4] - p4).abs() < 1e-14);
            prop_assert!((Basis::Legendre.values(1.0, n)[n] - 1.0).abs() < 1e-14);
        }
    }
}
