//! SWaST (paper, Algorithm 1): alternate coreset selection and pruned training in one run.
//!
//! The baselines are the same loop with parts switched off.

use std::time::Instant;

use swast_tables::rows::{CoresetRow, EpochRow, SelectionRow};
use swast_tables::table::TableError;
use tch::{Kind, Tensor};
use thiserror::Error;

use crate::feed::resident::EpochPlan;
use crate::libtorch::failure::{Failure, caught};
use crate::model::Architecture;
use crate::model::recalibrate;
use crate::settings::{Preserve, Settings};
use crate::train::data::TrainingData;
use crate::train::loss::Weighting;
use crate::train::measure::{Measure, logits, measure, outputs};
use crate::train::objective::{Batch, Objective};
use crate::train::sgd::cosine_rate;
use crate::train::state::{Recorded, Samples, State};
use swast_selection::{Coreset, Pool, SelectError, Selector, Validation};

/// Why a run ended early.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The loss left the numbers.
    #[error("epoch {epoch}: the {which} loss is {loss}; lower --learning-rate (now {rate}) or --lambda. Rows up to epoch {before} are kept", before = epoch - 1)]
    Diverged {
        /// The epoch.
        epoch: u32,
        /// Which loss.
        which: &'static str,
        /// The loss.
        loss: f64,
        /// Learning rate of the first epoch.
        rate: f64,
    },
    /// libtorch failed.
    #[error("epoch {epoch}: {cause}. Rows up to epoch {before} are kept", before = epoch - 1)]
    Failed {
        /// The epoch.
        epoch: u32,
        /// The cause.
        cause: Failure,
    },
    /// The selector failed.
    #[error("epoch {epoch}: {cause}")]
    Select {
        /// The epoch.
        epoch: u32,
        /// The cause.
        cause: SelectError,
    },
    /// A row could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Who follows a run: a record on disk, a progress bar.
pub trait Observer {
    /// A mini-batch was trained on.
    fn batch(&mut self);
    /// A coreset was selected.
    fn selection(&mut self, row: &SelectionRow, coreset: &[CoresetRow]) -> Result<(), TableError>;
    /// An epoch is over.
    fn epoch(&mut self, row: &EpochRow) -> Result<(), TableError>;
}

/// Seconds spent on the parts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// Training and selection.
    pub total: f64,
    /// Selection.
    pub select: f64,
    /// Number of selections.
    pub selections: u32,
    /// Epochs on coresets, selection left out.
    pub coreset: f64,
    /// Number of those epochs.
    pub coreset_epochs: u32,
    /// Evaluation.
    pub evaluate: f64,
}

/// Runs Algorithm 1 with `settings` on `data` and returns the trained state.
pub fn train(
    settings: &Settings,
    architecture: Architecture,
    data: &TrainingData,
    observer: &mut dyn Observer,
) -> Result<(State, Times), TrainError> {
    let mut state = State::new(settings, architecture, data);
    let mut times = Times::default();
    for epoch in 1..=settings.epochs {
        let one = || run_epoch(&mut state, &mut times, settings, data, (epoch, observer));
        caught(one).map_err(|cause| TrainError::Failed { epoch, cause })??;
    }
    Ok((state, times))
}

/// An epoch, a selection before it where one is due and measurements after it.
fn run_epoch(
    state: &mut State,
    times: &mut Times,
    settings: &Settings,
    data: &TrainingData,
    (epoch, observer): (u32, &mut dyn Observer),
) -> Result<(), TrainError> {
    let (start, selecting) = (Instant::now(), times.select);
    if settings.is_due(epoch) {
        if let Some(selector) = settings.selector() {
            let (row, coreset) = select(state, &*selector, settings, data, epoch)?;
            times.select += row.time_s;
            times.selections += 1;
            observer.selection(&row, &coreset)?;
        }
        record_states(state, settings.preserve, data);
    }
    let trained = train_epoch(state, settings, data, epoch, observer)?;
    let time_s = start.elapsed().as_secs_f64();
    times.total += time_s;
    if times.selections > 0 {
        times.coreset += time_s - (times.select - selecting);
        times.coreset_epochs += 1;
    }

    let start = Instant::now();
    let mut row = EpochRow { time_s, ..trained };
    if settings.is_measured(epoch) {
        measure_epoch(&mut row, state, data);
        let measured = [row.val_loss, row.test_loss, row.loss_clean, row.loss_noisy];
        if let Some(loss) = measured.into_iter().flatten().find(|loss| loss.is_nan()) {
            return Err(diverged("measured", epoch, loss, settings));
        }
    }
    times.evaluate += start.elapsed().as_secs_f64();
    Ok(observer.epoch(&row)?)
}

