//! The masks of a network: which weights are active, in one flat buffer beside the parameters.

use rand::seq::SliceRandom;
use tch::{Kind, Tensor};

use crate::model::parameters::Parameters;
use crate::model::{Architecture, architecture::Layer};
use crate::stream::stream;

/// Where a maskable layer lies in the flat buffers, and how many of its weights are active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedLayer {
    /// The layer.
    pub layer: Layer,
    /// First element in the flat buffers.
    pub offset: i64,
    /// Number of active weights; constant through a run.
    pub active: usize,
}

/// Masks of a whole network. Parameters that cannot be masked (batch norm, biases) count as active.
#[derive(Debug)]
pub struct Masks {
    /// 1 where a parameter is active, 0 where it is masked; f32, laid out as the parameters.
    pub flat: Tensor,
    /// The maskable layers in order.
    pub layers: Vec<MaskedLayer>,
}

impl Masks {
    /// Random masks with exactly `active` weights in each layer, drawn from `seed`.
    pub fn random(
        architecture: &Architecture,
        parameters: &Parameters,
        active: &[usize],
        seed: u64,
    ) -> Self {
        let mut values = vec![1.0_f32; parameters.flat.size()[0] as usize];
        let mut layers = Vec::new();
        for ((number, layer), &active) in (0..).zip(architecture.layers()).zip(active) {
            let range = parameters
                .range(&format!("{}.weight", layer.name))
                .expect("every layer of an architecture has a parameter");
            let offset = range.start as i64;
            let mask = &mut values[range];
            if active < mask.len() {
                mask[active..].fill(0.0);
                mask.shuffle(&mut stream(seed, "initial-mask", number));
            }
            layers.push(MaskedLayer { layer, offset, active });
        }
        let flat = Tensor::from_slice(&values).to_device(parameters.flat.device());
        Self { flat, layers }
    }

    /// The part of `flat`, a buffer laid out as the parameters, that belongs to `layer`.
    pub fn part(flat: &Tensor, layer: &MaskedLayer) -> Tensor {
        flat.narrow(0, layer.offset, layer.layer.weights() as i64)
    }

    /// Sets `buffer` to exactly 0 where a parameter is masked.
    pub fn apply(&self, buffer: &mut Tensor) {
        let _ = tch::no_grad(|| buffer.g_mul_(&self.flat));
    }

    /// Active share of all maskable weights.
    pub fn density(&self) -> f64 {
        let total: usize = self.layers.iter().map(|l| l.layer.weights()).sum();
        let active: usize = self.layers.iter().map(|l| l.active).sum();
        active as f64 / total as f64
    }

    /// Mask of `layer` as bytes, 1 where active, in the shape of its weight.
    pub fn bytes(&self, layer: &MaskedLayer) -> Tensor {
        let shape: Vec<i64> = layer.layer.shape.iter().map(|&d| d as i64).collect();
        Self::part(&self.flat, layer).view(shape.as_slice()).to_kind(Kind::Uint8)
    }
}
