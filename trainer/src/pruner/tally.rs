//! What passes cost while masks change: how many weights of a layer are active may be known on the device
//! alone, and reading it back in a step would stall the device. So passes are set aside with the counts they
//! were made under, and priced at the end of the epoch.

use tch::Tensor;

use super::Masks;
use crate::sparsity::flops::Meter;

/// Passes made under each state of the masks.
#[derive(Debug)]
pub struct Tally {
    /// Version of the masks that `counts` belongs to.
    version: u64,
    /// Active weights of every layer, on the device.
    counts: Tensor,
    /// Passes made under earlier masks, with the counts of those.
    closed: Vec<(f64, Tensor)>,
}

impl Tally {
    /// A tally that starts with `masks`.
    pub fn new(masks: &Masks) -> Self {
        Self { version: masks.version(), counts: masks.counts(), closed: Vec::new() }
    }

    /// Notices a change of the masks: the passes before it are set aside.
    pub fn follow(&mut self, masks: &Masks, meter: &mut Meter) {
        if masks.version() != self.version {
            self.version = masks.version();
            let before = std::mem::replace(&mut self.counts, masks.counts());
            self.closed.push((meter.take_unpriced(), before));
        }
    }

    /// Reads the counts back, prices all passes made so far, and tells the masks their counts.
    pub fn settle(&mut self, masks: &mut Masks, meter: &mut Meter) {
        for (passes, counts) in self.closed.drain(..) {
            meter.settle(passes, &on_host(&counts));
        }
        let counts = on_host(&self.counts);
        let passes = meter.take_unpriced();
        meter.settle(passes, &counts);
        masks.recount(&counts);
    }
}

fn on_host(counts: &Tensor) -> Vec<usize> {
    let counts = Vec::<i64>::try_from(counts).expect("counts are a vector of i64");
    counts.into_iter().map(|count| count as usize).collect()
}
