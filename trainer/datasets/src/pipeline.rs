//! Mini-batches from a cache, decoded before they are taken: on all cores, with as many batches in memory as are
//! asked for and no more. What is in a batch depends on seed, epoch and indices alone.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rayon::prelude::*;

use crate::cache::Cache;
use crate::crop::draw;
use crate::image::{JpegRoom, Rect, ResampleRoom, centre, reduction, stretch};
use crate::{DatasetError, LabelledImages};

/// What is made of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// A random part of it, scaled and perhaps flipped: for training in an epoch of a run with a seed.
    Random {
        /// Seed of the run.
        seed: u64,
        /// The epoch.
        epoch: u32,
    },
    /// The square in its centre once the short side is scaled to so many pixels: for evaluation.
    Centre {
        /// Length of the short side.
        short: usize,
    },
}

/// What is read.
#[derive(Debug, Clone)]
pub struct Order {
    /// Places of the images in the cache, training images first, in the order in which they come.
    pub indices: Vec<u64>,
    /// Images of a batch; the last one may have fewer.
    pub batch: usize,
    /// Side of the images that come out, in pixels.
    pub side: usize,
    /// What is made of each.
    pub view: View,
}

/// Batches that are on their way.
#[derive(Debug)]
pub struct Pipeline {
    batches: Option<Receiver<Result<LabelledImages, DatasetError>>>,
    worker: Option<JoinHandle<()>>,
}

impl Pipeline {
    /// Starts to decode `order` from `cache`, up to `ahead` batches before they are taken (and one more that waits).
    /// Panics unless `order` has batches of at least one image.
    pub fn start(cache: Arc<Cache>, order: Order, ahead: usize) -> Self {
        assert!(order.batch > 0, "a batch has at least one image");
        let (sender, receiver) = sync_channel(ahead);
        let worker = thread::spawn(move || decode_all(&cache, &order, &sender));
        Self { batches: Some(receiver), worker: Some(worker) }
    }
}

impl Iterator for Pipeline {
    /// Images of H x W x 3 bytes and their labels; or what is wrong with one of them, which ends the batches.
    type Item = Result<LabelledImages, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(batch) = self.batches.as_ref()?.recv() {
            return Some(batch);
        }
        // The end, unless the worker broke down: then there would be batches missing.
        if let Some(Err(panic)) = self.worker.take().map(JoinHandle::join) {
            resume_unwind(panic);
        }
        None
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // Without a receiver the worker ends after the batch it is at.
        self.batches = None;
        if let Some(worker) = self.worker.take() {
            // It has nothing to report.
            let _ = worker.join();
        }
    }
}

thread_local! {
    /// Memory of a thread that decodes.
    static ROOM: RefCell<(JpegRoom, ResampleRoom)> = RefCell::default();
}

fn decode_all(
    cache: &Cache,
    order: &Order,
    batches: &SyncSender<Result<LabelledImages, DatasetError>>,
) {
    for indices in order.indices.chunks(order.batch) {
        let batch = decode(cache, indices, order.side, order.view);
        let failed = batch.is_err();
        if batches.send(batch).is_err() || failed {
            return;
        }
    }
}

/// The images at `indices` of `cache` as squares of `side` x `side` pixels.
fn decode(
    cache: &Cache,
    indices: &[u64],
    side: usize,
    view: View,
) -> Result<LabelledImages, DatasetError> {
    let bytes = side * side * 3;
    let mut pixels = vec![0; indices.len() * bytes];
    let one = |(index, square): (&u64, &mut [u8])| -> Result<u16, DatasetError> {
        match view {
            View::Random { seed, epoch } => {
                let draw = |size| draw(size, seed, epoch, *index);
                ROOM.with_borrow_mut(|room| random(cache, *index, draw, (square, side), room))
            }
            View::Centre { short } => {
                let (picture, label) = cache.image(*index)?;
                let fitted = centre(&picture, short.max(side), side, square);
                fitted.map_err(|reason| cache.damaged(*index, reason))?;
                Ok(label)
            }
        }
    };
    let labels: Result<Vec<u16>, DatasetError> =
        indices.par_iter().zip(pixels.par_chunks_exact_mut(bytes)).map(one).collect();
    labels.map(|labels| LabelledImages { pixels, labels })
}

/// Makes a `square` of `side` x `side` pixels of the part of image `index` of `cache` that `draw` takes of its size, as a
/// mirror image where it says so. The label of the image.
fn random(
    cache: &Cache,
    index: u64,
    draw: impl FnOnce((usize, usize)) -> (Rect, bool),
    (square, side): (&mut [u8], usize),
    (jpeg, resample): &mut (JpegRoom, ResampleRoom),
) -> Result<u16, DatasetError> {
    let mut mirror = false;
    let choose = |size| {
        let (part, mirrored) = draw(size);
        mirror = mirrored;
        // Only here: images for evaluation and for caches would be too far from torchvision's, up to 2.5 of 255 in one image.
        (part, reduction(part, side))
    };
    let part = cache.part(index, choose, jpeg)?;
    let rect = (part.rect, part.reduction);
    stretch((part.pixels, part.width), rect, (square, side), mirror, resample);
    Ok(part.label)
}

#[cfg(test)]
mod tests;
