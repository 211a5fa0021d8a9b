//! Inner products of many rows with a vector, to within a bound, from a byte per number.
//!
//! A search for the largest product reads all rows for one of them. Rows rounded to a byte per number are a quarter
//! of their size and may stay in the processor's cache; what rounding can do to a product is bounded by
//! Cauchy and Schwarz, so that only the rows whose bound reaches the best are multiplied in full, and the search
//! finds what it would have found without. Long rows come first: once they have set a bound that the norms of the
//! shorter ones cannot reach, the search is over. With a row `a`, its rounded `q`, a vector `b` and its rounded `p`,
//! `a.b - q.p = (a - q).b + q.(b - p)`.

use rayon::prelude::*;

use crate::kernel::dot::{Element, square, widened};
use crate::kernel::wide::{Work, widely};

/// Largest magnitude of a code of a row.
const CODES: f64 = 127.0;

/// Partial sums of a product of codes: as many as make compilers multiply and add pairs in whole vectors. Rows are filled
/// up with zeros to a multiple of it.
const LANES: usize = 32;

/// Covers what the bounds themselves are rounded by, which is far less.
const SLACK: f64 = 1.0 + 1e-6;

/// Rows rounded to a byte per number, dealt out to as many shares as there are threads.
#[derive(Debug)]
pub(super) struct Screen {
    shares: Vec<Share>,
    /// Numbers of a row, zeros that fill it up included.
    width: usize,
}

/// Rows, the long ones before the short ones.
#[derive(Debug)]
struct Share {
    /// Row after row.
    codes: Vec<i8>,
    rows: Vec<Rounded>,
    /// Bounds of the norms of each row and all after it.
    longest: Vec<f64>,
}

/// How a row is rounded: to `step` times its codes.
#[derive(Debug, Clone, Copy)]
struct Rounded {
    number: usize,
    step: f64,
    /// Bound of the norms of the row, and of the rounded row.
    norm: f64,
    /// Norm of what rounding takes away.
    error: f64,
}

/// Rows that may have the largest product, and what that product is not below.
#[derive(Debug)]
struct Leaders {
    floor: f64,
    /// Their numbers, and what their products are not above.
    rows: Vec<(usize, f64)>,
}

impl Screen {
    /// Of `count` rows of `width` numbers.
    pub(super) fn new<'a, E: Element>(
        count: usize,
        width: usize,
        row: impl Fn(usize) -> &'a [E] + Sync,
    ) -> Self {
        let width = width.next_multiple_of(LANES).max(LANES);
        let mut numbers: Vec<(f64, usize)> =
            (0..count).into_par_iter().map(|number| (square(row(number)), number)).collect();
        numbers.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Every share has long rows and short ones.
        let threads = rayon::current_num_threads();
        let share = |first: usize| {
            let own = numbers[first.min(count)..].iter().step_by(threads);
            let mut codes = vec![0; own.len() * width];
            let rounded = own
                .zip(codes.chunks_exact_mut(width))
                .map(|(&(_, number), codes)| widely(Rounding { number, row: row(number), codes }));
            let rows: Vec<Rounded> = rounded.collect();
            let mut longest: Vec<f64> = rows.iter().map(|row| row.norm).collect();
            for place in (1..longest.len()).rev() {
                longest[place - 1] = longest[place - 1].max(longest[place]);
            }
            Share { codes, rows, longest }
        };
        Self { shares: (0..threads).into_par_iter().map(share).collect(), width }
    }

    /// The rows that may have the largest product with `vector` among those whose product exceeds what `least` asks of
    /// them, which is nothing of those that are out of the question; in ascending order.
    pub(super) fn leaders(
        &self,
        vector: &[f64],
        least: impl Fn(usize) -> Option<f64> + Sync,
    ) -> Vec<usize> {
        // So that no sum of products of codes leaves its type.
        let limit = (i32::MAX / 127 / self.width as i32).min(i32::from(i16::MAX));
        let mut codes = vec![0; self.width];
        let vector = widely(Coding { vector, codes: &mut codes, limit: f64::from(limit) });
        let search = |share| widely(Searching { share, codes: &codes, vector, least: &least });
        let found: Vec<Leaders> = self.shares.par_iter().map(search).collect();
        let floor = found.iter().map(|leaders| leaders.floor).fold(f64::NEG_INFINITY, f64::max);
        let all = found.into_iter().flat_map(|leaders| leaders.rows);
        let mut leaders: Vec<usize> =
            all.filter(|&(_, high)| high >= floor).map(|(number, _)| number).collect();
        leaders.sort_unstable();
        leaders
    }
}

/// How a vector is rounded: to `step` times its codes.
#[derive(Debug, Clone, Copy)]
struct Vector {
    step: f64,
    /// Norm of the vector.
    norm: f64,
    /// Norm of what rounding takes away, and what a product in full may be rounded by, per unit of a row's norm.
    error: f64,
}

/// Rounds a `vector` to `codes` of at most `limit`.
struct Coding<'a> {
    vector: &'a [f64],
    codes: &'a mut [i16],
    limit: f64,
}

