//! The tables of the laboratory. Rows are raw observations, as in [`crate::rows`].

use serde::{Deserialize, Serialize};

use super::{doc_text, table_row};
use crate::table::Row;

table_row! {
    /// A point of the laboratory.
    PointRow in "points.csv" {
        /// The place. Unit: that of x; -1 to 1 for generated points.
        x: f64,
        /// The value. Unit: that of y, any value.
        y: f64,
        /// Whether the point carries noise. Unit: flag, 1 or 0.
        noisy: u8,
        /// Whether the point belongs to the coreset. Unit: flag, 1 or 0.
        coreset: u8,
    }
}

table_row! {
    /// A coefficient of the laboratory before and after pruning.
    CoefficientRow in "coefficients.csv" {
        /// Training set of the fit: `full` or `coreset`.
        training_set: String,
        /// Degree of the basis polynomial. Unit: integer, 0 and up.
        power: usize,
        /// The coefficient before pruning. Unit: that of y, any value.
        coefficient: f64,
        /// The coefficient after pruning; 0 if it was pruned. Unit: that of y, any value.
        pruned_coefficient: f64,
    }
}

table_row! {
    /// One draw in one cell of a map of pruned losses.
    PruneMapRow in "prune_map.csv" {
        /// The two settings that vary: `noise-degree` or `pruned-noisy`.
        map: String,
        /// Number of the draw. Unit: integer, 0 and up.
        trial: u64,
        /// Seed of the draw. Unit: integer, 0 and up.
        seed: u64,
        /// Name of the target function.
        function: String,
        /// Number of points in the full set. Unit: count, 1 and up.
        points: usize,
        /// Standard deviation of the noise. Unit: that of y, 0 and up.
        noise: f64,
        /// Share of the points that are noisy. Unit: fraction, 0 to 1.
        noisy_fraction: f64,
        /// Placement of the x values: `equispaced`, `uniform` or `chebyshev`.
        design: String,
        /// Degree of the polynomial. Unit: integer, 0 and up.
        degree: usize,
        /// Number of coefficients set to zero. Unit: count, 0 to `degree`.
        pruned: usize,
        /// Basis whose coefficients are pruned: `monomial`, `chebyshev` or `legendre`.
        basis: String,
        /// Whether the remaining coefficients were fitted again.
        refit: bool,
        /// Mean squared error against the true function after pruning, fitted to all points. Unit: that of y squared, 0
        /// and up.
        loss_full: f64,
        /// Mean squared error against the true function after pruning, fitted to the clean points. Unit: that of y
        /// squared, 0 and up.
        loss_coreset: f64,
    }
}

table_row! {
    /// The difficulty of one coreset that is part of the full set.
    BestCoresetRow in "best_coreset.csv" {
        /// Number of the draw. Unit: integer, 0 and up.
        trial: u64,
        /// Seed of the draw. Unit: integer, 0 and up.
        seed: u64,
        /// Name of the target function; `data` for points from a file.
        function: String,
        /// Placement of the x values: `equispaced`, `uniform` or `chebyshev`; `data` for points from a file.
        design: String,
        /// Number of points in the full set. Unit: count, 1 and up.
        points: usize,
        /// Share of the points that are noisy. Unit: fraction, 0 to 1; `NaN` for points from a file.
        noisy_fraction: f64,
        /// Standard deviation of the noise. Unit: that of y, 0 and up; `NaN` for points from a file.
        noise: f64,
        /// Degree of the polynomial. Unit: integer, 0 and up.
        degree: usize,
        /// How the coreset was chosen; `bound` is a value that no coreset can fall below.
        method: String,
        /// Number of points in the coreset. Unit: count, 1 to `points`.
        size: usize,
        /// The difficulty I: the largest relative difference of the losses on coreset and full set. Unit: pure
        /// number, 0 and up; `inf` where it has no bound.
        epsilon: f64,
    }
}
