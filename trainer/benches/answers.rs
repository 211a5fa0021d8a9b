//! How fast a network answers, by the number of images it is asked about at once:
//! `cargo bench -p swast-trainer --bench answers -- [MODEL...]`. Plain libtorch in both layouts (convolution, batch norm and
//! rectifier one after the other), our dense kernels, sparse ones and the automatic choice, in turn within one process.
//! Masks and images are random. Prints CSV: medians in milliseconds, and how many times as fast as libtorch's better layout
//! the automatic choice is.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it found")]

use std::time::Instant;

use swast_tables::names::name_of;
use swast_tables::stats::quantile;
use swast_trainer::libtorch::prepare_cpu;
use swast_trainer::libtorch::sparse::lanes;
use swast_trainer::model::architecture::Conv;
use swast_trainer::model::inference::Inference;
use swast_trainer::model::sparse::Kernels;
use swast_trainer::model::sparse::pays::Passes;
use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::pruner::Masks;
use swast_trainer::sparsity::distribution::Distribution;
use tch::{Device, Kind, Tensor};

/// Of a few images, and of many.
const ROUNDS: [usize; 2] = [15, 5];
/// Images that lists are made for; how long that takes is not part of the times.
const IMAGES: i64 = 10_000;

/// Logits of `images` by libtorch's operations alone.
fn plain(network: &Network, images: &Tensor) -> Tensor {
    let conv_norm = |x: &Tensor, conv: &Conv| {
        let [weight, scale, shift] = &network.parameters.views[3 * conv.index..3 * conv.index + 3]
        else {
            unreachable!("each convolution has three parameter tensors")
        };
        let statistics = &network.statistics[conv.index];
        let (mean, variance) = (Some(&statistics.mean), Some(&statistics.variance));
        let (stride, padding) = (conv.stride as i64, conv.kernel as i64 / 2);
        x.conv2d(weight, None::<&Tensor>, stride, padding, 1, 1).batch_norm(
            Some(scale),
            Some(shift),
            mean,
            variance,
            false,
            0.1,
            1e-5,
            true,
        )
    };
    let mut x = conv_norm(images, &network.architecture.stem).relu_();
    for block in &network.architecture.blocks {
        let shortcut = match &block.downsample {
            Some(conv) => conv_norm(&x, conv),
            None => x.shallow_clone(),
        };
        for (i, conv) in block.convs.iter().enumerate() {
            x = conv_norm(&x, conv);
            x = if i + 1 < block.convs.len() { x.relu_() } else { x.g_add_(&shortcut).relu_() };
        }
    }
    let classifier = &network.parameters.views[network.parameters.views.len() - 2..];
    let features = x.mean_dim([2_i64, 3].as_slice(), false, Kind::Float);
    features.linear(&classifier[0], Some(&classifier[1]))
}

fn channels_last(x: &Tensor) -> Tensor {
    x.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2])
}

fn main() {
    let asked: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let threads = prepare_cpu(0);
    let _guard = tch::no_grad_guard();
    println!(
        "model,distribution,prune_rate,images,libtorch_first_ms,libtorch_last_ms,dense_ms,sparse_ms,auto_ms,\
         dense_ratio,auto_ratio,threads,lanes"
    );
    for model in [ModelKind::ResNet20, ModelKind::ResNet18] {
        if !asked.is_empty() && !asked.contains(&name_of(model)) {
            continue;
        }
        for distribution in [Distribution::Uniform, Distribution::Erk] {
            for rate in [0.5, 0.9, 0.95, 0.98] {
                let mut networks =
                    [Kernels::Dense, Kernels::Sparse, Kernels::Auto].map(|kernels| {
                        let architecture = Architecture::new(model, 10, 32);
                        let mut network = Network::new(architecture, 1, Device::Cpu);
                        network.kernels = kernels;
                        network
                    });
                for network in &mut networks {
                    let layers = network.architecture.layers();
                    let Some(densities) = distribution.densities(&layers, rate) else { continue };
                    let active: Vec<_> = layers
                        .iter()
                        .zip(densities)
                        .map(|(layer, density)| (density * layer.weights() as f64).round() as usize)
                        .collect();
                    let masks =
                        Masks::random(&network.architecture, &network.parameters, &active, 3);
                    masks.apply(&mut network.parameters.flat);
                }
                for batch in [1, 2, 4, 8, 16, 32, 128] {
                    let images = Tensor::randn([batch, 3, 32, 32], (Kind::Float, Device::Cpu));
                    let last = channels_last(&images);
                    let ways: Vec<_> = networks
                        .iter()
                        .map(|network| Inference::new(network, Passes { images: IMAGES, batch }))
                        .collect();
                    let mut times = [const { Vec::new() }; 5];
                    for round in 0..=ROUNDS[usize::from(batch > 8)] {
                        for (way, times) in times.iter_mut().enumerate() {
                            let start = Instant::now();
                            match way {
                                0 => drop(plain(&networks[0], &images)),
                                1 => drop(plain(&networks[0], &last)),
                                _ => drop(ways[way - 2].forward(&last)),
                            }
                            if round > 0 {
                                times.push(1e3 * start.elapsed().as_secs_f64());
                            }
                        }
                    }
                    let [first, last, dense, sparse, auto] =
                        times.map(|t| quantile(&t, 0.5).unwrap_or(f64::NAN));
                    let best = first.min(last);
                    println!(
                        "{},{},{rate},{batch},{first:.2},{last:.2},{dense:.2},{sparse:.2},{auto:.2},{:.2},{:.2},\
                         {threads},{}",
                        name_of(model),
                        name_of(distribution),
                        best / dense,
                        best / auto,
                        lanes()
                    );
                }
            }
        }
    }
}
