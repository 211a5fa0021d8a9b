//! Features that are stored elsewhere than in the memory of this machine, such as on a device.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

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
}
