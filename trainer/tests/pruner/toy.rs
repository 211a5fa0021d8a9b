//! A ResNet-8 whose classifier and first convolution are filled by hand.

use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::pruner::region::Region;
use swast_trainer::pruner::{MaskedModel, Masks};
use swast_trainer::sparsity::budget::Group;
use tch::{Device, Kind, Tensor};

/// Number of the classifier among the layers of a ResNet-8: 640 weights.
pub(crate) const FC: usize = 9;

/// A network with masks and momentum.
pub(crate) struct Toy {
    pub(crate) network: Network,
    pub(crate) momentum: Tensor,
    pub(crate) masks: Masks,
}

impl Toy {
    /// All weights 0 and active, but `active` of the classifier's, at random places.
    pub(crate) fn new(active: usize, seed: u64) -> Self {
        let network = Network::new(Architecture::new(ModelKind::ResNet8, 10, 32), 0, Device::Cpu);
        let mut counts: Vec<_> =
            network.architecture.layers().iter().map(|l| l.weights()).collect();
        counts[FC] = active;
        let masks = Masks::random(&network.architecture, &network.parameters, &counts, seed);
        let momentum = network.parameters.like(0.0);
        let mut toy = Self { network, momentum, masks };
        let _ = tch::no_grad(|| toy.network.parameters.flat.zero_());
        toy
    }

    /// Puts `values` at the front of the part of `flat` that belongs to layer `number`.
    pub(crate) fn put(&self, flat: &Tensor, number: usize, values: &[f32]) {
        let part = Masks::part(flat, &self.masks.layers[number]);
        part.narrow(0, 0, values.len() as i64).copy_(&Tensor::from_slice(values));
    }

    /// Fills the front of layer `number` with `weights`.
    pub(crate) fn with_weights(self, number: usize, weights: &[f32]) -> Self {
        self.put(&self.network.parameters.flat, number, weights);
        self
    }

    /// A gradient that is `values` at the front of layer `number` and 0 elsewhere.
    pub(crate) fn gradient(&self, number: usize, values: &[f32]) -> Tensor {
        let flat = self.network.parameters.like(0.0);
        self.put(&flat, number, values);
        flat
    }

    /// What a pruner is given.
    pub(crate) fn model(&mut self) -> MaskedModel<'_> {
        let Self { network, momentum, masks } = self;
        MaskedModel { parameters: &mut network.parameters, momentum, masks }
    }

    /// The region of `layers` with `active` weights to keep.
    pub(crate) fn region(&self, layers: &[usize], active: usize) -> Region {
        let group = Group { layers: layers.to_vec(), active };
        Region::new(&group, &self.network.architecture, &self.network.parameters)
    }

    /// Whether each weight of layer `number` is active.
    pub(crate) fn active(&self, number: usize) -> Vec<bool> {
        let part = Masks::part(&self.masks.flat, &self.masks.layers[number]);
        Vec::<f32>::try_from(part).unwrap().into_iter().map(|m| m == 1.0).collect()
    }

    /// The weights of layer `number`.
    pub(crate) fn weights(&self, number: usize) -> Vec<f32> {
        let part = Masks::part(&self.network.parameters.flat, &self.masks.layers[number]);
        Vec::try_from(part.copy()).unwrap()
    }

    /// Active weights of every layer as the device has them.
    pub(crate) fn counts(&self) -> Vec<i64> {
        Vec::try_from(self.masks.counts()).unwrap()
    }

    /// Largest magnitude of weights and momentum where masked.
    pub(crate) fn hidden(&self) -> f64 {
        let inactive: Tensor = 1.0 - &self.masks.flat;
        let hidden = |flat: &Tensor| (flat.detach() * &inactive).abs().max().double_value(&[]);
        hidden(&self.network.parameters.flat).max(hidden(&self.momentum))
    }
}

/// Numbers in [-0.5, 0.5) without pattern.
pub(crate) fn scattered(count: usize, salt: u64) -> Vec<f32> {
    let values = swast_trainer::draws::uniform(salt, count, Device::Cpu) - 0.5;
    Vec::try_from(values.to_kind(Kind::Float)).unwrap()
}
