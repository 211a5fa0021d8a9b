//! Euclidean distances between gradients, from matrix products, without the gradients themselves.
//!
//! `|a - b|^2 = |a|^2 + |b|^2 - 2 <a, b>` turns a block of distances into a matrix product. What it cancels
//! away between close points is computed again from their differences, so that equal points have distance
//! exactly 0.
//!
//! Distances are rounded to multiples of a grain, coarse enough that sums of them are exact in double precision.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

use crate::SelectError;
use crate::gradients::Gradients;
use crate::kernel::dot::{Element, dot, row, square, squared_distance, widened};
use crate::kernel::wide::{Work, widely};

/// Memory that a table of all distances may take, in bytes: that of a class of 6,100 samples in single
/// precision. Larger pools compute distances when they are asked for.
const TABLE_BYTES: usize = 150_000_000;

/// Samples up to which distances are kept in double precision whatever the gradients are stored in.
pub const DOUBLE_SAMPLES: usize = 2048;

/// Numbers of a point up to which its distances are computed faster than a table of them is read.
const COMPUTED_WIDTH: usize = 32;

/// Rows of distances that are computed in one matrix product.
const BLOCK: usize = 64;

/// Rows of a table that are computed in one matrix product: the more, the less often the other points are packed for
/// it, and the more distances beside the diagonal are computed twice.
const TABLED: usize = 256;

/// Rows of a table that are mirrored together.
const MIRRORED: usize = 128;

/// Columns that are mirrored together: a cache line of each row is filled at once.
const LINE: usize = 16;

/// Columns that are looked through together for close points.
const CHUNK: usize = 128;

/// Rows of a table that are worth a task.
const TASK_ROWS: usize = 8;

/// Whether distances are squared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Euclidean.
    Plain,
    /// Its square.
    Squared,
}

impl Metric {
    /// What no distance exceeds between points whose squared norms are at most `highest`.
    pub fn reach(self, highest: f64) -> f64 {
        // The distance of two points is at most twice the larger norm.
        match self {
            Self::Plain => 2.0 * highest.sqrt(),
            Self::Squared => 4.0 * highest,
        }
    }
}

/// Points, one a row, stored in type S.
#[derive(Debug)]
enum Points<S> {
    /// As they are, but moved so that their mean is 0.
    Rows(Array2<S>),
    /// As the products `r (x) [1; h]` of their rows.
    Products(Array2<S>, Array2<S>),
}

/// What distances are multiples of: a power of 2, such that neither a sum of as many of them as there are points nor
/// any difference of such sums needs more digits than a double has.
#[derive(Debug, Clone, Copy)]
pub struct Grain<S> {
    /// Numbers from here on are multiples as they are. The sum of it and a lower number has no digits below the grain.
    pub limit: S,
}

impl<S: Element> Grain<S> {
    /// For the distances of `count` points, none above `reach`.
    pub fn new(reach: f64, count: usize) -> Self {
        // One digit is for what rounding may add to the reach.
        let digits = f64::from(f64::MANTISSA_DIGITS - count.next_power_of_two().ilog2() - 1);
        Self { limit: S::narrow((reach.log2().ceil() - digits).exp2() / S::EPSILON) }
    }

    /// The nearest multiple.
    #[inline(always)]
    fn rounded(self, distance: S) -> S {
        let low = if distance < self.limit { distance } else { self.limit };
        distance + (((low + self.limit) - self.limit) - low)
    }
}

/// All distances between some points.
#[derive(Debug)]
pub struct Distances<S> {
    points: Points<S>,
    /// Squared norms of the points.
    norms: Vec<S>,
    metric: Metric,
    grain: Grain<S>,
    /// Row after row, where they fit.
    table: Option<Vec<S>>,
}

impl<S: Element> Distances<S> {
    /// The distances between the `samples` of `gradients`.
    ///
    /// # Errors
    /// When their squares exceed the range of S.
    pub fn new<E: Element>(
        gradients: &Gradients<E>,
        samples: &[u32],
        metric: Metric,
    ) -> Result<Self, SelectError> {
        let points: Points<S> = match gradients {
            Gradients::Rows(rows) => Points::Rows(centred(gathered(&rows.view(), samples))),
            Gradients::Bias(errors) => Points::Rows(centred(gathered(&errors.view(), samples))),
            Gradients::Full(errors, features) => {
                let features = gathered(&features.view(), samples);
                Points::Products(gathered(&errors.view(), samples), features)
            }
        };
        let norms = points.norms();
        let highest = norms.iter().fold(0.0, |highest: f64, &norm| highest.max(norm.into()));
        let grain = Grain::<S>::new(metric.reach(highest), samples.len());
        let finite = |value: S| Into::<f64>::into(value).is_finite();
        if !(norms.iter().all(|&norm| finite(S::narrow(4.0) * norm)) && finite(grain.limit)) {
            return Err(SelectError::Overflow { what: "gradients" });
        }
        let mut distances = Self { points, norms, metric, grain, table: None };
        if distances.points.width() > COMPUTED_WIDTH
            && samples.len().pow(2) * size_of::<S>() <= TABLE_BYTES
        {
            distances.table = Some(distances.tabled());
        }
        Ok(distances)
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.norms.len()
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.norms.is_empty()
    }

