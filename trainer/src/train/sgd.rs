//! Masked stochastic gradient descent with Nesterov momentum, over flat buffers.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::model::parameters::Parameters;
use crate::pruner::Masks;

/// Settings of the optimizer apart from the learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sgd {
    /// Momentum.
    pub momentum: f64,
    /// L2 penalty, applied to every parameter, batch norm and biases included, as `torch.optim.SGD` does.
    pub weight_decay: f64,
}

impl Sgd {
    /// One step: `g <- g * mask + decay * w; m <- momentum * m + g; w <- w - rate * (g + momentum * m)`.
    /// The gradient is masked before the decay is added, and weights and momentum are 0 where masked, so
    /// they stay exactly 0 there. Without masks this is the plain optimizer.
    pub fn step(
        &self,
        parameters: &mut Parameters,
        momentum: &mut Tensor,
        mut gradient: Tensor,
        masks: Option<&Masks>,
        rate: f64,
    ) {
        let _guard = tch::no_grad_guard();
        if let Some(masks) = masks {
            masks.apply(&mut gradient);
        }
        let _ = gradient.g_add_(&(&parameters.flat * self.weight_decay));
        let _ = momentum.g_mul_scalar_(self.momentum).g_add_(&gradient);
        let _ = parameters.flat.g_sub_(&((gradient + &*momentum * self.momentum) * rate));
    }
}

/// Learning rate of `epoch` (from 1) of `epochs`: cosine from `base` towards 0, changed once an epoch.
pub fn cosine_rate(base: f64, epoch: u32, epochs: u32) -> f64 {
    let progress = f64::from(epoch - 1) / f64::from(epochs);
    base / 2.0 * (1.0 + (std::f64::consts::PI * progress).cos())
}