impl Work for Coding<'_> {
    type Output = Vector;

    #[inline(always)]
    fn run(self) -> Vector {
        let Self { vector, codes, limit } = self;
        let step = highest(vector) / limit;
        for (code, value) in codes.iter_mut().zip(vector) {
            *code = (value / step).round_ties_even() as i16;
        }
        let (error, norm) = (error(vector, codes, step), norm(vector));
        let rounding = f64::EPSILON * vector.len() as f64 * norm;
        Vector { step, norm, error: error + rounding }
    }
}

/// Rounds a `row` to `codes`.
struct Rounding<'a, E> {
    number: usize,
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
        Rounded { number: self.number, step, norm: norm(&row) + error, error }
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

/// Looks for the leaders of a `share` by the products with a `vector`, given by its `codes`.
struct Searching<'a, F> {
    share: &'a Share,
    codes: &'a [i16],
    vector: Vector,
    least: &'a F,
}

impl<F: Fn(usize) -> Option<f64>> Work for Searching<'_, F> {
    type Output = Leaders;

    #[inline(always)]
    fn run(self) -> Leaders {
        let Vector { step, norm, error } = self.vector;
        let mut found = Leaders { floor: f64::NEG_INFINITY, rows: Vec::new() };
        let Share { codes, rows, longest } = self.share;
        let codes = codes.chunks_exact(self.codes.len());
        for ((codes, row), longest) in codes.zip(rows).zip(longest) {
            // No product exceeds that of the norms. The least number of full precision covers what is lost below it.
            if SLACK * longest * norm + f64::MIN_POSITIVE < found.floor {
                break;
            }
            let product = row.step * step * f64::from(product(codes, self.codes));
            let margin = SLACK * (row.norm * error + row.error * norm) + f64::MIN_POSITIVE;
            let (low, high) = (product - margin, product + margin);
            if high < found.floor {
                continue;
            }
            let Some(least) = (self.least)(row.number) else { continue };
            if high <= least {
                continue;
            }
            found.rows.push((row.number, high));
            if low > found.floor && low > least {
                found.floor = low;
            }
        }
        found
    }
}

/// Inner product of codes whose number is a multiple of [`LANES`].
#[inline(always)]
fn product(row: &[i8], vector: &[i16]) -> i32 {
    let mut sums = [0; LANES];
    for (row, vector) in row.as_chunks::<LANES>().0.iter().zip(vector.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] += i32::from(row[lane]) * i32::from(vector[lane]);
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::dot::dot;

    /// Entries of very different sizes, zeros among them.
    fn entry() -> impl Strategy<Value = f64> {
        prop_oneof![3 => -1.0..1.0f64, 1 => Just(0.0), 1 => -1e-9..1e-9f64, 1 => -1e200..1e200f64]
    }

    /// The exact products of those of `count` rows that are open and exceed what is asked of them.
    fn products<'a>(
        count: usize,
        row: impl Fn(usize) -> &'a [f64],
        vector: &[f64],
        least: impl Fn(usize) -> Option<f64>,
    ) -> Vec<(usize, f64)> {
        let all = (0..count).map(|number| (number, dot(row(number), vector)));
        all.filter(|&(number, product)| least(number).is_some_and(|l| product > l)).collect()
    }

    proptest! {
        #[test]
        fn the_row_of_the_largest_product_is_among_the_leaders(
            (width, rows) in (0usize..140).prop_flat_map(|width| {
                (Just(width), prop::collection::vec(entry(), width * 9))
            }),
            vector in prop::collection::vec(-1.0..1.0f64, 140),
            scale in prop::sample::select(vec![0.0, 1e-310, 1.0, 1e90]),
            least in prop::collection::vec(prop_oneof![Just(None), Just(Some(0.0)), Just(Some(1e-3))], 9),
        ) {
            let vector: Vec<f64> = vector[..width].iter().map(|x| x * scale).collect();
            let row = |number: usize| &rows[number * width..(number + 1) * width];
            let leaders = Screen::new(9, width, row).leaders(&vector, |number| least[number]);
            prop_assert!(leaders.is_sorted());
            let products = products(9, row, &vector, |number| least[number]);
            let largest = products.iter().map(|(_, product)| *product).fold(f64::MIN, f64::max);
            for (number, _) in products.into_iter().filter(|(_, product)| *product == largest) {
                prop_assert!(leaders.contains(&number), "{number} not in {leaders:?}");
            }
        }

        #[test]
        fn leaders_are_close_enough_to_be_of_use(
            rows in prop::collection::vec(-1.0..1.0f64, 600), vector in prop::collection::vec(-1.0..1.0f64, 60),
        ) {
            let row = |number: usize| &rows[number * 60..(number + 1) * 60];
            let leaders = Screen::new(10, 60, row).leaders(&vector, |_| Some(f64::MIN));
            let products = products(10, row, &vector, |_| Some(f64::MIN));
            let (best, largest) = *products.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            for leader in leaders {
                let reach = 0.02 * (norm(row(leader)) + norm(row(best))) * norm(&vector);
                prop_assert!(largest - products[leader].1 < reach);
            }
        }
    }
}
