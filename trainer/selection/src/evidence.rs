//! What is known of some samples, by need: features, probabilities, gradients, history.
//!
//! Scores are taken in evaluation mode, on images as they are. CORDS scores augmented images, most of its networks with
//! the statistics of the mini-batch at hand, as the authors of Moderate and GradMatch do (per class even of batches of
//! a single class); a score then depends on what else is in the batch and on which crop was drawn, so that equal
//! networks and data give other coresets. Nothing is gained by it, so there is no switch for it; to do the same, pass
//! outputs computed so to `swast-select`.

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use crate::SelectError;
use crate::history::History;
use crate::kernel::dot::{Element, TASK_ROWS, row};
use crate::remote::Remote;

/// What is known of N samples.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a, E = f32> {
    /// The selector's own score of every sample; where they are given, they are used in place of what they follow from.
    pub scores: Option<&'a [f64]>,
    /// Penultimate features of the network, N x E.
    pub features: Option<&'a Array2<E>>,
    /// The features where they are stored elsewhere, for selectors that choose among them there.
    pub remote: Option<&'a dyn Remote>,
    /// Softmax probabilities of the network, N x C.
    pub probabilities: Option<&'a Array2<E>>,
    /// A gradient per sample, N x D; where it is given, it is used in place of the one that follows from features and
    /// probabilities.
    pub gradients: Option<&'a Array2<E>>,
    /// What training has shown of every sample.
    pub history: Option<&'a History>,
}

impl<E> Default for Evidence<'_, E> {
    /// Nothing is known.
    fn default() -> Self {
        Self {
            scores: None,
            features: None,
            remote: None,
            probabilities: None,
            gradients: None,
            history: None,
        }
    }
}

impl<'a, E: Element> Evidence<'a, E> {
    /// The features of `samples` samples for `selector`, row after row in memory and finite.
    ///
    /// # Errors
    /// When they are absent, do not have a row for each sample, or hold a NaN or an infinity.
    pub fn features(
        &self,
        selector: &'static str,
        samples: usize,
    ) -> Result<CowArray<'a, E, Ix2>, SelectError> {
        let what = "features";
        let matrix = self.features.ok_or(SelectError::Missing { selector, what })?;
        checked_rows(what, &matrix.view(), samples)
    }

    /// The features of `samples` samples where they are stored elsewhere, finite.
    ///
    /// # Errors
    /// When they do not have a row for each sample, or hold a NaN or an infinity.
    pub fn remote(&self, samples: usize) -> Result<Option<&'a dyn Remote>, SelectError> {
        let what = "features";
        let Some(remote) = self.remote else { return Ok(None) };
        if remote.len() != samples {
            return Err(SelectError::Rows { what, rows: remote.len(), samples });
        }
        match remote.first_not_finite() {
            Some(sample) => Err(SelectError::NotFinite { what, sample }),
            None => Ok(Some(remote)),
        }
    }

    /// The probabilities of `samples` samples for `selector`, a column for each of the `classes`, row after row in
    /// memory and finite.
    ///
    /// # Errors
    /// When they are absent, of another shape, or hold a NaN or an infinity.
    pub fn probabilities(
        &self,
        selector: &'static str,
        (samples, classes): (usize, usize),
    ) -> Result<CowArray<'a, E, Ix2>, SelectError> {
        let what = "probabilities";
        let matrix = self.probabilities.ok_or(SelectError::Missing { selector, what })?;
        let matrix = checked_rows(what, &matrix.view(), samples)?;
        match matrix.ncols() {
            columns if columns != classes => Err(SelectError::Columns { columns, classes }),
            _ => Ok(matrix),
        }
    }

    /// The gradients of `samples` samples where they are given, row after row in memory and finite.
    ///
    /// # Errors
    /// When they do not have a row for each sample, or hold a NaN or an infinity.
    pub fn gradients(&self, samples: usize) -> Result<Option<CowArray<'a, E, Ix2>>, SelectError> {
        let checked = |matrix: &'a Array2<E>| checked_rows("gradients", &matrix.view(), samples);
        self.gradients.map(checked).transpose()
    }

    /// The history of `samples` samples for `selector`.
    ///
    /// # Errors
    /// When it is absent, or of another number of samples.
    pub fn history(
        &self,
        selector: &'static str,
        samples: usize,
    ) -> Result<&'a History, SelectError> {
        let what = "correctness";
        let history = self.history.ok_or(SelectError::Missing { selector, what })?;
        match history.forgotten.len() {
            rows if rows != samples || history.learnt.len() != samples => {
                Err(SelectError::Rows { what, rows, samples })
            }
            _ => Ok(history),
        }
    }
}

/// `matrix` row after row in memory, once it is known to have `samples` rows and only finite entries.
///
/// # Errors
/// When it has not; the error calls the matrix `what`.
fn checked_rows<'a, E: Element>(
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
