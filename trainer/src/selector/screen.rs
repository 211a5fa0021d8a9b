//! Inner products of many rows with a vector, to within a bound, from a byte per number.
//!
//! A search for the largest product reads all rows for one of them. Rows rounded to a byte per number are a quarter
//! of their size and may stay in the processor's cache; what rounding can do to a product is bounded by
//! Cauchy and Schwarz, so that only the rows whose bound reaches the best are multiplied in full, and the search
//! finds what it would have found without. With a row `a`, its rounded `q`, a vector `b` and its rounded `p`,
//! `a.b - q.p = (a - q).b + q.(b - p)`.

use rayon::prelude::*;

use super::dot::{Element, square, widened};
use super::wide::{Work, widely};

/// Largest magnitude of a code of a row.
const CODES: f64 = 127.0;

/// Rows are filled up with zeros to a multiple of this, which is what wide vectors take at once.
const FILL: usize = 64;

/// Covers what the bounds themselves are rounded by, which is far less.
const SLACK: f64 = 1.0 + 1e-6;

/// Rows rounded to a byte per number.
#[derive(Debug)]
pub(super) struct Screen {
    /// Row after row, each filled up to `width`.
    codes: Vec<i8>,
    width: usize,
    rows: Vec<Rounded>,
}

/// How a row is rounded: to `step` times its codes.
#[derive(Debug, Clone, Copy)]
struct Rounded {
    step: f64,
    /// Bound of the norms of the row, and of the rounded row.
    norm: f64,
    /// Norm of what rounding takes away.
    error: f64,
}

/// An inner product, to within a margin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Estimate {
    product: f64,
    margin: f64,
}

impl Estimate {
    /// What the product is not below.
    pub(super) fn low(self) -> f64 {
        self.product - self.margin
    }

    /// What the product is not above.
    pub(super) fn high(self) -> f64 {
        self.product + self.margin
    }
}

impl Screen {
    /// Of `count` rows of `width` numbers.
    pub(super) fn new<'a, E: Element>(
        count: usize,
        width: usize,
        row: impl Fn(usize) -> &'a [E] + Sync,
    ) -> Self {
        let filled = width.next_multiple_of(FILL).max(FILL);
        let mut codes = vec![0; count * filled];
        let round =
            |(number, codes): (usize, &mut [i8])| widely(Rounding { row: row(number), codes });
        let rows = codes.par_chunks_mut(filled).enumerate().map(round).collect();
        Self { codes, width: filled, rows }
    }

    /// The products of all rows with `vector`.
    pub(super) fn estimates(&self, vector: &[f64]) -> Vec<Estimate> {
        // So that no sum of products of codes leaves its type.
        let limit = (i32::MAX / 127 / self.width as i32).min(i32::from(i16::MAX));
        let step = highest(vector) / f64::from(limit);
        let mut codes = vec![0_i16; self.width];
        codes.iter_mut().zip(vector).for_each(|(c, value)| *c = (value / step).round() as i16);
        let (error, norm) = (error(vector, &codes, step), norm(vector));
        let rounding = f64::EPSILON * vector.len() as f64 * norm;
        let vector = Vector { codes, step, norm, error: error + rounding };
        // A share of the rows for each thread, which it finds in its cache the next time.
        let share = self.rows.len().div_ceil(rayon::current_num_threads()).max(1);
        let mut estimates = vec![Estimate { product: 0.0, margin: 0.0 }; self.rows.len()];
        estimates
            .par_chunks_mut(share)
            .zip(self.codes.par_chunks(share * self.width).zip(self.rows.par_chunks(share)))
            .for_each(|(estimates, (codes, rows))| {
                widely(Estimating { codes, rows, vector: &vector, estimates });
            });
        estimates
    }
}

/// A rounded vector: `step` times its codes.
struct Vector {
    codes: Vec<i16>,
    step: f64,
    /// Norm of the vector.
    norm: f64,
    /// Norm of what rounding takes away, and what a product in full may be rounded by, per unit of a row's norm.
    error: f64,
}

