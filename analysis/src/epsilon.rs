//! How well a coreset C replaces the full set D, whatever the polynomial: the supremum of
//! |L - Lc| / L over all polynomials of a degree (paper Eq. 2), in closed form.
//!
//! With u = (coefficients, -1), L = |W u|² and Lc = |Wc u|², where W has the rows
//! [basis(x), y] / sqrt(N) of D and Wc those of C. The ratio is homogeneous in u, and directions
//! whose last entry is 0 are limits of coefficients going to infinity, so the supremum runs over
//! all u and equals max(λmax - 1, 1 - λmin), λ being the eigenvalues of (Wc'Wc, W'W).
//!
//! They come from a factorisation W = Q R as squared singular values of Z = Wc R⁻¹. W'W is never
//! formed: its condition number is that of W squared. The columns are in the order
//! [y, P0, P1, ...], so the triangle R and the matrix Z of every lower degree are the leading
//! columns of those of the highest: one factorisation and one triangular solve serve all degrees.
//! This costs no accuracy: Householder's R is exact for a W perturbed by eps in each column, and a
//! leading block is exact for the same perturbation of the leading columns.

use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::Error;
use crate::extreme;
use crate::fit::rank_cutoff;
use crate::points::Points;
use crate::poly::Basis;
use crate::scale::Scale;
use crate::svd::{Decomposition, certainly_full_rank, decompose, singular_values};

/// The ratio Lc / L over all polynomials of one degree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extremes {
    /// Supremum of Lc / L; infinite where a polynomial meets D exactly and C not.
    pub lambda_max: f64,
    /// Infimum of Lc / L.
    pub lambda_min: f64,
}

impl Extremes {
    /// The supremum of |L - Lc| / L: the coreset difficulty I(D, C) of Eq. (2).
    ///
    /// ```
    /// use swast_analysis::epsilon::Extremes;
    /// assert_eq!(Extremes { lambda_max: 1.5, lambda_min: 0.25 }.epsilon(), 0.75);
    /// ```
    #[must_use]
    pub fn epsilon(self) -> f64 {
        (self.lambda_max - 1.0).max(1.0 - self.lambda_min)
    }
}

/// The extremes of Lc / L for polynomials of each of `degrees`.
///
/// D = {(-1, 1), (1, 3)}, C = {(1, 3)} and constants: at the constant 1, L = 2 and Lc = 4; at 3,
/// Lc is 0. No constant does better or worse:
///
/// ```
/// use swast_analysis::{epsilon::extremes, points::Points};
/// let full: Points = [(-1.0, 1.0), (1.0, 3.0)].into_iter().collect();
/// let coreset: Points = [(1.0, 3.0)].into_iter().collect();
/// let found = extremes(&full, &coreset, &[0])?[0];
/// assert!((found.lambda_max - 2.0).abs() < 1e-14);
/// assert_eq!(found.lambda_min, 0.0);
/// # Ok::<(), swast_analysis::Error>(())
/// ```
pub fn extremes(
    full: &Points,
    coreset: &Points,
    degrees: &[usize],
) -> Result<Vec<Extremes>, Error> {
    let whitening = Whitening::new(full, coreset, degrees)?;
    degrees.par_iter().map(|degree| whitening.quotient(*degree)?.extremes()).collect()
}

/// Both sets in coordinates in which L is the square of the norm, for all degrees up to one.
#[derive(Debug, Clone)]
pub struct Whitening {
    /// Numbers of points of D and C.
    counts: (usize, usize),
    /// R of the factorisation of W, padded with zero rows to a square.
    triangle: DMatrix<f64>,
    /// Wc, one row per point of C.
    coreset: DMatrix<f64>,
    /// Wc R⁻¹ where W has full column rank at the highest degree, hence at all.
    image: Option<DMatrix<f64>>,
    /// Z'Z of that image; that of a lower degree is its leading block.
    gram: Option<DMatrix<f64>>,
}

