//! Measuring a network in evaluation mode on images as they are: loss, accuracy, and the outputs that the
//! selectors score.

use ndarray::Array2;
use swast_datasets::DatasetError;
use tch::{Kind, Tensor};

use super::data::TrainingData;
use super::loss::cross_entropy;
use super::points::Points;
use crate::feed::{Feed, Plain};
use crate::model::inference::Inference;
use crate::model::network::{Forward, Network};
use crate::model::sparse::pays::Passes;
use swast_selection::{Need, Needs};

/// Images in one forward pass, of up to [`SIDE`] pixels a side. Results do not depend on it but for rounding.
const BATCH: i64 = 500;
/// Larger images come in smaller batches, so that a pass never holds more pixels than this.
const SIDE: i64 = 64;

/// Mean cross-entropy and accuracy over some samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Mean cross-entropy.
    pub loss: f64,
    /// Share of correct predictions.
    pub accuracy: f64,
}

/// What is measured after an epoch; absent where there are no such samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// On the validation part.
    pub validation: Option<Measure>,
    /// On the test set.
    pub test: Option<Measure>,
    /// On watched samples with right labels.
    pub clean: Option<Measure>,
    /// On watched samples with wrong labels.
    pub noisy: Option<Measure>,
}

impl Measured {
    /// All losses.
    pub fn losses(self) -> impl Iterator<Item = f64> {
        [self.validation, self.test, self.clean, self.noisy].into_iter().flatten().map(|m| m.loss)
    }
}

/// Measures `network` on the validation and test sets and on the watched samples of `data`.
///
/// # Errors
/// When an image cannot be read.
pub fn measured(network: &Network, data: &TrainingData) -> Result<Measured, DatasetError> {
    let on_train = |indices: &Tensor| measure(network, &*data.images, indices);
    let validation = on_train(&data.validation_indices)?;
    let clean = on_train(&data.watched_clean)?;
    let noisy = on_train(&data.watched_noisy)?;
    let test = measure(network, &*data.test, &data.test_indices)?;
    Ok(Measured { validation, clean, noisy, test })
}

/// Loss and accuracy over the images at `indices` (i64 on the device); `None` where there are none.
///
/// # Errors
/// When an image cannot be read.
pub fn measure(
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
) -> Result<Option<Measure>, DatasetError> {
    measure_by(network, images, indices, fitting(images))
}

/// The same with `batch` images in a pass.
///
/// # Errors
/// When an image cannot be read.
pub fn measure_by(
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
    batch: i64,
) -> Result<Option<Measure>, DatasetError> {
    let count = indices.size()[0];
    if count == 0 {
        return Ok(None);
    }
    let mut losses = Vec::new();
    let mut hits = Vec::new();
    for_batches_of(batch, network, images, indices, |labels, forward| {
        losses.push(cross_entropy(&forward.logits, labels));
        hits.push(forward.logits.argmax(-1, false).eq_tensor(labels));
    })?;
    Ok(Some(Measure {
        loss: Tensor::cat(&losses, 0).mean(Kind::Double).double_value(&[]),
        accuracy: Tensor::cat(&hits, 0).sum(Kind::Int64).int64_value(&[]) as f64 / count as f64,
    }))
}

/// Logits of the images at `indices`, `[n, C]`, on the device.
///
/// # Errors
/// When an image cannot be read.
pub fn logits(
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
) -> Result<Tensor, DatasetError> {
    let mut all = Vec::new();
    for_batches(network, images, indices, |_, forward| all.push(forward.logits))?;
    Ok(Tensor::cat(&all, 0))
}

/// What selectors ask of some images, read back to the host.
#[derive(Debug, Default)]
pub struct Scored {
    /// The selector's own scores, one a sample, in place of what they follow from.
    pub scores: Option<Vec<f64>>,
    /// Penultimate features, N x E, where they were asked for.
    pub features: Option<Array2<f32>>,
    /// The same, where they stay on the device.
    pub points: Option<Points>,
    /// Softmax probabilities, N x C, where they were asked for.
    pub probabilities: Option<Array2<f32>>,
}

/// The features and probabilities that `needs` ask for, of the images at `indices`.
///
/// # Errors
/// When an image cannot be read.
pub fn scored(
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
    needs: Needs,
) -> Result<Scored, DatasetError> {
    let mut parts = Parts::default();
    let count = indices.size()[0] as usize;
    for_batches(network, images, indices, |_, forward| parts.add(&forward, needs, count))?;
    Ok(parts.into())
}

