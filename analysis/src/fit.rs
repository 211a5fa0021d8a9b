//! Least squares with the minimum norm: the fit that both training sets of Figure 1a and 1b get.
//! With 11 coefficients and 10 or 5 points the systems are underdetermined, and among all exact
//! fits this takes the one with the smallest coefficients, by singular value decomposition.

use nalgebra::{DMatrix, DVector};
use swast_tables::names::name_of;

use crate::Error;
use crate::points::Points;
use crate::poly::Basis;
use crate::scale::ROUNDING;
use crate::svd::{Decomposition, decompose};

/// Coefficients in order of rising degree, and how they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The minimum-norm least-squares solution.
    pub coefficients: Vec<f64>,
    /// Number of singular values above the cut-off.
    pub rank: usize,
    /// The cut-off, relative to the largest singular value.
    pub rank_cutoff: f64,
}

/// The relative singular-value cut-off for a matrix of this shape: eps times its longer side.
///
/// ```
/// use swast_analysis::fit::rank_cutoff;
/// assert_eq!(rank_cutoff(10, 11), 11.0 * f64::EPSILON);
/// ```
#[must_use]
pub fn rank_cutoff(rows: usize, columns: usize) -> f64 {
    f64::EPSILON * rows.max(columns) as f64
}

/// Fits a polynomial of `degree` to `points`: among the coefficients with the smallest sum of
/// squared residuals those with the smallest norm in `basis`.
///
/// Two points and a parabola leave one coefficient free; the smallest solution of
/// c0 + c2 = 1, c1 = 0 halves it between c0 and c2:
///
/// ```
/// use swast_analysis::{fit::fit, points::Points, poly::Basis};
/// let points: Points = [(-1.0, 1.0), (1.0, 1.0)].into_iter().collect();
/// let fit = fit(&points, 2, Basis::Monomial)?;
/// for (c, expected) in fit.coefficients.iter().zip([0.5, 0.0, 0.5]) {
///     assert!((c - expected).abs() < 1e-15);
/// }
/// assert_eq!(fit.rank, 2);
/// # Ok::<(), swast_analysis::Error>(())
/// ```
///
/// Chebyshev and Legendre polynomials live on [-1, 1]; points outside are an error there. Fit points
/// that may lie anywhere in the variable of [`crate::scale::Scale`].
pub fn fit(points: &Points, degree: usize, basis: Basis) -> Result<Fit, Error> {
    let (low, high) = points.range();
    if basis != Basis::Monomial && (low < -1.0 - ROUNDING || high > 1.0 + ROUNDING) {
        return Err(Error::Outside { low, high, basis: name_of(basis) });
    }
    minimum_norm(&basis.matrix(&points.x, degree), &points.y, degree)
}

/// The minimum-norm least-squares solution of `matrix` c = `y`; `degree` is for the error alone.
pub(crate) fn minimum_norm(matrix: &DMatrix<f64>, y: &[f64], degree: usize) -> Result<Fit, Error> {
    if !matrix.iter().all(|value| value.is_finite()) {
        return Err(Error::Overflow { degree });
    }
    let rank_cutoff = rank_cutoff(matrix.nrows(), matrix.ncols());
    let y = DVector::from_column_slice(y);
    // With A' v = image, A's pseudoinverse is image v' / sigma². A tall A = Q R has that of R times Q':
    // Jacobi's rotations then turn short columns, and the rows of a triangle are nearly orthogonal.
    let (transposed, y) = if matrix.nrows() > matrix.ncols() {
        let factors = matrix.clone().qr();
        let mut turned = y;
        factors.q_tr_mul(&mut turned);
        (factors.r().transpose(), turned.rows(0, matrix.ncols()).into_owned())
    } else {
        (matrix.transpose(), y)
    };
    let Decomposition { image, sigma, v } = decompose(&transposed, degree)?;
    let cut = rank_cutoff * sigma.max();
    let scaled = v
        .tr_mul(&y)
        .zip_map(&sigma, |along, sigma| if sigma > cut { along / sigma / sigma } else { 0.0 });
    let rank = sigma.iter().filter(|sigma| **sigma > cut).count();
    let coefficients = image * scaled;
    Ok(Fit { coefficients: coefficients.as_slice().to_vec(), rank, rank_cutoff })
}

/// Mean of the squared differences between a polynomial and `points`, in the square of y's unit.
///
/// ```
/// use swast_analysis::{fit::mean_squared_error, points::Points, poly::Basis};
/// let points: Points = [(0.0, 1.0), (1.0, 3.0)].into_iter().collect();
/// assert_eq!(mean_squared_error(&[1.0, 1.0], Basis::Monomial, &points), 0.5);
/// ```
#[must_use]
pub fn mean_squared_error(coefficients: &[f64], basis: Basis, points: &Points) -> f64 {
    let squares = points.iter().map(|(x, y)| (basis.eval(coefficients, x) - y).powi(2));
    squares.sum::<f64>() / points.len() as f64
}
