//! What a selector sees (labels, the network's outputs, the place in the run) and what it returns.

use ndarray::{Array2, ArrayView2, CowArray, Ix2};

use super::SelectError;
use super::dot::Element;

/// What the network says of every sample of the pool, in evaluation mode on un-augmented images.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs<E = f32> {
    /// Penultimate features, N x E.
    pub features: Array2<E>,
    /// Softmax probabilities, N x C.
    pub probabilities: Array2<E>,
}

/// The samples to choose from, at one moment of a run.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'a, E = f32> {
    /// The given label of each of the N samples.
    pub labels: &'a [u16],
    /// Number of classes C; every label is below it.
    pub classes: usize,
    /// The network's outputs; `None` for selectors that look at none. A matrix without columns counts
    /// as absent.
    pub outputs: Option<&'a Outputs<E>>,
    /// Seed of the run.
    pub seed: u64,
    /// The epoch about to start, from 1.
    pub epoch: u32,
    /// Epochs of the whole run (T).
    pub epochs: u32,
}

/// Distinct samples in the order they were chosen, each with its weight in the loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Coreset<E = f32> {
    /// Indices into the pool.
    pub indices: Vec<u32>,
    /// One weight >= 0 per index.
    pub weights: Vec<E>,
}

impl<E: Element> Coreset<E> {
    /// A coreset in which every sample weighs 1.
    pub fn unweighted(indices: Vec<u32>) -> Self {
        let weights = vec![E::narrow(1.0); indices.len()];
        Self { indices, weights }
    }
}

impl<'a, E: Element> Pool<'a, E> {
    /// Checks the labels and the budget.
    ///
    /// # Errors
    /// When the pool is empty, a label is not below `classes`, or `budget` is 0 or above N.
    pub fn check(&self, budget: usize) -> Result<(), SelectError> {
        let samples = self.labels.len();
        if samples == 0 {
            return Err(SelectError::EmptyPool);
        }
        if !(1..=samples).contains(&budget) {
            return Err(SelectError::Budget { budget, samples });
        }
        match self.labels.iter().position(|&label| usize::from(label) >= self.classes) {
            Some(sample) => Err(SelectError::Label {
                sample,
                label: self.labels[sample],
                classes: self.classes,
            }),
            None => Ok(()),
        }
    }

    /// The features for `selector`, N x E, row after row in memory and finite.
    ///
    /// # Errors
    /// When they are absent, do not have N rows, or hold a NaN or an infinity.
    pub fn features(&self, selector: &'static str) -> Result<CowArray<'a, E, Ix2>, SelectError> {
        let what = "features";
        let outputs = self.outputs.ok_or(SelectError::Missing { selector, what })?;
        self.checked(selector, what, &outputs.features.view())
    }

    /// The softmax probabilities for `selector`, N x C, row after row in memory and finite.
    ///
    /// # Errors
    /// When they are absent, are not N x C, or hold a NaN or an infinity.
    pub fn probabilities(
        &self,
        selector: &'static str,
    ) -> Result<CowArray<'a, E, Ix2>, SelectError> {
        let what = "probabilities";
        let outputs = self.outputs.ok_or(SelectError::Missing { selector, what })?;
        let matrix = self.checked(selector, what, &outputs.probabilities.view())?;
        if matrix.ncols() != self.classes {
            let columns = matrix.ncols();
            return Err(SelectError::Columns { columns, classes: self.classes });
        }
        Ok(matrix)
    }

    fn checked(
        &self,
        selector: &'static str,
        what: &'static str,
        matrix: &ArrayView2<'a, E>,
    ) -> Result<CowArray<'a, E, Ix2>, SelectError> {
        if matrix.ncols() == 0 {
            return Err(SelectError::Missing { selector, what });
        }
        checked_rows(what, matrix, self.labels.len())
    }
}

/// `matrix` row after row in memory, once it is known to have `samples` rows and only finite entries.
///
/// # Errors
/// When it has not; the error calls the matrix `what`.
pub fn checked_rows<'a, E: Element>(
    what: &'static str,
    matrix: &ArrayView2<'a, E>,
    samples: usize,
) -> Result<CowArray<'a, E, Ix2>, SelectError> {
    if matrix.nrows() != samples {
        return Err(SelectError::Rows { what, rows: matrix.nrows(), samples });
    }
    let finite = |value: &E| Into::<f64>::into(*value).is_finite();
    match matrix.rows().into_iter().position(|row| !row.iter().all(finite)) {
        Some(sample) => Err(SelectError::NotFinite { what, sample }),
        // A view that owns nothing keeps its lifetime only when it needs no copy.
        None if matrix.is_standard_layout() => Ok(CowArray::from(*matrix)),
        None => Ok(CowArray::from(matrix.as_standard_layout().into_owned())),
    }
}
