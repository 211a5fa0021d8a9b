//! The fused batch norm against libtorch's own operations in f64, forward and backward.

use std::sync::{Mutex, PoisonError};

use swast_trainer::libtorch::kernels::{Epilogue, Norm, batch_norm};
use swast_trainer::model::ops::NormStatistics;
use tch::{Device, Kind, Tensor};

const SETTINGS: (f64, f64) = (0.1, 1e-5);

/// What one computation leaves: the output, gradients of x, shortcut, scale and shift, running mean and variance.
type Outcome = Vec<Tensor>;

struct Case {
    x: Tensor,
    shortcut: Tensor,
    scale: Tensor,
    shift: Tensor,
    upstream: Tensor,
}

impl Case {
    /// Values with a mean far from 0 for some channels, in one of the two layouts.
    fn new(size: [i64; 4], channels_last: bool, seed: i64) -> Self {
        // All tests share libtorch's generator.
        static DRAWING: Mutex<()> = Mutex::new(());
        let _alone = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
        tch::manual_seed(seed);
        let float = (Kind::Float, Device::Cpu);
        let [images, channels, height, width] = size;
        let draw = || {
            if channels_last {
                Tensor::randn([images, height, width, channels], float).permute([0, 3, 1, 2])
            } else {
                Tensor::randn(size, float)
            }
        };
        let offset = Tensor::randn([1, channels, 1, 1], float) * 20.0;
        let mut case = Self {
            x: draw() + offset,
            shortcut: draw(),
            scale: Tensor::randn([channels], float),
            shift: Tensor::randn([channels], float),
            upstream: draw(),
        };
        // Where a rectifier's input is 0 but for rounding, both of its gradients are right.
        let y = separately(&case.x, (&case.scale, &case.shift), None);
        let clear = |y: &Tensor| y.abs().gt(1e-3);
        case.upstream *= clear(&y).logical_and(&clear(&(&y + &case.shortcut)));
        case
    }

    fn in_f64(&self) -> Self {
        let [x, shortcut, scale, shift, upstream] =
            [&self.x, &self.shortcut, &self.scale, &self.shift, &self.upstream]
                .map(|t| t.to_kind(Kind::Double));
        Self { x, shortcut, scale, shift, upstream }
    }

    fn outcome(
        &self,
        with_shortcut: bool,
        compute: impl Fn(&Tensor, &Tensor, (&Tensor, &Tensor), &NormStatistics) -> Tensor,
    ) -> Outcome {
        let leaf = |t: &Tensor| t.detach().set_requires_grad(true);
        let (x, shortcut) = (leaf(&self.x), leaf(&self.shortcut));
        let (scale, shift) = (leaf(&self.scale), leaf(&self.shift));
        let statistics =
            NormStatistics { mean: self.scale.zeros_like(), variance: self.scale.ones_like() };
        let y = compute(&x, &shortcut, (&scale, &shift), &statistics);
        let mut leaves = vec![&x, &scale, &shift];
        if with_shortcut {
            leaves.push(&shortcut);
        }
        let loss = (&y * &self.upstream).sum(y.kind());
        let mut outcome = Tensor::run_backward(&[loss], &leaves, false, false);
        outcome.extend([y.detach(), statistics.mean, statistics.variance]);
        outcome
    }
}

fn norm(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    NormStatistics { mean, variance }: &NormStatistics,
    (momentum, epsilon): (f64, f64),
    epilogue: Epilogue,
) -> Tensor {
    batch_norm(x, Norm { scale, shift, mean, variance, momentum, epsilon }, epilogue)
}

fn fused(case: &Case, kind: usize) -> Outcome {
    case.outcome(kind == 2, |x, shortcut, affine, statistics| {
        let epilogue = [Epilogue::Nothing, Epilogue::Rectifier, Epilogue::Shortcut(shortcut)][kind];
        norm(x, affine, statistics, SETTINGS, epilogue)
    })
}

fn separately(
    x: &Tensor,
    (scale, shift): (&Tensor, &Tensor),
    statistics: Option<&NormStatistics>,
) -> Tensor {
    let (momentum, epsilon) = SETTINGS;
    let (mean, variance) = (statistics.map(|s| &s.mean), statistics.map(|s| &s.variance));
    x.batch_norm(Some(scale), Some(shift), mean, variance, true, momentum, epsilon, true)
}

fn separate(case: &Case, kind: usize) -> Outcome {
    case.outcome(kind == 2, |x, shortcut, affine, statistics| {
        let y = separately(x, affine, Some(statistics));
        match kind {
            0 => y,
            1 => y.relu(),
            _ => (y + shortcut).relu(),
        }
    })
}

/// Sizes of every kind: lanes that hold several channels, one or a part of them; planes that are whole strips, one
/// value, or end in a part of a strip.
const CASES: [([i64; 4], bool); 9] = [
    ([5, 16, 8, 8], true),
    ([3, 32, 7, 7], true),
    ([3, 96, 5, 5], true),
    ([2, 64, 1, 1], true),
    ([128, 16, 16, 16], true),
    ([4, 6, 8, 8], false),
    ([3, 7, 7, 7], false),
    ([9, 5, 1, 1], false),
    ([66, 3, 16, 16], false),
];

#[test]
fn equals_the_separate_operations_of_libtorch() {
    for (number, (size, channels_last)) in CASES.into_iter().enumerate() {
        let case = Case::new(size, channels_last, number as i64);
        for kind in 0..3 {
            // In f32 theirs is the one that is off, by how many threads it happens to have.
            let (ours, theirs) = (fused(&case, kind), separate(&case.in_f64(), kind));
            assert_eq!(ours.len(), theirs.len());
            for (position, (a, b)) in ours.iter().zip(&theirs).enumerate() {
                let error = (a - b).abs().max().double_value(&[]);
                let reach = b.abs().max().double_value(&[]).max(1.0);
                assert!(
                    error <= 2e-4 * reach,
                    "{size:?}, epilogue {kind}, value {position}: off by {error} of {reach}"
                );
            }
        }
    }
}

#[test]
fn does_not_depend_on_the_number_of_threads() {
    for (number, (size, channels_last)) in CASES.into_iter().enumerate() {
        let case = Case::new(size, channels_last, number as i64);
        let with = |threads| {
            tch::set_num_threads(threads);
            fused(&case, 2)
        };
        for (one, three) in with(1).iter().zip(&with(3)) {
            assert_eq!(one, three, "{size:?}");
        }
    }
}

#[test]
fn what_is_not_a_number_stays_visible() {
    let case = Case::new([4, 16, 4, 4], true, 0);
    let x = &case.x * f64::NAN;
    let case = Case { x, ..case };
    assert!(fused(&case, 1).iter().any(|t| t.isnan().any().int64_value(&[]) == 1));
    assert!(
        norm_output(&case).isnan().all().int64_value(&[]) == 1,
        "the rectifier must not turn NaN into 0"
    );
}

fn norm_output(case: &Case) -> Tensor {
    let statistics =
        NormStatistics { mean: case.scale.zeros_like(), variance: case.scale.ones_like() };
    norm(&case.x, (&case.scale, &case.shift), &statistics, SETTINGS, Epilogue::Rectifier)
}
