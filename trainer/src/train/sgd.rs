//! Masked stochastic gradient descent with Nesterov momentum, over flat buffers.

use tch::Tensor;

use crate::libtorch::sgd::{fused_sgd, masked_sgd};
use crate::model::parameters::Parameters;
use crate::pruner::Masks;
use crate::settings::Sgd;

impl Sgd {
    /// One step: `g <- g * mask + decay * w; m <- momentum * m + g; w <- w - rate * (g + momentum * m)`.
    /// The gradient is masked before the decay is added, and weights and momentum are 0 where masked, so
    /// they stay exactly 0 there. Without masks this is the plain optimizer. The learning `rate` is a tensor (f32, no
    /// dimensions), so that a captured step reads the present one. Where `spoiled` (the same) is 1, nothing changes.
    pub fn step(
        &self,
        parameters: &mut Parameters,
        momentum: &mut Tensor,
        mut gradient: Tensor,
        masks: Option<&Masks>,
        rate: &Tensor,
        spoiled: Option<&Tensor>,
    ) {
        let _guard = tch::no_grad_guard();
        let Self { momentum: share, weight_decay } = *self;
        let fused = rate.device().is_cuda() || spoiled.is_some();
        if let (true, Some(masks)) = (fused, masks) {
            masks.apply(&mut gradient);
        }
        let buffers = [&parameters.flat, &gradient, momentum];
        if fused {
            fused_sgd(buffers, rate, share, weight_decay, spoiled);
        } else {
            masked_sgd(buffers, masks.map(|masks| &masks.flat), rate, share, weight_decay);
        }
    }
}

/// Learning rate of `epoch` (from 1) of `epochs`: cosine from `base` towards 0, changed once an epoch.
pub fn cosine_rate(base: f64, epoch: u32, epochs: u32) -> f64 {
    let progress = f64::from(epoch - 1) / f64::from(epochs);
    base / 2.0 * (1.0 + (std::f64::consts::PI * progress).cos())
}
