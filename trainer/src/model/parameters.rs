//! The parameters of a network in one flat buffer, with a view of it for every tensor, so that the
//! optimizer and the masks touch the whole network with a handful of operations.

use std::ops::Range;

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use tch::{Device, Kind, Tensor};

use super::Architecture;
use swast_tables::stream::stream;

/// Where one parameter tensor lies in the flat buffer.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Name as in torchvision.
    pub name: String,
    /// Shape of the tensor.
    pub shape: Vec<i64>,
    /// First element in the flat buffer.
    pub offset: usize,
    /// Number of elements.
    pub len: usize,
}

/// All parameters of a network.
#[derive(Debug)]
pub struct Parameters {
    /// Every parameter, one after the other; f32.
    pub flat: Tensor,
    /// Leaf tensors that share the memory of `flat`.
    pub views: Vec<Tensor>,
    /// Names and places, in the order of `views`.
    pub slots: Vec<Slot>,
}

impl Parameters {
    /// Lays out the parameters of `architecture`: for each convolution its weight and its batch norm's
    /// weight and bias, then the classifier's weight and bias. Values are drawn from `seed` alone, so they
    /// are the same on every device: convolutions normal with variance 2 / (out * k^2) (He et al. 2015, fan
    /// out, as torchvision), batch norm 1 and 0, classifier uniform within 1 / sqrt(in).
    pub fn new(architecture: &Architecture, seed: u64, device: Device) -> Self {
        let slots = slots(architecture);
        let total = slots.last().map_or(0, |s| s.offset + s.len);
        let mut values = Vec::with_capacity(total);
        for (number, slot) in (0..).zip(&slots) {
            let mut draw = stream(seed, "initial-weights", number);
            if slot.shape.len() == 4 {
                let fan_out = slot.shape[0] * slot.shape[2] * slot.shape[3];
                let deviation = (2.0 / fan_out as f32).sqrt();
                let normal = (0..slot.len).map(|_| {
                    let z: f32 = StandardNormal.sample(&mut draw);
                    z * deviation
                });
                values.extend(normal);
            } else if slot.name.starts_with("fc") {
                let bound = 1.0 / (architecture.features as f32).sqrt();
                values.extend((0..slot.len).map(|_| draw.random_range(-bound..bound)));
            } else {
                let value = if slot.name.ends_with("weight") { 1.0 } else { 0.0 };
                values.extend(std::iter::repeat_n(value, slot.len));
            }
        }
        let flat = Tensor::from_slice(&values).to_device(device);
        let views = slots.iter().map(|s| view(&flat, s).detach().set_requires_grad(true)).collect();
        Self { flat, views, slots }
    }

    /// The slot called `name`.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        let slot = self.slots.iter().find(|s| s.name == name)?;
        Some(slot.offset..slot.offset + slot.len)
    }

    /// Gradients of `loss` by every parameter, one after the other as in `flat`.
    pub fn gradient(&self, loss: &Tensor) -> Tensor {
        let gradients = Tensor::run_backward(&[loss], &self.views, false, false);
        let flat: Vec<_> = gradients.iter().map(|g| g.reshape([-1])).collect();
        Tensor::cat(&flat, 0)
    }

    /// A buffer of the size of `flat` filled with `value`.
    pub fn like(&self, value: f64) -> Tensor {
        Tensor::full(self.flat.size(), value, (Kind::Float, self.flat.device()))
    }
}

/// The part of `flat` that belongs to `slot`, in its shape and sharing its memory.
pub fn view(flat: &Tensor, slot: &Slot) -> Tensor {
    flat.narrow(0, slot.offset as i64, slot.len as i64).view(slot.shape.as_slice())
}

fn slots(architecture: &Architecture) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut push = |name: String, shape: &[usize]| {
        let offset = slots.last().map_or(0, |s| s.offset + s.len);
        let len = shape.iter().product();
        slots.push(Slot { name, shape: shape.iter().map(|&d| d as i64).collect(), offset, len });
    };
    for conv in architecture.convs() {
        let shape = [conv.outputs, conv.inputs, conv.kernel, conv.kernel];
        push(format!("{}.weight", conv.name), &shape);
        push(format!("{}.weight", conv.norm), &[conv.outputs]);
        push(format!("{}.bias", conv.norm), &[conv.outputs]);
    }
    push("fc.weight".into(), &[architecture.classes, architecture.features]);
    push("fc.bias".into(), &[architecture.classes]);
    slots
}
