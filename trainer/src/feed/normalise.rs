//! From bytes to what a network takes.

use tch::{Device, Kind, Tensor};

/// Scales the channels of images of one width to a mean of 0 and a standard deviation of 1 over the training set.
#[derive(Debug)]
pub struct Normalise {
    /// For a whole row of pixels: a broadcast over three channels would not use vector instructions.
    scale: Tensor,
    shift: Tensor,
    channels_last: bool,
}

impl Normalise {
    /// For images that are `width` pixels wide, of this mean and standard deviation (of pixels / 255, per channel).
    /// `channels_last` is the layout in which the network wants its input.
    pub fn new(
        width: usize,
        (mean, std): ([f32; 3], [f32; 3]),
        channels_last: bool,
        device: Device,
    ) -> Self {
        let row = |value: &dyn Fn(usize) -> f32| -> Tensor {
            let values = [value(0), value(1), value(2)].repeat(width);
            Tensor::from_slice(&values).to_device(device)
        };
        Self {
            scale: row(&|c| 1.0 / (255.0 * std[c])),
            shift: row(&|c| -mean[c] / std[c]),
            channels_last,
        }
    }

    /// Where it computes.
    pub fn device(&self) -> Device {
        self.scale.device()
    }

    /// Room for `size` images of that width and this `height`, f32 `[B, 3, H, W]`.
    pub fn room(&self, size: i64, height: i64) -> Tensor {
        let (width, float) = (self.scale.size()[0] / 3, (Kind::Float, self.device()));
        if self.channels_last {
            Tensor::zeros([size, height, width, 3], float).permute([0, 3, 1, 2])
        } else {
            Tensor::zeros([size, 3, height, width], float)
        }
    }

    /// Fills `images`, f32 `[B, 3, H, W]`, from `pixels`, bytes `[B, H, W, 3]`.
    pub fn fill(&self, pixels: &Tensor, images: &Tensor) {
        let scaled = self.scaled(pixels);
        let images = images.permute([0, 2, 3, 1]);
        if self.channels_last {
            let _filled = scaled.add_out(&images.view(scaled.size().as_slice()), &self.shift);
        } else {
            let normalised = scaled + &self.shift;
            images.shallow_clone().copy_(&normalised.view(pixels.size().as_slice()));
        }
    }

    /// The images of `pixels`, bytes `[B, H, W, 3]`, as f32 `[B, 3, H, W]`.
    pub fn images(&self, pixels: &Tensor) -> Tensor {
        let normalised = self.scaled(pixels) + &self.shift;
        let images = normalised.view(pixels.size().as_slice()).permute([0, 3, 1, 2]);
        if self.channels_last { images } else { images.contiguous() }
    }

    /// `pixels` by whole rows as factors of [`Self::scale`], f32 `[B, H, 3 W]`.
    fn scaled(&self, pixels: &Tensor) -> Tensor {
        let size = pixels.size();
        pixels.reshape([size[0], size[1], size[2] * size[3]]).to_kind(Kind::Float) * &self.scale
    }
}
