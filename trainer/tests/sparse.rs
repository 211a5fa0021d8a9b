//! Blocks by active weights alone against the same blocks in f64, by libtorch's own operations.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/vectors.rs"]
mod vectors;

use std::sync::{Mutex, PoisonError};

use swast_trainer::libtorch::kernels::Norm;
use swast_trainer::libtorch::sparse::{Shape, SparseBlock, from_lanes, lanes, to_lanes};
use tch::{Device, Kind, Tensor};

const MOMENTUM: f64 = 0.1;
const EPSILON: f64 = 1e-5;

/// Which weights of a convolution are active.
#[derive(Debug, Clone, Copy)]
enum Active {
    /// This share of them, drawn.
    Share(f64),
    /// A single one.
    One,
    /// All but those of the first output and of the first input.
    NotTheFirst,
}

/// Inputs, outputs, kernel and stride of a convolution.
type Conv = [i64; 4];

/// A block, and images of side `from` to send through it.
#[derive(Debug, Clone, Copy)]
struct Case<'a> {
    convs: &'a [Conv],
    chain: usize,
    identity: bool,
    from: i64,
    images: i64,
    active: Active,
}

/// What a block computes with, in one precision.
struct Values {
    x: Tensor,
    upstream: Tensor,
    masks: Vec<Tensor>,
    /// Weight, scale, shift, running mean and running variance of each convolution.
    convs: Vec<[Tensor; 5]>,
}

impl Case<'_> {
    fn shapes(&self) -> Vec<Shape> {
        let mut shapes: Vec<Shape> = Vec::new();
        for (i, &[inputs, outputs, kernel, stride]) in self.convs.iter().enumerate() {
            let outer = i == 0 || i == self.chain;
            let from = if outer { self.from } else { shapes[i - 1].side };
            let side = (from - 1) / stride + 1;
            shapes.push(Shape { inputs, outputs, kernel, stride, from, side });
        }
        shapes
    }

    fn values(&self, seed: i64) -> Values {
        // All tests share libtorch's generator.
        static DRAWING: Mutex<()> = Mutex::new(());
        let _alone = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        tch::manual_seed(seed);
        let draw = |size: &[i64]| Tensor::randn(size, (Kind::Float, Device::Cpu));
        let shapes = self.shapes();
        let mut values = Values {
            x: draw(&[self.images, shapes[0].inputs, self.from, self.from]),
            upstream: draw(&[
                self.images,
                shapes[self.chain - 1].outputs,
                shapes[self.chain - 1].side,
                shapes[self.chain - 1].side,
            ]),
            masks: Vec::new(),
            convs: Vec::new(),
        };
        for Shape { inputs, outputs, kernel, .. } in shapes {
            let size = [outputs, inputs, kernel, kernel];
            let mask = match self.active {
                Active::Share(share) => draw(&size).uniform(0.0, 1.0).lt(share),
                Active::One => {
                    let one = Tensor::zeros(size, (Kind::Bool, Device::Cpu));
                    let _ = one.view(-1).get(one.numel() as i64 / 2).fill_(1.0);
                    one.set_requires_grad(false)
                }
                Active::NotTheFirst => {
                    let all = Tensor::ones(size, (Kind::Bool, Device::Cpu));
                    let _ = all.narrow(0, 0, 1).fill_(0.0);
                    let _ = all.narrow(1, 0, 1).fill_(0.0);
                    all
                }
            };
            let mask = mask.to_kind(Kind::Float);
            let weight = draw(&size) * &mask;
            // An active weight may be exactly 0, and has a gradient nevertheless.
            if let Some(first) =
                Vec::<i64>::try_from(mask.view(-1).nonzero().view(-1)).unwrap().first()
            {
                let _ = weight.view(-1).get(*first).fill_(0.0);
            }
            let channels: [i64; 1] = [outputs];
            let zero = Tensor::zeros(channels, (Kind::Float, Device::Cpu));
            let convs = [weight, draw(&channels), draw(&channels), zero.copy(), zero.ones_like()];
            values.masks.push(mask);
            values.convs.push(convs);
        }
        values
    }
}

