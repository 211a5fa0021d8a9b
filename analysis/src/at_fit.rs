//! The third curve of Figure 1c: the ratio of Eq. (2) not at its supremum but at one polynomial, the
//! least-squares fit to the full set, with Lc the error against the true function on test points
//! (the paper's m = 100).

use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::design::equispaced;
use crate::fit::{minimum_norm, rank_cutoff};
use crate::points::Points;
use crate::poly::Basis;
use crate::svd::certainly_full_rank;
use crate::target::Target;

/// Equispaced test points on [-1, 1].
const TEST_POINTS: usize = 100;

/// |L - Lc| / L at the least-squares fit to `full`, for each of `degrees`. A fit without residuals,
/// to rounding, has L = 0: the ratio is infinite, or 0 where Lc is 0 as well.
///
/// The mean of (-1, 0) and (1, 2) is 1, so that L = 1; against |x|, Lc is the mean of (1 - |x|)².
///
/// ```
/// use swast_analysis::{at_fit::at_fit, points::Points, target::Target};
/// let full: Points = [(-1.0, 0.0), (1.0, 2.0)].into_iter().collect();
/// let ratio = at_fit(&full, Target::Abs, &[0])?[0];
/// let test_loss: f64 = (0..100).map(|i| (1.0 - (2.0 * i as f64 / 99.0 - 1.0).abs()).powi(2)).sum();
/// assert!((ratio - (1.0 - test_loss / 100.0)).abs() < 1e-14);
/// # Ok::<(), swast_analysis::Error>(())
/// ```
pub fn at_fit(full: &Points, target: Target, degrees: &[usize]) -> Result<Vec<f64>, Error> {
    let degree = degrees.iter().copied().max().unwrap_or(0);
    let test = Points::on(target, equispaced(-1.0, 1.0, TEST_POINTS));
    let matrix = Basis::Legendre.matrix(&full.x, degree);
    let test_matrix = Basis::Legendre.matrix(&test.x, degree);
    let (y, test_y) = (DVector::from_vec(full.y.clone()), DVector::from_vec(test.y));
    let mean_y_squared = mean_square(&y);
    fits(&matrix, &y, degrees)?
        .into_iter()
        .map(|c| {
            let residual =
                |matrix: &DMatrix<f64>, y| mean_square(&(matrix.columns(0, c.len()) * &c - y));
            let (loss, test_loss) = (residual(&matrix, &y), residual(&test_matrix, &test_y));
            let rounding = mean_y_squared * rank_cutoff(full.len(), c.len()).powi(2);
            Ok(match (loss <= rounding, test_loss <= rounding) {
                (true, true) => 0.0,
                (true, false) => f64::INFINITY,
                (false, _) => (loss - test_loss).abs() / loss,
            })
        })
        .collect()
}

/// Least-squares coefficients on the leading columns of `matrix`, one vector per degree: from one
/// factorisation where the rank is full, else those of minimum norm.
fn fits(
    matrix: &DMatrix<f64>,
    y: &DVector<f64>,
    degrees: &[usize],
) -> Result<Vec<DVector<f64>>, Error> {
    let (rows, columns) = matrix.shape();
    let qr = matrix.clone().qr();
    let triangle = qr.r();
    let shared = rows >= columns && certainly_full_rank(&triangle, rank_cutoff(rows, columns));
    let mut along = y.clone();
    qr.q_tr_mul(&mut along);
    let at = |degree: &usize| {
        let n = degree + 1;
        let solved = shared
            .then(|| triangle.view((0, 0), (n, n)).solve_upper_triangular(&along.rows(0, n)))
            .flatten();
        match solved {
            Some(c) => Ok(c),
            None => minimum_norm(&matrix.columns(0, n).into_owned(), y.as_slice(), *degree)
                .map(|fit| DVector::from_vec(fit.coefficients)),
        }
    };
    degrees.iter().map(at).collect()
}

fn mean_square(values: &DVector<f64>) -> f64 {
    values.norm_squared() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::draw::Draw;
    use crate::fit::{fit, mean_squared_error};
    use crate::generate::Apart;

    /// The shared factorisation against a fit of its own for every degree, also beyond full rank.
    #[test]
    fn same_as_one_fit_per_degree() {
        let test = Points::on(Target::Runge, equispaced(-1.0, 1.0, TEST_POINTS));
        for (count, highest) in [(50, 20), (8, 12)] {
            let (target, design) = (Target::Runge, Design::Uniform);
            let sets = Apart { target, design, noisy: count, clean: 1, noise: 0.1 };
            let (full, _) = sets.draw(Draw::first(5));
            let degrees: Vec<usize> = (0..=highest).collect();
            let found = at_fit(&full, Target::Runge, &degrees).unwrap();
            for (degree, found) in degrees.iter().zip(found) {
                if degree + 1 >= count {
                    assert!(found > 1e20, "{degree}: {found}");
                    continue;
                }
                let c = fit(&full, *degree, Basis::Legendre).unwrap().coefficients;
                let loss = |points| mean_squared_error(&c, Basis::Legendre, points);
                let expected = (loss(&full) - loss(&test)).abs() / loss(&full);
                assert!((found / expected - 1.0).abs() < 1e-7, "{degree}: {found} {expected}");
            }
        }
    }
}
