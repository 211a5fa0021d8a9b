//! Mini-batches by hand: the samples and crops of a part of an epoch, filled in by a feed.

use swast_trainer::feed::Feed;
use swast_trainer::feed::augment::Plan;
use tch::Tensor;

/// The choices of `epoch` for `len` samples.
pub(crate) fn drawn(len: usize, seed: u64, epoch: u32) -> Plan {
    let mut plan = Plan::new(len, tch::Device::Cpu);
    plan.draw(len, seed, epoch);
    plan
}

/// First position and length of the mini-batches of up to `size` samples in an epoch on `len`.
pub(crate) fn batches(len: usize, size: usize) -> impl Iterator<Item = (i64, i64)> {
    (0..len).step_by(size).map(move |first| (first as i64, size.min(len - first) as i64))
}

/// The images at `indices` as `plan` augments them at the positions from `first`.
pub(crate) fn augmented(feed: &dyn Feed, indices: &Tensor, plan: &Plan, first: i64) -> Tensor {
    let len = indices.size()[0];
    let mut slots = feed.slots(len as usize);
    slots.indices.copy_(indices);
    slots.rows.copy_(&plan.rows.narrow(0, first, len));
    slots.columns.copy_(&plan.columns.narrow(0, first, len));
    feed.fill(&slots).unwrap();
    slots.images
}
