//! Where images come from: the border between a step of training and the data set.

pub mod augment;
pub mod normalise;
pub mod resident;
pub mod streamed;

use std::fmt::Debug;

use swast_datasets::{DatasetError, Part, Source};
use tch::{Device, Kind, Tensor};

use self::resident::Resident;
use self::streamed::Streamed;

/// The images and labels of a mini-batch, at fixed addresses, and which they are.
#[derive(Debug)]
pub struct Slots {
    /// Indices into the data set as stored, i64 `[B]`.
    pub indices: Tensor,
    /// Row of the crop of each image, i64 `[B]`; see [`augment::Plan`].
    pub rows: Tensor,
    /// Column of the crop of each image, and whether it is flipped, i64 `[B]`.
    pub columns: Tensor,
    /// Augmented and normalised images, f32 `[B, 3, H, W]`.
    pub images: Tensor,
    /// Labels, i64 `[B]`.
    pub labels: Tensor,
}

impl Slots {
    /// For up to `size` samples, whose `images` are f32 `[size, 3, H, W]`.
    fn new(size: usize, images: Tensor) -> Self {
        let whole = || Tensor::zeros([size as i64], (Kind::Int64, images.device()));
        Self { indices: whole(), rows: whole(), columns: whole(), labels: whole(), images }
    }

    /// The first `len` of them, sharing their memory.
    pub fn first(&self, len: i64) -> Self {
        let part = |tensor: &Tensor| tensor.narrow(0, 0, len);
        Self {
            indices: part(&self.indices),
            rows: part(&self.rows),
            columns: part(&self.columns),
            images: part(&self.images),
            labels: part(&self.labels),
        }
    }
}

/// What comes in an epoch, or in the rest of it.
#[derive(Debug)]
pub struct Coming {
    /// The samples in the order in which they come, as indices into the data set as stored, i64 `[n]`.
    pub indices: Tensor,
    /// Samples of a mini-batch; the last one may have fewer.
    pub size: usize,
    /// Seed of the run.
    pub seed: u64,
    /// The epoch.
    pub epoch: u32,
}

/// Batches of images as they are: their indices, and f32 `[B, 3, H, W]`, normalised. An error ends them.
pub type Plain<'a> = Box<dyn Iterator<Item = Result<(Tensor, Tensor), DatasetError>> + 'a>;

/// The images of a `part` of `source` for `device`. `channels_last` is the layout in which the network wants its input.
pub fn open(source: &Source, part: Part, channels_last: bool, device: Device) -> Box<dyn Feed> {
    match (source, part) {
        (Source::Memory(set), Part::Train) => {
            Box::new(Resident::new(&set.train, set, channels_last, device))
        }
        (Source::Memory(set), Part::Test) => {
            Box::new(Resident::new(&set.test, set, channels_last, device))
        }
        (Source::Cache(set), _) => Box::new(Streamed::new(set, part, channels_last, device)),
    }
}

/// Images by index, as a network takes them.
pub trait Feed: Debug + Send {
    /// Device on which images arrive.
    fn device(&self) -> Device;

    /// Number of images.
    fn count(&self) -> i64;

    /// Pixels of an image.
    fn area(&self) -> i64;

    /// Whether images are read when they are asked for, so that it pays to ask for few.
    fn is_streamed(&self) -> bool {
        false
    }

    /// Sends mini-batches that are read to a CUDA device from page-locked memory, without waiting until they are there.
    fn pin(&mut self) {}

    /// Slots for mini-batches of up to `size` images.
    fn slots(&self, size: usize) -> Slots;

    /// Announces the mini-batches that [`Feed::fill`] is asked for next, so that they can be read ahead.
    fn announce(&self, _coming: &Coming) {}

    /// Fills in the images and labels of the samples and crops that `slots` name.
    ///
    /// # Errors
    /// When an image cannot be read.
    fn fill(&self, slots: &Slots) -> Result<(), DatasetError>;

    /// Labels of the images at `indices`, i64 `[B]`.
    fn labels(&self, indices: &Tensor) -> Tensor;

    /// The images at `indices` as they are, up to `size` at a time.
    fn plain(&self, indices: &Tensor, size: i64) -> Plain<'_>;
}
