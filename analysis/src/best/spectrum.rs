//! Extreme eigenvalues after a change of rank one, without a new factorisation: with S = V d V',
//! those of S + s v v' (s = 1 or -1) are zeros of the secular function
//! h(x) = s + sum of z²/(d - x), z = V'v, which rises between its poles d (Golub and Van Loan, Matrix
//! Computations, section 8.4.3). The new values interlace the old ones.

use nalgebra::{DMatrix, DVector};

/// Halvings of an interval: until neighbouring numbers are left.
const HALVINGS: usize = 64;

/// The eigenvalues and eigenvectors of a symmetric matrix.
#[derive(Debug, Clone)]
pub(super) struct Spectrum {
    /// Eigenvalues, ascending.
    values: DVector<f64>,
    /// Eigenvectors, one per row.
    vectors: DMatrix<f64>,
}

/// A change of rank one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// A point is taken.
    Add,
    /// A point is given up.
    Remove,
}

/// A candidate: the change that a vector would make.
pub(super) struct Candidate<'a> {
    values: &'a [f64],
    squares: DVector<f64>,
    change: Change,
}

impl Spectrum {
    /// Of a symmetric matrix.
    pub(super) fn new(matrix: DMatrix<f64>) -> Self {
        let eigen = matrix.symmetric_eigen();
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|i, j| eigen.eigenvalues[*i].total_cmp(&eigen.eigenvalues[*j]));
        let values =
            DVector::from_iterator(order.len(), order.iter().map(|i| eigen.eigenvalues[*i]));
        Self { values, vectors: eigen.eigenvectors.select_columns(&order).transpose() }
    }

    /// What adding or removing `vector` would do.
    pub(super) fn candidate(&self, vector: &DVector<f64>, change: Change) -> Candidate<'_> {
        let squares = (&self.vectors * vector).map(|z| z * z);
        Candidate { values: self.values.as_slice(), squares, change }
    }
}

impl Candidate<'_> {
    /// Whether all eigenvalues would lie inside (low, high): two evaluations, no iteration.
    pub(super) fn stays_inside(&self, (low, high): (f64, f64)) -> bool {
        let (first, last) = (self.smallest_between(), self.largest_between());
        let above = low < first.0 || (low < first.1 && self.secular(low) < 0.0);
        let below = high > last.1 || (high > last.0 && self.secular(high) > 0.0);
        above && below
    }

    /// The smallest and the largest eigenvalue.
    pub(super) fn extremes(&self) -> (f64, f64) {
        (self.zero(self.smallest_between()), self.zero(self.largest_between()))
    }

    /// Where interlacing puts the smallest eigenvalue.
    fn smallest_between(&self) -> (f64, f64) {
        let d = self.values;
        match self.change {
            Change::Add if d.len() == 1 => (d[0], d[0] + self.squares.sum()),
            Change::Add => (d[0], d[1]),
            Change::Remove => (d[0] - self.squares.sum(), d[0]),
        }
    }

    /// Where interlacing puts the largest eigenvalue.
    fn largest_between(&self) -> (f64, f64) {
        let (d, n) = (self.values, self.values.len());
        match self.change {
            Change::Add => (d[n - 1], d[n - 1] + self.squares.sum()),
            Change::Remove if n == 1 => (d[0] - self.squares.sum(), d[0]),
            Change::Remove => (d[n - 2], d[n - 1]),
        }
    }

    fn secular(&self, x: f64) -> f64 {
        let sign = if self.change == Change::Add { 1.0 } else { -1.0 };
        // A term without weight has no pole: the eigenvalue stays where it is.
        let terms = self.values.iter().zip(&self.squares).filter(|(_, z)| **z > 0.0);
        sign + terms.map(|(d, z)| z / (d - x)).sum::<f64>()
    }

    /// The zero of the rising secular function between `low` and `high`, or the end beyond which it
    /// lies: there the eigenvalue has no weight in the vector and stays.
    fn zero(&self, (mut low, mut high): (f64, f64)) -> f64 {
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.secular(middle) < 0.0 { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sums of few outer products: eigenvalues 0 and repeated ones included.
    fn case() -> impl Strategy<Value = (DMatrix<f64>, DVector<f64>)> {
        (1_usize..7, 0_usize..9, prop::collection::vec(-2_i32..3, 80)).prop_map(
            |(n, k, numbers)| {
                let mut numbers = numbers.into_iter().map(f64::from);
                let vector = DVector::from_fn(n, |_, _| numbers.next().unwrap_or(1.0));
                let of = DMatrix::from_fn(n, k, |_, _| numbers.next().unwrap_or(1.0));
                (&of * of.transpose() + &vector * vector.transpose(), vector)
            },
        )
    }

    proptest! {
        #[test]
        fn extremes_are_those_of_the_changed_matrix((matrix, vector) in case()) {
            for (change, sign) in [(Change::Add, 1.0), (Change::Remove, -1.0)] {
                let changed = &matrix + sign * &vector * vector.transpose();
                let expected = changed.symmetric_eigenvalues();
                let spectrum = Spectrum::new(matrix.clone());
                let candidate = spectrum.candidate(&vector, change);
                let (low, high) = candidate.extremes();
                let tolerance = 1e-11 * (1.0 + matrix.norm());
                prop_assert!((low - expected.min()).abs() < tolerance, "{low} {expected}");
                prop_assert!((high - expected.max()).abs() < tolerance, "{high} {expected}");
                let margin = 1e-6;
                let wide = (expected.min() - margin, expected.max() + margin);
                prop_assert!(candidate.stays_inside(wide));
                prop_assert!(!candidate.stays_inside((expected.min() + margin, wide.1)));
                prop_assert!(!candidate.stays_inside((wide.0, expected.max() - margin)));
            }
        }
    }
}
