//! Non-negative least squares by active sets (Lawson and Hanson 1974, chapter 23), on normal equations.

use ndarray::{Array1, ArrayView1, ArrayView2};

use crate::pursuit::cholesky::Cholesky;
use crate::pursuit::omp::walk;

/// Slopes below this share of the largest entry of the right-hand side are rounding errors.
const NOISE: f64 = 1e-12;

/// The x >= 0 that minimises `x^T M x / 2 - c^T x` for the symmetric positive semi-definite `matrix` M and `right` c;
/// of `|A x - b|^2` these are `A^T A` and `A^T b`.
pub fn nonnegative(matrix: &ArrayView2<f64>, right: &ArrayView1<f64>) -> Array1<f64> {
    let count = right.len();
    let noise = NOISE * right.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let mut factor = Cholesky::default();
    let mut support: Vec<usize> = Vec::new();
    let mut x = Array1::zeros(count);
    let mut barred = vec![false; count];
    // Every set of active rows is visited once; more rounds than this mean that rounding decides.
    for _ in 0..3 * count {
        let slopes = right - &matrix.dot(&x);
        let open = (0..count).filter(|place| !barred[*place] && !support.contains(place));
        let Some(best) = open.max_by(|&a, &b| slopes[a].total_cmp(&slopes[b])) else { break };
        if slopes[best] <= noise {
            break;
        }
        let beside: Vec<f64> = support.iter().map(|&place| matrix[[place, best]]).collect();
        if !factor.append(&beside, matrix[[best, best]], right[best]) {
            barred[best] = true;
            continue;
        }
        support.push(best);
        let old: Vec<f64> = support.iter().map(|&place| x[place]).collect();
        let solved = factor.solve();
        let weights = walk(&mut factor, &old, solved);
        x.fill(0.0);
        support.iter().zip(&weights).for_each(|(&place, weight)| x[place] = *weight);
        support.retain(|&place| x[place] > 0.0);
        // In exact arithmetic a row with a slope above 0 gets a weight above 0.
        barred[best] = x[best] == 0.0;
    }
    x
}
