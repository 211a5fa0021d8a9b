//! A Cholesky factor that grows and shrinks with the support of a least-squares problem, together with
//! the forward-solved right-hand side, so that a step costs O(s^2) instead of O(s^3).

use crate::kernel::dot::{add_scaled, dot};
use crate::kernel::wide::{Work, widely};

/// Pivots below this share of their diagonal entry mean that the new row depends on the others: the
/// sine of its angle to their span is then below 3e-7, under what squares in double precision resolve.
const DEPENDENT: f64 = 1e-13;

/// L with `L L^T = M` for a symmetric positive definite M of s rows, and z with `L z = c`.
#[derive(Debug, Default)]
pub(super) struct Cholesky {
    /// Row i holds the i + 1 entries up to the diagonal.
    rows: Vec<Vec<f64>>,
    forward: Vec<f64>,
}

impl Clone for Cholesky {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), forward: self.forward.clone() }
    }

    /// In the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        self.rows.clone_from(&source.rows);
        self.forward.clone_from(&source.forward);
    }
}

impl Cholesky {
    /// Borders M with `column` (its entries beside the rows so far) and `diagonal`, and c with `right`.
    ///
    /// Returns false, and changes nothing, when the new row depends on the others.
    pub(super) fn append(&mut self, column: &[f64], diagonal: f64, right: f64) -> bool {
        let Bordered { mut row, pivot, forward } =
            widely(Border { factor: self, column, diagonal, right });
        if pivot.is_nan() || pivot <= DEPENDENT * diagonal {
            return false;
        }
        let root = pivot.sqrt();
        self.forward.push(forward / root);
        row.push(root);
        self.rows.push(row);
        true
    }

    /// Deletes row and column `index` of M and entry `index` of c, by Givens rotations from the right:
    /// L without its row is lower Hessenberg from there on, and `L Q Q^T z` stays what it was.
    pub(super) fn remove(&mut self, index: usize) {
        self.rows.remove(index);
        let mut rotations: Vec<(f64, f64)> = Vec::with_capacity(self.rows.len() - index);
        for row in &mut self.rows[index..] {
            let mut carried = row[index];
            for (column, &(cosine, sine)) in (index..).zip(&rotations) {
                let next = row[column + 1];
                row[column] = cosine * carried + sine * next;
                carried = cosine * next - sine * carried;
            }
            let last = row.pop().expect("row i has i + 1 entries");
            let length = carried.hypot(last);
            rotations.push((carried / length, last / length));
            if let Some(diagonal) = row.last_mut() {
                *diagonal = length;
            }
        }
        let mut carried = self.forward[index];
        for (column, &(cosine, sine)) in (index..).zip(&rotations) {
            let next = self.forward[column + 1];
            self.forward[column] = cosine * carried + sine * next;
            carried = cosine * next - sine * carried;
        }
        self.forward.pop();
    }

    /// The x with `M x = c`, by back-substitution.
    pub(super) fn solve(&self) -> Vec<f64> {
        widely(BackSubstitution(self))
    }
}

/// What borders a factor with another row, up to the root of the pivot.
struct Border<'a> {
    factor: &'a Cholesky,
    column: &'a [f64],
    diagonal: f64,
    right: f64,
}

struct Bordered {
    row: Vec<f64>,
    pivot: f64,
    forward: f64,
}

impl Work for Border<'_> {
    type Output = Bordered;

    #[inline(always)]
    fn run(self) -> Bordered {
        let mut row = Vec::with_capacity(self.column.len() + 1);
        for (entry, above) in self.column.iter().zip(&self.factor.rows) {
            let (last, before) = above.split_last().expect("row i has i + 1 entries");
            row.push((entry - dot(before, &row)) / last);
        }
        let pivot = self.diagonal - dot(&row, &row);
        let forward = self.right - dot(&row, &self.factor.forward);
        Bordered { row, pivot, forward }
    }
}

struct BackSubstitution<'a>(&'a Cholesky);

impl Work for BackSubstitution<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run(self) -> Vec<f64> {
        let mut x = self.0.forward.clone();
        for (index, row) in self.0.rows.iter().enumerate().rev() {
            let (last, before) = row.split_last().expect("row i has i + 1 entries");
            x[index] /= last;
            let value = x[index];
            add_scaled(&mut x[..index], -value, before);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// M = V V^T + I / 2 and c = V 1 for the vectors of `held`.
    fn right(held: &[Vec<f64>]) -> Vec<f64> {
        held.iter().map(|v| v.iter().sum()).collect()
    }

    fn product(held: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
        let entry = |i: usize, j: usize| dot(&held[i], &held[j]) + if i == j { 0.5 } else { 0.0 };
        (0..held.len()).map(|i| (0..x.len()).map(|j| entry(i, j) * x[j]).sum()).collect()
    }

    #[test]
    fn a_dependent_row_is_refused() {
        let mut factor = Cholesky::default();
        assert!(factor.append(&[], 4.0, 2.0));
        // The same direction, twice as long.
        assert!(!factor.append(&[8.0], 16.0, 4.0));
        assert!(!factor.append(&[f64::NAN], 16.0, 4.0));
        assert!(!factor.append(&[0.0], 0.0, 0.0));
        assert_eq!(factor.solve(), [0.5]);
    }

    proptest! {
        #[test]
        fn any_mix_of_growing_and_shrinking_solves_what_is_left(
            vectors in prop::collection::vec(prop::collection::vec(-1.0..1.0f64, 4), 1..14),
            removals in prop::collection::vec(any::<Option<prop::sample::Index>>(), 14),
        ) {
            let mut factor = Cholesky::default();
            let mut held: Vec<Vec<f64>> = Vec::new();
            for (vector, removal) in vectors.into_iter().zip(removals) {
                let column: Vec<f64> = held.iter().map(|v| dot(v, &vector)).collect();
                let diagonal = dot(&vector, &vector) + 0.5;
                prop_assert!(factor.append(&column, diagonal, vector.iter().sum()));
                held.push(vector);
                if let Some(index) = removal {
                    let index = index.index(held.len());
                    factor.remove(index);
                    held.remove(index);
                }
                let solved = product(&held, &factor.solve());
                for (a, b) in solved.iter().zip(right(&held)) {
                    prop_assert!((a - b).abs() < 1e-12, "{} instead of {}", a, b);
                }
            }
        }
    }
}
