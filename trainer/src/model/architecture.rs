//! What a residual network consists of, layer by layer, without a single tensor: names, shapes and
//! resolutions, from which the network, the layer densities and the FLOPs are derived alike.
//!
//! ResNet-18/34/50/101 are torchvision's (He et al. 2016, with the stride of a bottleneck on its 3x3
//! convolution); 32x32 and 64x64 inputs take the CIFAR stem (3x3, stride 1, no max-pool). ResNet-8/20 are
//! the CIFAR family of the same paper (widths 16-32-64) with 1x1 convolution shortcuts.

use clap::ValueEnum;

/// The models that can be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum ModelKind {
    /// 78,042 parameters at 10 classes; for small machines.
    ResNet8,
    /// 272,474 parameters at 10 classes; for small machines.
    ResNet20,
    /// 11,173,962 parameters at 10 classes with the CIFAR stem.
    ResNet18,
    /// The deeper network of basic blocks.
    ResNet34,
    /// The smaller network of bottleneck blocks.
    ResNet50,
    /// 44,549,160 parameters at 1,000 classes with the ImageNet stem.
    ResNet101,
}

/// A convolution without bias, always followed by batch norm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conv {
    /// Name as in torchvision, without `.weight`.
    pub name: String,
    /// Name of the batch norm after it.
    pub norm: String,
    /// Channels in.
    pub inputs: usize,
    /// Channels out.
    pub outputs: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// Stride; the padding is `kernel / 2`.
    pub stride: usize,
    /// Side of the square input.
    pub from: usize,
    /// Side of the square output.
    pub side: usize,
    /// Position among the convolutions of the network, in the order of the parameters.
    pub index: usize,
}

/// A residual block: convolutions in a row, and a 1x1 convolution on the shortcut where shapes change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The main path; a rectifier follows each but the last, whose sum with the shortcut it follows.
    pub convs: Vec<Conv>,
    /// The shortcut, where it is not the identity.
    pub downsample: Option<Conv>,
}

/// The whole network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    /// First convolution.
    pub stem: Conv,
    /// Whether a 3x3 max-pool of stride 2 follows the stem.
    pub max_pool: bool,
    /// Residual blocks in order.
    pub blocks: Vec<Block>,
    /// Width of the features that the classifier sees.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
}

/// A layer whose weights can be masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Name as in torchvision, without `.weight`.
    pub name: String,
    /// Shape of the weight: `[out, in, k, k]`, or `[out, in]` for the classifier.
    pub shape: Vec<usize>,
    /// Number of output positions that each weight serves.
    pub positions: usize,
    /// Whether this is the classifier.
    pub classifier: bool,
}

impl Layer {
    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.shape.iter().product()
    }
}

struct Family {
    widths: &'static [usize],
    blocks: &'static [usize],
    bottleneck: bool,
}

impl ModelKind {
    fn family(self) -> Family {
        const CIFAR: &[usize] = &[16, 32, 64];
        const IMAGENET: &[usize] = &[64, 128, 256, 512];
        let (widths, blocks, bottleneck): (_, &[usize], _) = match self {
            Self::ResNet8 => (CIFAR, &[1, 1, 1], false),
            Self::ResNet20 => (CIFAR, &[3, 3, 3], false),
            Self::ResNet18 => (IMAGENET, &[2, 2, 2, 2], false),
            Self::ResNet34 => (IMAGENET, &[3, 4, 6, 3], false),
            Self::ResNet50 => (IMAGENET, &[3, 4, 6, 3], true),
            Self::ResNet101 => (IMAGENET, &[3, 4, 23, 3], true),
        };
        Family { widths, blocks, bottleneck }
    }
}

/// Numbers the convolutions as they are laid out and follows the resolution.
struct Builder {
    next: usize,
    side: usize,
}

impl Builder {
    fn conv(&mut self, name: String, norm: String, shape: [usize; 3], stride: usize) -> Conv {
        let [inputs, outputs, kernel] = shape;
        let from = self.side;
        let side = (from + 2 * (kernel / 2) - kernel) / stride + 1;
        self.next += 1;
        self.side = side;
        Conv { name, norm, inputs, outputs, kernel, stride, from, side, index: self.next - 1 }
    }

