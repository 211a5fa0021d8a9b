//! Against values computed in PyTorch and NumPy (`tests/golden/trainer/make.py`).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};
use swast_trainer::libtorch::sgd::{fused_sgd, masked_sgd};
use swast_trainer::model::inference::Inference;
use swast_trainer::model::ops::Mode;
use swast_trainer::model::sparse::pays::Passes;
use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::pruner::{MaskedModel, Masks, rigl};
use swast_trainer::settings::{Sgd, Weighting};
use swast_trainer::sparsity::flops::forward_dense;
use swast_trainer::train::loss::{cross_entropy, preservation, weighted_mean};
use tch::{Device, Kind, Tensor};

fn golden(name: &str) -> Value {
    let path = format!("{}/../tests/golden/trainer/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn tensor(value: &Value) -> Tensor {
    Tensor::from_slice(&numbers(value))
}

/// Values in [-0.5, 0.5) from a multiplicative hash, as `pattern` in `make.py`.
fn pattern(count: usize, salt: u64) -> Vec<f32> {
    let value = |index: u64| {
        let mixed = (index + salt * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        (mixed as f64 / f64::from(1 << 24) - 0.5) as f32
    };
    (0..count as u64).map(value).collect()
}

/// Loads the values of `fill` in `make.py`, by torchvision's names.
fn filled(kind: ModelKind, side: usize) -> Network {
    let mut network = Network::new(Architecture::new(kind, 10, side), 0, Device::Cpu);
    let mut tensors = network.tensors();
    tensors.retain(|(name, _)| !name.contains("num_batches"));
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    for (salt, (name, tensor)) in (0..).zip(&mut tensors) {
        let shape = tensor.size();
        let fan_in: i64 = shape[1..].iter().product();
        let scale = (24.0 / fan_in as f64).sqrt() as f32;
        let adjust = |value: f32| match () {
            () if name.ends_with("running_var") => 1.0 + value,
            () if shape.len() > 1 => value * scale,
            () if name.ends_with("weight") => 1.0 + value / 2.0,
            () => value,
        };
        let values: Vec<f32> = pattern(tensor.numel(), salt).into_iter().map(adjust).collect();
        *tensor = Tensor::from_slice(&values).reshape(shape.as_slice());
    }
    network.load(&tensors).unwrap();
    network
}

fn assert_close(found: &Tensor, expected: &Tensor, tolerance: f64, what: &str) {
    let error = (found.reshape([-1]) - expected).abs().max().double_value(&[]);
    let scale = expected.abs().max().double_value(&[]).max(1.0);
    assert!(error <= tolerance * scale, "{what}: off by {error} where values reach {scale}");
}

/// Logits on a CPU may be off by this share: its convolutions (`conv.cpp`) round more than PyTorch's.
const LOGITS: f64 = 5e-5;

/// Checks the logits of `images` by every way of evaluation.
fn check_evaluation(
    network: &mut Network,
    images: &Tensor,
    expected: &Tensor,
    tolerance: f64,
    name: &str,
) {
    let _guard = tch::no_grad_guard();
    let logits = network.forward(images, Mode::Evaluate).logits;
    assert_close(&logits, expected, tolerance, name);
    // As images are answered one by one.
    let inference = Inference::new(network, Passes { images: 1, batch: 1 });
    assert!(!inference.is_sparse());
    assert_close(&inference.forward(images).logits, expected, tolerance, name);
}

fn check_forward(name: &str, kind: ModelKind, train_tolerance: f64) {
    let golden = golden(name);
    let side = golden["side"].as_u64().unwrap() as usize;
    let images = Tensor::from_slice(&pattern(2 * 3 * side * side, 777)).reshape([
        2,
        3,
        side as i64,
        side as i64,
    ]) * 4.0;
    let channels_last = images.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2]);
    for images in [images, channels_last] {
        let mut network = filled(kind, side);
        let _guard = tch::no_grad_guard();
        check_evaluation(&mut network, &images, &tensor(&golden["evaluate"]), LOGITS, name);
        let logits = network.forward(&images, Mode::Train).logits;
        assert_close(&logits, &tensor(&golden["train"]), train_tolerance, name);
        let statistics = &network.statistics[0];
        assert_close(
            &statistics.mean.narrow(0, 0, 8),
            &tensor(&golden["running_mean"]),
            1e-6,
            name,
        );
        assert_close(
            &statistics.variance.narrow(0, 0, 8),
            &tensor(&golden["running_var"]),
            1e-5,
            name,
        );
    }
}

