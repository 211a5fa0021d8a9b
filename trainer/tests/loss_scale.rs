//! Steps on a scaled loss: those that overflow are left out, and nothing else is changed by it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/flags.rs"]
mod flags;

use swast_datasets::load;
use swast_trainer::model::Architecture;
use swast_trainer::persist::Snapshot;
use swast_trainer::settings::Settings;
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::scale::LossScale;
use swast_trainer::train::state::State;
use swast_trainer::train::step::Step;
use tch::{Device, Tensor};

use flags::described;

/// A run on 72 images in mini-batches of 16.
struct Run {
    settings: Settings,
    data: TrainingData,
    state: State,
}

impl Run {
    fn new(flags: &str) -> Self {
        tch::set_num_threads(1);
        let tiny = "--limit-train 80 --limit-test 20 --batch-size 16 --epochs 4 --fraction 0.7";
        let settings = described(tiny.split(' ').chain(flags.split(' '))).unwrap();
        let dataset = load(settings.dataset, None, settings.request()).unwrap();
        let data = TrainingData::new(dataset, settings.holdout(), true, Device::Cpu);
        let architecture = Architecture::new(settings.model, data.classes, 32);
        let mut state = State::new(&settings, architecture, &data);
        state.begin_epoch(&settings);
        Self { settings, data, state }
    }

    fn step(&mut self) {
        let Self { settings, data, state } = self;
        let step = Step { objective: settings.objective, sgd: settings.sgd, feed: &*data.images };
        step.take(state, 16, |_| ()).unwrap();
    }

    /// Parameters and momentum.
    fn flat(&self) -> [Tensor; 2] {
        [&self.state.network.parameters.flat, &self.state.momentum].map(|t| t.detach().copy())
    }

    fn factor(&self) -> f64 {
        self.state.scale.as_ref().unwrap().factor().double_value(&[])
    }

    fn set_factor(&self, factor: f64) {
        let _ = self.state.scale.as_ref().unwrap().factor().shallow_clone().fill_(factor);
    }
}

#[test]
fn a_step_that_overflows_is_left_out_and_halves_the_scale() {
    for flags in [
        "--variant dense",
        "--variant cut --prune-rate 0.5",
        "--variant prune-only --pruner probmask",
    ] {
        let mut run = Run::new(&format!("--precision fp16 {flags}"));
        run.step();
        assert_eq!(run.factor(), 65536.0, "{flags}");
        let (before, steps) = (run.flat(), run.state.step);
        // Far beyond 65,504, the largest number of 16 bits.
        run.set_factor(2.0_f64.powi(60));
        run.step();
        assert_eq!(run.flat(), before, "{flags}");
        assert_eq!(run.factor(), 2.0_f64.powi(59), "{flags}");
        assert_eq!(run.state.step, steps + 1, "the mini-batch is used up");
        run.set_factor(1024.0);
        run.step();
        let after = run.flat();
        assert!(before.iter().zip(&after).all(|(before, after)| before != after), "{flags}");
        let finite = |t: &Tensor| t.isfinite().all().int64_value(&[]) == 1;
        assert!(after.iter().all(finite) && run.factor() == 1024.0, "{flags}");
    }
}

#[test]
fn a_scale_without_overflow_changes_nothing_but_rounding() {
    for precision in ["fp32", "bf16"] {
        let flags = format!("--precision {precision} --variant cut --prune-rate 0.6");
        let (mut plain, mut scaled) = (Run::new(&flags), Run::new(&flags));
        scaled.state.scale = Some(LossScale::new(Device::Cpu));
        (0..4).for_each(|_| plain.step());
        (0..4).for_each(|_| scaled.step());
        // Powers of two round nothing; the optimizer in one pass rounds its sums once, and its errors grow.
        for (plain, scaled) in plain.flat().iter().zip(scaled.flat()) {
            let off = (plain - scaled).norm() / plain.norm();
            assert!(off.double_value(&[]) < 1e-3, "{precision}: {off:?}");
        }
        assert_eq!(scaled.factor(), 65536.0);
    }
}

#[test]
fn masked_weights_stay_zero_in_16_bits() {
    for precision in ["bf16", "fp16"] {
        let mut run = Run::new(&format!("--precision {precision} --variant cut --prune-rate 0.6"));
        (0..4).for_each(|_| run.step());
        let masks = run.state.pruned.as_ref().unwrap().masks.flat.copy();
        let pruned: Tensor = 1.0 - masks;
        assert!(pruned.sum(tch::Kind::Float).double_value(&[]) > 1e4);
        for flat in run.flat() {
            assert_eq!((flat * &pruned).abs().max().double_value(&[]), 0.0, "{precision}");
        }
    }
}

#[test]
fn a_scale_goes_on_where_it_was_stopped() {
    let settled = |scale: &mut LossScale, times: usize| {
        (0..times).for_each(|_| scale.settle());
        scale.factor().double_value(&[])
    };
    let (mut first, mut second) = (LossScale::new(Device::Cpu), LossScale::new(Device::Cpu));
    assert_eq!(settled(&mut first, 3500), 131_072.0);
    Snapshot::of(&mut first).restore(&mut second).unwrap();
    assert_eq!(settled(&mut second, 499), 131_072.0);
    assert_eq!(settled(&mut second, 1), 262_144.0);
    // And it is part of the state of a run.
    let mut run = Run::new("--precision fp16 --variant dense");
    let kept = Snapshot::of(&mut run.state);
    run.set_factor(8.0);
    kept.restore(&mut run.state).unwrap();
    assert_eq!(run.factor(), 65536.0);
}

#[test]
fn the_scale_doubles_after_2000_clean_steps_in_a_row() {
    let run = Run::new("--precision fp16 --variant dense");
    let mut scale = LossScale::new(Device::Cpu);
    let parameters = &run.state.network.parameters;
    let all = || parameters.views.iter().map(|view| view.square().sum(tch::Kind::Float));
    // The gradient of this is 2 w times `strength`.
    let loss = |strength: f64| all().fold(Tensor::from(0.0_f32), |sum, one| sum + one) * strength;
    let mut settle = |strength: f64, times: usize| {
        for _ in 0..times {
            if strength != 1.0 {
                let _gradient = scale.gradient(parameters, &loss(strength));
            }
            scale.settle();
        }
        scale.factor().double_value(&[])
    };
    assert_eq!(settle(1.0, 1999), 65536.0);
    assert_eq!(settle(1e-3, 1), 131_072.0);
    assert_eq!(settle(1.0, 1999), 131_072.0);
    // An overflow begins the count again.
    assert_eq!(settle(1e38, 1), 65536.0);
    assert_eq!(settle(1.0, 1999), 65536.0);
    assert_eq!(settle(1.0, 1), 131_072.0);
    let gradient = scale.gradient(parameters, &loss(0.5));
    assert!((gradient - &parameters.flat).abs().max().double_value(&[]) < 1e-6);
}