/// Lc / L = |Z v|² / |v|² for one degree, v running over all directions for which L is not 0.
#[derive(Debug, Clone)]
pub struct Quotient {
    /// Degree of the polynomials.
    pub degree: usize,
    /// Z, one column per dimension of v.
    pub image: DMatrix<f64>,
    /// Whether some polynomial has L = 0 and Lc > 0. Z then belongs to the polynomials that
    /// have the smallest Lc among those with the same residuals on D.
    pub unbounded: bool,
    /// An upper bound of the rank of Z: known from the number of points, not from rounding.
    rank_bound: usize,
}

impl Whitening {
    /// Factorises once for all of `degrees`.
    pub fn new(full: &Points, coreset: &Points, degrees: &[usize]) -> Result<Self, Error> {
        Self::within(&Scale::of(full), (full, coreset), degrees)
    }

    /// The same with the basis over the interval of `scale` in place of the range of the full set's
    /// abscissae: no value depends on it but by rounding.
    pub fn within(
        scale: &Scale,
        (full, coreset): (&Points, &Points),
        degrees: &[usize],
    ) -> Result<Self, Error> {
        let degree = degrees.iter().copied().max().unwrap_or(0);
        let (mut w, mut wc) = (weighted(full, scale, degree), weighted(coreset, scale, degree));
        scale_columns(&mut w, &mut wc);
        if !w.iter().chain(wc.iter()).all(|value| value.is_finite()) {
            return Err(Error::Overflow { degree });
        }
        let columns = degree + 2;
        let triangle = w.qr().r().resize_vertically(columns, 0.0);
        // Leaving columns out raises the smallest singular value and lowers the largest, so what has
        // full rank at the highest degree has it at all.
        let cutoff = rank_cutoff(full.len(), columns);
        let full_rank = certainly_full_rank(&triangle, cutoff) || {
            let sigma = decompose(&triangle, degree)?.sigma;
            sigma.min() > cutoff * sigma.max()
        };
        let image = full_rank
            .then(|| triangle.tr_solve_upper_triangular(&wc.transpose()))
            .flatten()
            .map(|transposed| transposed.transpose());
        let gram = image.as_ref().map(|image: &DMatrix<f64>| image.tr_mul(image));
        Ok(Self { counts: (full.len(), coreset.len()), triangle, coreset: wc, image, gram })
    }

    /// The supremum for polynomials of `degree` alone, many times faster than [`Quotient::extremes`]:
    /// from the eigenvalues of Z'Z. They are off by eps times the largest, which ruins a small
    /// `lambda_min` but neither `lambda_max - 1` nor, where that is what counts and λmax is at most
    /// 2, `1 - lambda_min`.
    pub fn epsilon(&self, degree: usize) -> Result<f64, Error> {
        let columns = degree + 2;
        match &self.gram {
            Some(gram) => {
                let block = gram.view((0, 0), (columns, columns)).into_owned();
                Ok(supremum(block, self.counts.1 < columns))
            }
            None => Ok(self.deficient_quotient(degree)?.epsilon()),
        }
    }

    /// The quotient for polynomials of `degree`, at most the highest of [`Whitening::new`].
    pub fn quotient(&self, degree: usize) -> Result<Quotient, Error> {
        let columns = degree + 2;
        match &self.image {
            Some(image) => {
                let image = image.columns(0, columns).into_owned();
                Ok(Quotient { degree, image, unbounded: false, rank_bound: self.counts.1 })
            }
            None => self.deficient_quotient(degree),
        }
    }

