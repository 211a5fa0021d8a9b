//! Images that are decoded from a cache while the network trains on those before them.

use std::cell::RefCell;

use swast_datasets::{
    CachedImages, DatasetError, LabelledImages, Part, Pipeline, Streamed as Stored,
};
use tch::{Device, Kind, Tensor};

use super::normalise::Normalise;
use super::{Coming, Feed, Plain, Slots};

/// Images of a data set that does not fit on the device.
#[derive(Debug)]
pub struct Streamed {
    images: CachedImages,
    /// Labels given, i64 `[N]`, on the device.
    labels: Tensor,
    normalise: Normalise,
    /// Whether batches go to the device from page-locked memory.
    pinned: bool,
    /// The mini-batches of the epoch, decoded ahead.
    coming: RefCell<Option<Pipeline>>,
}

impl Streamed {
    /// The images of a `part` of `set` for `device`. `channels_last` is the layout in which the network wants its input.
    pub fn new(set: &Stored, part: Part, channels_last: bool, device: Device) -> Self {
        let given = match part {
            Part::Train => &set.train,
            Part::Test => &set.test,
        };
        let labels: Vec<i64> = given.iter().map(|&label| i64::from(label)).collect();
        Self {
            images: set.images(part),
            labels: Tensor::from_slice(&labels).to_device(device),
            normalise: Normalise::new(set.side, (set.mean, set.std), channels_last, device),
            pinned: false,
            coming: RefCell::new(None),
        }
    }

    fn side(&self) -> i64 {
        self.images.side() as i64
    }

    /// The pixels of a batch on the device, bytes `[B, H, W, 3]`.
    fn upload(&self, batch: &LabelledImages) -> Tensor {
        let size = [batch.labels.len() as i64, self.side(), self.side(), 3];
        let pixels = Tensor::from_data_size(&batch.pixels, &size, Kind::Uint8);
        if !self.pinned {
            return pixels.to_device(self.device());
        }
        // Never refilled: libtorch gives this memory to another batch only after the copy from it has ended. `pin_memory`
        // does the same, with a warning each time that it is given a device.
        let locked = pixels.internal_pin_memory(self.device());
        locked.internal_to_copy((Kind::Uint8, self.device()), true)
    }
}

impl Feed for Streamed {
    fn device(&self) -> Device {
        self.labels.device()
    }

    fn count(&self) -> i64 {
        self.labels.size()[0]
    }

    fn area(&self) -> i64 {
        self.side() * self.side()
    }

    fn is_streamed(&self) -> bool {
        true
    }

    fn pin(&mut self) {
        self.pinned = self.device().is_cuda();
    }

    fn slots(&self, size: usize) -> Slots {
        Slots::new(size, self.normalise.room(size as i64, self.side()))
    }

    fn announce(&self, coming: &Coming) {
        let Coming { indices, size, seed, epoch } = coming;
        // What was announced before is not wanted any more: its threads end before others begin.
        self.coming.replace(None);
        let batches = self.images.augmented(&on_host(indices), *size, (*seed, *epoch));
        self.coming.replace(Some(batches));
    }

    /// Takes the next of the mini-batches that were announced; `slots` must name its samples. Their crops and flips are
    /// those of the announced epoch.
    ///
    /// # Panics
    /// When no such mini-batch was announced.
    fn fill(&self, slots: &Slots) -> Result<(), DatasetError> {
        let mut coming = self.coming.borrow_mut();
        let batch = coming.as_mut().and_then(Iterator::next);
        let pixels =
            self.upload(&batch.expect("mini-batches are announced before they are taken")?);
        assert_eq!(pixels.size()[0], slots.indices.size()[0], "another mini-batch was announced");
        self.normalise.fill(&pixels, &slots.images);
        let _filled = self.labels.index_select_out(&slots.labels, 0, &slots.indices);
        Ok(())
    }

    fn labels(&self, indices: &Tensor) -> Tensor {
        self.labels.index_select(0, indices)
    }

    fn plain(&self, indices: &Tensor, size: i64) -> Plain<'_> {
        let parts = indices.split(size, 0);
        let batches = self.images.plain(&on_host(indices), size as usize);
        Box::new(parts.into_iter().zip(batches).map(|(part, batch)| {
            batch.map(|batch| (part, self.normalise.images(&self.upload(&batch))))
        }))
    }
}

/// `indices` in the memory of the host; waits for the device.
fn on_host(indices: &Tensor) -> Vec<i64> {
    Vec::try_from(indices.to_device(Device::Cpu)).expect("indices are i64 [n]")
}
