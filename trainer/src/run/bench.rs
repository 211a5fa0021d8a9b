//! How fast a model trains and is evaluated: whole steps, their parts, and what the device could do at best. Images
//! are random bytes of the shape of a data set, so that no data is needed.

use std::time::Instant;

use rand::RngExt;
use serde::Serialize;
use swast_datasets::{Dataset, DatasetError, LabelledImages};
use swast_selection::Selector;
use swast_tables::names::name_of;
use swast_tables::stats::quantile;
use swast_tables::stream::stream;
use tch::{Cuda, Device, Kind, Tensor};

use crate::libtorch::device_name;
use crate::model::Architecture;
use crate::model::network::prefers_channels_last;
use crate::model::sparse::Kernels;
use crate::settings::Settings;
use crate::sparsity::flops::forward_dense;
use crate::train::data::TrainingData;
use crate::train::measure::measure;
use crate::train::preserve::record_states;
use crate::train::replay::Replay;
use crate::train::select::select;
use crate::train::state::State;
use crate::train::step::{Part, Step};

/// Steps before anything is timed; twice as many where one is captured after some.
const WARM_UP: usize = 3;
/// Selections that are timed, the first of which warms up.
const TURNS: usize = 10;
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
#[derive(Debug, Clone)]
pub struct Bench {
    /// The run whose steps are timed. It is planned long, so that masks change as rarely as in a real one.
    pub settings: Settings,
    /// The images.
    pub shape: Shape,
    /// Timed groups of steps; the median counts.
    pub repetitions: usize,
    /// Where.
    pub device: Device,
    /// CPU threads.
    pub threads: usize,
    /// Kernels that train where it is pruned.
    pub kernels: Kernels,
    /// Whether steps are replayed.
    pub graph: bool,
}

/// What was found; a row of the table that `bench --csv` prints. Unknown is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The model.
    pub model: String,
    /// Which parts of the method are on.
    pub variant: String,
    /// The pruner; empty where nothing is pruned.
    pub pruner: Option<String>,
    /// Prune rate; empty where nothing is pruned.
    pub prune_rate: Option<f64>,
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
    /// Whether sparse kernels train any layer: `sparse` or `dense`.
    pub kernels: String,
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
    /// Most memory the process has held, in MiB; empty where the system does not say.
    pub memory_mib: Option<f64>,
    /// Useful operations of training in a second / 1e9: three dense forward passes a step.
    pub train_gflops: f64,
    /// The device's rate for a product of square matrices in the precision / 1e9.
    pub matrix_gflops: f64,
    /// Whether steps were replayed; their parts are those of steps that were not.
    pub graph: bool,
    /// The selector; empty where none was timed.
    pub selector: Option<String>,
    /// Time of a selection over that of evaluating the same images, the fastest of each in a few turns.
    pub select_over_evaluate: Option<f64>,
}

/// Times training and evaluation.
///
/// # Errors
/// None: its images are in memory.
pub fn bench(what: &Bench) -> Result<Found, DatasetError> {
    let Bench { settings, shape, device, .. } = what;
    let architecture = Architecture::new(settings.model, shape.classes, shape.side);
    let layout = prefers_channels_last(*device);
    let dense = forward_dense(&architecture.layers());
    let data = TrainingData::new(images(*shape), settings.holdout(), layout, *device);
    let mut state = State::new(settings, architecture, &data);
    state.network.kernels = what.kernels;
    state.replay = what.graph.then(Replay::default);
    record_states(&mut state, settings.preserve, &data)?;
    let mut bench = Timed { what, data: &data, state: &mut state };
    bench.steps(if what.graph { 2 * WARM_UP } else { WARM_UP }, &mut |_| ())?;
    let (steps, host) = bench.whole()?;
    bench.state.replay = None;
    let [input, forward, backward, update] = bench.parts()?;
    let evaluate = bench.evaluations()?;
    let selected = settings.selector().map(|selector| bench.selections(&*selector)).transpose()?;
    let (median, best) = (middle(&steps), steps.iter().copied().fold(f64::INFINITY, f64::min));
    let size = settings.batch_size as f64;
    Ok(Found {
        model: name_of(settings.model),
        variant: name_of(settings.variant),
        pruner: settings.pruning.map(|p| p.pruner.to_string()),
        prune_rate: settings.pruning.map(|p| p.prune_rate),
        side: shape.side,
        batch_size: settings.batch_size,
        device: device_name(*device),
        precision: name_of(settings.precision),
        threads: what.threads,
        kernels: state.kernels().to_owned(),
        revision: env!("SWAST_REVISION").to_owned(),
        train_samples_s: size / median,
        train_samples_s_best: size / best,
        evaluate_samples_s: shape.images as f64 / middle(&evaluate),
        step_ms: 1e3 * median,
        input_ms: 1e3 * input,
        forward_ms: 1e3 * forward,
        backward_ms: 1e3 * backward,
        update_ms: 1e3 * update,
        host_share: (*device != Device::Cpu).then(|| middle(&host) / median),
        memory_mib: peak_memory_mib().filter(|_| *device == Device::Cpu),
        train_gflops: 3.0 * dense * size / median / 1e9,
        matrix_gflops: matrix_rate(what) / 1e9,
        graph: what.graph,
        selector: settings.selection.map(|s| s.selector.to_string()),
        select_over_evaluate: selected,
    })
}