    /// What `visit` makes of the distances of each of `points` to all points, in the order of `points`.
    pub fn map<R: Send>(&self, points: &[usize], visit: impl Fn(&[S]) -> R + Sync) -> Vec<R> {
        match &self.table {
            Some(table) => {
                let line = |&point: &usize| visit(&table[point * self.len()..][..self.len()]);
                if points.len() < 2 * TASK_ROWS {
                    return points.iter().map(line).collect();
                }
                points.par_iter().with_min_len(TASK_ROWS).map(line).collect()
            }
            None => {
                let block = |points: &[usize]| {
                    let block = self.computed(points);
                    (0..points.len()).map(|place| visit(row(&block.view(), place))).collect()
                };
                let share = points.len().div_ceil(rayon::current_num_threads());
                points
                    .par_chunks(share.clamp(1, BLOCK))
                    .map(block)
                    .collect::<Vec<Vec<R>>>()
                    .into_iter()
                    .flatten()
                    .collect()
            }
        }
    }

    /// All distances, row after row; each is computed once, for the point of the lower number.
    fn tabled(&self) -> Vec<S> {
        let count = self.len();
        let mut table = vec![S::zero(); count * count];
        let tasks = table.par_chunks_mut(TABLED * count.max(1)).with_max_len(1).enumerate();
        tasks.for_each(|(task, rows)| {
            let start = task * TABLED;
            let points: Vec<usize> = (start..).take(rows.len() / count).collect();
            let rows = ArrayViewMut2::from_shape((points.len(), count), rows);
            let mut rows = rows.expect("a task has whole rows");
            self.compute(&points, start, rows.slice_mut(s![.., start..]));
        });
        for start in (0..count).step_by(TABLED).skip(1) {
            let (above, rest) = table.split_at_mut(start * count);
            let end = rest.len().min(TABLED * count);
            let tasks = rest[..end].par_chunks_mut(MIRRORED * count).enumerate();
            tasks.for_each(|(task, rows)| mirror(above, rows, start + task * MIRRORED, count));
        }
        table
    }

    /// The distances of each of `points` to all points.
    fn computed(&self, points: &[usize]) -> Array2<S> {
        let mut block = Array2::zeros((points.len(), self.len()));
        self.compute(points, 0, block.view_mut());
        block
    }

    /// The distances of each of `points` to all points from number `first` on, into `block`.
    fn compute(&self, points: &[usize], first: usize, mut block: ArrayViewMut2<S>) {
        self.points.products(points, first, block.view_mut());
        for (mut distances, &point) in block.rows_mut().into_iter().zip(points) {
            let products = distances.as_slice_mut().expect("a block is stored row after row");
            widely(Finish { distances: self, point, first, products });
        }
    }
}

/// Completes `rows` of a symmetric table, the one of number `first` and its successors, up to where the diagonal is,
/// from the rows `above` them.
fn mirror<S: Element>(above: &[S], rows: &mut [S], first: usize, count: usize) {
    for (task, above) in above.chunks(LINE * count).enumerate() {
        for (place, row) in rows.chunks_exact_mut(count).enumerate() {
            let line = row[task * LINE..].iter_mut();
            line.zip(above.chunks_exact(count))
                .for_each(|(value, above)| *value = above[first + place]);
        }
    }
}

/// Turns products of `point` with all points from number `first` on into distances.
struct Finish<'a, S> {
    distances: &'a Distances<S>,
    point: usize,
    first: usize,
    products: &'a mut [S],
}

