//! The samples that are trained on, and the mini-batch taken from them: buffers at fixed addresses.

use swast_datasets::DatasetError;
use tch::{Device, Kind, Tensor};

use super::course::Course;
use crate::feed::{Feed, Slots};
use crate::persist::{Fields, Persist};

/// The samples that are trained on: D at first, a coreset later. Buffers have room for all of D; the first `len` entries
/// are used.
#[derive(Debug)]
pub struct Samples {
    indices: Tensor,
    weights: Tensor,
    len: usize,
    recorded: Option<Recorded>,
    /// Where states were recorded for the samples before, to be used again.
    room: Option<Recorded>,
}

/// States recorded after a selection (paper, Stage 1).
#[derive(Debug)]
pub struct Recorded {
    /// Logits, f32 `[n, C]`.
    pub logits: Tensor,
    /// 1 for samples whose state is preserved, 0 for the others, f32 `[n]`.
    pub member: Tensor,
}

impl Recorded {
    fn part(&self, len: i64) -> Self {
        let part = |tensor: &Tensor| tensor.narrow(0, 0, len);
        Self { logits: part(&self.logits), member: part(&self.member) }
    }

    fn frozen(&self) -> Self {
        Self { logits: self.logits.shallow_clone(), member: self.member.shallow_clone() }
    }
}

impl Samples {
    /// All samples at `indices`, i64 `[N]`, each of weight 1.
    pub fn all(indices: &Tensor) -> Self {
        let weights = Tensor::ones(indices.size(), (Kind::Float, indices.device()));
        let len = indices.size()[0] as usize;
        Self { indices: indices.copy(), weights, len, recorded: None, room: None }
    }

    /// Replaces the samples by those at `indices` with these `weights` in the loss. States recorded of the samples
    /// before are no longer valid.
    ///
    /// # Panics
    /// When there are more of them than of all samples.
    pub fn replace(&mut self, indices: &Tensor, weights: &Tensor) {
        self.len = indices.size()[0] as usize;
        self.indices().copy_(indices);
        self.weights().copy_(weights);
        self.room = self.recorded.take().or(self.room.take());
    }

    /// Keeps `recorded`, the states of the present samples; where the states of as many samples were kept before, in
    /// their place.
    pub fn record(&mut self, recorded: Recorded) {
        let before = self.recorded.take().or(self.room.take());
        let before = before.filter(|before| before.logits.size() == recorded.logits.size());
        self.recorded = Some(match before {
            Some(mut own) => {
                own.logits.copy_(&recorded.logits);
                own.member.copy_(&recorded.member);
                own
            }
            None => recorded,
        });
    }

    /// Where the recorded states are in memory; `None` where there are none.
    pub fn recorded_at(&self) -> Option<usize> {
        self.recorded.as_ref().map(|recorded| recorded.logits.data_ptr() as usize)
    }

    /// The same buffers for a step that is replayed, which may not know how many entries are used.
    pub fn frozen(&self) -> Self {
        Self {
            indices: self.indices.shallow_clone(),
            weights: self.weights.shallow_clone(),
            len: 0,
            recorded: self.recorded.as_ref().map(Recorded::frozen),
            room: None,
        }
    }

    /// Indices into the training set as stored, i64 `[n]`.
    pub fn indices(&self) -> Tensor {
        self.indices.narrow(0, 0, self.len as i64)
    }

    /// Weights in the loss, f32 `[n]`.
    pub fn weights(&self) -> Tensor {
        self.weights.narrow(0, 0, self.len as i64)
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Persist for Samples {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.tensor("indices", &mut self.indices);
        at.tensor("weights", &mut self.weights);
        at.plain("len", &mut self.len);
        let (mut logits, mut member) =
            self.recorded.take().map_or((None, None), |r| (Some(r.logits), Some(r.member)));
        at.optional("recorded.logits", &mut logits);
        at.optional("recorded.member", &mut member);
        self.recorded = logits.zip(member).map(|(logits, member)| Recorded { logits, member });
    }
}

/// The mini-batch of a step: filled again for each, at the same addresses.
#[derive(Debug)]
pub struct Batch {
    /// Images and labels.
    pub slots: Slots,
    /// Weights in the loss, f32 `[B]`.
    pub weights: Tensor,
    /// Recorded states of the samples, where there are any.
    pub recorded: Option<Recorded>,
}

impl Batch {
    /// Room for `size` samples of `feed`.
    pub fn new(feed: &dyn Feed, size: usize) -> Self {
        let weights = Tensor::zeros([size as i64], (Kind::Float, feed.device()));
        Self { slots: feed.slots(size), weights, recorded: None }
    }

    /// The same buffers for a step that is replayed.
    pub fn frozen(&self) -> Self {
        Self {
            slots: self.slots.first(self.weights.size()[0]),
            weights: self.weights.shallow_clone(),
            recorded: self.recorded.as_ref().map(Recorded::frozen),
        }
    }

    /// Fills in the next `len` of the `samples` in the order of `course`, and answers that part of the batch.
    ///
    /// # Errors
    /// When an image cannot be read.
    pub fn fill(
        &mut self,
        samples: &Samples,
        course: &Course,
        feed: &dyn Feed,
        len: i64,
    ) -> Result<Self, DatasetError> {
        let _guard = tch::no_grad_guard();
        if let (None, Some(recorded)) = (&self.recorded, &samples.recorded) {
            self.recorded = Some(self.room_for(recorded));
        }
        let part = self.first(len, samples);
        let places = course.places(len);
        let gather = |from: &Tensor, at: &Tensor, to: &Tensor| {
            let _filled = from.index_select_out(to, 0, at);
        };
        let slots = &part.slots;
        gather(&course.plan.rows, &places, &slots.rows);
        gather(&course.plan.columns, &places, &slots.columns);
        let chosen = course.plan.order.index_select(0, &places);
        gather(&samples.indices, &chosen, &slots.indices);
        gather(&samples.weights, &chosen, &part.weights);
        if let (Some(all), Some(own)) = (&samples.recorded, &part.recorded) {
            gather(&all.logits, &chosen, &own.logits);
            gather(&all.member, &chosen, &own.member);
        }
        feed.fill(slots)?;
        Ok(part)
    }

    fn room_for(&self, recorded: &Recorded) -> Recorded {
        let size = self.weights.size()[0];
        let float = (Kind::Float, self.device());
        let classes = recorded.logits.size()[1];
        Recorded {
            logits: Tensor::zeros([size, classes], float),
            member: Tensor::zeros([size], float),
        }
    }

    /// The first `len` of what was filled in of `samples`, sharing its memory.
    pub fn first(&self, len: i64, samples: &Samples) -> Self {
        let recorded = self.recorded.as_ref().filter(|_| samples.recorded.is_some());
        Self {
            slots: self.slots.first(len),
            weights: self.weights.narrow(0, 0, len),
            recorded: recorded.map(|recorded| recorded.part(len)),
        }
    }

    fn device(&self) -> Device {
        self.weights.device()
    }
}
