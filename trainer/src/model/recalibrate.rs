//! Running statistics of batch norm, gathered again after weights change abruptly: those gathered in training lag
//! behind by tens of mini-batches, more than a short run has left.

use tch::Tensor;

use crate::model::network::Network;
use crate::model::ops::{Mode, NORM_MOMENTUM};

/// Replaces the running statistics of `network` by the means, over all samples, of those of `batches` of images, each
/// passed through the network once (as for averaged weights: Izmailov et al. 2018, section 3.2). Where there are no
/// batches they stay. Draws on no labels and does not wait for the device.
pub fn gather(network: &mut Network, batches: impl Iterator<Item = Tensor>) {
    let _guard = tch::no_grad_guard();
    let running = |network: &Network| -> Vec<Tensor> {
        let both = |s: &crate::model::ops::NormStatistics| {
            [&s.mean, &s.variance].map(Tensor::shallow_clone)
        };
        network.statistics.iter().flat_map(both).collect()
    };
    let (before, mut own) = (network.batches_seen, running(network));
    let mut sums: Vec<Tensor> = own.iter().map(Tensor::zeros_like).collect();
    let mut samples = 0;
    for images in batches {
        // From 0, one mini-batch leaves its share of itself.
        own.iter_mut().for_each(|running| drop(running.zero_()));
        network.forward(&images, Mode::Train);
        let len = images.size()[0];
        sums.iter_mut().zip(&own).for_each(|(sum, running)| *sum += running * len);
        samples += len;
    }
    if samples > 0 {
        for (running, sum) in own.iter_mut().zip(sums) {
            running.copy_(&(sum / (NORM_MOMENTUM * samples as f64)));
        }
    }
    network.batches_seen = before;
}
