//! The tables of the laboratory. Rows are raw observations, as in [`crate::rows`].

use serde::{Deserialize, Serialize};

use super::table_row;
use crate::table::Row;

table_row! {
    /// A point of the laboratory.
    PointRow in "points.csv" {
        /// Abscissa.
        x: f64,
        /// Ordinate.
        y: f64,
        /// Whether it carries noise: 1 or 0.
        noisy: u8,
        /// Whether it belongs to the coreset: 1 or 0.
        coreset: u8,
    }
}

table_row! {
    /// A coefficient before and after pruning.
    CoefficientRow in "coefficients.csv" {
        /// Training set of the fit: `full` or `coreset`.
        training_set: String,
        /// Degree of the basis polynomial.
        power: usize,
        /// Before pruning.
        coefficient: f64,
        /// After pruning; 0 where it was pruned.
        pruned_coefficient: f64,
    }
}

table_row! {
    /// One draw in one cell of a map of pruned losses.
    PruneMapRow in "prune_map.csv" {
        /// The two settings that vary: `noise-degree` or `pruned-noisy`.
        map: String,
        /// Number of the draw, from 0.
        trial: u64,
        /// Seed of the draw.
        seed: u64,
        /// Name of the target function.
        function: String,
        /// Number of points in the full set.
        points: usize,
        /// Standard deviation of the noise.
        noise: f64,
        /// Share of the points that are noisy.
        noisy_fraction: f64,
        /// How the abscissae are placed.
        design: String,
        /// Degree of the polynomial.
        degree: usize,
        /// Number of coefficients set to zero.
        pruned: usize,
        /// Basis of the coefficients.
        basis: String,
        /// Whether the survivors were fitted again.
        refit: bool,
        /// Loss against the true function after pruning, fitted to all points.
        loss_full: f64,
        /// The same, fitted to the clean points.
        loss_coreset: f64,
    }
}

table_row! {
    /// The difficulty of one coreset.
    BestCoresetRow in "best_coreset.csv" {
        /// Number of the draw, from 0.
        trial: u64,
        /// Seed of the draw.
        seed: u64,
        /// Name of the target function.
        function: String,
        /// How the abscissae are placed.
        design: String,
        /// Number of points in the full set.
        points: usize,
        /// Share of them that is noisy.
        noisy_fraction: f64,
        /// Standard deviation of the noise.
        noise: f64,
        /// Degree of the polynomials.
        degree: usize,
        /// How the coreset was chosen.
        method: String,
        /// Number of points in the coreset.
        size: usize,
        /// I(D, C).
        epsilon: f64,
    }
}
