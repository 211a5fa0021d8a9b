//! Where images come from: the border between a step of training and the data set.

pub mod augment;
pub mod resident;

use std::fmt::Debug;

use tch::{Device, Tensor};

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

/// Images by index, as a network takes them.
pub trait Feed: Debug + Send {
    /// Device on which images arrive.
    fn device(&self) -> Device;

    /// Number of images.
    fn count(&self) -> i64;

    /// Pixels of an image.
    fn area(&self) -> i64;

    /// Slots for mini-batches of up to `size` images.
    fn slots(&self, size: usize) -> Slots;

    /// Fills in the images and labels of the samples and crops that `slots` name.
    fn fill(&self, slots: &Slots);

    /// Labels of the images at `indices`, i64 `[B]`.
    fn labels(&self, indices: &Tensor) -> Tensor;

    /// The images at `indices` as they are, normalised; f32 `[B, 3, H, W]`.
    fn plain(&self, indices: &Tensor) -> Tensor;
}
