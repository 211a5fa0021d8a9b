//! Folded convolutions by active weights alone, in both layouts, against libtorch's own operations in f64.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/vectors.rs"]
mod vectors;

use swast_trainer::libtorch::folded::{Folded, FoldedBlock, Layout};
use swast_trainer::libtorch::sparse::{Shape, from_lanes, lanes, to_lanes};
use tch::{Device, Kind, Tensor};

/// Values between -1 and 1 that depend on `seed` alone.
fn values(size: &[i64], seed: f64) -> Tensor {
    let count = size.iter().product::<i64>();
    let ramp = Tensor::arange(count, (Kind::Double, Device::Cpu));
    (ramp * (1.0 + seed) * 12.9898).sin().reshape(size).to_kind(Kind::Float)
}

/// A convolution of inputs, outputs, kernel and stride on images of side `from`, `density` of its weights active.
fn folded([inputs, outputs, kernel, stride]: [i64; 4], from: i64, density: f64) -> Folded {
    let side = (from - 1) / stride + 1;
    let shape = Shape { inputs, outputs, kernel, stride, from, side };
    let size = [outputs, inputs, kernel, kernel];
    // A sine is below this in a share `density` of its places.
    let bound = -(std::f64::consts::PI * density).cos();
    let active = values(&size, 2.0).lt(bound).to_kind(Kind::Float);
    Folded { shape, weight: values(&size, 3.0) * active, bias: values(&[outputs], 4.0) }
}

fn through(layout: Layout, block: FoldedBlock, x: &Tensor) -> Tensor {
    match layout {
        Layout::Planes => FoldedBlock::run(&[block], x),
        Layout::Lanes => from_lanes(&FoldedBlock::run(&[block], &to_lanes(x)), x.size()[0]),
    }
}

fn in_double(conv: &Folded, x: &Tensor) -> Tensor {
    let double = |t: &Tensor| t.to_kind(Kind::Double);
    let Shape { kernel, stride, .. } = conv.shape;
    double(x).conv2d(&double(&conv.weight), Some(double(&conv.bias)), stride, kernel / 2, 1, 1)
}

fn check(found: &Tensor, right: &Tensor, what: &str) {
    let scale = right.abs().max().double_value(&[]).max(1.0);
    let off = (found.to_kind(Kind::Double) - right).abs().max().double_value(&[]) / scale;
    assert!(off < 1e-5, "{what}: off by {off:e} of the largest value");
}

#[test]
fn single_convolutions_of_every_kind_and_side_agree() {
    for layout in [Layout::Lanes, Layout::Planes] {
        for (kernel, stride) in [(3, 1), (3, 2), (1, 1), (1, 2)] {
            for from in [1, 2, 3, 4, 5, 7, 8, 9, 14, 16, 17, 32, 56] {
                for density in [0.0, 0.1, 1.0] {
                    let conv = folded([5, 7, kernel, stride], from, density);
                    let x = values(&[3, 5, from, from], 1.0);
                    let right = in_double(&conv, &x).relu();
                    let block = FoldedBlock::new(layout, &[conv], 1, false);
                    let what =
                        format!("{layout:?}, {kernel} at stride {stride} on {from}, {density}");
                    check(&through(layout, block, &x), &right, &what);
                }
            }
        }
    }
}

#[test]
fn residual_blocks_agree() {
    for layout in [Layout::Lanes, Layout::Planes] {
        for from in [4, 7, 16] {
            let x = values(&[lanes() + 1, 16, from, from], 1.0);
            let convs =
                || [folded([16, 24, 3, 2], from, 0.2), folded([24, 24, 3, 1], (from + 1) / 2, 0.2)];
            let [first, second] = convs();
            let shortcut = folded([16, 24, 1, 2], from, 0.5);
            let middle = in_double(&first, &x).relu();
            let right = (in_double(&second, &middle) + in_double(&shortcut, &x)).relu();
            let block = FoldedBlock::new(layout, &[first, second, shortcut], 2, false);
            check(&through(layout, block, &x), &right, &format!("{layout:?} on {from}"));

            let convs = [folded([16, 16, 3, 1], from, 0.2), folded([16, 16, 3, 1], from, 0.3)];
            let middle = in_double(&convs[0], &x).relu();
            let right = (in_double(&convs[1], &middle) + x.to_kind(Kind::Double)).relu();
            let block = FoldedBlock::new(layout, &convs, 2, true);
            check(&through(layout, block, &x), &right, &format!("{layout:?} on {from}, identity"));
        }
    }
}

#[test]
fn an_image_gives_the_same_bits_with_any_number_of_threads() {
    let found = |threads: i32| {
        tch::set_num_threads(threads);
        let block = FoldedBlock::new(Layout::Planes, &[folded([16, 33, 3, 1], 16, 0.3)], 1, false);
        through(Layout::Planes, block, &values(&[2, 16, 16, 16], 1.0))
    };
    assert_eq!(found(1), found(3));
}

#[test]
fn narrower_vectors_agree_too() {
    vectors::narrower("narrower_vectors_agree_too");
}
