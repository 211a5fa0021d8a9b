//! A residual network: parameters, running statistics and the forward pass.

use tch::{Device, Kind, Tensor};

use super::architecture::{Architecture, Block, Conv};
use super::ops::{ConvNorm, Mode, NormStatistics, mean};
use super::parameters::Parameters;
use super::sparse::{Kernels, Sparse};
use crate::libtorch::arithmetic::Precision;
use crate::libtorch::kernels::Epilogue;
use crate::libtorch::reduced::reduced;
use crate::persist::{Fields, Persist};

/// A residual network with its state.
#[derive(Debug)]
pub struct Network {
    /// What it consists of.
    pub architecture: Architecture,
    /// Its parameters.
    pub parameters: Parameters,
    /// Running statistics, one per convolution.
    pub statistics: Vec<NormStatistics>,
    /// Number of batches the running statistics have seen.
    pub batches_seen: i64,
    /// Precision of convolutions.
    pub precision: Precision,
    /// Which kernels it is trained with.
    pub kernels: Kernels,
    /// Active weights, where kernels follow masks.
    sparse: Option<Sparse>,
    /// Weights of the convolutions as a training pass in 16 bits reads them; none outside of one.
    reduced: Vec<Tensor>,
}

/// What a forward pass gives.
#[derive(Debug)]
pub struct Forward {
    /// Input of the classifier, `[N, features]`.
    pub features: Tensor,
    /// Output of the classifier, `[N, classes]`.
    pub logits: Tensor,
}

/// Whether networks are faster on `device` with images that lie channels-last (`NHWC`) in memory.
pub fn prefers_channels_last(device: Device) -> bool {
    matches!(device, Device::Cpu | Device::Cuda(_))
}

impl Network {
    /// A freshly initialised network.
    pub fn new(architecture: Architecture, seed: u64, device: Device) -> Self {
        let parameters = Parameters::new(&architecture, seed, device);
        let float = (Kind::Float, device);
        let statistics = architecture
            .convs()
            .map(|c| NormStatistics {
                mean: Tensor::zeros([c.outputs as i64], float),
                variance: Tensor::ones([c.outputs as i64], float),
            })
            .collect();
        Self {
            architecture,
            parameters,
            statistics,
            batches_seen: 0,
            precision: Precision::default(),
            kernels: Kernels::default(),
            sparse: None,
            reduced: Vec::new(),
        }
    }

    /// A network on the same buffers for a step that is replayed, which may not know how many batches it has seen.
    pub fn frozen(&self) -> Self {
        let Parameters { flat, views, slots } = &self.parameters;
        let views = views.iter().map(Tensor::shallow_clone).collect();
        let statistics = |s: &NormStatistics| NormStatistics {
            mean: s.mean.shallow_clone(),
            variance: s.variance.shallow_clone(),
        };
        Self {
            architecture: self.architecture.clone(),
            parameters: Parameters { flat: flat.shallow_clone(), views, slots: slots.clone() },
            statistics: self.statistics.iter().map(statistics).collect(),
            batches_seen: i64::MIN / 2,
            precision: self.precision,
            kernels: self.kernels,
            sparse: None,
            reduced: Vec::new(),
        }
    }

    /// Device of the parameters.
    pub fn device(&self) -> Device {
        self.parameters.flat.device()
    }

    /// Lets training passes visit the weights alone that are active in `masks` (1 or 0, laid out as the parameters), where
    /// that is faster in steps of `images` images. To be called after every change of the masks.
    pub fn follow(&mut self, masks: &Tensor, images: i64) {
        let can = self.device() == Device::Cpu && self.precision == Precision::Fp32;
        if !can || self.kernels == Kernels::Dense {
            self.sparse = None;
        } else if !self.sparse.as_ref().is_some_and(|sparse| sparse.is_of(masks)) {
            self.sparse = Some(Sparse::new(
                (&self.architecture, &self.parameters),
                masks,
                images,
                self.kernels,
            ));
        }
    }

    /// Whether training passes over `images` images use sparse kernels in any part.
    pub fn is_sparse(&self, images: i64) -> bool {
        self.sparse.as_ref().is_some_and(|sparse| sparse.serves(images))
    }

