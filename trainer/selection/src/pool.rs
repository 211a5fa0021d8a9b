//! What a selector sees (labels, the network's outputs, the place in the run) and what it returns.
//!
//! Scores are taken in evaluation mode, on images as they are. CORDS scores augmented images, most of its networks with
//! the statistics of the mini-batch at hand, as the authors of Moderate and GradMatch do (per class even of batches of
//! a single class); a score then depends on what else is in the batch and on which crop was drawn, so that equal
//! networks and data give other coresets. Nothing is gained by it, so there is no switch for it: who wants it passes
//! outputs computed so to `swast-trainer select`.

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use crate::SelectError;
use crate::gradients::row;
use crate::kernel::dot::{Element, TASK_ROWS};
use crate::method::forgetting::History;

/// What the network says of every sample of the pool, in evaluation mode on un-augmented images.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs<E = f32> {
    /// Penultimate features, N x E.
    pub features: Array2<E>,
    /// Softmax probabilities, N x C.
    pub probabilities: Array2<E>,
}

/// Held-out samples, of which the same is known as of the pool.
#[derive(Debug, Clone, Copy)]
pub struct Validation<'a, E = f32> {
    /// The given label of each of the M samples.
    pub labels: &'a [u16],
    /// The network's outputs.
    pub outputs: Option<&'a Outputs<E>>,
    /// A gradient per sample, M x D.
    pub gradients: Option<&'a Array2<E>>,
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
    /// A gradient per sample, N x D, where it is given as such; it then stands in place of the one
    /// that follows from the outputs.
    pub gradients: Option<&'a Array2<E>>,
    /// The samples whose loss a selection should lower; `None` for selectors that look at none, or
    /// to take the pool itself.
    pub validation: Option<Validation<'a, E>>,
    /// What training has shown of every sample; `None` for selectors that do not ask.
    pub history: Option<&'a History>,
    /// Seed of the run.
    pub seed: u64,
    /// The epoch about to start, from 1.
    pub epoch: u32,
    /// Epochs of the whole run (T).
    pub epochs: u32,
}

/// Distinct samples in the order they were chosen, each with its weight in the loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Coreset {
    /// Indices into the pool.
    pub indices: Vec<u32>,
    /// One weight >= 0 per index.
    pub weights: Vec<f64>,
}

impl Coreset {
    /// A coreset in which every sample weighs 1.
    pub fn unweighted(indices: Vec<u32>) -> Self {
        let weights = vec![1.0; indices.len()];
        Self { indices, weights }
    }
}

impl<'a, E: Element> Pool<'a, E> {
    /// Samples of which nothing but their `labels`, below `classes`, is known, before the first of one epoch.
    pub fn labelled(labels: &'a [u16], classes: usize) -> Self {
        Self {
            labels,
            classes,
            outputs: None,
            gradients: None,
            validation: None,
            history: None,
            seed: 0,
            epoch: 1,
            epochs: 1,
        }
    }

    /// The validation samples as a pool of their own; this pool where there are none.
    pub fn validation_pool(&self) -> Self {
        let Some(Validation { labels, outputs, gradients }) = self.validation else {
            return *self;
        };
        Self { labels, outputs, gradients, validation: None, history: None, ..*self }
    }

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
    // A view that owns nothing keeps its lifetime only when it needs no copy.
    let matrix = if matrix.is_standard_layout() {
        CowArray::from(*matrix)
    } else {
        CowArray::from(matrix.as_standard_layout().into_owned())
    };
    let view = matrix.view();
    let finite = |sample: &usize| is_finite(row(&view, *sample));
    match (0..samples).into_par_iter().with_min_len(TASK_ROWS).find_first(|sample| !finite(sample))
    {
        Some(sample) => Err(SelectError::NotFinite { what, sample }),
        None => Ok(matrix),
    }
}

/// Whether all `values` are finite. Zero times a finite number is 0, times any other NaN, so that the values
/// can be looked at together.
fn is_finite<E: Element>(values: &[E]) -> bool {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut sums = [E::zero(); 16];
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum = *sum + value * E::zero();
        }
    }
    let zero = |values: &[E]| values.iter().all(|&value| value * E::zero() == E::zero());
    zero(&sums) && zero(rest)
}
