//! The same supremum by numerical maximisation, as the paper did it: an independent check on the
//! closed form. The only file that knows argmin.
//!
//! Lc / L = |Z v|² / |v|² in coordinates in which L is the square of the norm, so that the
//! valleys of the raw coefficients are gone. The quotient is driven to its maximum and to its
//! minimum by L-BFGS with the analytic gradient 2 (Z'Z v - (Lc/L) v) / |v|², from several starts.
//! All stationary points but the extremes are saddles.

use argmin::core::{CostFunction, Error as ArgminError, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};

use crate::Error;
use crate::draw::{Draw, Purpose};
use crate::epsilon::{Extremes, Quotient};

/// Random starts beside the deterministic one.
const RANDOM_STARTS: usize = 2;
/// Pairs of steps and gradients that L-BFGS remembers: as many as the problem has dimensions here.
const MEMORY: usize = 20;
const MAX_ITERATIONS: u64 = 1_000;
/// On the gradient of the quotient over |Z|²; the value is off by about its square.
const GRADIENT_TOLERANCE: f64 = 1e-9;

/// The extremes of `quotient`, found numerically; `draw` is that of the starts.
pub fn extremes(quotient: &Quotient, draw: Draw) -> Result<Extremes, Error> {
    let lambda_max =
        if quotient.unbounded { f64::INFINITY } else { extreme(quotient, Sense::Maximum, draw)? };
    let lambda_min = extreme(quotient, Sense::Minimum, draw)?;
    Ok(Extremes { lambda_max, lambda_min })
}

/// Which extreme is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Maximum,
    Minimum,
}

/// The quotient over |Z|², with the sign that makes the extreme a minimum.
struct Ratio<'a> {
    image: &'a DMatrix<f64>,
    scale: f64,
}

impl CostFunction for Ratio<'_> {
    type Param = DVector<f64>;
    type Output = f64;

    fn cost(&self, v: &DVector<f64>) -> Result<f64, ArgminError> {
        Ok(self.scale * (self.image * v).norm_squared() / v.norm_squared())
    }
}

impl Gradient for Ratio<'_> {
    type Param = DVector<f64>;
    type Gradient = DVector<f64>;

    fn gradient(&self, v: &DVector<f64>) -> Result<DVector<f64>, ArgminError> {
        let (zv, square) = (self.image * v, v.norm_squared());
        let value = zv.norm_squared() / square;
        Ok((self.image.tr_mul(&zv) - v * value) * (2.0 * self.scale / square))
    }
}

fn extreme(quotient: &Quotient, sense: Sense, draw: Draw) -> Result<f64, Error> {
    let image = &quotient.image;
    let square = image.norm_squared();
    if square == 0.0 {
        return Ok(0.0);
    }
    let scale = if sense == Sense::Maximum { -1.0 / square } else { 1.0 / square };
    starts(image, sense, draw)
        .into_iter()
        .filter_map(|start| descend(Ratio { image, scale }, start))
        .min_by(f64::total_cmp)
        .map(|cost| (cost / scale).max(0.0))
        .ok_or(Error::NoConvergence {
            method: "the numerical maximisation",
            degree: quotient.degree,
            cure: "use --solver exact",
        })
}

/// The direction of the longest row (or of the shortest column) of Z, then random ones.
fn starts(image: &DMatrix<f64>, sense: Sense, draw: Draw) -> Vec<DVector<f64>> {
    let dimensions = image.ncols();
    let guess = match sense {
        Sense::Maximum => image.row(longest(image.row_iter().map(|row| row.norm()))).transpose(),
        Sense::Minimum => {
            let i = longest(image.column_iter().map(|column| -column.norm()));
            DVector::from_fn(dimensions, |row, _| if row == i { 1.0 } else { 0.0 })
        }
    };
    let mut rng = draw.random(Purpose::Starts);
    let random = |_| DVector::from_fn(dimensions, |_, _| StandardNormal.sample(&mut rng));
    std::iter::once(guess)
        .chain((0..RANDOM_STARTS).map(random))
        .map(|start: DVector<f64>| start.normalize())
        .collect()
}

fn longest(lengths: impl Iterator<Item = f64>) -> usize {
    lengths.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(i, _)| i)
}

/// The lowest cost on the way down from `start`; none where the line search breaks down.
fn descend(problem: Ratio<'_>, start: DVector<f64>) -> Option<f64> {
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_grad(GRADIENT_TOLERANCE)
        .ok()?
        .with_tolerance_cost(f64::EPSILON)
        .ok()?;
    let result = Executor::new(problem, solver)
        .configure(|state| state.param(start).max_iters(MAX_ITERATIONS))
        .timer(false)
        .run()
        .ok()?;
    Some(result.state().get_best_cost()).filter(|cost| cost.is_finite())
}
