//! What a selector sees (labels, what is known of the samples, the place in the run) and what it returns.

use ndarray::{CowArray, Ix2};

use crate::SelectError;
use crate::evidence::Evidence;
use crate::gradients::{Gradients, LastLayer, errors};
use crate::history::History;
use crate::kernel::dot::Element;
use crate::remote::Remote;

/// Held-out samples.
#[derive(Debug, Clone, Copy)]
pub struct Validation<'a, E = f32> {
    /// The given label of each of the M samples.
    pub labels: &'a [u16],
    /// What is known of them: the same as of the pool.
    pub evidence: Evidence<'a, E>,
}

/// The place of a selection in a run, and what belongs to the run and not to the method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Seed of the run.
    pub seed: u64,
    /// The epoch about to start, from 1.
    pub epoch: u32,
    /// Epochs of the whole run (T).
    pub epochs: u32,
    /// Samples in a mini-batch, at least 1.
    pub batch_size: usize,
    /// The initial learning rate, above 0.
    pub rate: f64,
}

impl Default for Moment {
    /// Before the first of one epoch, with the mini-batches and the rate that training takes by default.
    fn default() -> Self {
        Self { seed: 0, epoch: 1, epochs: 1, batch_size: 128, rate: 0.05 }
    }
}

/// The samples to choose from, at one moment of a run.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'a, E = f32> {
    /// The given label of each of the N samples.
    pub labels: &'a [u16],
    /// Number of classes C; every label is below it.
    pub classes: usize,
    /// What is known of the samples; a selector looks at what it needs.
    pub evidence: Evidence<'a, E>,
    /// The samples whose loss a selection should lower; `None` for selectors that look at none, or
    /// to take the pool itself.
    pub validation: Option<Validation<'a, E>>,
    /// When in which run.
    pub moment: Moment,
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

/// Refuses a `budget` that so many `samples` cannot meet.
///
/// # Errors
/// When there are no samples, or `budget` is 0 or above their number.
pub fn check_budget(samples: usize, budget: usize) -> Result<(), SelectError> {
    match (1..=samples).contains(&budget) {
        true => Ok(()),
        false if samples == 0 => Err(SelectError::EmptyPool),
        false => Err(SelectError::Budget { budget, samples }),
    }
}

impl<'a, E: Element> Pool<'a, E> {
    /// Samples known by nothing but their `labels`, below `classes`.
    pub fn labelled(labels: &'a [u16], classes: usize) -> Self {
        let (evidence, moment) = (Evidence::default(), Moment::default());
        Self { labels, classes, evidence, validation: None, moment }
    }

    /// The validation samples as a pool of their own; this pool where there are none.
    pub fn validation_pool(&self) -> Self {
        let Some(Validation { labels, evidence }) = self.validation else {
            return *self;
        };
        Self { labels, evidence, validation: None, ..*self }
    }

    /// Checks the labels and the budget.
    ///
    /// # Errors
    /// When the pool is empty, a label is not below `classes`, or `budget` is 0 or above N.
    pub fn check(&self, budget: usize) -> Result<(), SelectError> {
        check_budget(self.labels.len(), budget)?;
        match self.labels.iter().position(|&label| usize::from(label) >= self.classes) {
            Some(sample) => Err(SelectError::Label {
                sample,
                label: self.labels[sample],
                classes: self.classes,
            }),
            None => Ok(()),
        }
    }

    /// The features for `selector`, N x E: see [`Evidence::features`].
    pub fn features(&self, selector: &'static str) -> Result<CowArray<'a, E, Ix2>, SelectError> {
        self.evidence.features(selector, self.labels.len())
    }

    /// The features where they are stored elsewhere: see [`Evidence::remote`].
    pub fn remote(&self) -> Result<Option<&'a dyn Remote>, SelectError> {
        self.evidence.remote(self.labels.len())
    }

    /// The softmax probabilities for `selector`, N x C: see [`Evidence::probabilities`].
    pub fn probabilities(
        &self,
        selector: &'static str,
    ) -> Result<CowArray<'a, E, Ix2>, SelectError> {
        self.evidence.probabilities(selector, (self.labels.len(), self.classes))
    }

    /// The gradients, N x D, where they are given: see [`Evidence::gradients`].
    pub fn gradients(&self) -> Result<Option<CowArray<'a, E, Ix2>>, SelectError> {
        self.evidence.gradients(self.labels.len())
    }

    /// The gradients of the samples for `selector`: those given row by row if there are any, else the `part` of the last
    /// layer's that follows from the outputs.
    ///
    /// # Errors
    /// When what is needed is absent, of another shape, or not finite.
    pub fn last_layer(
        &self,
        part: LastLayer,
        selector: &'static str,
    ) -> Result<Gradients<'a, E>, SelectError> {
        if let Some(rows) = self.gradients()? {
            return Ok(Gradients::Rows(rows));
        }
        let features = match part {
            LastLayer::Bias => None,
            LastLayer::Full => Some(self.features(selector)?),
        };
        let errors = errors(&self.probabilities(selector)?.view(), self.labels);
        Ok(match features {
            None => Gradients::Bias(errors),
            Some(features) => Gradients::Full(errors, features),
        })
    }

    /// The history for `selector`: see [`Evidence::history`].
    pub fn history(&self, selector: &'static str) -> Result<&'a History, SelectError> {
        self.evidence.history(selector, self.labels.len())
    }
}
