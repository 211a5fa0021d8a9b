//! Orders in which points are taken: at random, and by the ideas of the trainer's selectors carried over
//! to least squares. The first n of an order are its coreset of n points.
//!
//! A point's gradient is (p(x) - y) (P0(x), ..., Pk(x)), without the factor 2 that all share. At the
//! least-squares fit the gradients add up to 0 and leave nothing to match, so gradmatch and craig
//! take them where training starts, at p = 0.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand::seq::SliceRandom;
use swast_tables::stats::median_of_all;

use super::search::TIE;
use super::{Frame, Method};
use crate::Error;
use crate::draw::{Draw, Purpose};
use crate::epsilon::weighted;
use crate::fit::minimum_norm;
use crate::points::Points;

/// The points in the order in which `method` takes them; for the searches, which have an order for each size, it is
/// the one that they start from. `draw` is that of what is random.
pub fn order(
    method: Method,
    points: &Points,
    frame: &Frame,
    draw: Draw,
) -> Result<Vec<usize>, Error> {
    let mut rng = draw.random(Purpose::Choice);
    let degree = frame.degree();
    let mut random: Vec<usize> = (0..points.len()).collect();
    random.shuffle(&mut rng);
    let w = weighted(points, frame.scale(), degree) * (points.len() as f64).sqrt();
    let basis = w.columns(1, degree + 1).into_owned();
    Ok(match method {
        Method::Greedy | Method::Exchange | Method::Exhaustive | Method::Bound => {
            super::greedy(frame)
        }
        Method::Random => random,
        Method::Leverage => {
            // Efraimidis and Spirakis: the largest u^(1/w) are a sample without replacement.
            let keys = (0..points.len()).map(|i| rng.random::<f64>().ln() / frame.leverage(i));
            largest(&keys.collect::<Vec<f64>>())
        }
        Method::Moderate => {
            let residuals = residuals(&basis, points, degree)?;
            let middle = median_of_all(&residuals).unwrap_or(f64::NAN);
            largest(&residuals.iter().map(|r| -(r - middle).abs()).collect::<Vec<_>>())
        }
        Method::El2n => largest(&residuals(&basis, points, degree)?),
        Method::Gradmatch => pursuit(&gradients(&basis, points), &random, degree)?,
        Method::Craig => facilities(&gradients(&basis, points)),
    })
}

/// Indices by falling value; equals, also those that rounding alone parts, by index.
fn largest(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let step = TIE * values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let rank = |i: usize| if step.is_normal() { (values[i] / step).round() } else { values[i] };
    order.sort_by(|i, j| rank(*j).total_cmp(&rank(*i)));
    order
}

/// |p(x) - y| at the least-squares fit.
fn residuals(basis: &DMatrix<f64>, points: &Points, degree: usize) -> Result<Vec<f64>, Error> {
    let fit = minimum_norm(basis, &points.y, degree)?;
    let values = basis * DVector::from_vec(fit.coefficients);
    Ok(values.iter().zip(&points.y).map(|(p, y)| (p - y).abs()).collect())
}

/// One column per point: its gradient at p = 0.
fn gradients(basis: &DMatrix<f64>, points: &Points) -> DMatrix<f64> {
    let mut gradients = basis.transpose();
    for (mut gradient, y) in gradients.column_iter_mut().zip(&points.y) {
        gradient *= -y;
    }
    gradients
}

/// Orthogonal matching pursuit of the sum of all gradients: the next point is the one whose gradient
/// goes furthest along what is not matched yet. Weights below 0 count as 0. Once the sum is
/// matched, after at most as many points as there are coefficients, the pursuit has nothing more to
/// say, and `rest` decides.
fn pursuit(gradients: &DMatrix<f64>, rest: &[usize], degree: usize) -> Result<Vec<usize>, Error> {
    let target = gradients.column_sum();
    let mut unmatched = target.clone();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < gradients.ncols() && unmatched.norm() > 1e-10 * target.norm() {
        let along = gradients.tr_mul(&unmatched);
        let free = (0..gradients.ncols()).filter(|i| !order.contains(i));
        let Some(next) = free.max_by(|i, j| along[*i].total_cmp(&along[*j]).then(j.cmp(i))) else {
            break;
        };
        if along[next] <= 0.0 {
            break;
        }
        order.push(next);
        let held = gradients.select_columns(&order);
        let weights = minimum_norm(&held, target.as_slice(), degree)?.coefficients;
        let weights = DVector::from_iterator(order.len(), weights.iter().map(|w| w.max(0.0)));
        unmatched = &target - held * weights;
    }
    let others: Vec<usize> = rest.iter().copied().filter(|i| !order.contains(i)).collect();
    order.extend(others);
    Ok(order)
}

/// Facility location: the next point is the one that most shortens the way from every gradient to the
/// nearest one taken; at first everything is as far as the farthest pair.
fn facilities(gradients: &DMatrix<f64>) -> Vec<usize> {
    let n = gradients.ncols();
    let distance =
        DMatrix::from_fn(n, n, |i, j| (gradients.column(i) - gradients.column(j)).norm());
    let mut nearest = DVector::from_element(n, distance.max());
    let mut order: Vec<usize> = Vec::with_capacity(n);
    while order.len() < n {
        let gain = |i: usize| -> f64 {
            nearest.iter().zip(distance.column(i).iter()).map(|(a, d)| (a - d).max(0.0)).sum()
        };
        let mut best: Option<(usize, f64)> = None;
        // Two neighbours that are left gain the same: the first is taken, whatever the rounding.
        for i in (0..n).filter(|i| !order.contains(i)) {
            let gain = gain(i);
            if best.is_none_or(|(_, most)| gain > most + TIE * most) {
                best = Some((i, gain));
            }
        }
        let Some((next, _)) = best else { break };
        order.push(next);
        nearest = nearest.zip_map(&distance.column(next), f64::min);
    }
    order
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    fn points() -> Points {
        [(-1.0, 0.0), (-0.5, 0.4), (0.0, 2.0), (0.5, 0.6), (1.0, 1.0)].into_iter().collect()
    }

    #[test]
    fn every_method_takes_every_point_once() {
        let frame = Frame::new(&points(), 1).unwrap();
        for method in Method::value_variants() {
            let mut order = order(*method, &points(), &frame, Draw { seed: 1, trial: 2 }).unwrap();
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2, 3, 4], "{method:?}");
        }
    }

    /// The line through the points is 0.8 + 0.44 x; the residuals are 0.36, 0.18, 1.2, 0.42, 0.24.
    #[test]
    fn residuals_rank_points() {
        let frame = Frame::new(&points(), 1).unwrap();
        let of = |method| order(method, &points(), &frame, Draw::first(0)).unwrap();
        assert_eq!(of(Method::El2n), [2, 3, 0, 4, 1]);
        assert_eq!(of(Method::Moderate), [0, 3, 4, 1, 2]);
    }

    /// Two coefficients are matched by two gradients at most; the third point on is the rest's.
    #[test]
    fn the_pursuit_matches_the_sum() {
        let gradients = nalgebra::dmatrix![3.0, 1.0, 0.0, -0.5; 0.0, 1.0, 2.0, 0.0];
        assert_eq!(pursuit(&gradients, &[3, 2, 1, 0], 1).unwrap(), [0, 2, 3, 1]);
    }

    /// Gradients 0, 1, 10: the middle one first (it saves 10 - 1, 10, 10 - 9), then the far one.
    #[test]
    fn facilities_by_hand() {
        assert_eq!(facilities(&nalgebra::dmatrix![0.0, 1.0, 10.0]), [1, 2, 0]);
    }
}
