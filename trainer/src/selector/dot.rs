//! Inner products of stored rows, in double precision, whatever the rows are stored in.

/// A type that rows can be stored in.
pub trait Element: Copy + Into<f64> + Send + Sync + 'static {
    /// The nearest value of this type.
    fn narrow(value: f64) -> Self;
}

impl Element for f32 {
    fn narrow(value: f64) -> Self {
        value as f32
    }
}

impl Element for f64 {
    fn narrow(value: f64) -> Self {
        value
    }
}

/// How many partial sums run side by side; the order of additions is fixed by it, so results do not
/// depend on the machine's vector width.
const LANES: usize = 8;

/// Inner product of `row` and `other`, of equal length, summed in double precision.
#[inline]
pub fn dot<E: Element>(row: &[E], other: &[f64]) -> f64 {
    assert_eq!(row.len(), other.len(), "rows of unequal length");
    let mut sums = [0.0; LANES];
    let (row_chunks, row_rest) = row.as_chunks::<LANES>();
    let (other_chunks, other_rest) = other.as_chunks::<LANES>();
    for (a, b) in row_chunks.iter().zip(other_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane].into() * b[lane];
        }
    }
    let rest: f64 = row_rest.iter().zip(other_rest).map(|(&a, b)| a.into() * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// Adds `factor * row` to `sum`, both of equal length.
#[inline]
pub fn add_scaled<E: Element>(sum: &mut [f64], factor: f64, row: &[E]) {
    assert_eq!(sum.len(), row.len(), "rows of unequal length");
    for (sum, &value) in sum.iter_mut().zip(row) {
        *sum += factor * value.into();
    }
}

/// `row` in double precision.
pub fn widened<E: Element>(row: &[E]) -> Vec<f64> {
    row.iter().map(|&value| value.into()).collect()
}