/// The output, the gradients of images, weights (of active ones), scales and shifts, and the running statistics.
fn outcome(
    values: &Values,
    kind: Kind,
    knows_masks: bool,
    compute: impl Fn(&Tensor, &[[Tensor; 5]]) -> Tensor,
) -> Vec<(String, Tensor)> {
    let leaf = |t: &Tensor| t.to_kind(kind).detach().copy().set_requires_grad(true);
    let x = leaf(&values.x);
    let convs: Vec<[Tensor; 5]> = values
        .convs
        .iter()
        .map(|[w, a, b, m, v]| {
            [leaf(w), leaf(a), leaf(b), m.to_kind(kind).copy(), v.to_kind(kind).copy()]
        })
        .collect();
    let y = compute(&x, &convs);
    let loss = (&y * values.upstream.to_kind(kind)).sum(kind);
    let mut leaves = vec![&x];
    leaves.extend(convs.iter().flat_map(|conv| &conv[..3]));
    let gradients = Tensor::run_backward(&[loss], &leaves, false, false);
    let mut gradients = gradients.into_iter();
    let mut found = vec![("y".to_owned(), y.detach())];
    found.extend(gradients.next().map(|dx| ("dx".to_owned(), dx)));
    for (i, (mask, conv)) in values.masks.iter().zip(&convs).enumerate() {
        let mut next = || gradients.next().expect("a gradient for each leaf");
        let weight = next();
        let weight = if knows_masks { weight } else { weight * mask };
        found.push((format!("weight {i}"), weight));
        found.push((format!("scale {i}"), next()));
        found.push((format!("shift {i}"), next()));
        found.push((format!("mean {i}"), conv[3].shallow_clone()));
        found.push((format!("variance {i}"), conv[4].shallow_clone()));
    }
    found
}

/// The block by libtorch's operations, but for the last rectifier.
fn separately(case: &Case, x: &Tensor, convs: &[[Tensor; 5]]) -> Tensor {
    let shapes = case.shapes();
    let conv_norm = |x: &Tensor, i: usize| {
        let [weight, scale, shift, mean, variance] = &convs[i];
        let Shape { kernel, stride, .. } = shapes[i];
        let y = x.conv2d(weight, None::<&Tensor>, stride, kernel / 2, 1, 1);
        let (scale, shift, mean, variance) = (Some(scale), Some(shift), Some(mean), Some(variance));
        y.batch_norm(scale, shift, mean, variance, true, MOMENTUM, EPSILON, false)
    };
    let mut y = x.shallow_clone();
    for i in 0..case.chain {
        y = conv_norm(&y, i);
        if i + 1 < case.chain {
            y = y.relu();
        }
    }
    if case.convs.len() > case.chain {
        y += conv_norm(x, case.chain);
    } else if case.identity {
        y += x;
    }
    y
}

fn by_active_weights<'a>(
    case: &Case,
    masks: &[Tensor],
    x: &Tensor,
    convs: &'a [[Tensor; 5]],
) -> Tensor {
    let block = SparseBlock::new(&case.shapes(), masks, case.chain, case.identity);
    let conv = |[weight, scale, shift, mean, variance]: &'a [Tensor; 5]| {
        let (momentum, epsilon) = (MOMENTUM, EPSILON);
        (weight, Norm { scale, shift, mean, variance, momentum, epsilon })
    };
    let convs: Vec<_> = convs.iter().map(conv).collect();
    from_lanes(&block.train(&to_lanes(x), case.images, &convs), case.images)
}

/// The largest difference of each result from that in f64, in units of the largest value.
fn check(case: &Case) {
    let mut values = case.values(7);
    // Where a rectifier's input is 0 but for rounding, both of its gradients are right.
    let clear = outcome(&values, Kind::Double, false, |x, convs| separately(case, x, convs))
        .swap_remove(0)
        .1;
    values.upstream *= clear.abs().gt(1e-4);
    let ours = outcome(&values, Kind::Float, true, |x, convs| {
        by_active_weights(case, &values.masks, x, convs)
    });
    let by_libtorch =
        |kind| outcome(&values, kind, false, |x, convs| separately(case, x, convs).relu());
    let (right, rounded) = (by_libtorch(Kind::Double), by_libtorch(Kind::Float));
    for (((name, a), (_, b)), (_, c)) in ours.iter().zip(&right).zip(&rounded) {
        // Batch norm takes the gradient of an output's only weight away, but for rounding.
        let largest = b.abs().max().double_value(&[]).max(1.0);
        let [error, libtorchs] =
            [a, c].map(|t| (t.to_kind(Kind::Double) - b).abs().max().double_value(&[]) / largest);
        // Where all active weights of an output are 0 it has no variance, and batch norm multiplies rounding by hundreds.
        let limit = (4.0 * libtorchs).max(1e-5);
        assert!(error < limit, "{name} is off by {error:e} of its largest value in {case:?}");
    }
    for (i, mask) in values.masks.iter().enumerate() {
        let (_, gradient) = &ours[2 + 5 * i];
        let inactive: Tensor = 1.0 - mask;
        let outside = (gradient * inactive).abs().max().double_value(&[]);
        assert_eq!(outside, 0.0, "inactive weights of convolution {i} of {case:?} have a gradient");
    }
}

