//! A part of the network under one budget: the weights among which a pruner ranks.

use tch::{Device, Kind, Tensor};

use crate::model::parameters::Parameters;
use crate::model::{Architecture, architecture::Layer};
use crate::sparsity::budget::Group;

/// Weights under one budget, in order: one layer, or several that compete.
#[derive(Debug)]
pub struct Region {
    /// Their positions in the flat buffers, i64 `[n]`, on the device.
    pub positions: Tensor,
    /// Number of weights that stay active in the end.
    pub active: usize,
    /// First and number of the weights of each layer, within the region.
    layers: Vec<(i64, i64)>,
}

impl Region {
    /// The weights of `group`, where `parameters` has them.
    pub fn new(group: &Group, architecture: &Architecture, parameters: &Parameters) -> Self {
        let all: Vec<Layer> = architecture.layers();
        let (mut positions, mut layers, mut first) = (Vec::new(), Vec::new(), 0);
        for layer in group.layers.iter().map(|&number| &all[number]) {
            let range = parameters
                .range(&format!("{}.weight", layer.name))
                .expect("every layer of an architecture has a parameter");
            positions.extend(range.start as i64..range.end as i64);
            layers.push((first, range.len() as i64));
            first += range.len() as i64;
        }
        let positions = Tensor::from_slice(&positions).to_device(parameters.flat.device());
        Self { positions, active: group.active, layers }
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.positions.size()[0] as usize
    }

    /// Device of the weights.
    pub fn device(&self) -> Device {
        self.positions.device()
    }

    /// The region's part of `flat`, a buffer laid out as the parameters; a copy, `[n]`.
    pub fn of(&self, flat: &Tensor) -> Tensor {
        flat.index_select(0, &self.positions)
    }

    /// Writes `values` `[n]` into the region's part of `flat`.
    pub fn put(&self, flat: &mut Tensor, values: &Tensor) {
        let _ = tch::no_grad(|| flat.index_copy_(0, &self.positions, values));
    }

    /// Positions within the region of the `count` highest `scores` `[n]`, in falling order; among equals the
    /// lower position. Each layer keeps its best weight whatever the others have: a layer without any would
    /// cut the network in two.
    pub fn highest(&self, scores: &Tensor, count: usize) -> Tensor {
        if self.layers.len() == 1 {
            return highest(scores, count as i64);
        }
        let best =
            |&(first, len): &(i64, i64)| scores.narrow(0, first, len).argmax(0, true) + first;
        let best = Tensor::cat(&self.layers.iter().map(best).collect::<Vec<_>>(), 0);
        highest(&scores.index_fill(0, &best, f64::INFINITY), count as i64)
    }

    /// Scores that rank the active weights by magnitude, `[n]`: masked ones are 0 and score -1, below every
    /// active one.
    pub fn magnitudes(&self, weights: &Tensor, masks: &Tensor) -> Tensor {
        self.of(weights).abs() + (self.of(masks) - 1.0)
    }

    /// A buffer for the region, `[n]`, filled with `value`.
    pub fn like(&self, value: f64) -> Tensor {
        Tensor::full(self.positions.size(), value, (Kind::Float, self.device()))
    }
}

/// Positions of the `count` highest `scores`, in falling order; among equals the lower position is first.
pub fn highest(scores: &Tensor, count: i64) -> Tensor {
    let (_, order) = scores.sort_stable(true, 0, true);
    order.narrow(0, 0, count)
}