struct Timed<'a> {
    what: &'a Bench,
    data: &'a TrainingData,
    state: &'a mut State,
}

impl Timed<'_> {
    /// Steps in a group: on a GPU so many that waiting for the last one does not count.
    fn group(&self) -> usize {
        if self.what.device == Device::Cpu { 1 } else { 20 }
    }

    /// Trains for `count` steps on full mini-batches; `done` hears of their parts.
    fn steps(&mut self, count: usize, done: &mut dyn FnMut(Part)) -> Result<(), DatasetError> {
        let settings = &self.what.settings;
        let (objective, sgd) = (settings.objective, settings.sgd);
        let step = Step { objective, sgd, feed: &*self.data.images };
        let size = settings.batch_size as i64;
        for _ in 0..count {
            next_full(self.state, settings);
            step.take(self.state, size, &mut *done)?;
        }
        Ok(())
    }

    /// Seconds of a step, and of the host's part of it, for every group.
    fn whole(&mut self) -> Result<(Vec<f64>, Vec<f64>), DatasetError> {
        let group = self.group();
        let per_step = 1.0 / group as f64;
        let mut times = (Vec::new(), Vec::new());
        for _ in 0..self.what.repetitions {
            let start = Instant::now();
            self.steps(group, &mut |_| ())?;
            times.1.push(start.elapsed().as_secs_f64() * per_step);
            wait(self.what.device);
            times.0.push(start.elapsed().as_secs_f64() * per_step);
        }
        Ok(times)
    }

    /// Median seconds of input, forward passes, backward passes and update, the device waited for after each.
    fn parts(&mut self) -> Result<[f64; 4], DatasetError> {
        let device = self.what.device;
        let mut times: [Vec<f64>; 4] = Default::default();
        for _ in 0..self.what.repetitions {
            let (mut clock, mut step) = (Instant::now(), [0.0; 4]);
            self.steps(1, &mut |part| {
                wait(device);
                step[part as usize] += clock.elapsed().as_secs_f64();
                clock = Instant::now();
            })?;
            times.iter_mut().zip(step).for_each(|(times, seconds)| times.push(seconds));
        }
        Ok(times.map(|times| middle(&times)))
    }

    /// Seconds of evaluating all images, for every repetition of a few.
    fn evaluations(&mut self) -> Result<Vec<f64>, DatasetError> {
        let timed = || {
            let start = Instant::now();
            // Reading the result waits for the device.
            measure(&self.state.network, &*self.data.test, &self.data.test_indices)?;
            Ok(start.elapsed().as_secs_f64())
        };
        timed()?;
        (0..3).map(|_| timed()).collect()
    }

    /// Time of a selection over that of evaluating the same images: the fastest of each, in turns, since what else the
    /// machine does only adds to both.
    fn selections(&mut self, selector: &dyn Selector) -> Result<f64, DatasetError> {
        let (mut evaluated, mut selected) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..TURNS {
            let start = Instant::now();
            measure(&self.state.network, &*self.data.images, &self.data.pool_indices)?;
            evaluated = start.elapsed().as_secs_f64().min(evaluated);
            let one = select(self.state, selector, &self.what.settings, self.data);
            selected = one.map_or(f64::INFINITY, |one| one.time_s).min(selected);
        }
        Ok(selected / evaluated)
    }
}

/// Goes on to the next full mini-batch of a run of `settings`, of this epoch or another.
pub fn next_full(state: &mut State, settings: &Settings) {
    while state.course.next() != Some(settings.batch_size as i64) {
        if state.course.begun {
            state.course.end();
        }
        state.begin_epoch(settings);
    }
}

fn middle(times: &[f64]) -> f64 {
    quantile(times, 0.5).unwrap_or(f64::NAN)
}

/// Random images, as many to train on as to test.
pub fn images(shape: Shape) -> Dataset {
    let mut draw = stream(0, "bench-images", 0);
    let mut samples = || LabelledImages {
        pixels: (0..shape.images * shape.side * shape.side * 3).map(|_| draw.random()).collect(),
        labels: (0..shape.images).map(|i| (i % shape.classes) as u16).collect(),
    };
    Dataset {
        name: "random".to_owned(),
        seed: None,
        classes: (0..shape.classes).map(|c| c.to_string()).collect(),
        height: shape.side,
        width: shape.side,
        mean: [0.5; 3],
        std: [0.29; 3],
        train: samples(),
        test: samples(),
        skipped: Default::default(),
    }
}

fn wait(device: Device) {
    if let Device::Cuda(index) = device {
        Cuda::synchronize(index as i64);
    }
}

/// Operations a second of a product of two square matrices.
fn matrix_rate(what: &Bench) -> f64 {
    let _reduced = what.settings.precision.guard(what.device);
    let matrix = Tensor::ones([MATRIX, MATRIX], (Kind::Float, what.device));
    let mut times = Vec::new();
    for _ in 0..WARM_UP + 5 {
        let start = Instant::now();
        let _product = matrix.matmul(&matrix);
        wait(what.device);
        times.push(start.elapsed().as_secs_f64());
    }
    2.0 * (MATRIX as f64).powi(3) / middle(&times[WARM_UP..])
}

/// The largest resident set of the process so far, where the system tells it.
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
