//! What pruning and selection lose together between two selections: the paper's "critical double-loss" (section
//! "Double-loss Problem", illustrated by its Figure 3), as two numbers.
//!
//! At a selection, over the samples that leave the coreset: how many were right at the selection before and are wrong
//! now; and which share of their squared gradient at the selection before lies on weights that were active then and are
//! masked now. Both are 0 where only one of the two methods is at work and forgets nothing.

use std::time::Instant;

use swast_datasets::DatasetError;
use tch::{Kind, Tensor};

use super::data::TrainingData;
use super::loss::cross_entropy;
use super::measure::{batches, logits};
use crate::model::Network;
use crate::model::ops::Mode;
use crate::persist::{Fields, Persist};
use crate::pruner::Masks;

/// What was lost between two selections.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Lost {
    /// Samples that left, were right then and are wrong now; `None` at the first selection.
    pub known: Option<u64>,
    /// Share of their squared gradient on weights that were active then and are masked now; `None` where no sample left
    /// or nothing is pruned.
    pub gradient_share: Option<f64>,
    /// Seconds that measuring took.
    pub time_s: f64,
}

/// A run as it was at its last selection; all absent before the first. In evaluation mode.
#[derive(Debug, Default)]
pub struct DoubleLoss {
    /// Parameters, laid out as the network's.
    parameters: Option<Tensor>,
    /// Running statistics of all layers, one after the other.
    statistics: Option<Tensor>,
    /// Masks, laid out as the parameters.
    masks: Option<Tensor>,
    /// The coreset, i64 `[n]`.
    samples: Option<Tensor>,
    /// Whether each of its samples was classified correctly, bool `[n]`.
    right: Option<Tensor>,
}

impl DoubleLoss {
    /// What a run, whose `samples` (i64 `[n]`) have just been selected, has lost since the selection before; keeps it as
    /// it is for the next.
    ///
    /// # Errors
    /// When an image cannot be read.
    pub fn lost(
        &mut self,
        network: &mut Network,
        masks: Option<&Masks>,
        samples: &Tensor,
        data: &TrainingData,
    ) -> Result<Lost, DatasetError> {
        let start = Instant::now();
        let mut lost = Lost::default();
        if let (Some(before), Some(right)) = (&self.samples, &self.right) {
            let left = Tensor::isin(before, samples, true, true);
            let (leaving, right) = (before.masked_select(&left), right.masked_select(&left));
            let wrong = hits(network, data, &leaving)?.logical_not();
            lost.known = Some(right.logical_and(&wrong).sum(Kind::Int64).int64_value(&[]) as u64);
            let share = |masks| self.gradient_share(network, masks, data, &leaving);
            lost.gradient_share = masks.map(share).transpose()?.flatten();
        }
        let right = hits(network, data, samples)?;
        *self = Self {
            parameters: Some(network.parameters.flat.detach().copy()),
            statistics: Some(statistics(network)),
            masks: masks.map(|masks| masks.flat.copy()),
            samples: Some(samples.copy()),
            right: Some(right),
        };
        Ok(Lost { time_s: start.elapsed().as_secs_f64(), ..lost })
    }

    /// The share of the squared gradient of the mean loss of `leaving`, by the weights of the network that is kept here,
    /// that lies on weights which `now` masks; of those that were active.
    fn gradient_share(
        &self,
        network: &mut Network,
        now: &Masks,
        data: &TrainingData,
        leaving: &Tensor,
    ) -> Result<Option<f64>, DatasetError> {
        let (Some(parameters), Some(statistics_then), Some(masks)) =
            (&self.parameters, &self.statistics, &self.masks)
        else {
            return Ok(None);
        };
        let count = leaving.size()[0];
        if count == 0 {
            return Ok(None);
        }
        let present = (network.parameters.flat.detach().copy(), statistics(network));
        put(network, parameters, statistics_then);
        let mut gradient = network.parameters.like(0.0);
        let mut add = |(indices, images): (Tensor, Tensor)| {
            let logits = network.forward(&images, Mode::Evaluate).logits;
            let sum = cross_entropy(&logits, &data.images.labels(&indices)).sum(Kind::Float);
            gradient += network.parameters.gradient(&(sum / count as f64));
        };
        let added = batches(&*data.images, leaving).try_for_each(|batch| batch.map(&mut add));
        put(network, &present.0, &present.1);
        added?;
        let squares = gradient.to_kind(Kind::Double).square();
        let sum = |layer| {
            let part = |flat: &Tensor| Masks::part(flat, layer).to_kind(Kind::Double);
            let active = part(&squares) * part(masks);
            let masked: Tensor = 1.0 - part(&now.flat);
            [(&active * masked).sum(Kind::Double), active.sum(Kind::Double)]
                .map(|sum| sum.double_value(&[]))
        };
        let sums = now.layers.iter().map(sum);
        let [masked, active] = sums.fold([0.0; 2], |[a, b], [c, d]| [a + c, b + d]);
        Ok((active > 0.0).then(|| masked / active))
    }
}

/// Whether `network` classifies each of the images at `indices` correctly, bool `[n]`.
fn hits(
    network: &mut Network,
    data: &TrainingData,
    indices: &Tensor,
) -> Result<Tensor, DatasetError> {
    if indices.size()[0] == 0 {
        return Ok(indices.to_kind(Kind::Bool));
    }
    let labels = data.images.labels(indices);
    Ok(logits(network, &*data.images, indices)?.argmax(-1, false).eq_tensor(&labels))
}

fn statistics(network: &Network) -> Tensor {
    let both = network.statistics.iter().flat_map(|s| [&s.mean, &s.variance]);
    Tensor::cat(&both.collect::<Vec<_>>(), 0)
}

/// Gives `network` these parameters and running statistics.
fn put(network: &mut Network, parameters: &Tensor, statistics: &Tensor) {
    let _guard = tch::no_grad_guard();
    network.parameters.flat.copy_(parameters);
    let mut offset = 0;
    for layer in &mut network.statistics {
        for tensor in [&mut layer.mean, &mut layer.variance] {
            let len = tensor.size()[0];
            tensor.copy_(&statistics.narrow(0, offset, len));
            offset += len;
        }
    }
}

impl Persist for DoubleLoss {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.optional("parameters", &mut self.parameters);
        at.optional("statistics", &mut self.statistics);
        at.optional("masks", &mut self.masks);
        at.optional("samples", &mut self.samples);
        at.optional("right", &mut self.right);
    }
}
