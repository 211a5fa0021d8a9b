//! What passes cost while masks change: how many weights of a layer are active may be known on the device
//! alone, and reading it back in a step would stall the device. So passes are set aside with the counts they
//! were made under, and priced at the end of the epoch.

use tch::Tensor;

use super::Masks;
use crate::persist::{Fields, Persist};
use crate::sparsity::flops::Meter;

/// Passes made under each state of the masks.
#[derive(Debug)]
pub struct Tally {
    /// Version of the masks that `counts` belongs to.
    version: u64,
    /// Active weights of every layer, on the device.
    counts: Tensor,
    /// Passes made under earlier masks.
    closed: Vec<Closed>,
}

/// Passes made under masks that are no more.
#[derive(Debug)]
struct Closed {
    passes: f64,
    /// Active weights of every layer at the time, on the device.
    counts: Tensor,
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
            let counts = std::mem::replace(&mut self.counts, masks.counts());
            self.closed.push(Closed { passes: meter.take_unpriced(), counts });
        }
    }

    /// Reads the counts back, prices all passes made so far, and passes the counts on to the masks.
    pub fn settle(&mut self, masks: &mut Masks, meter: &mut Meter) {
        for Closed { passes, counts } in self.closed.drain(..) {
            meter.settle(passes, &on_host(&counts));
        }
        let counts = on_host(&self.counts);
        let passes = meter.take_unpriced();
        meter.settle(passes, &counts);
        masks.recount(&counts);
    }
}

impl Persist for Tally {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("version", &mut self.version);
        at.tensor("counts", &mut self.counts);
        let mut closed = self.closed.len();
        at.plain("closed", &mut closed);
        self.closed.resize_with(closed, || Closed { passes: 0.0, counts: self.counts.copy() });
        for (number, Closed { passes, counts }) in self.closed.iter_mut().enumerate() {
            at.plain(&format!("passes.{number}"), passes);
            at.tensor(&format!("counts.{number}"), counts);
        }
    }
}

fn on_host(counts: &Tensor) -> Vec<usize> {
    let counts = Vec::<i64>::try_from(counts).expect("counts are a vector of i64");
    counts.into_iter().map(|count| count as usize).collect()
}
