//! How fast a model trains and is evaluated: whole steps, their parts, and what the device could do at best. Images
//! are random bytes of the shape of a data set, so that no data is needed.

use std::time::Instant;

use rand::RngExt;
use serde::Serialize;
use tch::{Cuda, Device, Kind, Tensor};

use crate::feed::resident::EpochPlan;
use crate::libtorch::arithmetic::Precision;
use crate::model::network::prefers_channels_last;
use crate::model::{Architecture, ModelKind};
use crate::settings::{Preserve, Settings, Validation, Variant};
use crate::sparsity::flops::forward_dense;
use crate::train::data::TrainingData;
use crate::train::loss::Weighting;
use crate::train::measure::measure;
use crate::train::objective::{Batch, Objective};
use crate::train::sgd::Sgd;
use crate::train::state::State;
use swast_datasets::{self as dataset, Dataset};
use swast_tables::names::name_of;
use swast_tables::stream::stream;

/// Steps before anything is timed.
const WARM_UP: usize = 3;
/// Side of the square matrices whose product shows what the device can do.
const MATRIX: i64 = 2048;

/// The shape of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Side of the square images.
    pub side: usize,
    /// Number of classes.
    pub classes: usize,
    /// Number of images to draw mini-batches from.
    pub images: usize,
}

/// What to time.
#[derive(Debug, Clone, Copy)]
pub struct Bench {
    /// The model.
    pub model: ModelKind,
    /// The images.
    pub shape: Shape,
    /// Samples in a step.
    pub batch_size: usize,
    /// Timed groups of steps; of each quantity the median is told.
    pub repetitions: usize,
    /// Where.
    pub device: Device,
    /// Precision of the network's arithmetic.
    pub precision: Precision,
    /// CPU threads.
    pub threads: usize,
}

/// What was found; a row of the table that `bench --csv` prints. Unknown is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The model.
    pub model: String,
    /// Side of the images.
    pub side: usize,
    /// Samples in a step.
    pub batch_size: usize,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Precision of the network's arithmetic.
    pub precision: String,
    /// CPU threads.
    pub threads: usize,
    /// Revision of the program.
    pub revision: String,
    /// Samples trained on in a second, from the median step.
    pub train_samples_s: f64,
    /// The fastest step, in samples a second.
    pub train_samples_s_best: f64,
    /// Samples evaluated in a second.
    pub evaluate_samples_s: f64,
    /// Milliseconds of a whole step.
    pub step_ms: f64,
    /// Milliseconds of gathering and augmenting a mini-batch.
    pub input_ms: f64,
    /// Milliseconds of the forward pass and the loss.
    pub forward_ms: f64,
    /// Milliseconds of the backward pass.
    pub backward_ms: f64,
    /// Milliseconds of the optimizer.
    pub update_ms: f64,
    /// Share of a step until the host has handed all of it to the device; empty on a CPU, where they are one.
    pub host_share: Option<f64>,
    /// Most memory the process has held, in MiB; empty where it is not told.
    pub memory_mib: Option<f64>,
    /// Useful operations of training in a second / 1e9: three dense forward passes a step.
    pub train_gflops: f64,
    /// The device's rate for a product of square matrices in the precision / 1e9.
    pub matrix_gflops: f64,
}

/// Times training and evaluation.
pub fn bench(what: &Bench) -> Found {
    let settings = settings(what);
    let architecture = Architecture::new(what.model, what.shape.classes, what.shape.side);
    let layout = prefers_channels_last(what.device);
    let dense = forward_dense(&architecture.layers());
    let data = TrainingData::new(images(what.shape), &settings, layout, what.device);
    let mut state = State::new(&settings, architecture, &data);
    let mut bench = Timed { what, settings: &settings, data: &data, state: &mut state };
    bench.steps(WARM_UP);
    let (steps, host) = bench.whole();
    let [input, forward, backward, update] = bench.parts();
    let evaluate = bench.evaluations();
    let (median, best) = (quantile(&steps, 0.5), quantile(&steps, 0.0));
    let size = what.batch_size as f64;
    Found {
        model: name_of(what.model),
        side: what.shape.side,
        batch_size: what.batch_size,
        device: crate::libtorch::device_name(what.device),
        precision: name_of(what.precision),
        threads: what.threads,
        revision: env!("SWAST_REVISION").to_owned(),
        train_samples_s: size / median,
        train_samples_s_best: size / best,
        evaluate_samples_s: what.shape.images as f64 / quantile(&evaluate, 0.5),
        step_ms: 1e3 * median,
        input_ms: 1e3 * input,
        forward_ms: 1e3 * forward,
        backward_ms: 1e3 * backward,
        update_ms: 1e3 * update,
        host_share: (what.device != Device::Cpu).then(|| quantile(&host, 0.5) / median),
        memory_mib: peak_memory_mib().filter(|_| what.device == Device::Cpu),
        train_gflops: 3.0 * dense * size / median / 1e9,
        matrix_gflops: matrix_rate(what) / 1e9,
    }
}

struct Timed<'a> {
    what: &'a Bench,
    settings: &'a Settings,
    data: &'a TrainingData,
    state: &'a mut State,
}

