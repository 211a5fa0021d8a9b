//! Steps of pruned networks by sparse kernels beside the same steps by dense ones, in turn within one process:
//! `cargo bench -p swast-trainer --bench kernels -- [MODEL...]`. Masks are random ones that stay; images are random. Prints
//! CSV: medians of `ROUNDS` steps, and evaluations of 1,000 images, in milliseconds.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it found")]

#[path = "../tests/support/flags.rs"]
mod flags;

use std::time::Instant;

use swast_datasets::DatasetError;
use swast_tables::names::name_of;
use swast_tables::stats::quantile;
use swast_trainer::libtorch::prepare_cpu;
use swast_trainer::libtorch::sparse::lanes;
use swast_trainer::model::sparse::Kernels;
use swast_trainer::model::{Architecture, ModelKind};
use swast_trainer::run::bench::{Shape, images, next_full};
use swast_trainer::settings::Settings;
use swast_trainer::sparsity::distribution::Distribution;
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::measure::measure;
use swast_trainer::train::state::State;
use swast_trainer::train::step::Step;
use tch::Device;

use flags::described;

const ROUNDS: usize = 5;
/// The shape of CIFAR-10, with as many images to evaluate as to train on.
const SHAPE: Shape = Shape { side: 32, classes: 10, images: 1000 };

fn settings(model: ModelKind, distribution: Distribution, rate: f64) -> Settings {
    let (model, distribution) = (name_of(model), name_of(distribution));
    let flags = format!(
        "--model {model} --variant prune-only --pruner static-random --distribution {distribution} \
         --prune-rate {rate} --fc-prune-rate {rate} --learning-rate 0.001 --batch-size 128"
    );
    described(flags.split_whitespace()).expect("flags of swast-trainer train")
}

/// Milliseconds of a step.
fn step(state: &mut State, settings: &Settings, data: &TrainingData) -> Result<f64, DatasetError> {
    next_full(state, settings);
    let (objective, sgd) = (settings.objective, settings.sgd);
    let start = Instant::now();
    let step = Step { objective, sgd, feed: &*data.images };
    step.take(state, settings.batch_size as i64, |_| ())?;
    Ok(1e3 * start.elapsed().as_secs_f64())
}

fn main() -> Result<(), DatasetError> {
    let asked: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let threads = prepare_cpu(0);
    println!(
        "model,distribution,prune_rate,dense_ms,sparse_ms,auto_ms,ratio,dense_evaluation_ms,sparse_evaluation_ms,\
         auto_evaluation_ms,evaluation_ratio,threads,lanes"
    );
    for model in [ModelKind::ResNet20, ModelKind::ResNet18, ModelKind::ResNet50] {
        if !asked.is_empty() && !asked.contains(&name_of(model)) {
            continue;
        }
        for distribution in [Distribution::Uniform, Distribution::Erk] {
            for rate in [0.5, 0.9, 0.95, 0.98] {
                let settings = settings(model, distribution, rate);
                let data = TrainingData::new(images(SHAPE), settings.holdout(), true, Device::Cpu);
                let mut states = [Kernels::Dense, Kernels::Sparse, Kernels::Auto].map(|kernels| {
                    let architecture = Architecture::new(model, SHAPE.classes, SHAPE.side);
                    let mut state = State::new(&settings, architecture, &data);
                    state.network.kernels = kernels;
                    state
                });
                let mut times = [const { Vec::new() }; 3];
                for round in 0..=ROUNDS {
                    for (state, times) in states.iter_mut().zip(&mut times) {
                        let time = step(state, &settings, &data)?;
                        // The first one makes the lists.
                        if round > 0 {
                            times.push(time);
                        }
                    }
                }
                let mut evaluations = [const { Vec::new() }; 3];
                for round in 0..=ROUNDS {
                    for (state, times) in states.iter_mut().zip(&mut evaluations) {
                        let start = Instant::now();
                        measure(&state.network, &*data.test, &data.test_indices)?;
                        if round > 0 {
                            times.push(1e3 * start.elapsed().as_secs_f64());
                        }
                    }
                }
                let evaluated = evaluations.map(|t| quantile(&t, 0.5).unwrap_or(f64::NAN));
                let [dense, sparse, auto] = times.map(|t| quantile(&t, 0.5).unwrap_or(f64::NAN));
                let (model, distribution) = (name_of(model), name_of(distribution));
                let [e_dense, e_sparse, e_auto] = evaluated;
                println!(
                    "{model},{distribution},{rate},{dense:.1},{sparse:.1},{auto:.1},{:.2},{e_dense:.1},{e_sparse:.1},\
                     {e_auto:.1},{:.2},{threads},{}",
                    dense / auto,
                    e_dense / e_auto,
                    lanes()
                );
            }
        }
    }
    Ok(())
}
