//! DeepCore's pursuit: weights of any sign while rows are chosen, and non-negativity only at the end.
//!
//! The row of the largest signed correlation joins, whatever its sign, and none leaves. At the end the weights
//! are the non-negative least squares on the *regularised normal equations* `(G + ridge) x = A b`, not on the
//! original system; rows of weight 0 are let go, so that fewer than the budget may be left.

use ndarray::{Array1, Array2};

use crate::SelectError;
use crate::progress::one_chosen;
use crate::pursuit::atoms::Atoms;
use crate::pursuit::cholesky::Cholesky;
use crate::pursuit::nnls::nonnegative;
use crate::pursuit::omp::{Pursuit, residual};

/// Pursues the sum of all `atoms` with up to `budget` rows; none is spare.
///
/// The ridge does not apply to the first row while it is alone, and a row that is all there is weighs 1.
///
/// # Errors
/// When the inner products of the rows exceed the range of a double.
pub fn pursue(
    atoms: &mut (impl Atoms + ?Sized),
    budget: usize,
    ridge: f64,
) -> Result<Pursuit, SelectError> {
    let right = atoms.target().correlations.clone();
    let count = right.len();
    let mut correlations = right.clone();
    let (mut factor, mut columns) = (Cholesky::default(), Vec::new());
    let (mut chosen, mut held) = (Vec::new(), vec![false; count]);
    for _ in 0..budget.min(count) {
        if correlations.iter().any(|correlation| !correlation.is_finite()) {
            return Err(SelectError::Overflow { what: "gradients" });
        }
        // Of equals `max_by` takes the last: reversed, the one of the lowest index.
        let open = (0..count).rev().filter(|&candidate| !held[candidate]);
        let best = open.max_by(|&a, &b| correlations[a].total_cmp(&correlations[b]));
        let Some(best) = best else { break };
        held[best] = true;
        let (mut beside, itself) = atoms.hold(best);
        if !factor.append(&beside, itself + ridge, right[best]) {
            atoms.release(chosen.len());
            continue;
        }
        chosen.push(best);
        one_chosen();
        let weights = if chosen.len() == 1 { vec![right[best] / itself] } else { factor.solve() };
        beside.push(itself + ridge);
        columns.push(beside);
        correlations = atoms.correlations(&atoms.residual(&weights));
    }
    let weights =
        if budget == 1 { vec![1.0; chosen.len()] } else { weighted(&columns, &chosen, &right) };
    let left = atoms.residual(&weights);
    let residual = residual(atoms, &chosen, &weights, &left);
    let pairs = chosen.into_iter().zip(weights).filter(|(_, weight)| *weight > 0.0);
    let (chosen, weights) = pairs.unzip();
    Ok(Pursuit { chosen, weights, spare: Vec::new(), residual })
}

/// The non-negative least squares of `M x = c`, with M given by the entries up to its diagonal.
fn weighted(columns: &[Vec<f64>], chosen: &[usize], right: &[f64]) -> Vec<f64> {
    let shape = (chosen.len(), chosen.len());
    let system = Array2::from_shape_fn(shape, |(a, b)| columns[a.max(b)][a.min(b)]);
    let right = Array1::from_iter(chosen.iter().map(|&candidate| right[candidate]));
    nonnegative(&system.dot(&system).view(), &system.dot(&right).view()).to_vec()
}