fn alone(conv: Conv, from: i64, images: i64, active: Active) {
    check(&Case { convs: &[conv], chain: 1, identity: false, from, images, active });
}

const SOME: Active = Active::Share(0.3);

#[test]
fn single_convolutions_of_every_kind_and_side_agree() {
    for (kernel, stride) in [(3, 1), (3, 2), (1, 1), (1, 2)] {
        for from in [2, 3, 4, 5, 7, 8, 9, 12, 16, 17] {
            alone([5, 6, kernel, stride], from, 9, SOME);
        }
    }
}

#[test]
fn any_number_of_images_agrees() {
    for images in [1, 2, lanes() - 1, lanes(), lanes() + 1, 3 * lanes()] {
        alone([4, 4, 3, 1], 8, images, SOME);
        alone([4, 4, 3, 2], 8, images, SOME);
    }
}

#[test]
fn any_density_agrees() {
    for active in [
        Active::Share(0.0),
        Active::Share(0.01),
        Active::Share(0.5),
        Active::Share(1.0),
        Active::One,
        Active::NotTheFirst,
    ] {
        for (kernel, stride) in [(3, 1), (3, 2), (1, 1), (1, 2)] {
            alone([20, 24, kernel, stride], 8, 5, active);
        }
    }
}

#[test]
fn many_channels_are_summed_block_by_block() {
    for density in [0.02, 0.2] {
        for stride in [1, 2] {
            alone([130, 70, 3, stride], 8, 20, Active::Share(density));
            alone([130, 70, 1, stride], 8, 20, Active::Share(density));
        }
    }
}

#[test]
fn blocks_of_residual_networks_agree() {
    for from in [4, 7, 8, 16] {
        let case = Case { convs: &[], chain: 2, identity: true, from, images: 11, active: SOME };
        check(&Case { convs: &[[8, 8, 3, 1], [8, 8, 3, 1]], ..case });
        let half = [[8, 16, 3, 2], [16, 16, 3, 1], [8, 16, 1, 2]];
        check(&Case { convs: &half, identity: false, ..case });
        let bottleneck = [[8, 4, 1, 1], [4, 4, 3, 1], [4, 8, 1, 1]];
        check(&Case { convs: &bottleneck, chain: 3, ..case });
        let half = [[8, 6, 1, 1], [6, 6, 3, 2], [6, 12, 1, 1], [8, 12, 1, 2]];
        check(&Case { convs: &half, chain: 3, identity: false, ..case });
        let wider = [[8, 6, 1, 1], [6, 6, 3, 1], [6, 12, 1, 1], [8, 12, 1, 1]];
        check(&Case { convs: &wider, chain: 3, identity: false, ..case });
    }
}

#[test]
fn a_batch_gives_the_same_bits_with_any_number_of_threads() {
    let convs = [[8, 16, 3, 2], [16, 16, 3, 1], [8, 16, 1, 2]];
    let case =
        Case { convs: &convs, chain: 2, identity: false, from: 16, images: 40, active: SOME };
    let values = case.values(3);
    let found = |threads| {
        tch::set_num_threads(threads);
        outcome(&values, Kind::Float, true, |x, convs| {
            by_active_weights(&case, &values.masks, x, convs)
        })
    };
    let (one, three) = (found(1), found(3));
    for ((name, a), (_, b)) in one.iter().zip(&three) {
        assert!(a.equal(b), "{name} depends on the number of threads");
    }
}

#[test]
fn narrower_vectors_agree_too() {
    vectors::narrower("narrower_vectors_agree_too");
}
