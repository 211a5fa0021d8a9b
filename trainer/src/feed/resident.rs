//! Images that stay on the device as bytes, normalised and augmented there in whole batches.

use swast_datasets::{Dataset, LabelledImages};
use tch::{Device, Kind, Tensor};

use super::augment::{PADDING, places};
use super::{Feed, Slots};

/// Images of a data set on the device.
#[derive(Debug)]
pub struct Resident {
    /// Bytes, `[N, H, W, 3]`.
    pixels: Tensor,
    labels: Tensor,
    scale: Tensor,
    shift: Tensor,
    /// Rows of a padded image that each crop reads, `[crops, H]`.
    rows: Tensor,
    /// Columns that each crop reads, `[2 crops, W]`: from left to right, then from right to left.
    columns: Tensor,
    channels_last: bool,
}

impl Resident {
    /// Uploads `samples`, to be normalised with the statistics of `dataset`. `channels_last` is the layout
    /// in which the network wants its input.
    pub fn new(
        samples: &LabelledImages,
        dataset: &Dataset,
        channels_last: bool,
        device: Device,
    ) -> Self {
        let count = samples.labels.len() as i64;
        let (height, width) = (dataset.height as i64, dataset.width as i64);
        let size = [count, height, width, 3];
        let labels: Vec<i64> = samples.labels.iter().map(|&l| i64::from(l)).collect();
        let row = |value: &dyn Fn(usize) -> f32| -> Tensor {
            let values = [value(0), value(1), value(2)].repeat(dataset.width);
            Tensor::from_slice(&values).to_device(device)
        };
        Self {
            pixels: Tensor::from_data_size(&samples.pixels, &size, Kind::Uint8).to_device(device),
            labels: Tensor::from_slice(&labels).to_device(device),
            scale: row(&|c| 1.0 / (255.0 * dataset.std[c])),
            shift: row(&|c| -dataset.mean[c] / dataset.std[c]),
            rows: places(height, &[false]).to_device(device),
            columns: places(width, &[false, true]).to_device(device),
            channels_last,
        }
    }

    /// `pixels` (bytes, `[B, H, W, 3]`) by whole rows as factors of [`Self::scale`], f32 `[B, H, 3 W]`: a broadcast over
    /// three channels would not use vector instructions.
    fn scaled(&self, pixels: &Tensor) -> Tensor {
        let size = pixels.size();
        pixels.reshape([size[0], size[1], size[2] * size[3]]).to_kind(Kind::Float) * &self.scale
    }
}

impl Feed for Resident {
    fn device(&self) -> Device {
        self.pixels.device()
    }

    fn count(&self) -> i64 {
        self.labels.size()[0]
    }

    fn area(&self) -> i64 {
        self.pixels.size()[1] * self.pixels.size()[2]
    }

    fn slots(&self, size: usize) -> Slots {
        let (size, device) = (size as i64, self.device());
        let (height, width) = (self.pixels.size()[1], self.pixels.size()[2]);
        let whole = || Tensor::zeros([size], (Kind::Int64, device));
        let float = (Kind::Float, device);
        let images = if self.channels_last {
            Tensor::zeros([size, height, width, 3], float).permute([0, 3, 1, 2])
        } else {
            Tensor::zeros([size, 3, height, width], float)
        };
        Slots { indices: whole(), rows: whole(), columns: whole(), images, labels: whole() }
    }

    /// Pads each image with black by 4 pixels, crops, flips and normalises it: a handful of kernels, whatever B.
    fn fill(&self, slots: &Slots) {
        let len = slots.indices.size()[0];
        let rows = self.rows.index_select(0, &slots.rows);
        let columns = self.columns.index_select(0, &slots.columns);
        let batch = Tensor::arange(len, (Kind::Int64, self.device())).reshape([len, 1, 1]);
        let padded = self
            .pixels
            .index_select(0, &slots.indices)
            .constant_pad_nd([0, 0, PADDING, PADDING, PADDING, PADDING]);
        let cropped =
            padded.index(&[Some(batch), Some(rows.unsqueeze(2)), Some(columns.unsqueeze(1))]);
        let scaled = self.scaled(&cropped);
        let images = slots.images.permute([0, 2, 3, 1]);
        if self.channels_last {
            let _filled = scaled.add_out(&images.view(scaled.size().as_slice()), &self.shift);
        } else {
            let normalised = scaled + &self.shift;
            images.shallow_clone().copy_(&normalised.view(cropped.size().as_slice()));
        }
        let _filled = self.labels.index_select_out(&slots.labels, 0, &slots.indices);
    }

    fn labels(&self, indices: &Tensor) -> Tensor {
        self.labels.index_select(0, indices)
    }

    fn plain(&self, indices: &Tensor) -> Tensor {
        let pixels = self.pixels.index_select(0, indices);
        let normalised = self.scaled(&pixels) + &self.shift;
        let images = normalised.view(pixels.size().as_slice()).permute([0, 3, 1, 2]);
        if self.channels_last { images } else { images.contiguous() }
    }
}
