//! The points of D as vectors v with sum v v' = 1, one dimension per independent column of
//! [y, P0, ..., Pk]: L(u) = |u|² in these coordinates, and for n points C of N
//! Lc(u) = N/n sum over C of (v·u)². What D cannot see, its part C cannot see either, and drops out.

use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::epsilon::weighted;
use crate::fit::rank_cutoff;
use crate::points::Points;
use crate::scale::Scale;
use crate::svd::{Decomposition, decompose};

/// The points of D in coordinates in which L is the square of the norm.
#[derive(Debug, Clone)]
pub struct Frame {
    /// One column per point.
    vectors: DMatrix<f64>,
    degree: usize,
    scale: Scale,
}

impl Frame {
    /// Of `points` and polynomials of `degree`, over the range of the abscissae.
    pub fn new(points: &Points, degree: usize) -> Result<Self, Error> {
        Self::within(&Scale::of(points), points, degree)
    }

    /// Of `points` and polynomials of `degree` in the variable of `scale`.
    pub fn within(scale: &Scale, points: &Points, degree: usize) -> Result<Self, Error> {
        let mut matrix = weighted(points, scale, degree);
        for mut column in matrix.column_iter_mut() {
            let norm = column.norm();
            if norm > 0.0 {
                column /= norm;
            }
        }
        if !matrix.iter().all(|value| value.is_finite()) {
            return Err(Error::Overflow { degree });
        }
        let cutoff = rank_cutoff(matrix.nrows(), matrix.ncols());
        let qr = matrix.qr();
        let Decomposition { mut image, sigma, .. } = decompose(&qr.r(), degree)?;
        for (mut column, sigma) in image.column_iter_mut().zip(&sigma) {
            column /= *sigma;
        }
        let kept: Vec<usize> =
            (0..sigma.len()).filter(|i| sigma[*i] > cutoff * sigma.max()).collect();
        let vectors = (qr.q() * image.select_columns(&kept)).transpose();
        Ok(Self { vectors, degree, scale: *scale })
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vectors.ncols()
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of independent columns: as many points are needed for I < 1.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.vectors.nrows()
    }

    /// Degree of the polynomials.
    pub(super) fn degree(&self) -> usize {
        self.degree
    }

    /// The variable of the polynomials.
    pub(super) fn scale(&self) -> &Scale {
        &self.scale
    }

    /// The vector of point `i`.
    pub(super) fn vector(&self, i: usize) -> DVector<f64> {
        self.vectors.column(i).into_owned()
    }

    /// Squared norm of the vector of point `i`: its leverage, in (0, 1].
    pub(super) fn leverage(&self, i: usize) -> f64 {
        self.vectors.column(i).norm_squared()
    }

    /// (v·w)² for every pair of points.
    pub(super) fn squared_products(&self) -> DMatrix<f64> {
        self.vectors.tr_mul(&self.vectors).map(|product| product * product)
    }

    /// Sum of v v' over the points `chosen`.
    pub(super) fn sum(&self, chosen: &[usize]) -> DMatrix<f64> {
        let of = self.vectors.select_columns(chosen);
        &of * of.transpose()
    }

    /// I(D, C) for the points `chosen`, at least one.
    #[must_use]
    pub fn epsilon(&self, chosen: &[usize]) -> f64 {
        let lambda = self.sum(chosen).symmetric_eigenvalues();
        let low = if chosen.len() < self.rank() { 0.0 } else { lambda.min() };
        self.gap(chosen.len(), (low, lambda.max()))
    }

    /// I of `count` points whose sum has these smallest and largest eigenvalues.
    pub(super) fn gap(&self, count: usize, (low, high): (f64, f64)) -> f64 {
        let scale = self.len() as f64 / count as f64;
        (scale * high - 1.0).max(1.0 - scale * low.max(0.0))
    }

    /// No coreset of `count` points has a smaller I. Let v be the vector of a point and h = |v|² its
    /// leverage. With the point in C, Lc / L along v is at least N/n h; without it, at most
    /// N/n (1 - h), as the squares of v·w over the other points w add up to h - h². So a point of
    /// leverage near 1 costs: it cannot be left out, and kept it counts N/n times.
    #[must_use]
    pub fn bound(&self, count: usize) -> f64 {
        let scale = self.len() as f64 / count as f64;
        let of = |h: f64| (scale * h - 1.0).min(1.0 - scale * (1.0 - h));
        let bound = (0..self.len()).map(|i| of(self.leverage(i))).fold(0.0, f64::max);
        if count < self.rank() { bound.max(1.0) } else { bound }
    }

    /// The eigenvalues between which the sum of `count` points must lie to have I below `gap`.
    pub(super) fn corridor(&self, count: usize, gap: f64) -> (f64, f64) {
        let scale = count as f64 / self.len() as f64;
        (scale * (1.0 - gap), scale * (1.0 + gap))
    }
}
