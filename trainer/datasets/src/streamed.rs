//! A data set that stays in its cache: an image is decoded when it is asked for, so memory does not grow with their
//! number.

use std::sync::Arc;

use crate::cache::Cache;
use crate::digest::limited;
use crate::folder::usual_of;
use crate::part::Part;
use crate::pipeline::{Order, Pipeline, View};
use crate::{DatasetError, Digests, Limits, imagenet};

/// So many batches are decoded before they are taken.
const AHEAD: usize = 3;

/// A data set in a cache; only its labels are in memory.
#[derive(Debug)]
pub struct Streamed {
    cache: Arc<Cache>,
    /// Side of the images that come out, in pixels.
    pub side: usize,
    /// Mean of the training pixels / 255, per channel.
    pub mean: [f32; 3],
    /// Standard deviation of the training pixels / 255, per channel.
    pub std: [f32; 3],
    /// Labels of the training images, from 0.
    pub train: Vec<u16>,
    /// Labels of the test images, from 0.
    pub test: Vec<u16>,
}

/// The images of a part of a streamed data set.
#[derive(Debug, Clone)]
pub struct CachedImages {
    cache: Arc<Cache>,
    /// Number of the part's first image in the cache.
    first: u64,
    side: usize,
    short: usize,
}

impl Streamed {
    /// Images of `side` x `side` pixels of `cache`, `None` for the largest usual side that they reach; of those, the first
    /// within `limits`.
    pub(crate) fn new(
        cache: Cache,
        side: Option<usize>,
        limits: Limits,
    ) -> Result<Self, DatasetError> {
        let labels = |first: u64, of: u64, limit: usize| {
            cache.labels(first, usize::try_from(of).unwrap_or(usize::MAX).min(limit))
        };
        let train = labels(0, cache.train(), limits.train)?;
        let test = labels(cache.train(), cache.test(), limits.test)?;
        let [mean, std] = imagenet::published_moments(cache.name()).unwrap_or(cache.moments());
        let side = side.unwrap_or_else(|| usual_of(cache.side()));
        Ok(Self { cache: Arc::new(cache), side, mean, std, train, test })
    }

    /// Names of the classes, by label.
    pub fn classes(&self) -> &[String] {
        self.cache.classes()
    }

    /// Length of the shorter side to which an image is scaled before its centre is taken, in pixels: 256 for a centre of
    /// 224, as usual.
    pub fn short(&self) -> usize {
        (self.side * 8).div_ceil(7)
    }

    /// The images of `part`.
    pub fn images(&self, part: Part) -> CachedImages {
        let first = match part {
            Part::Train => 0,
            Part::Test => self.cache.train(),
        };
        CachedImages { cache: Arc::clone(&self.cache), first, side: self.side, short: self.short() }
    }

    /// Digests of the first `limit_train` training images and the first `limit_test` test images as they are in the cache,
    /// or of all.
    pub fn digests(&self, limit_train: Option<usize>, limit_test: Option<usize>) -> Digests {
        let [train, test] = self.cache.digests();
        let count = |labels: &[u16], limit: Option<usize>| {
            limit.map_or(labels.len(), |l| l.min(labels.len()))
        };
        Digests {
            train: limited(train, count(&self.train, limit_train), [self.mean, self.std]),
            test: limited(test, count(&self.test, limit_test), [self.mean, self.std]),
        }
    }
}

impl CachedImages {
    /// Side of the images that come out, in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Random parts of the images at `indices`, in this order, in batches of `batch` (at least 1): as they are augmented in
    /// an `epoch` of a run with a `seed`.
    pub fn augmented(&self, indices: &[i64], batch: usize, (seed, epoch): (u64, u32)) -> Pipeline {
        self.start(indices, batch, View::Random { seed, epoch })
    }

    /// The centres of the images at `indices`, in this order, in batches of `batch` (at least 1).
    pub fn plain(&self, indices: &[i64], batch: usize) -> Pipeline {
        self.start(indices, batch, View::Centre { short: self.short })
    }

    fn start(&self, indices: &[i64], batch: usize, view: View) -> Pipeline {
        let indices = indices.iter().map(|index| self.first + index.unsigned_abs()).collect();
        let order = Order { indices, batch, side: self.side, view };
        Pipeline::start(Arc::clone(&self.cache), order, AHEAD)
    }
}