#[test]
fn resnet18_with_the_cifar_stem_gives_pytorchs_logits() {
    check_forward("resnet18_cifar", ModelKind::ResNet18, LOGITS);
}

#[test]
fn resnet8_gives_pytorchs_logits() {
    check_forward("resnet8", ModelKind::ResNet8, LOGITS);
}

#[test]
fn resnet50_with_the_imagenet_stem_gives_pytorchs_logits() {
    // Batch statistics of 18 values through 53 layers amplify rounding.
    check_forward("resnet50_imagenet", ModelKind::ResNet50, 2e-2);
}

/// Against torchvision's own networks (`tests/golden/trainer/torchvision_models.py`), with the weights of `filled`: counts,
/// logits, and the names and shapes of all tensors.
#[test]
fn residual_networks_are_torchvisions_at_every_size() {
    let found = golden("torchvision");
    let cases = found.as_array().unwrap();
    assert_eq!(cases.len(), 12);
    for case in cases {
        let name = case["model"].as_str().unwrap();
        let kind = <ModelKind as clap::ValueEnum>::from_str(name, false).unwrap();
        let side = case["side"].as_u64().unwrap();
        let architecture = Architecture::new(kind, 10, side as usize);
        assert_eq!(architecture.parameters() as u64, case["parameters"].as_u64().unwrap());
        let flops = forward_dense(&architecture.layers());
        assert_eq!(flops, case["flops"].as_f64().unwrap(), "{name} at {side}");
        let mut network = filled(kind, side as usize);
        if side == 224 {
            let own =
                network.tensors().into_iter().filter(|(name, _)| !name.contains("num_batches"));
            let shape =
                |t: &Tensor| t.size().iter().map(i64::to_string).collect::<Vec<_>>().join("x");
            let own: BTreeSet<String> =
                own.map(|(name, tensor)| format!("{name} {}\n", shape(&tensor))).collect();
            let text = own.into_iter().collect::<String>();
            let digest =
                Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            assert_eq!(digest, case["tensors"].as_str().unwrap(), "{name}");
        }
        let side = side as i64;
        let images = Tensor::from_slice(&pattern(2 * 3 * (side * side) as usize, 777));
        let images = images.reshape([2, 3, side, side]) * 4.0;
        check_evaluation(&mut network, &images, &tensor(&case["logits"]), 1e-4, name);
    }
}

/// A network in which only the first maskable layer of `weights` matters, with the buffers given.
struct Toy {
    network: Network,
    momentum: Tensor,
    masks: Masks,
}

impl Toy {
    /// Puts `values` into the classifier of a ResNet-8, the layer that is easiest to hold by hand.
    fn new(weight: &Tensor, momentum: &Tensor, mask: &Tensor) -> Self {
        let len = weight.numel();
        let network = Network::new(Architecture::new(ModelKind::ResNet8, 10, 32), 0, Device::Cpu);
        let layers = network.architecture.layers();
        let mut active: Vec<usize> = layers.iter().map(|l| l.weights()).collect();
        *active.last_mut().unwrap() = mask.sum(Kind::Int64).int64_value(&[]) as usize;
        let mut masks = Masks::random(&network.architecture, &network.parameters, &active, 0);
        let buffer = network.parameters.like(0.0);
        let fc = masks.layers.pop().unwrap();
        let put = |flat: &Tensor, values: &Tensor| {
            let mut part = Masks::part(flat, &fc);
            let _ = tch::no_grad(|| part.zero_());
            tch::no_grad(|| part.narrow(0, 0, len as i64).copy_(values));
        };
        put(&network.parameters.flat, weight);
        put(&buffer, momentum);
        put(&masks.flat, mask);
        masks.layers.push(fc);
        Self { network, momentum: buffer, masks }
    }

