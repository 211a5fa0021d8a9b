//! Moving connections: drop the smallest, grow others, the number in each layer staying the same. RigL and
//! SET differ only in where they grow (Evci et al. 2020, Algorithm 1).

use tch::Tensor;

use super::masks::MaskedLayer;
use super::region::highest;
use super::schedule::drop_count;
use super::{MaskedModel, Masks};

/// Drops the share `fraction` of each layer's active connections, those of the smallest weights, and grows as
/// many where the scores given for the layer (`[weights]`, at least 0) are highest among the inactive ones.
///
/// A connection dropped a moment ago is a candidate for growth, and keeps its weight and momentum when it
/// grows back; any other grown connection starts at weight 0 and momentum 0.
pub(super) fn rewire(
    fraction: f64,
    model: MaskedModel,
    mut scores: impl FnMut(&MaskedLayer) -> Tensor,
) {
    let MaskedModel { parameters, momentum, masks } = model;
    let _guard = tch::no_grad_guard();
    for layer in masks.layers.iter().filter(|l| l.active < l.layer.weights()) {
        let dropped = drop_count(layer.active, fraction) as i64;
        if dropped == 0 {
            continue;
        }
        let mut mask = Masks::part(&masks.flat, layer);
        let weight = Masks::part(&parameters.flat, layer);

        // Inactive weights are 0 and score -1, below every active one, so they never survive the drop.
        let drop_score = weight.abs() + (&mask - 1.0);
        let kept = highest(&drop_score, layer.active as i64 - dropped);
        let grown = highest(&scores(layer).index_fill(0, &kept, -1.0), dropped);

        let _ = mask.zero_();
        let _ = mask.index_fill_(0, &Tensor::cat(&[kept, grown], 0), 1.0);
    }
    // Whatever is inactive now, dropped weights and their momentum, must be exactly 0; what has just grown
    // was inactive, hence 0 already.
    masks.apply(&mut parameters.flat);
    masks.apply(momentum);
}
