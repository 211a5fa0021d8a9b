//! Whole training steps by sparse kernels against the same steps by dense ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/flags.rs"]
mod flags;

use swast_datasets::load;
use swast_trainer::libtorch::sparse::lanes;
use swast_trainer::model::inference::Inference;
use swast_trainer::model::ops::Mode;
use swast_trainer::model::sparse::Kernels;
use swast_trainer::model::sparse::pays::Passes;
use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::pruner::Masks;
use swast_trainer::settings::Settings;
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::state::State;
use swast_trainer::train::step::Step;
use tch::{Device, Kind, Tensor};

use flags::described;

/// A state after `steps` steps of a run of `settings`, and the loss of each.
fn trained(settings: &Settings, kernels: Kernels, steps: usize) -> (State, Vec<f64>) {
    let (mut losses, mut before) = (Vec::new(), 0.0);
    let state = trained_and(settings, kernels, steps, |state| {
        let sum = state.course.totals.double_value(&[0]);
        losses.push((sum - before) / settings.batch_size as f64);
        before = sum;
    });
    (state, losses)
}

/// The same state; `visit` sees it after each step. All are of one epoch, on full mini-batches.
fn trained_and(
    settings: &Settings,
    kernels: Kernels,
    steps: usize,
    mut visit: impl FnMut(&mut State),
) -> State {
    let dataset = load(settings.dataset, None, settings.request()).unwrap();
    let data = TrainingData::new(dataset, settings.holdout(), true, Device::Cpu);
    let architecture = Architecture::new(settings.model, data.classes, 32);
    let mut state = State::new(settings, architecture, &data);
    state.network.kernels = kernels;
    state.begin_epoch(settings);
    let (objective, sgd) = (settings.objective, settings.sgd);
    let step = Step { objective, sgd, feed: &*data.images };
    for _ in 0..steps {
        let len = state.course.next().unwrap();
        step.take(&mut state, len, |_| ()).unwrap();
        visit(&mut state);
    }
    state
}

fn settings(flags: &str) -> Settings {
    let small =
        "--variant prune-only --limit-train 200 --limit-test 20 --batch-size 24 --epochs 20";
    described(small.split_whitespace().chain(flags.split_whitespace())).unwrap()
}

/// The largest difference of the parameters of both, in units of the largest parameter.
fn difference(a: &State, b: &State) -> f64 {
    let [a, b] = [a, b].map(|state| state.network.parameters.flat.to_kind(Kind::Double));
    ((&a - &b).abs().max() / b.abs().max()).double_value(&[])
}

#[test]
fn steps_of_every_pruner_are_those_of_dense_kernels_but_for_rounding() {
    for pruner in
        ["static-random", "rigl", "set", "snip", "gradual-magnitude:update-every=1", "probmask"]
    {
        let settings = settings(&format!("--pruner {pruner} --prune-rate 0.9"));
        let (dense, losses) = trained(&settings, Kernels::Dense, 3);
        let (sparse, ours) = trained(&settings, Kernels::Sparse, 3);
        assert!(sparse.is_sparse() && !dense.is_sparse(), "{pruner}");
        for (ours, loss) in ours.iter().zip(&losses) {
            assert!((ours / loss - 1.0).abs() < 1e-4, "{pruner}: losses {ours} and {loss}");
        }
        let off = difference(&sparse, &dense);
        assert!(off < 1e-3, "{pruner}: parameters are off by {off:e}");
    }
}

#[test]
fn passes_follow_masks_that_change() {
    let images = Tensor::randn([24, 3, 32, 32], (Kind::Float, Device::Cpu));
    for pruner in ["rigl:update-every=2", "set:update-every=1"] {
        let settings = settings(&format!("--pruner {pruner} --prune-rate 0.9"));
        let mut seen: Vec<Tensor> = Vec::new();
        trained_and(&settings, Kernels::Sparse, 6, |state| {
            state.begin_pass(0);
            let masks = state.pruned.as_ref().unwrap().masks.flat.copy();
            // Weights that have just grown are 0: only their gradients show whether they are followed.
            let mut gradient = |mode| {
                let loss = state.network.forward(&images, mode).logits.square().sum(Kind::Float);
                state.network.parameters.gradient(&loss) * &masks
            };
            let (sparse, dense) = (gradient(Mode::Train), gradient(Mode::TrainDense));
            let off = ((sparse - &dense).abs().max() / dense.abs().max()).double_value(&[]);
            assert!(off < 1e-3, "{pruner}: off by {off:e} after {} masks", seen.len());
            seen.push(masks);
        });
        assert!(!seen[0].equal(&seen[5]), "{pruner} has not moved any weight");
    }
}

#[test]
fn evaluation_by_active_weights_gives_the_logits_of_all_weights() {
    for (model, side) in [("resnet8", 16), ("resnet18", 16), ("resnet50", 32), ("resnet18", 65)] {
        let flags = format!("--model {model} --pruner static-random --prune-rate 0.9");
        let settings = settings(&flags);
        let mut network = Network::new(Architecture::new(settings.model, 10, side), 1, Device::Cpu);
        let masks = Masks::random(
            &network.architecture,
            &network.parameters,
            &network.architecture.layers().iter().map(|l| l.weights() / 10 + 1).collect::<Vec<_>>(),
            3,
        );
        masks.apply(&mut network.parameters.flat);
        let side = side as i64;
        let images = Tensor::randn([lanes() + 5, 3, side, side], (Kind::Float, Device::Cpu));
        let right = tch::no_grad(|| network.forward(&images, Mode::Evaluate));
        network.kernels = Kernels::Sparse;
        for batch in [1, 1000] {
            let inference = Inference::new(&network, Passes { images: 1000, batch });
            assert!(inference.is_sparse());
            let found = inference.forward(&images);
            let pairs = [(found.logits, &right.logits), (found.features, &right.features)];
            for (found, right) in pairs {
                let off = ((found - right).abs().max() / right.abs().max()).double_value(&[]);
                assert!(
                    off < 1e-4,
                    "{model} at {side} by {batch}: off by {off:e} of the largest value"
                );
            }
        }
    }
}

#[test]
fn a_dense_network_is_evaluated_by_dense_kernels() {
    let network = Network::new(Architecture::new(ModelKind::ResNet18, 10, 32), 1, Device::Cpu);
    assert!(!Inference::new(&network, Passes { images: 10_000, batch: 500 }).is_sparse());
}

#[test]
fn masked_weights_and_their_momentum_stay_0() {
    let (state, _) = trained(&settings("--pruner set --prune-rate 0.95"), Kernels::Sparse, 3);
    let masks = &state.pruned.as_ref().unwrap().masks.flat;
    let masked: Tensor = 1.0 - masks;
    for values in [&state.network.parameters.flat, &state.momentum] {
        assert_eq!((values * &masked).abs().max().double_value(&[]), 0.0);
    }
    assert!(masked.sum(Kind::Double).double_value(&[]) > 50_000.0);
}

#[test]
fn networks_that_are_not_pruned_are_trained_by_dense_kernels() {
    let (state, _) = trained(&settings("--variant dense"), Kernels::Sparse, 1);
    assert!(!state.is_sparse());
    let (state, _) = trained(&settings("--variant trim --prune-rate 0.9"), Kernels::Auto, 1);
    assert!(!state.is_sparse(), "no convolution is pruned");
}
