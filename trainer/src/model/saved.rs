//! A network as named tensors, under torchvision's names, and back.

use tch::Tensor;
use thiserror::Error;

use super::Network;

/// A saved model that does not fit the network.
#[derive(Debug, Error, PartialEq)]
pub enum SavedModelError {
    /// A tensor is missing.
    #[error("the saved model has no tensor `{0}`; was it saved from another model?")]
    Missing(String),
    /// A tensor has another shape.
    #[error("tensor `{name}` of the saved model has shape {found:?} where {expected:?} is needed")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<i64>,
        /// The shape needed.
        expected: Vec<i64>,
    },
}

impl Network {
    /// Every tensor that makes up the network, with torchvision's name, on the CPU.
    pub fn tensors(&self) -> Vec<(String, Tensor)> {
        let saved = |tensor: &Tensor| tensor.detach().to_device(tch::Device::Cpu).copy();
        let parameters = &self.parameters;
        let mut named: Vec<_> = parameters
            .slots
            .iter()
            .zip(&parameters.views)
            .map(|(s, v)| (s.name.clone(), saved(v)))
            .collect();
        for (conv, statistics) in self.architecture.convs().zip(&self.statistics) {
            named.push((format!("{}.running_mean", conv.norm), saved(&statistics.mean)));
            named.push((format!("{}.running_var", conv.norm), saved(&statistics.variance)));
            let seen = Tensor::from(self.batches_seen);
            named.push((format!("{}.num_batches_tracked", conv.norm), seen));
        }
        named
    }

    /// Takes over the values of `tensors`, named as by [`Network::tensors`] or torchvision.
    ///
    /// # Errors
    /// When one is missing or has another shape; the network is then half changed.
    pub fn load(&mut self, tensors: &[(String, Tensor)]) -> Result<(), SavedModelError> {
        self.load_but(tensors, |_| false)
    }

    /// As [`Network::load`], but for the tensors whose names are to `keep` their values.
    pub(super) fn load_but(
        &mut self,
        tensors: &[(String, Tensor)],
        keep: impl Fn(&str) -> bool,
    ) -> Result<(), SavedModelError> {
        let _guard = tch::no_grad_guard();
        let fill = |name: String, target: &mut Tensor| {
            if keep(&name) {
                return Ok(());
            }
            let found = tensors.iter().find(|(n, _)| *n == name).map(|(_, tensor)| tensor);
            let Some(source) = found else { return Err(SavedModelError::Missing(name)) };
            if source.size() != target.size() {
                let (found, expected) = (source.size(), target.size());
                return Err(SavedModelError::Shape { name, found, expected });
            }
            target.copy_(source);
            Ok(())
        };
        for (slot, view) in self.parameters.slots.iter().zip(&mut self.parameters.views) {
            fill(slot.name.clone(), view)?;
        }
        for (conv, statistics) in self.architecture.convs().zip(&mut self.statistics) {
            fill(format!("{}.running_mean", conv.norm), &mut statistics.mean)?;
            fill(format!("{}.running_var", conv.norm), &mut statistics.variance)?;
        }
        Ok(())
    }
}