    /// The quotient where some u may have W u = 0. If Wc u = 0 too, u drops out (0/0); if not, the
    /// quotient is unbounded.
    fn deficient_quotient(&self, degree: usize) -> Result<Quotient, Error> {
        let columns = degree + 2;
        let triangle = self.triangle.view((0, 0), (columns, columns)).into_owned();
        let Decomposition { sigma, v, .. } = decompose(&triangle, degree)?;
        let tolerance = rank_cutoff(self.counts.0, columns) * sigma.max();
        let (null, regular): (Vec<_>, Vec<_>) = (0..columns).partition(|i| sigma[*i] <= tolerance);

        let wc = self.coreset.columns(0, columns);
        let mut image = wc * v.select_columns(&regular);
        for (mut column, i) in image.column_iter_mut().zip(&regular) {
            column /= sigma[*i];
        }
        // A computed null vector carries W u <= tolerance, not 0; what that lets Wc u be is bounded by
        // the quotient itself, or by N/n where C is part of D.
        let gain = image.norm_squared().max(self.counts.0 as f64 / self.counts.1 as f64);
        let null_image = wc * v.select_columns(&null);
        let escape = column_space(&null_image, 2.0 * tolerance * gain.sqrt(), degree)?;
        image -= &escape * escape.tr_mul(&image);
        let rank_bound = self.counts.1 - escape.ncols();
        Ok(Quotient { degree, image, unbounded: escape.ncols() > 0, rank_bound })
    }
}

impl Quotient {
    /// The extremes of the quotient: squared singular values of Z.
    pub fn extremes(&self) -> Result<Extremes, Error> {
        let sigma = singular_values(&self.image, self.degree)?;
        let deficient = self.rank_bound < self.image.ncols();
        Ok(Extremes {
            lambda_max: if self.unbounded { f64::INFINITY } else { sigma.max().powi(2) },
            lambda_min: if deficient { 0.0 } else { sigma.min().powi(2) },
        })
    }

    /// The supremum alone, as in [`Whitening::epsilon`].
    fn epsilon(&self) -> f64 {
        if self.unbounded {
            return f64::INFINITY;
        }
        supremum(self.image.tr_mul(&self.image), self.rank_bound < self.image.ncols())
    }
}

/// I from Z'Z; the smallest eigenvalue is 0 where the rank is known to be `deficient`.
fn supremum(gram: DMatrix<f64>, deficient: bool) -> f64 {
    if gram.is_empty() {
        // Nothing of D can be seen, and nothing of C either.
        return 0.0;
    }
    // From 2 on the largest eigenvalue decides, whatever the smallest.
    let (lambda_min, lambda_max) = extreme::extremes(gram, |largest| largest < 2.0 && !deficient);
    let lambda_min = if lambda_min.is_nan() { 0.0 } else { lambda_min.max(0.0) };
    Extremes { lambda_max, lambda_min }.epsilon()
}

/// Rows [y, P0(u), P1(u), ...] / sqrt(n) of the n `points` in the variable u of `scale`, in the Legendre
/// basis: it is best conditioned where u runs over [-1, 1].
pub(crate) fn weighted(points: &Points, scale: &Scale, degree: usize) -> DMatrix<f64> {
    let weight = 1.0 / (points.len() as f64).sqrt();
    let mut matrix = DMatrix::zeros(points.len(), degree + 2);
    for (row, (x, y)) in points.iter().enumerate() {
        let values = Basis::Legendre.sequence(scale.apply(x)).take(degree + 1);
        for (column, value) in std::iter::once(y).chain(values).enumerate() {
            matrix[(row, column)] = weight * value;
        }
    }
    matrix
}

/// Gives the columns of `w` unit norm, and those of `wc` the same factors: without this a small or
/// large unit of y would pass for rank deficiency.
fn scale_columns(w: &mut DMatrix<f64>, wc: &mut DMatrix<f64>) {
    for (mut column, mut other) in w.column_iter_mut().zip(wc.column_iter_mut()) {
        let norm = column.norm();
        if norm > 0.0 {
            column /= norm;
            other /= norm;
        }
    }
}

/// Orthonormal columns spanning the images longer than `tolerance`.
fn column_space(
    matrix: &DMatrix<f64>,
    tolerance: f64,
    degree: usize,
) -> Result<DMatrix<f64>, Error> {
    if matrix.is_empty() {
        return Ok(DMatrix::zeros(matrix.nrows(), 0));
    }
    let Decomposition { mut image, sigma, .. } = decompose(matrix, degree)?;
    for (mut column, sigma) in image.column_iter_mut().zip(&sigma) {
        column /= *sigma;
    }
    let long: Vec<usize> = (0..sigma.len()).filter(|i| sigma[*i] > tolerance).collect();
    Ok(image.select_columns(&long))
}
