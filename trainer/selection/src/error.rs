//! What can be wrong with a request for a coreset.

use swast_tables::spec::SpecError;
use thiserror::Error;

/// Why no coreset could be selected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SelectError {
    /// There is nothing to select from.
    #[error("the pool has no samples: give at least one label")]
    EmptyPool,
    /// The budget cannot be met with distinct samples.
    #[error("budget {budget} is outside 1..{samples}, the number of samples: choose one within")]
    Budget {
        /// The budget asked for.
        budget: usize,
        /// Number of samples in the pool.
        samples: usize,
    },
    /// The budget gives no class a sample.
    #[error("a budget of {budget} rounds to no sample of any class: raise it")]
    Nothing {
        /// The budget asked for.
        budget: usize,
    },
    /// A value of an option does not fit, by itself or with the pool.
    #[error(transparent)]
    Option(#[from] SpecError),
    /// A label names no class.
    #[error(
        "sample {sample} has label {label}, but there are {classes} classes: labels count from 0"
    )]
    Label {
        /// Index of the sample.
        sample: usize,
        /// Its label.
        label: u16,
        /// Number of classes.
        classes: usize,
    },
    /// The method needs what is absent.
    #[error("{selector} needs the {what} of every sample: pass them")]
    Missing {
        /// The method.
        selector: &'static str,
        /// What it is, such as `features`.
        what: &'static str,
    },
    /// A matrix has the wrong number of rows.
    #[error("the {what} have {rows} rows for {samples} labels: give one row per label")]
    Rows {
        /// The matrix.
        what: &'static str,
        /// Its rows.
        rows: usize,
        /// Number of labels.
        samples: usize,
    },
    /// The probabilities have the wrong number of columns.
    #[error("the probabilities have {columns} columns for {classes} classes: give one per class")]
    Columns {
        /// Columns of the matrix.
        columns: usize,
        /// Number of classes.
        classes: usize,
    },
    /// The validation gradients have the wrong number of columns.
    #[error(
        "the validation gradients have {columns} columns, those of the samples {expected}: give as many"
    )]
    ValidationColumns {
        /// Columns of the validation gradients.
        columns: usize,
        /// Columns of the samples' gradients.
        expected: usize,
    },
    /// A matrix holds a NaN or an infinity.
    #[error("the {what} of sample {sample} are not finite: has the training diverged?")]
    NotFinite {
        /// The matrix.
        what: &'static str,
        /// The first such row.
        sample: usize,
    },
    /// Inner products of the rows exceed the range of a double.
    #[error("the {what} are too large to square: scale them down")]
    Overflow {
        /// The matrix.
        what: &'static str,
    },
}

impl SelectError {
    /// The error of a part of a pool, as one of the pool; `place` tells where a sample of the part is in it.
    #[must_use]
    pub fn of_part(self, place: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::NotFinite { what, sample } => Self::NotFinite { what, sample: place(sample) },
            other => other,
        }
    }
}
