//! Singular value decomposition by one-sided Jacobi rotations (Golub and Van Loan, Matrix
//! Computations, section 8.6.3; accuracy: Demmel and Veselić, 1992).
//!
//! nalgebra's own iteration is not used: of random matrices with up to 22 rows and columns, about 1
//! in 400 with full rank and 1 in 30 with lower rank do not multiply back (its issue 1172), and
//! rank-deficient systems are what this crate is about. Jacobi's method needs no special cases,
//! finds small singular values as accurately as large ones, and gives the null space as well.

use nalgebra::{DMatrix, DVector};

use crate::Error;

/// Sweeps over all pairs of columns. The convergence is quadratic; 10 are rarely needed.
const MAX_SWEEPS: usize = 60;

/// matrix * v = image, with orthogonal `v` and orthogonal columns of `image`.
#[derive(Debug, Clone)]
pub(crate) struct Decomposition {
    /// Left singular vectors times singular values, one per column of the matrix.
    pub(crate) image: DMatrix<f64>,
    /// Singular values, descending: the norms of the columns of `image`. As many as the matrix has
    /// columns; those beyond its rows are 0 to rounding.
    pub(crate) sigma: DVector<f64>,
    /// Right singular vectors, one per column: a square matrix, null space included.
    pub(crate) v: DMatrix<f64>,
}

/// Decomposes `matrix`, which must be finite; `degree` is for the error alone.
pub(crate) fn decompose(matrix: &DMatrix<f64>, degree: usize) -> Result<Decomposition, Error> {
    let columns = matrix.ncols();
    let (mut image, mut v) = (matrix.clone(), DMatrix::identity(columns, columns));
    // Keeps the squares below in range; a power of two changes no digit.
    let unit = matrix.amax().log2().floor().exp2();
    let unit = if unit.is_normal() { unit } else { 1.0 };
    image /= unit;
    let tolerance = Tolerance {
        cosine: f64::EPSILON * matrix.nrows().max(8) as f64,
        length: f64::EPSILON.powi(2) * image.norm(),
    };
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for i in 0..columns {
            for j in i + 1..columns {
                if let Some(rotation) = rotation(&image, (i, j), &tolerance) {
                    rotate(&mut image, (i, j), rotation);
                    rotate(&mut v, (i, j), rotation);
                    rotated = true;
                }
            }
        }
        if !rotated {
            return Ok(sorted(&image, unit, &v));
        }
    }
    let cure = "lower the degree or rescale the points";
    Err(Error::NoConvergence { method: "the singular value decomposition", degree, cure })
}

/// The singular values of `matrix`, one per column, descending; `degree` is for the error alone. Those
/// of a tall matrix are those of the triangle of its QR factorisation: shorter columns to rotate, and
/// the rows of a triangle are nearly orthogonal to begin with.
pub(crate) fn singular_values(matrix: &DMatrix<f64>, degree: usize) -> Result<DVector<f64>, Error> {
    let tall = matrix.ncols() > 0 && matrix.nrows() > matrix.ncols();
    let sigma = if tall {
        decompose(&matrix.clone().qr().r().transpose(), degree)?.sigma
    } else {
        decompose(matrix, degree)?.sigma
    };
    Ok(sigma)
}

/// Whether all singular values of a square triangle are certainly above `cutoff` times the largest:
/// a bound by Frobenius norms, much cheaper than the values and safe by up to the number of columns.
pub(crate) fn certainly_full_rank(triangle: &DMatrix<f64>, cutoff: f64) -> bool {
    let columns = triangle.ncols();
    let mut inverse = DMatrix::identity(columns, columns);
    triangle.solve_upper_triangular_mut(&mut inverse)
        && inverse.norm() * triangle.norm() * cutoff < 1.0
}

/// When two columns pass for orthogonal.
struct Tolerance {
    /// Largest cosine of the angle between them.
    cosine: f64,
    /// Columns up to this length are 0. More columns than rows, or lower rank, leave columns of
    /// rounding that cannot all be orthogonal and would only shrink from sweep to sweep.
    length: f64,
}

