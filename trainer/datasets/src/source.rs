//! A data set as a run takes it: in memory, or image by image from a cache.

use std::path::Path;

use crate::cache::{Cache, is_cache};
use crate::kind::{checked_name, load};
use crate::part::Part;
use crate::{Dataset, DatasetError, DatasetKind, Digests, Request, Streamed};

/// A data set as a run takes it.
#[derive(Debug)]
pub enum Source {
    /// All images in memory.
    Memory(Dataset),
    /// Images that stay in a cache.
    Cache(Streamed),
}

impl From<Dataset> for Source {
    fn from(dataset: Dataset) -> Self {
        Self::Memory(dataset)
    }
}

impl Source {
    /// Opens what is `wanted` of the data set `kind` at `data`: a cache is streamed, anything else is loaded as [`load`]
    /// does.
    ///
    /// # Errors
    /// As for [`load`].
    pub fn open(
        kind: DatasetKind,
        data: Option<&Path>,
        wanted: Request,
    ) -> Result<Self, DatasetError> {
        match data {
            Some(path) if is_cache(path) => {
                wanted.check(kind)?;
                let cache = Cache::open(path)?;
                checked_name(kind, &cache)?;
                Streamed::new(cache, wanted.resolution, wanted.limits()).map(Self::Cache)
            }
            _ => load(kind, data, wanted).map(Self::Memory),
        }
    }

    /// Names of the classes, by label.
    pub fn classes(&self) -> &[String] {
        match self {
            Self::Memory(dataset) => &dataset.classes,
            Self::Cache(streamed) => streamed.classes(),
        }
    }

    /// Mean and standard deviation of the training pixels / 255, per channel.
    pub fn moments(&self) -> [[f32; 3]; 2] {
        match self {
            Self::Memory(dataset) => [dataset.mean, dataset.std],
            Self::Cache(streamed) => [streamed.mean, streamed.std],
        }
    }

    /// Length of the shorter side to which an image is scaled before its centre is taken, in pixels.
    pub fn short(&self) -> usize {
        match self {
            Self::Memory(dataset) => dataset.height,
            Self::Cache(streamed) => streamed.short(),
        }
    }

    /// Height of the images, in pixels.
    pub fn height(&self) -> usize {
        match self {
            Self::Memory(dataset) => dataset.height,
            Self::Cache(streamed) => streamed.side,
        }
    }

    /// Labels of the images of `part`.
    pub fn labels(&self, part: Part) -> &[u16] {
        match (self, part) {
            (Self::Memory(dataset), Part::Train) => &dataset.train.labels,
            (Self::Memory(dataset), Part::Test) => &dataset.test.labels,
            (Self::Cache(streamed), Part::Train) => &streamed.train,
            (Self::Cache(streamed), Part::Test) => &streamed.test,
        }
    }

    /// The labels of the training images, to be changed.
    pub fn train_labels_mut(&mut self) -> &mut [u16] {
        match self {
            Self::Memory(dataset) => &mut dataset.train.labels,
            Self::Cache(streamed) => &mut streamed.train,
        }
    }

    /// Digests of the first `limit_train` training images and the first `limit_test` test images, or of all.
    pub fn digests(&self, limit_train: Option<usize>, limit_test: Option<usize>) -> Digests {
        match self {
            Self::Memory(dataset) => Digests::within(dataset, limit_train, limit_test),
            Self::Cache(streamed) => streamed.digests(limit_train, limit_test),
        }
    }
}

#[cfg(test)]
mod tests;