/// Replaces the samples that are trained on by a coreset of D chosen with the current network.
fn select(
    state: &mut State,
    selector: &dyn Selector,
    settings: &Settings,
    data: &TrainingData,
    epoch: u32,
) -> Result<(SelectionRow, Vec<CoresetRow>), TrainError> {
    let start = Instant::now();
    let mut score = |indices: &Tensor| {
        state.meter.forward(indices.size()[0] as usize);
        outputs(&mut state.network, &data.images, indices)
    };
    let scored = selector.needs_outputs().then(|| score(&data.pool_indices));
    let held_out = selector.needs_validation().then(|| score(&data.validation_indices));
    let history = state.history.as_ref().filter(|_| selector.needs_history());
    let history = history.map(|history| history.of(&data.pool_indices));
    let validation_labels = host_labels(&data.images.labels(&data.validation_indices));
    let validation = held_out.as_ref().map(|outputs| Validation {
        labels: &validation_labels,
        outputs: Some(outputs),
        gradients: None,
    });
    let pool = Pool {
        labels: &data.pool_labels,
        classes: data.classes,
        outputs: scored.as_ref(),
        gradients: None,
        validation,
        history: history.as_ref(),
        seed: settings.seed,
        epoch,
        epochs: settings.epochs,
    };
    let budget = settings.budget(data.pool.len()).unwrap_or(data.pool.len());
    let Coreset { indices, weights } =
        selector.select(&pool, budget).map_err(|cause| TrainError::Select { epoch, cause })?;
    let stored: Vec<u32> = indices.iter().map(|&i| data.pool[i as usize]).collect();
    state.samples = weighted_samples(&stored, &weights, settings.weighting, state);
    let time_s = start.elapsed().as_secs_f64();

    let run = settings.run();
    let rows: Vec<_> = stored
        .iter()
        .zip(&weights)
        .map(|(&index, &weight)| CoresetRow {
            run: run.clone(),
            epoch,
            index: u64::from(index),
            weight,
            noisy: data.is_noisy(index),
        })
        .collect();
    let size = stored.len();
    let share = |count: usize| count as f64 / size as f64;
    let noise_share = (!data.flips.is_empty())
        .then(|| share(rows.iter().filter(|row| row.noisy == Some(true)).count()));
    let previous = std::mem::replace(&mut state.coreset, stored);
    state.coreset.sort_unstable();
    let overlap_previous = (!previous.is_empty())
        .then(|| share(previous.iter().filter(|i| state.coreset.binary_search(i).is_ok()).count()));
    let selector = selector.name().to_owned();
    let row = SelectionRow { run, epoch, selector, size, noise_share, overlap_previous, time_s };
    Ok((row, rows))
}

/// Labels on the device as the selectors read them.
fn host_labels(labels: &Tensor) -> Vec<u16> {
    let mut wide = vec![0_i64; labels.size()[0] as usize];
    let count = wide.len();
    labels.to_device(tch::Device::Cpu).copy_data(&mut wide, count);
    wide.into_iter().map(|label| label as u16).collect()
}

fn weighted_samples(
    stored: &[u32],
    weights: &[f64],
    weighting: Weighting,
    state: &State,
) -> Samples {
    let indices: Vec<i64> = stored.iter().map(|&i| i64::from(i)).collect();
    let mut samples = Samples::unweighted(Tensor::from_slice(&indices).to_device(state.device()));
    samples.weights = Tensor::from_slice(weights).to_kind(Kind::Float).to_device(state.device());
    if weighting == Weighting::Coreset {
        let mean = samples.weights.mean(Kind::Float).clamp_min(f64::from(f32::MIN_POSITIVE));
        samples.weights = &samples.weights / mean;
    }
    samples
}

