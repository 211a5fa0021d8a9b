//! A mini-batch, and the training loss of a network on it (paper, Eq. 3).

use tch::{Kind, Tensor};

use crate::feed::resident::{EpochPlan, Images};
use crate::model::Network;
use crate::model::ops::Mode;
use crate::settings::Settings;
use crate::train::loss::{cross_entropy, preservation, weighted_mean};
use crate::train::state::{Recorded, Samples};

/// The samples of one step, on the device.
#[derive(Debug)]
pub struct Batch {
    /// Augmented images, `[B, 3, H, W]`.
    pub images: Tensor,
    /// Their indices into the training set as stored, `[B]`.
    pub indices: Tensor,
    labels: Tensor,
    weights: Tensor,
    preserved: Option<Recorded>,
}

/// What one forward pass in training gives.
#[derive(Debug)]
pub struct Objective {
    /// The loss to descend, a scalar.
    pub loss: Tensor,
    /// Whether each sample was classified correctly, `[B]`.
    pub hits: Tensor,
    /// B times the loss, and the number of correct predictions; `[2]`, f64, on the device.
    pub totals: Tensor,
}

impl Batch {
    /// The `len` samples that `plan` visits from position `first` on.
    pub fn gather(
        samples: &Samples,
        images: &Images,
        plan: &EpochPlan,
        (first, len): (i64, i64),
    ) -> Self {
        let chosen = plan.order.narrow(0, first, len);
        let indices = samples.indices.index_select(0, &chosen);
        let part = |Recorded { logits, member }: &Recorded| Recorded {
            logits: logits.index_select(0, &chosen),
            member: member.index_select(0, &chosen),
        };
        Self {
            images: images.augmented(&indices, plan, first),
            labels: images.labels(&indices),
            indices,
            weights: samples.weights.index_select(0, &chosen),
            preserved: samples.recorded.as_ref().map(part),
        }
    }

    /// Weighted cross-entropy of `network` on the batch, plus lambda times the divergence from the recorded states
    /// where there are any.
    pub fn objective(&self, network: &mut Network, settings: &Settings) -> Objective {
        let logits = network.forward(&self.images, Mode::Train).logits;
        let each = cross_entropy(&logits, &self.labels);
        let mut loss = weighted_mean(&each, &self.weights, settings.weighting);
        if let Some(Recorded { logits: recorded, member }) = &self.preserved {
            loss += settings.lambda * preservation(&logits, recorded, member);
        }
        let hits = logits.argmax(-1, false).eq_tensor(&self.labels);
        let sum = loss.detach().to_kind(Kind::Double) * self.labels.size()[0];
        let totals = Tensor::stack(&[sum, hits.sum(Kind::Double)], 0);
        Objective { loss, hits, totals }
    }
}
