//! Steps of pruned networks by sparse kernels beside the same steps by dense ones, in turn within one process:
//! `cargo bench -p swast-trainer --bench kernels -- [MODEL...]`. Masks are random ones that stay; images are random. Prints
//! CSV: medians of `ROUNDS` steps, and evaluations of `IMAGES` images, in milliseconds.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it found")]

use std::time::Instant;

use rand::RngExt;
use swast_datasets::{Dataset, DatasetError, DatasetKind, LabelledImages};
use swast_tables::names::name_of;
use swast_tables::stats::quantile;
use swast_tables::stream::stream;
use swast_trainer::libtorch::arithmetic::Precision;
use swast_trainer::libtorch::prepare_cpu;
use swast_trainer::libtorch::sparse::lanes;
use swast_trainer::model::sparse::Kernels;
use swast_trainer::model::{Architecture, ModelKind};
use swast_trainer::pruner::Spec;
use swast_trainer::settings::{
    BackbonePruning, Objective, Preserve, Pruning, Settings, Sgd, ValidationLabels, Variant,
};
use swast_trainer::sparsity::distribution::Distribution;
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::measure::measure;
use swast_trainer::train::state::State;
use swast_trainer::train::step::Step;
use tch::Device;

const ROUNDS: usize = 5;
const BATCH: usize = 128;
const SIDE: usize = 32;
/// Images of an evaluation, and of the training set.
const IMAGES: usize = 1000;

fn settings(model: ModelKind, distribution: Distribution, prune_rate: f64) -> Settings {
    let backbone = BackbonePruning { distribution, first_layer: None, fc_prune_rate: prune_rate };
    let pruner: Spec = "static-random".parse().expect("a pruner");
    Settings {
        seed: 0,
        dataset: DatasetKind::default(),
        limit_train: None,
        limit_test: None,
        resolution: None,
        skip_broken: 0,
        weights: None,
        model,
        variant: Variant::PruneOnly,
        selection: None,
        rhythm: None,
        pruning: Some(Pruning { pruner, prune_rate, backbone: Some(backbone) }),
        preserve: Preserve::None,
        objective: Objective::DEFAULT,
        label_noise: 0.0,
        validation: ValidationLabels::Noisy,
        epochs: 1_000,
        batch_size: BATCH,
        eval_every: 1,
        learning_rate: 0.001,
        sgd: Sgd { momentum: 0.9, weight_decay: 5e-4 },
        precision: Precision::Fp32,
    }
}

fn images(count: usize) -> Dataset {
    let mut draw = stream(0, "bench-images", 0);
    let mut samples = || LabelledImages {
        pixels: (0..count * SIDE * SIDE * 3).map(|_| draw.random()).collect(),
        labels: (0..count).map(|i| (i % 10) as u16).collect(),
    };
    Dataset {
        name: "random".to_owned(),
        seed: None,
        classes: (0..10).map(|c: usize| c.to_string()).collect(),
        height: SIDE,
        width: SIDE,
        mean: [0.5; 3],
        std: [0.29; 3],
        train: samples(),
        test: samples(),
        skipped: Default::default(),
    }
}

/// Milliseconds of a step.
fn step(state: &mut State, settings: &Settings, data: &TrainingData) -> Result<f64, DatasetError> {
    while state.course.next() != Some(BATCH as i64) {
        if state.course.begun {
            state.course.end();
        }
        state.begin_epoch(settings);
    }
    let (objective, sgd) = (settings.objective, settings.sgd);
    let start = Instant::now();
    Step { objective, sgd, feed: &*data.images }.take(state, BATCH as i64, |_| ())?;
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
                let data = TrainingData::new(images(IMAGES), settings.holdout(), true, Device::Cpu);
                let mut states = [Kernels::Dense, Kernels::Sparse, Kernels::Auto].map(|kernels| {
                    let architecture = Architecture::new(model, 10, SIDE);
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
                        measure(&mut state.network, &*data.test, &data.test_indices)?;
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
