//! Inner products and sums of stored rows, in double precision, whatever the rows are stored in.
//!
//! The order of all additions is fixed: results depend neither on the number of threads nor on the
//! machine's vector width, and equal rows give equal products.

use std::array;

use ndarray::{ArrayView2, Axis, LinalgScalar};
use rayon::prelude::*;

use crate::kernel::wide::{Work, widely};

/// A type that rows can be stored in.
pub trait Element: LinalgScalar + PartialOrd + Into<f64> + Send + Sync {
    /// Relative rounding error.
    const EPSILON: f64;

    /// The nearest value of this type.
    fn narrow(value: f64) -> Self;

    /// The square root.
    fn root(self) -> Self;
}

impl Element for f32 {
    const EPSILON: f64 = Self::EPSILON as f64;

    #[inline(always)]
    fn narrow(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }
}

impl Element for f64 {
    const EPSILON: f64 = Self::EPSILON;

    #[inline(always)]
    fn narrow(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }
}

/// Partial sums of an inner product, enough to hide the latency of an addition.
const LANES: usize = 8;

/// Rows that are multiplied or added in one pass.
const ABREAST: usize = 4;

/// Rows handed to one task at a time: enough work to be worth a task.
pub const TASK_ROWS: usize = 256;

/// Numbers whose products are worth a task.
const TASK_NUMBERS: usize = 1 << 15;

/// Sum of `term` over the pairs of `row` and `other`, of equal length, in a fixed order.
#[inline(always)]
fn summed<E: Element>(row: &[E], other: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    assert_eq!(row.len(), other.len(), "rows of unequal length");
    let mut sums = [0.0; LANES];
    let (row_chunks, row_rest) = row.as_chunks::<LANES>();
    let (other_chunks, other_rest) = other.as_chunks::<LANES>();
    for (a, b) in row_chunks.iter().zip(other_chunks) {
        for lane in 0..LANES {
            sums[lane] += term(a[lane].into(), b[lane]);
        }
    }
    let rest: f64 = row_rest.iter().zip(other_rest).map(|(&a, &b)| term(a.into(), b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// Inner product of `row` and `other`, of equal length.
#[inline(always)]
pub fn dot<E: Element>(row: &[E], other: &[f64]) -> f64 {
    summed(row, other, |a, b| a * b)
}

/// Inner products of some rows with `other`, each the same to the last bit as [`dot`]: several sums are under way, and
/// `other` is read once.
#[inline(always)]
fn dots<E: Element>(rows: [&[E]; ABREAST], other: &[f64]) -> [f64; ABREAST] {
    assert!(rows.iter().all(|row| row.len() == other.len()), "rows of unequal length");
    let mut sums = [[0.0; LANES]; ABREAST];
    let [a, b, c, d] = rows.map(|row| row.as_chunks::<LANES>().0);
    let (other_chunks, other_rest) = other.as_chunks::<LANES>();
    for ((((a, b), c), d), other) in a.iter().zip(b).zip(c).zip(d).zip(other_chunks) {
        add_products(&mut sums[0], a, other);
        add_products(&mut sums[1], b, other);
        add_products(&mut sums[2], c, other);
        add_products(&mut sums[3], d, other);
    }
    let rests = rows.map(|row| row.as_chunks::<LANES>().1);
    array::from_fn(|place| {
        let pairs = rests[place].iter().zip(other_rest);
        sums[place].iter().sum::<f64>() + pairs.map(|(&a, b)| a.into() * b).sum::<f64>()
    })
}

/// Adds the products of two chunks to `sums`.
#[inline(always)]
fn add_products<E: Element>(sums: &mut [f64; LANES], row: &[E; LANES], other: &[f64; LANES]) {
    for lane in 0..LANES {
        sums[lane] += row[lane].into() * other[lane];
    }
}

/// Inner products of the rows from number `start` on with `other`, into `products`.
struct Products<'p, F> {
    products: &'p mut [f64],
    start: usize,
    row: F,
    other: &'p [f64],
}

impl<'a, E: Element, F: Fn(usize) -> &'a [E]> Work for Products<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (quads, rest) = self.products.as_chunks_mut::<ABREAST>();
        let tail = self.start + ABREAST * quads.len();
        for (quad, products) in quads.iter_mut().enumerate() {
            let first = self.start + ABREAST * quad;
            *products = dots(array::from_fn(|place| (self.row)(first + place)), self.other);
        }
        for (number, product) in (tail..).zip(rest) {
            *product = dot((self.row)(number), self.other);
        }
    }
}

