//! The convolutions of our own against libtorch's in f64, forward and backward.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/vectors.rs"]
mod vectors;

use std::sync::{Mutex, PoisonError};

use swast_trainer::libtorch::kernels::{Epilogue, convolve, convolve_and_finish};
use tch::{Device, Kind, Tensor};

/// Largest error of these convolutions as a share of the largest value.
const TOLERANCE: f64 = 5e-5;

/// Images, weights and a gradient of the output; f32.
struct Case {
    x: Tensor,
    weight: Tensor,
    upstream: Tensor,
}

impl Case {
    fn new([images, inputs, outputs, height, width]: [i64; 5], channels_last: bool) -> Self {
        // All tests share libtorch's generator.
        static DRAWING: Mutex<()> = Mutex::new(());
        let _alone = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        tch::manual_seed(height + inputs);
        let float = (Kind::Float, Device::Cpu);
        let draw = |channels| {
            if channels_last {
                let image = Tensor::randn([images, height, width, channels], float);
                image.permute([0, 3, 1, 2])
            } else {
                Tensor::randn([images, channels, height, width], float)
            }
        };
        let weight = Tensor::randn([outputs, inputs, 3, 3], float);
        Self { x: draw(inputs), weight, upstream: draw(outputs) }
    }

    /// Output, gradient by the images, gradient by the weights.
    fn outcome(&self, kind: Kind, convolve: impl Fn(&Tensor, &Tensor) -> Tensor) -> [Tensor; 3] {
        let leaf = |t: &Tensor| t.to_kind(kind).detach().set_requires_grad(true);
        let (x, weight) = (leaf(&self.x), leaf(&self.weight));
        let y = convolve(&x, &weight);
        let loss = (&y * self.upstream.to_kind(kind)).sum(kind);
        let [dx, dw]: [Tensor; 2] =
            Tensor::run_backward(&[loss], &[&x, &weight], false, false).try_into().unwrap();
        [y.detach(), dx, dw]
    }
}

fn by_libtorch(x: &Tensor, weight: &Tensor) -> Tensor {
    x.conv2d(weight, None::<Tensor>, 1, 1, 1, 1)
}

/// Largest difference as a share of the largest value.
fn error(found: &Tensor, exact: &Tensor) -> f64 {
    assert_eq!(found.size(), exact.size());
    let difference = (found.to_kind(Kind::Double) - exact).abs().max().double_value(&[]);
    difference / exact.abs().max().double_value(&[])
}

/// Sides that tiles divide and that they do not, one image and many, few channels and many, layouts.
const SIZES: [([i64; 5], bool); 10] = [
    ([3, 16, 16, 32, 32], true),
    ([5, 32, 48, 16, 16], true),
    ([2, 64, 32, 8, 8], false),
    ([1, 16, 16, 1, 1], true),
    ([2, 16, 32, 2, 7], true),
    ([3, 48, 16, 13, 5], false),
    ([70, 16, 16, 9, 4], true),
    ([2, 320, 272, 4, 6], true),
    ([2, 80, 16, 9, 9], true),
    ([40, 144, 48, 5, 5], true),
];

#[test]
fn output_and_gradients_are_those_of_libtorch_in_f64() {
    for (size, channels_last) in SIZES {
        let case = Case::new(size, channels_last);
        let found = case.outcome(Kind::Float, convolve);
        let exact = case.outcome(Kind::Double, by_libtorch);
        for ((found, exact), what) in found.iter().zip(&exact).zip(["output", "dx", "dw"]) {
            let error = error(found, exact);
            assert!(error < TOLERANCE, "{what} of {size:?}: off by {error}");
        }
    }
}

#[test]
fn what_follows_is_done_to_the_output() {
    for (size, channels_last) in SIZES {
        let Case { x, weight, upstream: shortcut } = Case::new(size, channels_last);
        let double = |t: &Tensor| t.to_kind(Kind::Double);
        let bias = Tensor::randn([weight.size()[0]], (Kind::Float, Device::Cpu));
        let plain = double(&x).conv2d(&double(&weight), Some(double(&bias)), 1, 1, 1, 1);
        let check = |ending: Epilogue, exact: Tensor| {
            let found = || convolve_and_finish(&x, &weight, &bias, ending);
            for found in [found(), tch::no_grad(found)] {
                let error = error(&found, &exact);
                assert!(error < TOLERANCE, "{size:?}: off by {error}");
            }
        };
        check(Epilogue::Nothing, plain.copy());
        check(Epilogue::Rectifier, plain.relu());
        check(Epilogue::Shortcut(&shortcut), (plain + double(&shortcut)).relu());
    }
}

#[test]
fn a_constant_image_far_from_the_border_is_summed() {
    let float = (Kind::Float, Device::Cpu);
    let (x, weight) = (Tensor::ones([1, 16, 12, 12], float), Tensor::ones([16, 16, 3, 3], float));
    let inside = convolve(&x, &weight).narrow(2, 1, 10).narrow(3, 1, 10);
    let corner = convolve(&x, &weight).double_value(&[0, 0, 0, 0]);
    assert!((inside - 144.0).abs().max().double_value(&[]) < 1e-3);
    assert!((corner - 64.0).abs() < 1e-3);
}

#[test]
fn numbers_do_not_depend_on_threads() {
    let case = Case::new([40, 32, 32, 16, 16], true);
    let before = tch::get_num_threads();
    let [one, three] = [1, 3].map(|threads| {
        tch::set_num_threads(threads);
        case.outcome(Kind::Float, convolve)
    });
    tch::set_num_threads(before);
    assert!(one.iter().zip(&three).all(|(a, b)| a.equal(b)));
}

#[test]
fn a_number_that_is_none_is_passed_on() {
    let Case { x, weight, .. } = Case::new([1, 16, 16, 8, 8], true);
    let spoilt = x.copy();
    let _ = spoilt.narrow(1, 3, 1).narrow(2, 4, 1).narrow(3, 4, 1).fill_(f64::NAN);
    let bias = Tensor::zeros([16], (Kind::Float, Device::Cpu));
    let y = tch::no_grad(|| convolve_and_finish(&spoilt, &weight, &bias, Epilogue::Rectifier));
    assert!(y.double_value(&[0, 0, 4, 4]).is_nan());
}

#[test]
fn shapes_that_do_not_fit_are_told() {
    let Case { x, .. } = Case::new([1, 16, 16, 8, 8], true);
    let weight = Tensor::zeros([16, 32, 3, 3], (Kind::Float, Device::Cpu));
    let panic = std::panic::catch_unwind(|| convolve(&x, &weight)).unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("do not fit"));
    let weight = Tensor::zeros([16, 16, 3, 3], (Kind::Float, Device::Cpu));
    let [narrow, wide] = [8, 16].map(|size| Tensor::zeros([size], (Kind::Float, Device::Cpu)));
    let small = Tensor::zeros([1, 16, 4, 4], (Kind::Float, Device::Cpu));
    for (bias, ending) in [(&narrow, Epilogue::Nothing), (&wide, Epilogue::Shortcut(&small))] {
        let call = || convolve_and_finish(&x, &weight, bias, ending);
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains("not fit"));
    }
}

#[test]
fn narrower_vectors_agree_too() {
    vectors::narrower("narrower_vectors_agree_too");
}
