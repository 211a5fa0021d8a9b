//! What can go wrong in the analysis: a setting, a file of points, or the arithmetic.

use std::path::PathBuf;

use thiserror::Error;

/// One line each: what is wrong, where, and the cure.
#[derive(Debug, Error)]
pub enum Error {
    /// A setting is out of its range, or contradicts another.
    #[error("{flag}: {reason}")]
    Setting {
        /// The flag that carries the setting.
        flag: &'static str,
        /// What is wrong and what would do.
        reason: String,
    },
    /// A file of points could not be opened or read.
    #[error("{path}: {source}; give a readable CSV file with the columns x,y", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file of points is not a table of points.
    #[error("{path}: row {row}, column `{column}`: {reason}", path = path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// Line of the file, the header being 1.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong and what would do.
        reason: String,
    },
    /// A row of a file of points is not one of a table of points.
    #[error("{path}: row {row}: {reason}", path = path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Line of the file, the header being 1.
        row: u64,
        /// What was seen and what would do.
        reason: String,
    },
    /// A power of an abscissa or a sum of squares left the range of `f64`.
    #[error(
        "degree {degree}: with these points numbers get too large; lower the degree, or rescale x or y"
    )]
    Overflow {
        /// Degree of the polynomial.
        degree: usize,
    },
    /// Abscissae lie where a basis is not meant for.
    #[error(
        "abscissae from {low} to {high}: the {basis} basis is for [-1, 1]; rescale x, or use --basis monomial"
    )]
    Outside {
        /// Smallest abscissa.
        low: f64,
        /// Largest abscissa.
        high: f64,
        /// The basis.
        basis: String,
    },
    /// An iteration did not converge.
    #[error("degree {degree}: {method} did not converge; {cure}")]
    NoConvergence {
        /// The iteration.
        method: &'static str,
        /// Degree of the polynomial.
        degree: usize,
        /// What to try.
        cure: &'static str,
    },
    /// A picture could not be drawn.
    #[error("the picture cannot be drawn: {0}")]
    Drawing(String),
}

impl Error {
    /// Whether the command line is to blame (exit code 2) and not the data (exit code 1).
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Setting { .. })
    }

    /// A setting that cannot be used.
    pub(crate) fn setting(flag: &'static str, reason: impl Into<String>) -> Self {
        Self::Setting { flag, reason: reason.into() }
    }
}