/// Inner products of `count` rows, given by their number, with `other`.
pub fn products<'a, E: Element>(
    count: usize,
    row: impl Fn(usize) -> &'a [E] + Sync,
    other: &[f64],
) -> Vec<f64> {
    let mut products = vec![0.0; count];
    let rows = TASK_NUMBERS.div_ceil(other.len().max(1)).next_multiple_of(ABREAST);
    let task = |(task, products): (usize, &mut [f64])| {
        widely(Products { products, start: task * rows, row: &row, other });
    };
    if count <= rows {
        task((0, &mut products));
    } else {
        products.par_chunks_mut(rows).enumerate().for_each(task);
    }
    products
}

/// Adds `factor * row` to `sum`, both of equal length.
#[inline(always)]
pub fn add_scaled<E: Element>(sum: &mut [f64], factor: f64, row: &[E]) {
    assert_eq!(sum.len(), row.len(), "rows of unequal length");
    for (sum, &value) in sum.iter_mut().zip(row) {
        *sum += factor * value.into();
    }
}

/// Subtracts `weights[i] * row(i)` from `sum` for every i; of longer
/// rows only the first entries count.
pub fn subtract_weighted<'a, E: Element>(
    sum: &mut [f64],
    weights: &[f64],
    row: impl Fn(usize) -> &'a [E],
) {
    widely(SubtractWeighted { sum, weights, row });
}

struct SubtractWeighted<'p, F> {
    sum: &'p mut [f64],
    weights: &'p [f64],
    row: F,
}

impl<'a, E: Element, F: Fn(usize) -> &'a [E]> Work for SubtractWeighted<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { sum, weights, row } = self;
        let (quads, rest) = weights.as_chunks::<ABREAST>();
        for (quad, weights) in quads.iter().enumerate() {
            let [a, b, c, d] = array::from_fn(|place| &row(quad * ABREAST + place)[..sum.len()]);
            for (entry, sum) in sum.iter_mut().enumerate() {
                *sum -= (weights[0] * a[entry].into() + weights[1] * b[entry].into())
                    + (weights[2] * c[entry].into() + weights[3] * d[entry].into());
            }
        }
        for (place, weight) in (quads.len() * ABREAST..).zip(rest) {
            add_scaled(sum, -weight, &row(place)[..sum.len()]);
        }
    }
}

/// Inner product of `row` with itself.
#[inline(always)]
pub fn square<E: Element>(row: &[E]) -> f64 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane].into() * chunk[lane].into();
        }
    }
    let rest: f64 = rest.iter().map(|&value| value.into() * value.into()).sum();
    sums.iter().sum::<f64>() + rest
}

/// Euclidean distance of `row` and `other`, of equal length.
#[inline(always)]
pub fn distance<E: Element>(row: &[E], other: &[f64]) -> f64 {
    summed(row, other, |a, b| (a - b) * (a - b)).sqrt()
}

/// Squared Euclidean distance of `row` and `other`, of equal length.
pub fn squared_distance<E: Element>(row: &[E], other: &[E]) -> f64 {
    let gap = |(&a, &b): (&E, &E)| (a.into() - b.into()) * (a.into() - b.into());
    row.iter().zip(other).map(gap).sum()
}

/// `row` in double precision.
pub fn widened<E: Element>(row: &[E]) -> Vec<f64> {
    row.iter().map(|&value| value.into()).collect()
}

/// Row `number` of a matrix stored row after row.
pub fn row<'a, E>(matrix: &ArrayView2<'a, E>, number: usize) -> &'a [E] {
    matrix.index_axis_move(Axis(0), number).to_slice().expect("rows are stored one after another")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_and_products_of_whole_numbers_are_exact(
            (width, entries) in (0usize..40).prop_flat_map(|width| {
                (Just(width), prop::collection::vec(-9i8..=9, width * 11))
            }),
            other in prop::collection::vec(-9i8..=9, 40),
        ) {
            let entries: Vec<f32> = entries.into_iter().map(f32::from).collect();
            let row = |place: usize| &entries[place * width..(place + 1) * width];
            let other: Vec<f64> = other[..width].iter().map(|&x| f64::from(x)).collect();
            let plain = |place: usize| -> f64 {
                row(place).iter().zip(&other).map(|(&a, b)| f64::from(a) * b).sum()
            };
            let expected: Vec<f64> = (0..11).map(plain).collect();
            prop_assert_eq!(&products(11, row, &other), &expected);
            prop_assert_eq!(dot(row(3), &other), expected[3]);
            prop_assert_eq!(distance(row(3), &widened(row(4))).powi(2).round(),
                            squared_distance(row(3), row(4)));
            prop_assert_eq!(square(row(3)), dot(row(3), &widened(row(3))));
            let weights: Vec<f64> = (1..12).map(f64::from).collect();
            let mut sum = other.clone();
            subtract_weighted(&mut sum, &weights, row);
            for (entry, sum) in sum.iter().enumerate() {
                let taken: f64 = (0..11).map(|i| weights[i] * f64::from(row(i)[entry])).sum();
                prop_assert_eq!(*sum, other[entry] - taken);
            }
        }
    }
}
