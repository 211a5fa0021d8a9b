//! Images and labels on the device: kept as bytes, normalised and augmented there in whole batches.

use rand::RngExt;
use tch::{Device, Kind, Tensor};

use crate::draws::{below, permutation};
use swast_datasets::{Dataset, Samples};
use swast_tables::stream::stream;

/// Pixels added on each side before the random crop.
const PADDING: i64 = 4;
/// Places of the crop along a side.
const CROPS: i64 = 2 * PADDING + 1;

/// Images of a data set on the device.
#[derive(Debug)]
pub struct Images {
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

/// The random choices of one epoch, drawn beforehand, on the device and the same on each.
#[derive(Debug)]
pub struct EpochPlan {
    /// Positions in the coreset in the order they are visited, `[n]`.
    pub order: Tensor,
    /// Row of [`Images::rows`] for each sample, `[n]`.
    rows: Tensor,
    /// Row of [`Images::columns`] for each sample, `[n]`.
    columns: Tensor,
    len: usize,
}

impl EpochPlan {
    /// Draws order, crops and flips for `len` samples at `epoch`.
    pub fn draw(len: usize, seed: u64, epoch: u32, device: Device) -> Self {
        let [order, rows, columns] = stream(seed, "epoch-plan", u64::from(epoch)).random();
        Self {
            order: permutation(order, len, device),
            rows: below(CROPS, rows, len, device),
            columns: below(2 * CROPS, columns, len, device),
            len,
        }
    }

    /// The mini-batches of the epoch as `(first, length)`; the last one may be shorter.
    pub fn batches(&self, size: usize) -> impl Iterator<Item = (i64, i64)> + use<> {
        let len = self.len;
        (0..len).step_by(size).map(move |first| (first as i64, size.min(len - first) as i64))
    }
}

impl Images {
    /// Uploads `samples`, to be normalised with the statistics of `dataset`. `channels_last` is the layout
    /// in which the network wants its input.
    pub fn new(samples: &Samples, dataset: &Dataset, channels_last: bool, device: Device) -> Self {
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

    /// Device of the images.
    pub fn device(&self) -> Device {
        self.pixels.device()
    }

    /// Number of images.
    pub fn count(&self) -> i64 {
        self.labels.size()[0]
    }

    /// Pixels of an image.
    pub fn area(&self) -> i64 {
        self.pixels.size()[1] * self.pixels.size()[2]
    }

    /// Labels of the images at `indices`.
    pub fn labels(&self, indices: &Tensor) -> Tensor {
        self.labels.index_select(0, indices)
    }

    /// The images at `indices` as they are, normalised; `[B, 3, H, W]`.
    pub fn plain(&self, indices: &Tensor) -> Tensor {
        self.normalise(&self.pixels.index_select(0, indices))
    }

    /// The images at `indices`, each padded with black by 4 pixels, cropped and flipped as `plan` drew it
    /// for the positions from `first`; normalised; `[B, 3, H, W]`. A handful of kernels, whatever B.
    pub fn augmented(&self, indices: &Tensor, plan: &EpochPlan, first: i64) -> Tensor {
        let len = indices.size()[0];
        let part = |drawn: &Tensor| drawn.narrow(0, first, len);
        let rows = self.rows.index_select(0, &part(&plan.rows));
        let columns = self.columns.index_select(0, &part(&plan.columns));
        let batch = Tensor::arange(len, (Kind::Int64, self.device())).reshape([len, 1, 1]);
        let padded = self
            .pixels
            .index_select(0, indices)
            .constant_pad_nd([0, 0, PADDING, PADDING, PADDING, PADDING]);
        self.normalise(&padded.index(&[
            Some(batch),
            Some(rows.unsqueeze(2)),
            Some(columns.unsqueeze(1)),
        ]))
    }

    fn normalise(&self, pixels: &Tensor) -> Tensor {
        let size = pixels.size();
        // Whole rows at a time: a broadcast over three channels would not use vector instructions.
        let rows = pixels.reshape([size[0], size[1], size[2] * size[3]]).to_kind(Kind::Float);
        let images = (rows * &self.scale + &self.shift).view(size.as_slice()).permute([0, 3, 1, 2]);
        if self.channels_last { images } else { images.contiguous() }
    }
}

/// The pixels along a padded side that each crop reads, one crop after the other; a flip reads the same crop from its
/// other end. i64 `[crops * flips, side]`.
fn places(side: i64, flips: &[bool]) -> Tensor {
    let crops = flips.iter().flat_map(|&flip| (0..CROPS).map(move |crop| (flip, crop)));
    let read = |(flip, crop)| (0..side).map(move |i| crop + if flip { side - 1 - i } else { i });
    Tensor::from_slice(&crops.flat_map(read).collect::<Vec<i64>>()).view([-1, side])
}