/// Stage 1 of state preservation: the network's present answers for the samples that are trained on.
fn record_states(state: &mut State, preserve: Preserve, data: &TrainingData) {
    if preserve == Preserve::None {
        return;
    }
    let State { network, samples, meter, .. } = state;
    meter.forward(samples.len());
    let logits = logits(network, &data.images, &samples.indices);
    let labels = data.images.labels(&samples.indices);
    let member = match preserve {
        Preserve::Selective => logits.argmax(-1, false).eq_tensor(&labels).to_kind(Kind::Float),
        _ => labels.ones_like().to_kind(Kind::Float),
    };
    samples.recorded = Some(Recorded { logits, member });
}

/// One pass over the samples. Losses and hits stay on the device until the end of it.
fn train_epoch(
    state: &mut State,
    settings: &Settings,
    data: &TrainingData,
    epoch: u32,
    observer: &mut dyn Observer,
) -> Result<EpochRow, TrainError> {
    let size = state.samples.len();
    let rate = cosine_rate(settings.learning_rate, epoch, settings.epochs);
    let plan = EpochPlan::draw(size, settings.seed, epoch, state.device());
    let mut totals = Tensor::zeros([2], (Kind::Double, state.device()));
    state.begin_epoch(epoch);
    for (first, len) in plan.batches(settings.batch_size) {
        let batch = Batch::gather(&state.samples, &data.images, &plan, (first, len));
        let passes = f64::from(state.passes());
        let mut seen = None;
        let gradient = state.gradient(|network| {
            let Objective { loss, hits, totals: own } = batch.objective(network, settings);
            totals += own / passes;
            seen.get_or_insert(hits);
            loss
        });
        if let (Some(history), Some(hits)) = (&mut state.history, &seen) {
            history.observe(&batch.indices, hits);
        }
        state.descend(gradient, len as usize, settings, rate);
        observer.batch();
    }
    if state.end_epoch(epoch) {
        let State { network, samples, meter, .. } = &mut *state;
        let images = |part| Batch::gather(samples, &data.images, &plan, part).images;
        recalibrate::gather(network, plan.batches(settings.batch_size).map(images));
        meter.forward(size);
        state.price();
    }
    let train_loss = totals.double_value(&[0]) / size as f64;
    if !train_loss.is_finite() {
        return Err(diverged("training", epoch, train_loss, settings));
    }
    let train_accuracy = totals.double_value(&[1]) / size as f64;
    Ok(epoch_row(state, settings, epoch, rate, (train_loss, train_accuracy)))
}

fn diverged(which: &'static str, epoch: u32, loss: f64, settings: &Settings) -> TrainError {
    TrainError::Diverged { epoch, which, loss, rate: settings.learning_rate }
}

fn epoch_row(
    state: &State,
    settings: &Settings,
    epoch: u32,
    lr: f64,
    (train_loss, train_accuracy): (f64, f64),
) -> EpochRow {
    let phase = match (settings.selection, state.coreset.is_empty()) {
        (None, _) => "full",
        (Some(_), true) => "warmup",
        (Some(_), false) => "coreset",
    };
    EpochRow {
        run: settings.run(),
        epoch,
        phase: phase.to_owned(),
        lr,
        train_loss,
        train_accuracy,
        val_loss: None,
        val_accuracy: None,
        test_loss: None,
        test_accuracy: None,
        loss_clean: None,
        loss_noisy: None,
        coreset_size: state.samples.len(),
        density: state.density(),
        flops_cumulative: state.meter.total(),
        time_s: 0.0,
    }
}

/// Measures the network on the validation and test sets and on the watched samples.
fn measure_epoch(row: &mut EpochRow, state: &mut State, data: &TrainingData) {
    let network = &mut state.network;
    let mut on_train = |indices: &Tensor| measure(network, &data.images, indices);
    let split = |m: Option<Measure>| (m.map(|m| m.loss), m.map(|m| m.accuracy));
    (row.val_loss, row.val_accuracy) = split(on_train(&data.validation_indices));
    (row.loss_clean, _) = split(on_train(&data.watched_clean));
    (row.loss_noisy, _) = split(on_train(&data.watched_noisy));
    (row.test_loss, row.test_accuracy) = split(measure(network, &data.test, &data.test_indices));
}