/// The same, but the features stay on the device: without coordinates, where `needs` ask for none.
///
/// # Errors
/// When an image cannot be read.
pub fn scored_there(
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
    needs: Needs,
) -> Result<Scored, DatasetError> {
    let (mut features, mut parts) = (Vec::new(), Parts::default());
    let coordinates = if needs.has(Need::Features) { i64::MAX } else { 0 };
    let (here, count) = (needs.without(Need::Features), indices.size()[0] as usize);
    for_batches(network, images, indices, |_, forward| {
        parts.add(&forward, here, count);
        let width = coordinates.min(forward.features.size()[1]);
        features.push(forward.features.narrow(1, 0, width));
    })?;
    Ok(Scored { points: Some(Points::new(Tensor::cat(&features, 0))), ..parts.into() })
}

/// The features and probabilities that `needs` ask for, batch by batch, each read back when it comes, so that no more
/// than one is held.
///
/// # Errors
/// When an image cannot be read.
pub fn for_scored(
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
    needs: Needs,
    mut visit: impl FnMut(Scored),
) -> Result<(), DatasetError> {
    for_batches(network, images, indices, |_, forward| {
        let mut part = Parts::default();
        let count = forward.logits.size()[0] as usize;
        part.add(&forward, needs, count);
        visit(part.into());
    })
}

/// Outputs read back batch by batch, so that the memory for all of them is taken once.
#[derive(Default)]
struct Parts {
    features: Rows,
    probabilities: Rows,
}

/// Rows on the host.
#[derive(Default)]
struct Rows {
    columns: usize,
    values: Vec<f32>,
}

impl Parts {
    /// Adds what `needs` ask for of a batch, of up to `count` samples in all.
    fn add(&mut self, forward: &Forward, needs: Needs, count: usize) {
        if needs.has(Need::Probabilities) {
            self.probabilities.add(&forward.logits.softmax(-1, Kind::Float), count);
        }
        if needs.has(Need::Features) {
            self.features.add(&forward.features, count);
        }
    }
}

impl Rows {
    /// Adds the rows of `part`, f32 `[n, columns]`, of up to `count` in all.
    fn add(&mut self, part: &Tensor, count: usize) {
        let part = part.to_device(tch::Device::Cpu).contiguous();
        self.columns = part.size()[1] as usize;
        let (before, more) = (self.values.len(), part.numel());
        self.values.reserve_exact((count * self.columns).saturating_sub(before));
        self.values.resize(before + more, 0.0);
        part.copy_data(&mut self.values[before..], more);
    }

    fn read(self) -> Option<Array2<f32>> {
        let rows = self.values.len().checked_div(self.columns)?;
        let matrix = Array2::from_shape_vec((rows, self.columns), self.values);
        Some(matrix.expect("each row has all columns"))
    }
}

impl From<Parts> for Scored {
    fn from(Parts { features, probabilities }: Parts) -> Self {
        let (features, probabilities) = (features.read(), probabilities.read());
        Self { features, probabilities, ..Self::default() }
    }
}

/// Images of a pass through a network that fit in memory.
fn fitting(images: &dyn Feed) -> i64 {
    (BATCH * SIDE * SIDE / images.area()).clamp(1, BATCH)
}

/// The images at `indices` in batches that fit one pass through a network.
pub fn batches<'a>(images: &'a dyn Feed, indices: &Tensor) -> Plain<'a> {
    images.plain(indices, fitting(images))
}

fn for_batches(
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
    visit: impl FnMut(&Tensor, Forward),
) -> Result<(), DatasetError> {
    for_batches_of(fitting(images), network, images, indices, visit)
}

fn for_batches_of(
    batch: i64,
    network: &Network,
    images: &dyn Feed,
    indices: &Tensor,
    mut visit: impl FnMut(&Tensor, Forward),
) -> Result<(), DatasetError> {
    let _guard = tch::no_grad_guard();
    let count = indices.size()[0];
    let network = Inference::new(network, Passes { images: count, batch: batch.min(count) });
    for batch in images.plain(indices, batch) {
        let (indices, pixels) = batch?;
        let forward = network.forward(&pixels);
        visit(&images.labels(&indices), forward);
    }
    Ok(())
}
