//! From the state of a run to the rows of its tables.

use anyhow::{Context, Result};
use swast_tables::names::name_of;
use swast_tables::rows::{CoresetRow, EpochRow, LayerRow, RunRow, SelectionRow};
use tch::{Device, Tensor};

use super::record::Origin;
use crate::model::architecture::Layer;
use crate::settings::Settings;
use crate::train::data::TrainingData;
use crate::train::measure::Measure;
use crate::train::outcome::Trained;
use crate::train::select::Selected;
use crate::train::state::State;

/// The row of an epoch of `run`.
pub fn epoch_row(run: &str, trained: &Trained, settings: &Settings, state: &State) -> EpochRow {
    let phase = match (settings.selection, state.times.selections) {
        (None, _) => "full",
        (Some(_), 0) => "warmup",
        (Some(_), _) => "coreset",
    };
    let of = |part: fn(&crate::train::measure::Measured) -> Option<Measure>| {
        trained.measured.as_ref().and_then(part)
    };
    let (validation, test) = (of(|m| m.validation), of(|m| m.test));
    EpochRow {
        run: run.to_owned(),
        epoch: trained.epoch,
        phase: phase.to_owned(),
        lr: trained.rate,
        train_loss: trained.loss,
        train_accuracy: trained.accuracy,
        val_loss: validation.map(|m| m.loss),
        val_accuracy: validation.map(|m| m.accuracy),
        test_loss: test.map(|m| m.loss),
        test_accuracy: test.map(|m| m.accuracy),
        loss_clean: of(|m| m.clean).map(|m| m.loss),
        loss_noisy: of(|m| m.noisy).map(|m| m.loss),
        coreset_size: state.samples.len(),
        density: state.density(),
        flops_cumulative: state.meter.total(),
        time_s: trained.time_s,
    }
}

/// The rows of the samples of a selection of `run`.
pub fn coreset_rows(run: &str, selected: &Selected, data: &TrainingData) -> Vec<CoresetRow> {
    let row = |(&index, &weight): (&u32, &f64)| CoresetRow {
        run: run.to_owned(),
        epoch: selected.epoch,
        index: u64::from(index),
        weight,
        noisy: data.is_noisy(index),
    };
    selected.samples.iter().zip(&selected.weights).map(row).collect()
}

/// The row of a selection of `run`, whose samples are in `rows`; `previous` are those of the selection before,
/// ascending, none before the first.
pub fn selection_row(
    run: &str,
    selected: &Selected,
    rows: &[CoresetRow],
    previous: &[u32],
) -> SelectionRow {
    let (size, lost) = (rows.len(), selected.lost);
    let share = |count: usize| count as f64 / size as f64;
    let noisy = rows.iter().filter(|row| row.noisy == Some(true)).count();
    let labelled = rows.iter().any(|row| row.noisy.is_some());
    let kept = selected.samples.iter().filter(|i| previous.binary_search(i).is_ok()).count();
    SelectionRow {
        run: run.to_owned(),
        epoch: selected.epoch,
        selector: selected.selector.clone(),
        size,
        noise_share: labelled.then(|| share(noisy)),
        overlap_previous: (!previous.is_empty()).then(|| share(kept)),
        time_s: selected.time_s,
        lost_known: lost.and_then(|lost| lost.known),
        lost_gradient_share: lost.and_then(|lost| lost.gradient_share),
        time_double_loss_s: lost.map(|lost| lost.time_s),
    }
}

/// What the epochs of a run came to.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The last epoch.
    pub last: &'a EpochRow,
    /// Best test accuracy over the measured epochs.
    pub best: f64,
    /// Size of the training set.
    pub samples: usize,
}

/// The row of the finished run of `origin`.
pub fn run_row(
    origin: &Origin,
    settings: &Settings,
    state: &State,
    outcome: Outcome,
) -> Result<RunRow> {
    let Outcome { last, best, samples } = outcome;
    let test = last.test_accuracy.zip(last.test_loss);
    let (test_accuracy, test_loss) = test.context("the test set is empty")?;
    let (selection, pruning, rhythm) = (settings.selection, settings.pruning, settings.rhythm);
    let backbone = pruning.and_then(|p| p.backbone);
    let schedule = state.pruned.as_ref().and_then(|p| p.pruner.schedule());
    let maskable: usize = state.network.architecture.layers().iter().map(Layer::weights).sum();
    let active: usize = state.active().iter().sum();
    let total = state.network.architecture.parameters();
    let times = state.times;
    Ok(RunRow {
        run: origin.run.clone(),
        artifact: origin.artifact.clone(),
        profile: origin.profile.clone(),
        seed: settings.seed,
        dataset: name_of(settings.dataset),
        model: name_of(settings.model),
        variant: name_of(settings.variant),
        selector: selection.map(|s| s.selector.to_string()),
        pruner: pruning.map(|p| p.pruner.to_string()),
        distribution: backbone.map(|b| name_of(b.distribution)),
        fraction: selection.map(|s| s.fraction),
        prune_rate: pruning.map(|p| p.prune_rate),
        fc_prune_rate: pruning.map(|p| p.classifier()),
        preserve: name_of(settings.preserve),
        lambda: settings.objective.lambda,
        label_noise: settings.label_noise,
        epochs: settings.epochs,
        interval: rhythm.map(|r| r.interval),
        batch_size: settings.batch_size,
        limit_train: settings.limit_train,
        selection_start: rhythm.map(|r| name_of(r.start)),
        weighting: name_of(settings.objective.weighting),
        validation: name_of(settings.validation),
        test_accuracy,
        test_loss,
        best_test_accuracy: best,
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
        train_digest: Some(origin.train_digest.clone()),
        test_digest: Some(origin.test_digest.clone()),
        kernels: Some(state.kernels().to_owned()),
    })
}

/// A row for every maskable layer of `run`.
pub fn layer_rows(run: &str, state: &State) -> Vec<LayerRow> {
    let row = |(layer, active): (&Layer, usize)| LayerRow {
        run: run.to_owned(),
        layer: layer.name.clone(),
        weights: layer.weights() as u64,
        active: active as u64,
    };
    state.network.architecture.layers().iter().zip(state.active()).map(row).collect()
}

/// Masks of the layers that have any masked weight, named as the weights they belong to.
pub fn mask_tensors(state: &State) -> Vec<(String, Tensor)> {
    let Some(masks) = state.pruned.as_ref().map(|p| &p.masks) else { return Vec::new() };
    let pruned = masks.layers.iter().filter(|l| l.active < l.layer.weights());
    let cpu = |t: Tensor| t.to_device(Device::Cpu).contiguous();
    pruned.map(|l| (format!("{}.weight", l.layer.name), cpu(masks.bytes(l)))).collect()
}