    /// Runs `images` (`[N, 3, H, W]`, normalised) through the network. The classifier is f32 in every precision.
    pub fn forward(&mut self, images: &Tensor, mode: Mode) -> Forward {
        if mode.trains() {
            self.batches_seen += 1;
        }
        let features = self.features(images, mode);
        self.classified(features)
    }

    /// Input of the classifier, f32.
    fn features(&mut self, images: &Tensor, mode: Mode) -> Tensor {
        let precision = self.precision.of_pass(mode);
        let _reduced = precision.guard(self.device());
        if let (true, Some(kind)) = (mode.trains(), precision.reduced()) {
            self.reduced = self.convolutions_as(kind);
        }
        let dense = |parts| {
            self.leading(images, parts, |conv, x, epilogue| {
                self.of_conv(conv).apply(x, mode, self.precision, epilogue)
            })
        };
        let serves = |sparse: &&Sparse| mode == Mode::Train && sparse.serves(images.size()[0]);
        let features = match self.sparse.as_ref().filter(serves) {
            Some(sparse) => {
                let of_conv = |conv| self.of_conv(conv);
                sparse.features(&self.architecture, of_conv, &dense(sparse.first()))
            }
            None => mean(&dense(self.parts()), false),
        };
        self.reduced.clear();
        features
    }

    /// Weights of all convolutions in 16 bits. Autocast converts what has more, and leaves these as they are.
    fn convolutions_as(&self, kind: Kind) -> Vec<Tensor> {
        let Parameters { flat, views, .. } = &self.parameters;
        let weights: Vec<_> = self.architecture.convs().map(|c| &views[3 * c.index]).collect();
        reduced(flat, &weights, kind)
    }

    /// What `features` (`[N, features]`, f32) are taken for.
    pub(super) fn classified(&self, features: Tensor) -> Forward {
        let classifier = &self.parameters.views[self.parameters.views.len() - 2..];
        let logits = features.linear(&classifier[0], Some(&classifier[1]));
        Forward { features, logits }
    }

    /// Number of parts: the stem and the residual blocks.
    pub(super) fn parts(&self) -> usize {
        1 + self.architecture.blocks.len()
    }

    /// What the first `parts` parts make of `images`, `apply` being a convolution, its batch norm, and what follows that.
    pub(super) fn leading(
        &self,
        images: &Tensor,
        parts: usize,
        apply: impl Fn(&Conv, &Tensor, Epilogue) -> Tensor,
    ) -> Tensor {
        if parts == 0 {
            return images.shallow_clone();
        }
        let mut x = apply(&self.architecture.stem, images, Epilogue::Rectifier);
        if self.architecture.max_pool {
            x = x.max_pool2d(3, 2, 1, 1, false);
        }
        for Block { convs, downsample } in &self.architecture.blocks[..parts - 1] {
            let shortcut = match downsample {
                Some(conv) => apply(conv, &x, Epilogue::Nothing),
                None => x.shallow_clone(),
            };
            for (position, conv) in convs.iter().enumerate() {
                let last = position + 1 == convs.len();
                x = apply(
                    conv,
                    &x,
                    if last { Epilogue::Shortcut(&shortcut) } else { Epilogue::Rectifier },
                );
            }
        }
        x
    }

    /// A convolution with its parameters and its batch norm's.
    pub(super) fn of_conv<'a>(&'a self, conv: &'a Conv) -> ConvNorm<'a> {
        let [weight, scale, shift] = &self.parameters.views[3 * conv.index..3 * conv.index + 3]
        else {
            unreachable!("each convolution has three parameter tensors")
        };
        let weight = self.reduced.get(conv.index).unwrap_or(weight);
        ConvNorm { conv, weight, scale, shift, statistics: &self.statistics[conv.index] }
    }
}

impl Persist for Network {
    /// Parameters are views of one buffer, which is kept whole.
    fn persist(&mut self, at: &mut dyn Fields) {
        at.tensor("parameters", &mut self.parameters.flat);
        for (number, statistics) in self.statistics.iter_mut().enumerate() {
            at.tensor(&format!("mean.{number}"), &mut statistics.mean);
            at.tensor(&format!("variance.{number}"), &mut statistics.variance);
        }
        at.plain("batches-seen", &mut self.batches_seen);
    }
}