/// Cosine and sine of the rotation that makes columns i and j orthogonal; none where they are.
fn rotation(
    image: &DMatrix<f64>,
    (i, j): (usize, usize),
    tolerance: &Tolerance,
) -> Option<(f64, f64)> {
    let (a, b) = (image.column(i), image.column(j));
    let (aa, bb, ab) = (a.norm_squared(), b.norm_squared(), a.dot(&b));
    let (shorter, longer) = (aa.min(bb).sqrt(), aa.max(bb).sqrt());
    if shorter <= tolerance.length || ab.abs() <= tolerance.cosine * shorter * longer {
        return None;
    }
    let zeta = (bb - aa) / (2.0 * ab);
    let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    Some((cosine, cosine * tangent))
}

fn rotate(matrix: &mut DMatrix<f64>, (i, j): (usize, usize), (cosine, sine): (f64, f64)) {
    let (mut a, mut b) = matrix.columns_range_pair_mut(i, j);
    for (a, b) in a.iter_mut().zip(b.iter_mut()) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

fn sorted(image: &DMatrix<f64>, unit: f64, v: &DMatrix<f64>) -> Decomposition {
    let norms: Vec<f64> = image.column_iter().map(|column| unit * column.norm()).collect();
    let mut order: Vec<usize> = (0..norms.len()).collect();
    order.sort_by(|i, j| norms[*j].total_cmp(&norms[*i]));
    Decomposition {
        image: image.select_columns(&order) * unit,
        sigma: DVector::from_iterator(norms.len(), order.iter().map(|i| norms[*i])),
        v: v.select_columns(&order),
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::draw::{Draw, Purpose};

    /// Full rank, low rank, badly scaled columns, wide and tall.
    #[test]
    fn every_matrix_multiplies_back() {
        let mut rng = Draw::first(1).random(Purpose::Starts);
        for trial in 0..2_000 {
            let (m, n) = (rng.random_range(1..23), rng.random_range(1..23));
            let rank = rng.random_range(1..=m.min(n));
            let mut random = |rows, columns| {
                DMatrix::from_fn(rows, columns, |_, _| rng.random_range(-1.0..1.0_f64))
            };
            let full = trial % 2 == 0;
            let mut matrix = if full { random(m, n) } else { random(m, rank) * random(rank, n) };
            if trial % 3 == 0 {
                for (i, mut column) in matrix.column_iter_mut().enumerate() {
                    column *= 0.1_f64.powi(i as i32);
                }
            }
            let Decomposition { image, sigma, v } = decompose(&matrix, 0).unwrap();
            assert!((&image * v.transpose() - &matrix).norm() <= 1e-13 * matrix.norm());
            assert!((v.tr_mul(&v) - DMatrix::identity(n, n)).norm() < 1e-13);
            let squares = DMatrix::from_diagonal(&sigma.map(|sigma| sigma * sigma));
            assert!((image.tr_mul(&image) - squares).norm() <= 1e-13 * matrix.norm_squared());
            assert!(sigma.as_slice().is_sorted_by(|a, b| a >= b));
            let alone = singular_values(&matrix, 0).unwrap();
            assert!((&alone - &sigma).amax() <= 1e-14 * matrix.norm());
            let expected = if full { m.min(n) } else { rank };
            assert!(sigma.iter().skip(expected).all(|sigma| *sigma <= 1e-14 * matrix.norm()));
        }
    }

    /// A graded triangle whose smallest singular value is known: the product of all is the determinant.
    #[test]
    fn small_values_keep_their_digits() {
        let matrix = nalgebra::dmatrix![1.0, 1.0; 0.0, 1e-12];
        let sigma = decompose(&matrix, 0).unwrap().sigma;
        assert!((sigma[0] * sigma[1] / 1e-12 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn degenerate_matrices() {
        assert_eq!(decompose(&DMatrix::zeros(3, 2), 0).unwrap().sigma.as_slice(), [0.0, 0.0]);
        assert_eq!(decompose(&nalgebra::dmatrix![-3e-200], 0).unwrap().sigma[0], 3e-200);
        let large = decompose(&nalgebra::dmatrix![4e200; 3e200], 0).unwrap().sigma[0];
        assert!((large / 5e200 - 1.0).abs() < 1e-15);
        assert!(decompose(&DMatrix::zeros(2, 0), 0).unwrap().sigma.is_empty());
        assert!(singular_values(&DMatrix::zeros(2, 0), 0).unwrap().is_empty());
    }
}
