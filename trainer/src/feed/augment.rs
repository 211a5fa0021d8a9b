//! The random choices of an epoch: the order of its samples, and how each is cropped and flipped.

use rand::RngExt;
use swast_tables::stream::stream;
use tch::{Device, Kind, Tensor};

use crate::draws::{below, permutation};
use crate::persist::{Fields, Persist};

/// Pixels added on each side before the random crop.
pub const PADDING: i64 = 4;
/// Places of the crop along a side.
pub const CROPS: i64 = 2 * PADDING + 1;

/// The choices of one epoch, drawn beforehand on the device and the same on every device. Buffers of a fixed size, of
/// which as many entries are used as there are samples.
#[derive(Debug)]
pub struct Plan {
    /// Positions in the coreset in the order they are visited, i64 `[capacity]`.
    pub order: Tensor,
    /// Place of the crop along the height for each position of the order, i64 `[capacity]`.
    pub rows: Tensor,
    /// Place of the crop along the width, those of flipped images after the others, i64 `[capacity]`.
    pub columns: Tensor,
    len: usize,
}

impl Plan {
    /// Room for the choices of up to `capacity` samples.
    pub fn new(capacity: usize, device: Device) -> Self {
        let zeros = || Tensor::zeros([capacity as i64], (Kind::Int64, device));
        Self { order: zeros(), rows: zeros(), columns: zeros(), len: 0 }
    }

    /// Draws order, crops and flips for `len` samples at `epoch`.
    pub fn draw(&mut self, len: usize, seed: u64, epoch: u32) {
        let device = self.order.device();
        let [order, rows, columns] = stream(seed, "epoch-plan", u64::from(epoch)).random();
        self.len = len;
        for (buffer, drawn) in [
            (&self.order, permutation(order, len, device)),
            (&self.rows, below(CROPS, rows, len, device)),
            (&self.columns, below(2 * CROPS, columns, len, device)),
        ] {
            buffer.narrow(0, 0, len as i64).copy_(&drawn);
        }
    }

    /// Number of samples in the epoch.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has been drawn.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The same buffers for a step that is replayed, which may not know how many entries are used.
    pub fn frozen(&self) -> Self {
        let [order, rows, columns] =
            [&self.order, &self.rows, &self.columns].map(Tensor::shallow_clone);
        Self { order, rows, columns, len: 0 }
    }
}

impl Persist for Plan {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.tensor("order", &mut self.order);
        at.tensor("rows", &mut self.rows);
        at.tensor("columns", &mut self.columns);
        at.plain("len", &mut self.len);
    }
}

/// The pixels along a padded side that each crop reads, one crop after the other; a flip reads the same crop from its
/// other end. i64 `[crops * flips, side]`.
pub fn places(side: i64, flips: &[bool]) -> Tensor {
    let crops = flips.iter().flat_map(|&flip| (0..CROPS).map(move |crop| (flip, crop)));
    let read = |(flip, crop)| (0..side).map(move |i| crop + if flip { side - 1 - i } else { i });
    Tensor::from_slice(&crops.flat_map(read).collect::<Vec<i64>>()).view([-1, side])
}