/// Rounds a `row` to `codes`.
struct Rounding<'a, E> {
    row: &'a [E],
    codes: &'a mut [i8],
}

impl<E: Element> Work for Rounding<'_, E> {
    type Output = Rounded;

    #[inline(always)]
    fn run(self) -> Rounded {
        let row = widened(self.row);
        let step = highest(&row) / CODES;
        for (code, value) in self.codes.iter_mut().zip(&row) {
            // Within the range of the codes; no number becomes 0.
            *code = (value / step).round_ties_even() as i8;
        }
        let error = error(&row, self.codes, step);
        Rounded { step, norm: norm(&row) + error, error }
    }
}

/// The largest magnitude.
#[inline(always)]
fn highest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |highest, value| highest.max(value.abs()))
}

/// The Euclidean norm, scaled so that no square leaves the range of a double.
#[inline(always)]
fn norm(values: &[f64]) -> f64 {
    let highest = highest(values);
    if highest == 0.0 {
        // 0, unless there is what is no number: then so is the norm, and every bound.
        return values.iter().sum();
    }
    let scaled: Vec<f64> = values.iter().map(|value| value / highest).collect();
    highest * square(&scaled).sqrt()
}

/// The norm of `values` less `step` times `codes`.
#[inline(always)]
fn error<C: Copy + Into<f64>>(values: &[f64], codes: &[C], step: f64) -> f64 {
    let gap = |(value, &code): (&f64, &C)| value - step * code.into();
    norm(&values.iter().zip(codes).map(gap).collect::<Vec<f64>>())
}

/// Inner products of some `rows`, given by their `codes`, with a `vector`.
struct Estimating<'a> {
    codes: &'a [i8],
    rows: &'a [Rounded],
    vector: &'a Vector,
    estimates: &'a mut [Estimate],
}

impl Work for Estimating<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Vector { codes: vector, step, norm, error } = self.vector;
        let rows = self.codes.chunks_exact(vector.len()).zip(self.rows);
        for ((codes, row), estimate) in rows.zip(self.estimates) {
            let pairs = codes.iter().zip(vector);
            let product: i32 = pairs.map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
            let margin = row.norm * error + row.error * norm;
            *estimate = Estimate {
                product: row.step * step * f64::from(product),
                // The least number of full precision covers what is lost below it.
                margin: SLACK * margin + f64::MIN_POSITIVE,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::dot::dot;
    use super::*;

    /// Entries of very different sizes, zeros among them.
    fn entry() -> impl Strategy<Value = f64> {
        prop_oneof![3 => -1.0..1.0f64, 1 => Just(0.0), 1 => -1e-9..1e-9f64, 1 => -1e200..1e200f64]
    }

    proptest! {
        #[test]
        fn every_product_lies_within_its_bounds(
            (width, rows) in (0usize..140).prop_flat_map(|width| {
                (Just(width), prop::collection::vec(entry(), width * 9))
            }),
            vector in prop::collection::vec(-1.0..1.0f64, 140),
            scale in prop::sample::select(vec![0.0, 1e-310, 1.0, 1e90]),
        ) {
            let vector: Vec<f64> = vector[..width].iter().map(|x| x * scale).collect();
            let row = |number: usize| &rows[number * width..(number + 1) * width];
            let estimates = Screen::new(9, width, row).estimates(&vector);
            for (number, estimate) in estimates.into_iter().enumerate() {
                let product = dot(row(number), &vector);
                prop_assert!(!(product < estimate.low() || product > estimate.high()));
            }
        }

        #[test]
        fn bounds_are_close_enough_to_be_of_use(
            rows in prop::collection::vec(-1.0..1.0f64, 600), vector in prop::collection::vec(-1.0..1.0f64, 60),
        ) {
            let row = |number: usize| &rows[number * 60..(number + 1) * 60];
            for (number, estimate) in Screen::new(10, 60, row).estimates(&vector).into_iter().enumerate() {
                let norms = norm(row(number)) * norm(&vector);
                prop_assert!(estimate.high() - estimate.low() < 0.02 * norms);
            }
        }
    }
}