impl<S: Element> Work for Finish<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Distances { points, norms, metric, grain, .. } = self.distances;
        let (own, two) = (norms[self.point], S::narrow(2.0));
        let close = S::narrow(S::EPSILON.cbrt());
        let chunks = self.products.chunks_mut(CHUNK).zip(norms[self.first..].chunks(CHUNK));
        for (task, (products, norms)) in chunks.enumerate() {
            let mut any = false;
            for (product, &norm) in products.iter_mut().zip(norms) {
                let sum = own + norm;
                *product = sum - two * *product;
                any |= *product <= close * sum;
            }
            if any {
                for (place, (squared, &norm)) in products.iter_mut().zip(norms).enumerate() {
                    if *squared <= close * (own + norm) {
                        let other = self.first + task * CHUNK + place;
                        *squared = S::narrow(points.squared_distance(self.point, other));
                    }
                }
            }
            if *metric == Metric::Plain {
                products.iter_mut().for_each(|squared| *squared = squared.root());
            }
            products.iter_mut().for_each(|distance| *distance = grain.rounded(*distance));
        }
    }
}

impl<S: Element> Points<S> {
    /// Numbers that a point is made of.
    fn width(&self) -> usize {
        match self {
            Self::Rows(points) => points.ncols(),
            Self::Products(errors, features) => errors.ncols() + features.ncols(),
        }
    }

    fn norms(&self) -> Vec<S> {
        let rows = |matrix: &Array2<S>| -> Vec<f64> {
            (0..matrix.nrows()).map(|number| square(row(&matrix.view(), number))).collect()
        };
        match self {
            Self::Rows(points) => rows(points).into_iter().map(S::narrow).collect(),
            Self::Products(errors, features) => {
                let pairs = rows(errors).into_iter().zip(rows(features));
                pairs.map(|(error, feature)| S::narrow(error * (1.0 + feature))).collect()
            }
        }
    }

    /// Inner products of each of `points` with all points from number `first` on.
    fn products(&self, points: &[usize], first: usize, mut products: ArrayViewMut2<S>) {
        match self {
            Self::Rows(all) => self::products(all, points, first, products),
            Self::Products(errors, features) => {
                self::products(errors, points, first, products.view_mut());
                let mut by_weights = Array2::zeros(products.dim());
                self::products(features, points, first, by_weights.view_mut());
                products.zip_mut_with(&by_weights, |error, &feature| {
                    *error = *error * (S::one() + feature);
                });
            }
        }
    }

    /// From differences: with `a = r (x) x` and x = [1; h],
    /// `a - b = r_a (x) (x_a - x_b) + (r_a - r_b) (x) x_b`.
    fn squared_distance(&self, a: usize, b: usize) -> f64 {
        match self {
            Self::Rows(all) => squared_distance(row(&all.view(), a), row(&all.view(), b)),
            Self::Products(errors, features) => {
                let pair = |matrix: &Array2<S>| {
                    let (a, b) = (widened(row(&matrix.view(), a)), widened(row(&matrix.view(), b)));
                    let gap: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
                    (a, b, gap)
                };
                let ((r, _, r_gap), (_, x, x_gap)) = (pair(errors), pair(features));
                let square = square(&r) * square(&x_gap)
                    + square(&r_gap) * (1.0 + square(&x))
                    + 2.0 * dot(&r, &r_gap) * dot(&x_gap, &x);
                square.max(0.0)
            }
        }
    }
}

/// Inner products of the rows `chosen` of `rows` with all from number `first` on, row after row.
fn products<S: Element>(
    rows: &Array2<S>,
    chosen: &[usize],
    first: usize,
    mut products: ArrayViewMut2<S>,
) {
    let chosen = rows.select(Axis(0), chosen);
    let others = rows.slice(s![first.., ..]);
    general_mat_mul(S::one(), &chosen, &others.t(), S::zero(), &mut products);
}

/// The rows `samples` of `matrix`.
fn gathered<E: Element, S: Element>(matrix: &ArrayView2<E>, samples: &[u32]) -> Array2<S> {
    let mut values = Vec::with_capacity(samples.len() * matrix.ncols());
    for &sample in samples {
        values.extend(row(matrix, sample as usize).iter().map(|&value| S::narrow(value.into())));
    }
    Array2::from_shape_vec((samples.len(), matrix.ncols()), values).expect("a row per sample")
}

/// `rows` less their mean, which shortens what cancels.
fn centred<S: Element>(mut rows: Array2<S>) -> Array2<S> {
    let mut mean = vec![0.0; rows.ncols()];
    for row in rows.rows() {
        mean.iter_mut().zip(row).for_each(|(mean, &value)| *mean += value.into());
    }
    let count = rows.nrows().max(1) as f64;
    let mean: Vec<S> = mean.into_iter().map(|sum| S::narrow(sum / count)).collect();
    for mut row in rows.rows_mut() {
        row.iter_mut().zip(&mean).for_each(|(value, &mean)| *value = *value - mean);
    }
    rows
}
