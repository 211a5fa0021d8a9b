//! Features that are stored elsewhere than in the memory of this machine, such as on a device.

use std::fmt::Debug;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::SelectError;
use crate::facility::Facilities;
use crate::facility::distances::Metric;
use crate::pursuit::atoms::Atoms;

/// What the middle of a group of points is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Centre {
    /// Coordinate by coordinate, the middle value, or the mean of the middle two.
    Median,
    /// The mean.
    Mean,
}

/// Points stored elsewhere, and the whole choices that are made there: each would take a transfer for every point chosen if
/// it were made here. They are those of this crate's own code on the same numbers, but for rounding. All calculate in double
/// precision; equal points are equally far from any other.
pub trait Remote: Debug {
    /// Number of points.
    fn len(&self) -> usize;

    /// Whether there are no points.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first point with a coordinate that is not finite.
    fn first_not_finite(&self) -> Option<usize>;

    /// Euclidean distance of each of the points `rows` to their centre.
    fn distances(&self, rows: &[u32], centre: Centre) -> Vec<f64>;

    /// `budget` of the points `rows`, as places in that list: first the one nearest to their mean, then always the one
    /// farthest from all that are chosen; the lower place among equals.
    fn farthest_first(&self, rows: &[u32], budget: usize) -> Vec<usize>;

    /// `budget` of the points `rows`, as places in that list, whose sum stays as near as can be to as many times their mean,
    /// one after the other; the lower place among equals.
    fn around_mean(&self, rows: &[u32], budget: usize) -> Vec<usize>;

    /// The last-layer gradients `r (x) [1; h]` of the points `rows`, which are their features h, by their `errors` r
    /// (n x C), for a pursuit of up to `budget` of them.
    fn gradients(&self, rows: &[u32], errors: &Array2<f64>, budget: usize) -> Box<dyn Atoms + '_>;

    /// `budget` of those gradients that stand for all, by facility location ([`crate::facility`]).
    ///
    /// # Errors
    /// When their distances exceed the range of `f64`.
    fn facilities(
        &self,
        rows: &[u32],
        errors: &Array2<f64>,
        metric: Metric,
        budget: usize,
    ) -> Result<Facilities, SelectError>;
}