    fn block(
        &mut self,
        name: &str,
        inputs: usize,
        width: usize,
        stride: usize,
        bottleneck: bool,
    ) -> Block {
        let side = self.side;
        let outputs = if bottleneck { 4 * width } else { width };
        let shapes: &[([usize; 3], usize)] = if bottleneck {
            &[([inputs, width, 1], 1), ([width, width, 3], stride), ([width, outputs, 1], 1)]
        } else {
            &[([inputs, width, 3], stride), ([width, width, 3], 1)]
        };
        let convs = (1..)
            .zip(shapes)
            .map(|(i, (shape, stride))| {
                self.conv(format!("{name}.conv{i}"), format!("{name}.bn{i}"), *shape, *stride)
            })
            .collect();
        let downsample = (inputs != outputs || stride != 1).then(|| {
            self.side = side;
            let (conv, norm) = (format!("{name}.downsample.0"), format!("{name}.downsample.1"));
            self.conv(conv, norm, [inputs, outputs, 1], stride)
        });
        Block { convs, downsample }
    }
}

impl Architecture {
    /// The network of `kind` for square images of side `resolution` and `classes` classes.
    pub fn new(kind: ModelKind, classes: usize, resolution: usize) -> Self {
        let Family { widths, blocks: counts, bottleneck } = kind.family();
        let imagenet_stem = resolution > 64 && widths.len() == 4;
        let mut builder = Builder { next: 0, side: resolution };
        let (kernel, stride) = if imagenet_stem { (7, 2) } else { (3, 1) };
        let stem = builder.conv("conv1".into(), "bn1".into(), [3, widths[0], kernel], stride);
        if imagenet_stem {
            builder.side = (builder.side - 1) / 2 + 1;
        }
        let mut blocks = Vec::new();
        let mut inputs = widths[0];
        for (stage, (&width, &count)) in widths.iter().zip(counts).enumerate() {
            for position in 0..count {
                let stride = if stage > 0 && position == 0 { 2 } else { 1 };
                let name = format!("layer{}.{position}", stage + 1);
                blocks.push(builder.block(&name, inputs, width, stride, bottleneck));
                inputs = if bottleneck { 4 * width } else { width };
            }
        }
        Self { stem, max_pool: imagenet_stem, blocks, features: inputs, classes }
    }

    /// All convolutions in the order of their parameters.
    pub fn convs(&self) -> impl Iterator<Item = &Conv> {
        let inner = self.blocks.iter().flat_map(|b| b.convs.iter().chain(&b.downsample));
        std::iter::once(&self.stem).chain(inner)
    }

    /// The layers that can be masked: every convolution, then the classifier.
    pub fn layers(&self) -> Vec<Layer> {
        let conv = |c: &Conv| Layer {
            name: c.name.clone(),
            shape: vec![c.outputs, c.inputs, c.kernel, c.kernel],
            positions: c.side * c.side,
            classifier: false,
        };
        let mut layers: Vec<_> = self.convs().map(conv).collect();
        layers.push(Layer {
            name: "fc".into(),
            shape: vec![self.classes, self.features],
            positions: 1,
            classifier: true,
        });
        layers
    }

    /// Number of parameters, batch norm and biases included, running statistics not.
    pub fn parameters(&self) -> usize {
        let weights: usize = self.layers().iter().map(Layer::weights).sum();
        let norms: usize = self.convs().map(|c| 2 * c.outputs).sum();
        weights + norms + self.classes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(kind: ModelKind, classes: usize, resolution: usize) -> usize {
        Architecture::new(kind, classes, resolution).parameters()
    }

    #[test]
    fn parameter_counts_are_the_published_ones() {
        assert_eq!(parameters(ModelKind::ResNet18, 1000, 224), 11_689_512);
        assert_eq!(parameters(ModelKind::ResNet34, 1000, 224), 21_797_672);
        assert_eq!(parameters(ModelKind::ResNet50, 1000, 224), 25_557_032);
        assert_eq!(parameters(ModelKind::ResNet101, 1000, 224), 44_549_160);
        assert_eq!(parameters(ModelKind::ResNet18, 10, 32), 11_173_962);
        assert_eq!(parameters(ModelKind::ResNet8, 10, 32), 78_042);
        assert_eq!(parameters(ModelKind::ResNet20, 10, 32), 272_474);
    }

    #[test]
    fn layers_are_named_and_shaped_as_in_torchvision() {
        let layers = Architecture::new(ModelKind::ResNet50, 1000, 224).layers();
        let find = |name: &str| layers.iter().find(|l| l.name == name).unwrap();
        assert_eq!(layers.len(), 54);
        assert_eq!(find("conv1").shape, [64, 3, 7, 7]);
        assert_eq!(
            (find("conv1").positions, find("layer1.0.conv1").positions),
            (112 * 112, 56 * 56)
        );
        assert_eq!(find("layer3.0.conv2").positions, 14 * 14);
        assert_eq!(find("layer4.0.downsample.0").shape, [2048, 1024, 1, 1]);
        assert_eq!(find("layer4.0.downsample.0").positions, 7 * 7);
        assert_eq!(find("fc").shape, [1000, 2048]);
    }
}
