//! Images that stay on the device as bytes, normalised and augmented there in whole batches.

use swast_datasets::{Dataset, DatasetError, LabelledImages};
use tch::{Device, Kind, Tensor};

use super::augment::{PADDING, places};
use super::normalise::Normalise;
use super::{Feed, Plain, Slots};

/// Images of a data set on the device.
#[derive(Debug)]
pub struct Resident {
    /// Bytes, `[N, H, W, 3]`.
    pixels: Tensor,
    labels: Tensor,
    normalise: Normalise,
    /// Rows of a padded image that each crop reads, `[crops, H]`.
    rows: Tensor,
    /// Columns that each crop reads, `[2 crops, W]`: from left to right, then from right to left.
    columns: Tensor,
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
        let moments = (dataset.mean, dataset.std);
        Self {
            pixels: Tensor::from_data_size(&samples.pixels, &size, Kind::Uint8).to_device(device),
            labels: Tensor::from_slice(&labels).to_device(device),
            normalise: Normalise::new(dataset.width, moments, channels_last, device),
            rows: places(height, &[false]).to_device(device),
            columns: places(width, &[false, true]).to_device(device),
        }
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
        Slots::new(size, self.normalise.room(size as i64, self.pixels.size()[1]))
    }

    /// Pads each image with black by 4 pixels, crops, flips and normalises it: a handful of kernels, whatever B.
    fn fill(&self, slots: &Slots) -> Result<(), DatasetError> {
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
        self.normalise.fill(&cropped, &slots.images);
        let _filled = self.labels.index_select_out(&slots.labels, 0, &slots.indices);
        Ok(())
    }

    fn labels(&self, indices: &Tensor) -> Tensor {
        self.labels.index_select(0, indices)
    }

    fn plain(&self, indices: &Tensor, size: i64) -> Plain<'_> {
        let batch = |indices: Tensor| {
            let images = self.normalise.images(&self.pixels.index_select(0, &indices));
            Ok((indices, images))
        };
        Box::new(indices.split(size, 0).into_iter().map(batch))
    }
}
