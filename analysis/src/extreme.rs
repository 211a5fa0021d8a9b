//! Extreme eigenvalues of small symmetric matrices, without the others and without vectors: Householder
//! reduction to a tridiagonal matrix (Golub and Van Loan, Matrix Computations, section 8.3.1), then
//! Laguerre's iteration on its characteristic polynomial. All zeros of that polynomial are real,
//! so from outside the spectrum the iteration runs to the nearest zero without passing it
//! (Parlett, The Symmetric Eigenvalue Problem, section 4.8); three to six steps are usual.

use nalgebra::DMatrix;

/// Beyond this size the polynomial may leave the range of `f64`.
const LARGEST: usize = 64;
/// Steps of Laguerre's iteration; its convergence is cubic at a simple zero.
const MAX_STEPS: usize = 100;

/// The smallest and the largest eigenvalue of a symmetric matrix; the smallest only where `wanted`
/// says so of the largest, otherwise NaN. Both are off by at most some hundred eps times the largest magnitude.
pub(crate) fn extremes(matrix: DMatrix<f64>, wanted: impl Fn(f64) -> bool) -> (f64, f64) {
    let size = matrix.nrows();
    let unit = matrix.amax();
    if size > LARGEST || !unit.is_normal() {
        let values = matrix.symmetric_eigenvalues();
        return (values.min(), values.max());
    }
    // Off the diagonal the squares suffice, and of size 1 at most nothing overflows.
    let tridiagonal = Tridiagonal::reduced(matrix / (unit * size as f64));
    let unit = unit * size as f64;
    let largest = unit * tridiagonal.outermost(Side::Above);
    let smallest =
        if wanted(largest) { unit * tridiagonal.outermost(Side::Below) } else { f64::NAN };
    (smallest, largest)
}

/// A symmetric tridiagonal matrix.
struct Tridiagonal {
    diagonal: Vec<f64>,
    /// Squares of the entries beside the diagonal.
    squares: Vec<f64>,
}

/// Where the iteration starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

impl Tridiagonal {
    /// Householder's reduction; only the lower triangle of `matrix` is read.
    fn reduced(mut matrix: DMatrix<f64>) -> Self {
        let size = matrix.nrows();
        let (mut diagonal, mut squares) = (vec![0.0; size], vec![0.0; size.saturating_sub(1)]);
        let entries = matrix.as_mut_slice();
        let mut reflected = vec![0.0; size];
        for k in 0..size {
            diagonal[k] = entries[k * size + k];
            if k + 1 == size {
                break;
            }
            let (before, rest) = entries.split_at_mut((k + 1) * size);
            let vector = &mut before[k * size + k + 1..];
            let square: f64 = vector.iter().map(|v| v * v).sum();
            squares[k] = square;
            if k + 2 == size || square == 0.0 {
                continue;
            }
            // v = x + sign(x1) |x| e1, H = 1 - v v' / scale with scale = |v|² / 2.
            let norm = square.sqrt().copysign(vector[0]);
            let scale = square + norm * vector[0];
            vector[0] += norm;
            reflect(rest, (k + 1, size), vector, (scale, &mut reflected));
        }
        Self { diagonal, squares }
    }

    /// The eigenvalue nearest to one end of the spectrum.
    fn outermost(&self, side: Side) -> f64 {
        let sign = if side == Side::Above { 1.0 } else { -1.0 };
        let (n, mut x) = (self.diagonal.len() as f64, sign * self.outside(sign));
        for _ in 0..MAX_STEPS {
            let [p, first, second] = self.polynomial(x);
            if p == 0.0 {
                break;
            }
            let (g, h) = (first / p, (first / p).powi(2) - second / p);
            let root = ((n - 1.0) * (n * h - g * g)).max(0.0).sqrt();
            let step = n / (g + root.copysign(g));
            let next = x - step;
            // Once rounding decides, a step goes nowhere or back.
            if !step.is_finite() || sign * step <= 0.0 || next == x {
                break;
            }
            x = next;
            if step.abs() < 0.5 * f64::EPSILON * x.abs() {
                break;
            }
        }
        x
    }