impl Timed<'_> {
    /// Steps in a group: on a GPU so many that waiting for the last one does not count.
    fn group(&self) -> usize {
        if self.what.device == Device::Cpu { 1 } else { 20 }
    }

    /// Trains for `count` steps.
    fn steps(&mut self, count: usize) {
        let mut left = count;
        for epoch in 1.. {
            let plan = self.plan(epoch);
            for place in self.full_batches(&plan) {
                if left == 0 {
                    return;
                }
                left -= 1;
                let batch = Batch::gather(&self.state.samples, &self.data.images, &plan, place);
                let Objective { loss, .. } =
                    batch.objective(&mut self.state.network, self.settings);
                let gradient = self.state.network.parameters.gradient(&loss);
                self.state.descend(gradient, place.1 as usize, self.settings, RATE);
            }
        }
    }

    fn plan(&self, epoch: u32) -> EpochPlan {
        EpochPlan::draw(self.state.samples.len(), 0, epoch, self.what.device)
    }

    /// The mini-batches of `plan` but for a last one that is smaller.
    fn full_batches(&self, plan: &EpochPlan) -> Vec<(i64, i64)> {
        let size = self.what.batch_size;
        plan.batches(size).filter(|(_, len)| *len as usize == size).collect()
    }

    /// Seconds of a step, and of the host's part of it, for every group.
    fn whole(&mut self) -> (Vec<f64>, Vec<f64>) {
        let group = self.group();
        let per_step = 1.0 / group as f64;
        let mut times = (Vec::new(), Vec::new());
        for _ in 0..self.what.repetitions {
            let start = Instant::now();
            self.steps(group);
            times.1.push(start.elapsed().as_secs_f64() * per_step);
            wait(self.what.device);
            times.0.push(start.elapsed().as_secs_f64() * per_step);
        }
        times
    }

    /// Median seconds of input, forward pass, backward pass and update, the device waited for after each.
    fn parts(&mut self) -> [f64; 4] {
        let mut times: [Vec<f64>; 4] = Default::default();
        let plan = self.plan(1);
        let places = self.full_batches(&plan);
        for place in places.into_iter().cycle().take(self.what.repetitions) {
            let Self { what, settings, data, state } = self;
            let mut clock = Instant::now();
            let mut lap = |times: &mut Vec<f64>| {
                wait(what.device);
                times.push(clock.elapsed().as_secs_f64());
                clock = Instant::now();
            };
            let batch = Batch::gather(&state.samples, &data.images, &plan, place);
            lap(&mut times[0]);
            let Objective { loss, .. } = batch.objective(&mut state.network, settings);
            lap(&mut times[1]);
            let gradient = state.network.parameters.gradient(&loss);
            lap(&mut times[2]);
            state.descend(gradient, place.1 as usize, settings, RATE);
            lap(&mut times[3]);
        }
        times.map(|t| quantile(&t, 0.5))
    }

    /// Seconds of evaluating all images, for every repetition of a few.
    fn evaluations(&mut self) -> Vec<f64> {
        let mut timed = || {
            let start = Instant::now();
            // Reading the result waits for the device.
            measure(&mut self.state.network, &self.data.test, &self.data.test_indices);
            start.elapsed().as_secs_f64()
        };
        timed();
        (0..3).map(|_| timed()).collect()
    }
}

/// Learning rate: small, so that random labels lead nowhere.
const RATE: f64 = 1e-3;

fn settings(what: &Bench) -> Settings {
    Settings {
        seed: 0,
        dataset: dataset::Kind::Synthetic,
        limit_train: None,
        limit_test: None,
        model: what.model,
        variant: Variant::Dense,
        selection: None,
        rhythm: None,
        pruning: None,
        preserve: Preserve::None,
        lambda: 0.0,
        weighting: Weighting::Batch,
        label_noise: 0.0,
        validation: Validation::Noisy,
        epochs: 1,
        batch_size: what.batch_size,
        eval_every: 1,
        learning_rate: RATE,
        sgd: Sgd { momentum: 0.9, weight_decay: 5e-4 },
        precision: what.precision,
    }
}

/// Random images, as many to train on as to test.
fn images(shape: Shape) -> Dataset {
    let mut draw = stream(0, "bench-images", 0);
    let mut samples = || dataset::Samples {
        pixels: (0..shape.images * shape.side * shape.side * 3).map(|_| draw.random()).collect(),
        labels: (0..shape.images).map(|i| (i % shape.classes) as u16).collect(),
    };
    Dataset {
        name: "random".to_owned(),
        classes: (0..shape.classes).map(|c| c.to_string()).collect(),
        height: shape.side,
        width: shape.side,
        mean: [0.5; 3],
        std: [0.29; 3],
        train: samples(),
        test: samples(),
    }
}

fn wait(device: Device) {
    if let Device::Cuda(index) = device {
        Cuda::synchronize(index as i64);
    }
}

/// Operations a second of a product of two square matrices.
fn matrix_rate(what: &Bench) -> f64 {
    let _reduced = what.precision.guard(what.device);
    let matrix = Tensor::ones([MATRIX, MATRIX], (Kind::Float, what.device));
    let mut times = Vec::new();
    for _ in 0..WARM_UP + 5 {
        let start = Instant::now();
        let _product = matrix.matmul(&matrix);
        wait(what.device);
        times.push(start.elapsed().as_secs_f64());
    }
    2.0 * (MATRIX as f64).powi(3) / quantile(&times[WARM_UP..], 0.5)
}

/// The order statistic at the share `q` of the way from the smallest to the largest.
fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * q) as usize]
}

/// The largest resident set of the process so far, where the system tells it.
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
