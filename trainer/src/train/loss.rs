//! The training loss: weighted cross-entropy, and the divergence from the recorded states (paper, Eq. 3).

use tch::{Kind, Reduction, Tensor};

use crate::settings::Weighting;

/// Cross-entropy of every sample; `logits` `[N, C]`, `labels` `[N]` (i64), result `[N]`.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Tensor {
    logits.cross_entropy_loss(labels, None::<&Tensor>, Reduction::None, -100, 0.0)
}

/// Cross-entropy of a mini-batch with sample weights `[N]`.
pub fn weighted_mean(losses: &Tensor, weights: &Tensor, weighting: Weighting) -> Tensor {
    let sum = (losses * weights).sum(Kind::Float);
    match weighting {
        // A batch of zero weights has no loss, rather than 0/0.
        Weighting::Batch => sum / weights.sum(Kind::Float).clamp_min(f64::from(f32::MIN_POSITIVE)),
        Weighting::Coreset => sum / losses.size()[0],
    }
}

/// `KL(softmax(recorded) || softmax(logits))`, the mean over the mini-batch; `member` `[N]` is 1 for samples
/// whose state is preserved, 0 for others, which add nothing.
///
/// The paper's Eq. 3 sums over the whole coreset; in a mini-batch this can only mean an average.
pub fn preservation(logits: &Tensor, recorded: &Tensor, member: &Tensor) -> Tensor {
    let target = recorded.log_softmax(-1, Kind::Float);
    let predicted = logits.log_softmax(-1, Kind::Float);
    let divergence = (target.exp() * (target - predicted)).sum_dim_intlist(-1, false, Kind::Float);
    (divergence * member).sum(Kind::Float) / logits.size()[0]
}