    /// Gershgorin's bound of `sign` times the eigenvalues.
    fn outside(&self, sign: f64) -> f64 {
        let beside = |i: usize| self.squares.get(i).map_or(0.0, |square| square.sqrt());
        let bound = |i: usize| {
            sign * self.diagonal[i] + beside(i) + if i == 0 { 0.0 } else { beside(i - 1) }
        };
        let bound = (0..self.diagonal.len()).map(bound).fold(f64::NEG_INFINITY, f64::max);
        bound + 1e-15 * (1.0 + bound.abs())
    }

    /// det(x - T) and its first two derivatives, by the recurrence over leading blocks.
    fn polynomial(&self, x: f64) -> [f64; 3] {
        let (mut before, mut now) = ([0.0; 3], [1.0, 0.0, 0.0]);
        let mut square = 0.0;
        for (i, d) in self.diagonal.iter().enumerate() {
            let shift = x - d;
            let next = [
                shift * now[0] - square * before[0],
                shift * now[1] + now[0] - square * before[1],
                shift * now[2] + 2.0 * now[1] - square * before[2],
            ];
            (before, now) = (now, next);
            square = self.squares.get(i).copied().unwrap_or(0.0);
        }
        now
    }
}

/// Replaces the trailing block A by H A H, lower triangle only: A - v w' - w v' with p = A v / scale and
/// w = p - v (p'v) / (2 scale). `block` starts with the column of index `first`, of `size` rows.
fn reflect(
    block: &mut [f64],
    (first, size): (usize, usize),
    v: &[f64],
    (scale, w): (f64, &mut [f64]),
) {
    let w = &mut w[..v.len()];
    w.fill(0.0);
    for (j, column) in block.chunks_exact(size).enumerate() {
        let (below, mut sum) = (&column[first + j..], 0.0);
        let (w_j, w_below) = w[j..].split_first_mut().expect("a column for each entry of v");
        let v_j = v[j];
        for ((a, v), w) in below[1..].iter().zip(&v[j + 1..]).zip(w_below) {
            *w += a * v_j;
            sum += a * v;
        }
        *w_j += below[0] * v_j + sum;
    }
    let along: f64 = w.iter().zip(v).map(|(w, v)| w * v).sum::<f64>() / scale;
    for (w, v) in w.iter_mut().zip(v) {
        *w = (*w - 0.5 * along * v) / scale;
    }
    for (j, column) in block.chunks_exact_mut(size).enumerate() {
        let (v_j, w_j) = (v[j], w[j]);
        for ((a, v), w) in column[first + j..].iter_mut().zip(&v[j..]).zip(&w[j..]) {
            *a -= v * w_j + w * v_j;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(matrix: &DMatrix<f64>) {
        let (low, high) = extremes(matrix.clone(), |_| true);
        let expected = matrix.symmetric_eigenvalues();
        let tolerance = 1e-13 * expected.amax().max(f64::MIN_POSITIVE);
        assert!((low - expected.min()).abs() <= tolerance, "{low} {}", expected.min());
        assert!((high - expected.max()).abs() <= tolerance, "{high} {}", expected.max());
    }

    #[test]
    fn special_matrices() {
        check(&DMatrix::identity(7, 7));
        check(&DMatrix::zeros(3, 3));
        check(&nalgebra::dmatrix![-2.5]);
        check(&nalgebra::dmatrix![1.0, 1e-9; 1e-9, 1.0]);
        check(&DMatrix::from_element(9, 9, 1.0));
        check(&DMatrix::from_diagonal(&nalgebra::dvector![3.0, 1e-12, 3.0, -7.0]));
        check(&(DMatrix::identity(70, 70) * 2.0));
        assert!(extremes(DMatrix::identity(2, 2), |largest| largest > 1.5).0.is_nan());
    }

    proptest! {
        /// Products X'X of graded columns, wide and tall: clusters at 0 and a spread over many decades.
        #[test]
        fn graded_products(
            (rows, columns) in (1_usize..24, 1_usize..24),
            entries in prop::collection::vec(-1.0..1.0_f64, 600),
            grade in -1.0..0.0_f64,
        ) {
            let x = DMatrix::from_fn(rows, columns, |i, j| {
                entries[i * columns + j] * 10_f64.powf(grade * j as f64)
            });
            check(&x.tr_mul(&x));
            let square = DMatrix::from_fn(columns, columns, |i, j| entries[i.max(j) * 24 + i.min(j)]);
            check(&square);
        }
    }
}