    fn update(&mut self, fraction: f64, gradient: &Tensor) {
        let flat = self.network.parameters.like(0.0);
        let fc = self.masks.layers.last().unwrap();
        Masks::part(&flat, fc).narrow(0, 0, gradient.size()[0]).copy_(gradient);
        let Self { network, momentum, masks } = self;
        rigl::update(
            fraction,
            &flat,
            MaskedModel { parameters: &mut network.parameters, momentum, masks },
        );
    }

    /// Weight, momentum and mask of the first `len` elements.
    fn parts(&self, len: i64) -> [Tensor; 3] {
        let fc = self.masks.layers.last().unwrap();
        [&self.network.parameters.flat, &self.momentum, &self.masks.flat]
            .map(|flat| Masks::part(flat, fc).narrow(0, 0, len).copy())
    }
}

#[test]
fn one_rigl_update_is_that_of_the_authors_rules() {
    let golden = golden("rigl");
    let get = |name: &str| tensor(&golden[name]);
    let mut toy = Toy::new(&get("weight"), &get("momentum"), &get("mask"));
    toy.update(golden["fraction"].as_f64().unwrap(), &get("gradient"));
    let [weight, momentum, mask] = toy.parts(60);
    assert_eq!(mask, get("mask_after"));
    assert_eq!(weight, get("weight_after"));
    assert_eq!(momentum, get("momentum_after"));
}

/// The hand cases: w = [.5, -.1, .3, 0, 0], active [1, 1, 1, 0, 0].
#[test]
fn a_dropped_connection_may_grow_back_with_its_old_value_and_momentum() {
    let weight = Tensor::from_slice(&[0.5_f32, -0.1, 0.3, 0.0, 0.0]);
    let momentum = Tensor::from_slice(&[1.0_f32, 2.0, 3.0, 0.0, 0.0]);
    let mask = Tensor::from_slice(&[1.0_f32, 1.0, 1.0, 0.0, 0.0]);
    for (fraction, gradient, weights, momenta, active) in [
        (
            0.34,
            [9.0_f32, 9.0, 9.0, -0.2, 0.7],
            [0.5_f32, -0.1, 0.3, 0.0, 0.0],
            [1.0_f32, 2.0, 3.0, 0.0, 0.0],
            [1.0_f32, 1.0, 1.0, 0.0, 0.0],
        ),
        (
            0.67,
            [9.0, 9.0, 9.0, -0.2, 0.7],
            [0.5, -0.1, 0.3, 0.0, 0.0],
            [1.0, 2.0, 3.0, 0.0, 0.0],
            [1.0, 1.0, 1.0, 0.0, 0.0],
        ),
        (
            0.67,
            [9.0, 0.0, 0.0, -0.2, 0.7],
            [0.5, 0.0, 0.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 1.0, 1.0],
        ),
    ] {
        let mut toy = Toy::new(&weight, &momentum, &mask);
        toy.update(fraction, &Tensor::from_slice(&gradient));
        let [weight, momentum, mask] = toy.parts(5);
        assert_eq!(weight, Tensor::from_slice(&weights), "{fraction} {gradient:?}");
        assert_eq!(momentum, Tensor::from_slice(&momenta), "{fraction} {gradient:?}");
        assert_eq!(mask, Tensor::from_slice(&active), "{fraction} {gradient:?}");
    }
}

#[test]
fn masked_nesterov_steps_are_torch_optims() {
    let golden = golden("sgd");
    let get = |name: &str| tensor(&golden[name]);
    let mut toy =
        Toy::new(&get("weight"), &Tensor::zeros([24], (Kind::Float, Device::Cpu)), &get("mask"));
    let sgd = Sgd { momentum: 0.9, weight_decay: 5e-4 };
    let rate = Tensor::from(0.05_f32);
    for gradient in get("gradients").split(24, 0) {
        let flat = toy.network.parameters.like(0.0);
        let fc = toy.masks.layers.last().unwrap();
        Masks::part(&flat, fc).narrow(0, 0, 24).copy_(&gradient);
        sgd.step(
            &mut toy.network.parameters,
            &mut toy.momentum,
            flat,
            Some(&toy.masks),
            &rate,
            None,
        );
    }
    let [weight, momentum, mask] = toy.parts(24);
    assert_close(&weight, &get("weight_after"), 1e-6, "weight");
    assert_close(&momentum, &get("momentum_after"), 1e-5, "momentum");
    for masked in [weight, momentum] {
        let inactive: Tensor = 1.0 - &mask;
        assert_eq!((masked * inactive).abs().max().double_value(&[]), 0.0);
    }
}

