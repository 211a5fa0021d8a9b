//! The masks of a network: which weights are active, in one flat buffer beside the parameters.

use rand::seq::SliceRandom;
use tch::{Kind, Tensor};

use super::region::Region;
use crate::model::parameters::Parameters;
use crate::model::{Architecture, architecture::Layer};
use crate::persist::{Fields, Persist};
use swast_tables::stream::stream;

/// Where a maskable layer lies in the flat buffers, and how many of its weights are active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedLayer {
    /// The layer.
    pub layer: Layer,
    /// First element in the flat buffers.
    pub offset: i64,
    /// Number of active weights. Where it changes during a run it is only known on the device, and this is
    /// the number at the last [`Masks::recount`].
    pub active: usize,
}

/// What a pruner may look at and change.
#[derive(Debug)]
pub struct MaskedModel<'a> {
    /// Weights; exactly 0 where masked.
    pub parameters: &'a mut Parameters,
    /// Momentum, laid out as the parameters; exactly 0 where masked.
    pub momentum: &'a mut Tensor,
    /// The masks.
    pub masks: &'a mut Masks,
}

/// Masks of a whole network. Parameters that cannot be masked (batch norm, biases) count as active.
#[derive(Debug)]
pub struct Masks {
    /// 1 where a parameter is active, 0 where it is masked; f32, laid out as the parameters.
    pub flat: Tensor,
    /// The maskable layers in order.
    pub layers: Vec<MaskedLayer>,
    /// Goes up whenever the number of active weights of a layer may have changed.
    version: u64,
}

impl Masks {
    /// Masks under which every weight is active.
    pub fn dense(architecture: &Architecture, parameters: &Parameters) -> Self {
        let active: Vec<_> = architecture.layers().iter().map(Layer::weights).collect();
        Self::random(architecture, parameters, &active, 0)
    }

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
        Self { flat, layers, version: 0 }
    }

    /// The part of `flat`, a buffer laid out as the parameters, that belongs to `layer`.
    pub fn part(flat: &Tensor, layer: &MaskedLayer) -> Tensor {
        flat.narrow(0, layer.offset, layer.layer.weights() as i64)
    }

    /// Makes exactly the weights at `kept` (positions within `region`) of the region active.
    pub fn keep(&mut self, region: &Region, kept: &Tensor) {
        let mask = Tensor::zeros(region.positions.size(), (Kind::Float, self.flat.device()));
        region.put(&mut self.flat, &mask.index_fill(0, kept, 1.0));
        self.version += 1;
    }

    /// The same buffer for a step that is replayed.
    pub fn frozen(&self) -> Self {
        let (flat, layers) = (self.flat.shallow_clone(), self.layers.clone());
        Self { flat, layers, version: self.version }
    }

    /// Sets `buffer` to exactly 0 where a parameter is masked.
    pub fn apply(&self, buffer: &mut Tensor) {
        let _ = tch::no_grad(|| buffer.g_mul_(&self.flat));
    }

    /// Goes up whenever the number of active weights of a layer may have changed.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Number of active weights of every layer, i64 `[layers]`, on the device.
    pub fn counts(&self) -> Tensor {
        let count = |l: &MaskedLayer| Self::part(&self.flat, l).sum(Kind::Int64);
        Tensor::stack(&self.layers.iter().map(count).collect::<Vec<_>>(), 0)
    }

    /// Takes over the number of active weights of every layer.
    pub fn recount(&mut self, active: &[usize]) {
        for (layer, &active) in self.layers.iter_mut().zip(active) {
            layer.active = active;
        }
    }

    /// Active share of all maskable weights, at the last recount.
    pub fn density(&self) -> f64 {
        let active: usize = self.layers.iter().map(|l| l.active).sum();
        active as f64 / self.weights() as f64
    }

    /// Number of maskable weights.
    pub fn weights(&self) -> usize {
        self.layers.iter().map(|l| l.layer.weights()).sum()
    }

    /// Mask of `layer` as bytes, 1 where active, in the shape of its weight.
    pub fn bytes(&self, layer: &MaskedLayer) -> Tensor {
        let shape: Vec<i64> = layer.layer.shape.iter().map(|&d| d as i64).collect();
        Self::part(&self.flat, layer).view(shape.as_slice()).to_kind(Kind::Uint8)
    }
}

impl Persist for Masks {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.tensor("flat", &mut self.flat);
        for layer in &mut self.layers {
            at.plain(&format!("active.{}", layer.layer.name), &mut layer.active);
        }
        at.plain("version", &mut self.version);
    }
}
