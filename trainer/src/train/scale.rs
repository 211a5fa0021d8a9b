//! The scale of the loss in fp16, where gradients are too small for the exponent of 16 bits. It is learned on the way: a
//! step whose gradient overflows is left out and halves the scale, and many in a row that do not double it (Micikevicius
//! et al. 2018; the numbers are those of PyTorch's `GradScaler`).

use tch::{Device, Kind, Tensor};

use crate::libtorch::sgd::unscale;
use crate::model::parameters::Parameters;
use crate::persist::{Fields, Persist};

/// The scale of the first step.
const FIRST: f64 = 65536.0;
/// What the scale is multiplied by after so many steps in a row with finite gradients.
const GROWTH: (f64, i64) = (2.0, 2000);
/// What it is multiplied by after a step without.
const BACKOFF: f64 = 0.5;

/// The scale of the loss. All of it is on the device, at fixed addresses, so that a captured step reads and changes it.
#[derive(Debug)]
pub struct LossScale {
    /// What the loss is multiplied by, f32, no dimensions.
    factor: Tensor,
    /// Steps since it changed, i32, no dimensions.
    clean: Tensor,
    /// 1 where the gradient of the present step is not finite, else 0; f32, no dimensions.
    spoiled: Tensor,
}

impl LossScale {
    /// The scale before the first step of a run on `device`.
    pub fn new(device: Device) -> Self {
        let scalar = |value: f64, kind| Tensor::full([0_i64; 0], value, (kind, device));
        Self {
            factor: scalar(FIRST, Kind::Float),
            clean: scalar(0.0, Kind::Int),
            spoiled: scalar(0.0, Kind::Float),
        }
    }

    /// The same buffers for a step that is replayed.
    pub fn frozen(&self) -> Self {
        Self {
            factor: self.factor.shallow_clone(),
            clean: self.clean.shallow_clone(),
            spoiled: self.spoiled.shallow_clone(),
        }
    }

    /// What the loss is multiplied by, f32, no dimensions.
    pub fn factor(&self) -> &Tensor {
        &self.factor
    }

    /// Whether the gradient of the present step is not finite: 1, else 0; f32, no dimensions.
    pub fn spoiled(&self) -> &Tensor {
        &self.spoiled
    }

    /// The gradient of `loss` by `parameters`, taken at the present scale. Where it is not finite, that is noted.
    pub fn gradient(&mut self, parameters: &Parameters, loss: &Tensor) -> Tensor {
        let mut gradient = parameters.gradient(&(loss * &self.factor));
        // A power of two: nothing is rounded.
        unscale(&mut gradient, &self.factor.reciprocal(), &mut self.spoiled);
        gradient
    }

    /// `gradient` for a pruner that learns from it: zeros where that of the step is not finite.
    pub fn finite(&self, gradient: &Tensor) -> Tensor {
        gradient.where_self(&self.spoiled.eq(0.0), &gradient.zeros_like())
    }

    /// Ends the step: the scale follows what became of its gradient.
    pub fn settle(&mut self) {
        let (growth, interval) = GROWTH;
        let Self { factor, clean, spoiled } = self;
        let _factor = factor.internal_amp_update_scale_(clean, spoiled, growth, BACKOFF, interval);
        let _ = spoiled.zero_();
    }
}

impl Persist for LossScale {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.tensor("factor", &mut self.factor);
        at.tensor("clean", &mut self.clean);
    }
}
