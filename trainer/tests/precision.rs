//! Reduced precision beside f32, on the CPU, where both can be had.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use swast_datasets::load;
use swast_tables::rows::EpochRow;
use swast_trainer::libtorch::arithmetic::Precision;
use swast_trainer::model::ops::Mode;
use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::settings::Settings;
use tch::{Device, Kind, Tensor};

use support::{described, made_on, rows};

/// The same network every time, and the same images.
fn subject(precision: Precision) -> (Network, Tensor) {
    let mut network = Network::new(Architecture::new(ModelKind::ResNet8, 10, 32), 3, Device::Cpu);
    network.precision = precision;
    let ramp = Tensor::arange(8 * 3 * 32 * 32, (Kind::Float, Device::Cpu));
    (network, (ramp * 0.7).sin().reshape([8, 3, 32, 32]))
}

/// Its logits and gradients.
fn passes(precision: Precision, mode: Mode) -> (Tensor, Tensor) {
    let (mut network, images) = subject(precision);
    let logits = network.forward(&images, mode).logits;
    let gradient = network.parameters.gradient(&logits.square().mean(Kind::Float));
    (logits.detach(), gradient)
}

fn distance(a: &Tensor, b: &Tensor) -> f64 {
    let norm = |t: &Tensor| t.norm().double_value(&[]);
    norm(&(a - b)) / norm(b)
}

#[test]
fn sixteen_bits_are_near_f32_and_leave_f32_behind() {
    for (reduced, mode) in [
        (Precision::Bf16, Mode::Train),
        (Precision::Bf16, Mode::Evaluate),
        (Precision::Fp16, Mode::Train),
    ] {
        let (logits, gradient) = passes(Precision::Fp32, mode);
        let (reduced_logits, reduced_gradient) = passes(reduced, mode);
        assert_eq!((reduced_logits.kind(), reduced_gradient.kind()), (Kind::Float, Kind::Float));
        // A product of bf16 factors is off by up to 2^-8; a dozen layers add up.
        let off = [distance(&reduced_logits, &logits), distance(&reduced_gradient, &gradient)];
        assert!(off.iter().all(|off| (1e-6..0.1).contains(off)), "{mode:?}: {off:?}");
        let (again, _) = passes(Precision::Fp32, mode);
        assert_eq!(logits, again, "the guard takes everything back");
    }
    // Gradients that no scale protects are those of f32.
    for mode in [Mode::TrainDense, Mode::Evaluate] {
        let [full, reduced] = [Precision::Tf32, Precision::Fp16].map(|p| passes(p, mode).1);
        assert_eq!(full, reduced, "{mode:?}");
    }
}

/// All weights are converted at once; here it is seen that this is what autocast does with each by itself.
#[test]
fn one_conversion_of_all_weights_is_that_of_each() {
    for precision in [Precision::Bf16, Precision::Fp16] {
        let features_and_gradient = |own, autocast: Option<Precision>| {
            let (mut network, images) = subject(own);
            let guard = autocast.map(|precision| precision.guard(Device::Cpu));
            let features = network.forward(&images, Mode::Train).features;
            drop(guard);
            // The classifier is f32 however the features came about.
            let [.., weight, bias] = &network.parameters.views[..] else { unreachable!() };
            let logits = features.linear(weight, Some(bias));
            let gradient = network.parameters.gradient(&logits.square().mean(Kind::Float));
            (features.detach(), gradient)
        };
        let at_once = features_and_gradient(precision, None);
        // Neither our kernels nor a conversion of ours: what is left is autocast.
        let each = features_and_gradient(Precision::Tf32, Some(precision));
        assert_eq!(at_once, each, "{precision:?}");
        assert_ne!(at_once.0, features_and_gradient(Precision::Tf32, None).0, "{precision:?}");
    }
}

#[test]
fn a_run_in_16_bits_learns_repeats_and_is_another_run() {
    let tiny = "--limit-train 100 --limit-test 40 --batch-size 16 --epochs 4 --interval 2 --fraction 0.3 \
                --selector gradmatch --preserve complete";
    let settings = |more: &str| described(format!("{tiny} {more}").split(' ')).unwrap();
    let made = |settings: &Settings| {
        let folder = tempfile::tempdir().unwrap();
        let data = load(settings.dataset, None, settings.request()).unwrap();
        let row = made_on(settings, data, folder.path());
        let losses: Vec<f64> =
            rows::<EpochRow>(folder.path()).iter().map(|e| e.train_loss).collect();
        (row, losses)
    };
    let full = settings("");
    let exact = made(&full).1;
    for precision in ["bf16", "fp16"] {
        let reduced = settings(&format!("--precision {precision}"));
        let (row, losses) = made(&reduced);
        assert_eq!(row.precision, precision);
        assert_ne!(row.run, full.id());
        assert_eq!(losses, made(&reduced).1);
        // The first epochs have seen the same images in the same order.
        assert_ne!(losses[0], exact[0]);
        assert!((losses[0] / exact[0] - 1.0).abs() < 0.05, "{losses:?} {exact:?}");
    }
}

#[test]
fn what_a_device_has_not_is_refused() {
    let on = |asked| Precision::resolve(asked, Device::Cpu);
    assert_eq!(on(None).unwrap(), Precision::Fp32);
    assert_eq!(on(Some(Precision::Bf16)).unwrap(), Precision::Bf16);
    assert!(on(Some(Precision::Tf32)).unwrap_err().to_string().contains("--device"));
}
