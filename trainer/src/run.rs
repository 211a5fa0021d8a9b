//! One run from settings to a finished folder.

pub mod bench;
pub mod progress;
pub mod record;
pub mod sweep;

use std::path::Path;

use anyhow::{Context, Result};
use swast_tables::rows::{CoresetRow, EpochRow, LayerRow, RunRow, SelectionRow};
use swast_tables::table::TableError;
use tch::{Device, Tensor};

use crate::libtorch::device_name;
use crate::model::Architecture;
use crate::run::progress::Progress;
use crate::run::record::{Origin, Record};
use crate::settings::{METHOD_VERSION, Settings};
use crate::train::data::TrainingData;
use crate::train::state::{State, planned_steps};
use crate::train::swast::{Observer, Times, train};
use swast_datasets::Dataset;
use swast_tables::names::name_of;
use swast_tables::usage::UsageError;

/// The libtorch that this version of tch is built against.
const LIBTORCH: &str = "2.11.0";

/// Where and for what a run is made; none of it changes its numbers.
#[derive(Debug, Clone)]
pub struct RunContext<'a> {
    /// Device.
    pub device: Device,
    /// Number of CPU threads.
    pub threads: usize,
    /// What the run is made for.
    pub artifact: &'a str,
    /// The profile it belongs to.
    pub profile: &'a str,
    /// A command that repeats it.
    pub command: String,
}

struct RunRecorder<'a> {
    record: Record,
    progress: Progress,
    last: Option<EpochRow>,
    best: f64,
    settings: &'a Settings,
}

impl Observer for RunRecorder<'_> {
    fn batch(&mut self) {
        self.progress.batch();
    }

    fn selection(&mut self, row: &SelectionRow, coreset: &[CoresetRow]) -> Result<(), TableError> {
        self.record.selection(row, coreset)
    }

    fn epoch(&mut self, row: &EpochRow) -> Result<(), TableError> {
        self.progress.epoch(row);
        self.best = self.best.max(row.test_accuracy.unwrap_or(0.0));
        self.last = Some(row.clone());
        self.record.epoch(row)
    }
}

/// Trains with `settings` on `dataset` and leaves everything about it in `folder`.
pub fn run(
    settings: &Settings,
    dataset: Dataset,
    context: &RunContext,
    folder: &Path,
) -> Result<RunRow> {
    let architecture = Architecture::new(settings.model, dataset.classes.len(), dataset.height);
    let layout = crate::model::network::prefers_channels_last(context.device);
    let data = TrainingData::new(dataset, settings, layout, context.device);
    if settings.budget(data.pool.len()) == Some(0) {
        let fraction = settings.selection.map_or(0.0, |s| s.fraction);
        let message = format!(
            "--fraction {fraction}: selects none of the {} training samples; give a larger one",
            data.pool.len()
        );
        return Err(UsageError(message).into());
    }
    let origin = Origin {
        run: settings.run(),
        method_version: METHOD_VERSION,
        artifact: context.artifact.to_owned(),
        profile: context.profile.to_owned(),
        command: context.command.clone(),
        revision: env!("SWAST_REVISION").to_owned(),
        libtorch: LIBTORCH.to_owned(),
        device: device_name(context.device),
        precision: name_of(settings.precision),
        threads: context.threads,
        settings: settings.clone(),
    };
    let record = Record::begin(folder, &origin, &data)?;
    let batches = planned_steps(settings, data.pool.len());
    let progress = Progress::new(&origin.run, settings.epochs, batches);
    let mut recorder = RunRecorder { record, progress, last: None, best: 0.0, settings };
    let outcome = train(settings, architecture, &data, &mut recorder);
    recorder.progress.finish();
    let (state, times) = outcome?;
    let row = run_row(&origin, &state, times, &recorder, data.pool.len())?;
    let masks = mask_tensors(&state);
    recorder.record.finish(
        &row,
        &layer_rows(settings, &state),
        &state.network.tensors(),
        &masks,
    )?;
    Ok(row)
}

fn run_row(
    origin: &Origin,
    state: &State,
    times: Times,
    recorder: &RunRecorder,
    samples: usize,
) -> Result<RunRow> {
    let settings = recorder.settings;
    let last = recorder.last.as_ref().context("a run has at least one epoch")?;
    let test = last.test_accuracy.zip(last.test_loss);
    let (test_accuracy, test_loss) = test.context("the test set is empty")?;
    let (selection, pruning, rhythm) = (settings.selection, settings.pruning, settings.rhythm);
    let schedule = state.pruned.as_ref().and_then(|p| p.pruner.schedule());
    let maskable: usize = state.network.architecture.layers().iter().map(|l| l.weights()).sum();
    let active: usize = state.active().iter().sum();
    let total = state.network.architecture.parameters();
    Ok(RunRow {
        run: origin.run.clone(),
        artifact: origin.artifact.clone(),
        profile: origin.profile.clone(),
        seed: settings.seed,
        dataset: name_of(settings.dataset),
        model: name_of(settings.model),
        variant: name_of(settings.variant),
        selector: selection.map(|s| name_of(s.selector)),
        pruner: pruning.map(|p| name_of(p.pruner)),
        distribution: pruning.and_then(|p| p.distribution).map(name_of),
        fraction: selection.map(|s| s.fraction),
        prune_rate: pruning.map(|p| p.backbone.unwrap_or(p.classifier)),
        fc_prune_rate: pruning.map(|p| p.classifier),
        preserve: name_of(settings.preserve),
        lambda: settings.lambda,
        label_noise: settings.label_noise,
        epochs: settings.epochs,
        interval: rhythm.map(|r| r.interval),
        batch_size: settings.batch_size,
        limit_train: settings.limit_train,
        selection_start: rhythm.map(|r| name_of(r.start)),
        weighting: name_of(settings.weighting),
        validation: name_of(settings.validation),
        test_accuracy,
        test_loss,
        best_test_accuracy: recorder.best,
        params_total: total as u64,
        params_active: (total - maskable + active) as u64,
        train_flops: state.meter.total(),
        relative_flops: state.meter.relative(samples, settings.epochs),
        time_s: times.total,
        time_select_s: times.select,
        time_eval_s: times.evaluate,
        update_every: schedule.map(|s| s.every),
        update_end: schedule.map(|s| s.end),
        device: origin.device.clone(),
        precision: origin.precision.clone(),
        threads: origin.threads,
        revision: origin.revision.clone(),
        selections: selection.map(|_| times.selections),
        time_coreset_epoch_s: selection
            .map(|_| times.coreset / f64::from(times.coreset_epochs.max(1))),
    })
}

fn layer_rows(settings: &Settings, state: &State) -> Vec<LayerRow> {
    let run = settings.run();
    let layers = state.network.architecture.layers();
    let row = |(layer, active): (&crate::model::architecture::Layer, usize)| LayerRow {
        run: run.clone(),
        layer: layer.name.clone(),
        weights: layer.weights() as u64,
        active: active as u64,
    };
    layers.iter().zip(state.active()).map(row).collect()
}

/// Masks of the layers that have any masked weight, named as the weights they belong to.
fn mask_tensors(state: &State) -> Vec<(String, Tensor)> {
    let Some(masks) = state.pruned.as_ref().map(|p| &p.masks) else { return Vec::new() };
    let pruned = masks.layers.iter().filter(|l| l.active < l.layer.weights());
    let cpu = |t: Tensor| t.to_device(Device::Cpu).contiguous();
    pruned.map(|l| (format!("{}.weight", l.layer.name), cpu(masks.bytes(l)))).collect()
}