/// The step in one pass over active weights, as a CPU takes it: to the last bit, whatever is masked.
#[test]
fn masked_steps_are_those_in_several_passes() {
    const COUNT: usize = 100_003;
    let value = |salt| Tensor::from_slice(&pattern(COUNT, salt));
    let (rate, share, decay) = (0.05_f32, 0.9, 0.01);
    for share_active in [None, Some(0.0), Some(0.02), Some(0.5), Some(1.0)] {
        let mask = share_active.map(|share| (value(9) + 0.5).lt(share));
        let mask = mask.map(|mask| mask.to_kind(Kind::Float));
        let masked = |all: Tensor| mask.as_ref().map_or(all.shallow_clone(), |mask| all * mask);
        let (found, mut expected) =
            ([1, 2].map(|salt| masked(value(salt))), [1, 2].map(|salt| masked(value(salt))));
        for salt in 3..6 {
            let [w, m] = &found;
            masked_sgd([w, &value(salt), m], mask.as_ref(), &Tensor::from(rate), share, decay);
            let [w, m] = &mut expected;
            let gradient = masked(value(salt)) + &*w * decay;
            *m = &*m * share + &gradient;
            *w -= (gradient + &*m * share) * f64::from(rate);
        }
        assert_eq!(found, expected, "{share_active:?}");
    }
}

/// The step in one pass, as CUDA takes it, on a CPU.
#[test]
fn fused_steps_are_those_in_several_passes() {
    let value = |salt| Tensor::from_slice(&pattern(1000, salt));
    let (fused, mut expected) = ([value(1), value(2)], [value(1), value(2)]);
    let (rate, share, decay) = (0.05_f32, 0.9, 0.01);
    for salt in 3..6 {
        fused_sgd([&fused[0], &value(salt), &fused[1]], &Tensor::from(rate), share, decay, None);
        let [w, m] = &mut expected;
        let gradient = value(salt) + &*w * decay;
        *m = &*m * share + &gradient;
        *w -= (gradient + &*m * share) * f64::from(rate);
    }
    for (found, expected) in fused.iter().zip(&expected) {
        assert_close(found, expected, 1e-6, "fused step");
    }
}

#[test]
fn losses_and_their_gradient_are_pytorchs() {
    let golden = golden("loss");
    let (rows, classes) = (5, 4);
    let shaped = |salt| {
        Tensor::from_slice(&pattern(rows * classes, salt)).reshape([rows as i64, classes as i64])
            * 6.0
    };
    let logits = shaped(1).set_requires_grad(true);
    let labels = tensor(&golden["labels"]).to_kind(Kind::Int64);
    let weights = tensor(&golden["weights"]);
    let close = |found: &Tensor, name: &str| {
        let (found, expected) = (found.double_value(&[]), golden[name].as_f64().unwrap());
        assert!((found - expected).abs() < 1e-6, "{name}: {found} for {expected}");
    };
    let each = cross_entropy(&logits, &labels);
    let batch = weighted_mean(&each, &weights, Weighting::Batch);
    close(&batch, "batch");
    let scaled = &weights / weights.mean(Kind::Float);
    close(&weighted_mean(&each, &scaled, Weighting::Coreset), "coreset");
    let everyone = Tensor::ones([rows as i64], (Kind::Float, Device::Cpu));
    let kl = preservation(&logits, &shaped(2), &everyone);
    close(&kl, "kl");
    let gradient = Tensor::run_backward(&[batch + 0.1 * kl], &[&logits], false, false);
    assert_close(&gradient[0], &tensor(&golden["gradient"]), 1e-6, "gradient");
}
