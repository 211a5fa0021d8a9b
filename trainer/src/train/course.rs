//! Where a run is: the epoch, the choices drawn for it, how far it has come, and what has been summed up on the way.

use tch::{Device, Kind, Tensor};

use super::sgd::cosine_rate;
use crate::feed::augment::Plan;
use crate::persist::{Fields, Persist};

/// The course of a run. What a step reads or changes is on the device, so that a captured step can.
#[derive(Debug)]
pub struct Course {
    /// The epoch under way, or about to begin; from 1.
    pub epoch: u32,
    /// Whether the epoch has begun.
    pub begun: bool,
    /// The random choices of the epoch.
    pub plan: Plan,
    /// Learning rate of the epoch.
    pub learning_rate: f64,
    /// The same on the device, f32, no dimensions.
    pub rate: Tensor,
    /// Sums over the samples seen in the epoch: the loss, and the number of correct predictions; f64 `[2]`.
    pub totals: Tensor,
    /// Samples seen in the epoch, i64 `[1]`.
    position: Tensor,
    /// The same on the host.
    seen: usize,
    /// 0, 1, ..., up to the mini-batch size.
    counting: Tensor,
}

impl Course {
    /// Before the first of the epochs on up to `capacity` samples in mini-batches of up to `batch_size`.
    pub fn new(capacity: usize, batch_size: usize, device: Device) -> Self {
        Self {
            epoch: 1,
            begun: false,
            plan: Plan::new(capacity, device),
            learning_rate: 0.0,
            rate: Tensor::zeros([0_i64; 0], (Kind::Float, device)),
            totals: Tensor::zeros([2], (Kind::Double, device)),
            position: Tensor::zeros([1], (Kind::Int64, device)),
            seen: 0,
            counting: Tensor::arange(batch_size as i64, (Kind::Int64, device)),
        }
    }

    /// Begins the epoch: its choices are drawn for `samples` samples. `base` is the learning rate of the first of
    /// `epochs`.
    pub fn begin(&mut self, samples: usize, seed: u64, base: f64, epochs: u32) {
        self.plan.draw(samples, seed, self.epoch);
        self.learning_rate = cosine_rate(base, self.epoch, epochs);
        let _ = self.rate.fill_(self.learning_rate);
        self.rewind();
        self.begun = true;
    }

    /// Goes back to the beginning of the epoch, with the same choices.
    pub fn rewind(&mut self) {
        let _ = self.position.zero_();
        let _ = self.totals.zero_();
        self.seen = 0;
    }

    /// Ends the epoch.
    pub fn end(&mut self) {
        self.begun = false;
        self.epoch += 1;
    }

    /// Mean loss and accuracy over the samples seen in the epoch. Waits for the device.
    pub fn means(&self) -> [f64; 2] {
        [0, 1].map(|place| self.totals.double_value(&[place]) / self.seen as f64)
    }

    /// Number of samples in a full mini-batch.
    pub fn batch_size(&self) -> usize {
        self.counting.size()[0] as usize
    }

    /// Number of samples in the next mini-batch; `None` at the end of the epoch.
    pub fn next(&self) -> Option<i64> {
        let left = self.plan.len() - self.seen;
        let len = self.batch_size().min(left);
        (len > 0).then_some(len as i64)
    }

    /// Positions in the order of the epoch of the next `len` samples, i64 `[len]`.
    pub fn places(&self, len: i64) -> Tensor {
        self.counting.narrow(0, 0, len) + &self.position
    }

    /// Positions of the samples that are still to come, in the order of the epoch, i64 `[n]`.
    pub fn rest(&self) -> Tensor {
        self.plan.order.narrow(0, self.seen as i64, (self.plan.len() - self.seen) as i64)
    }

    /// Notes that `len` samples have been seen.
    pub fn advance(&mut self, len: i64) {
        self.move_on(len);
        self.count(len);
    }

    /// What a step does of that on the device.
    pub fn move_on(&mut self, len: i64) {
        self.position += len;
    }

    /// What the host does of it.
    pub fn count(&mut self, len: i64) {
        self.seen += len as usize;
    }

    /// The same buffers for a step that is replayed. The host's numbers are not those of the course, nor any: a step
    /// that read one of them would be replayed with what it was when it was captured.
    pub fn frozen(&self) -> Self {
        Self {
            epoch: u32::MAX / 2,
            begun: false,
            plan: self.plan.frozen(),
            learning_rate: f64::NAN,
            rate: self.rate.shallow_clone(),
            totals: self.totals.shallow_clone(),
            position: self.position.shallow_clone(),
            seen: usize::MAX / 2,
            counting: self.counting.shallow_clone(),
        }
    }
}

impl Persist for Course {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("epoch", &mut self.epoch);
        at.plain("begun", &mut self.begun);
        at.part("plan", &mut self.plan);
        at.plain("learning-rate", &mut self.learning_rate);
        at.tensor("rate", &mut self.rate);
        at.tensor("totals", &mut self.totals);
        at.tensor("position", &mut self.position);
        at.plain("seen", &mut self.seen);
    }
}
