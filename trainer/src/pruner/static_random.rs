//! The baseline that never changes its random masks.

use tch::Tensor;

use super::{Action, MaskedModel, Pruner};

/// Keeps the masks as they are.
#[derive(Debug)]
pub struct StaticRandom;

impl Pruner for StaticRandom {
    fn observe(&mut self, _step: u64, _gradient: &mut Tensor, _model: MaskedModel) -> Action {
        Action::Step
    }
}
