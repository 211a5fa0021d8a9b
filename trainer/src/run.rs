//! One run from settings to a finished folder.

pub mod bench;
pub mod notes;
pub mod progress;
pub mod record;
pub mod rows;
pub mod sweep;

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use swast_datasets::{Dataset, Digests};
use swast_tables::names::name_of;
use swast_tables::rows::{EpochRow, RunRow};
use swast_tables::table::TableError;
use swast_tables::usage::UsageError;
use tch::Device;

use crate::libtorch::device_name;
use crate::model::Architecture;
use crate::model::network::prefers_channels_last;
use crate::persist::{Fields, Persist};
use crate::settings::{METHOD_VERSION, Settings};
use crate::train::data::TrainingData;
use crate::train::outcome::{Observer, Trained};
use crate::train::select::Selected;
use crate::train::state::State;
use crate::train::swast::train;
use progress::Progress;
use record::{Origin, Record};

/// The libtorch that this version of tch is built against.
const LIBTORCH: &str = "2.11.0";

/// Where, for what and on what a run is made; its identity holds none of it.
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
    /// The digests of its data.
    pub data: Digests,
}

/// Keeps the rows of a run as it goes, and shows its progress.
struct RunRecorder<'a> {
    record: Record,
    progress: Progress,
    id: String,
    settings: &'a Settings,
    data: &'a TrainingData,
    /// The samples of the last selection, ascending.
    previous: Vec<u32>,
    last: Option<EpochRow>,
    best: f64,
}

impl Observer for RunRecorder<'_> {
    fn selected(&mut self, selected: &Selected, _state: &State) -> Result<(), TableError> {
        // The first selection shows what the others will be like.
        if self.previous.is_empty() {
            self.progress.aside(|| notes::note_coreset(selected, self.data));
        }
        let samples = rows::coreset_rows(&self.id, selected, self.data);
        let row = rows::selection_row(&self.id, selected, &samples, &self.previous);
        self.previous.clone_from(&selected.samples);
        self.previous.sort_unstable();
        self.record.selection(&row, &samples)
    }

    fn stepped(&mut self, _state: &mut State) -> ControlFlow<()> {
        self.progress.batch();
        ControlFlow::Continue(())
    }

    fn trained(&mut self, trained: &Trained, state: &State) -> Result<(), TableError> {
        let row = rows::epoch_row(&self.id, trained, self.settings, state);
        self.progress.epoch(&row);
        self.best = self.best.max(row.test_accuracy.unwrap_or(0.0));
        self.record.epoch(&row)?;
        self.last = Some(row);
        Ok(())
    }
}

impl Persist for RunRecorder<'_> {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("previous", &mut self.previous);
        at.plain("last", &mut self.last);
        at.plain("best", &mut self.best);
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
    let layout = prefers_channels_last(context.device);
    let data = TrainingData::new(dataset, settings.holdout(), layout, context.device);
    let samples = data.pool.len();
    if let (Some(0), Some(selection)) = (settings.budget(samples), settings.selection) {
        let fraction = selection.fraction;
        let message = format!(
            "--fraction {fraction}: selects none of the {samples} training samples; give a larger one"
        );
        return Err(UsageError(message).into());
    }
    notes::check_validation(settings, &data)?;
    let origin = origin(settings, context);
    let mut recorder = RunRecorder {
        record: Record::begin(folder, &origin, &data)?,
        progress: Progress::new(&origin.run, settings.epochs, settings.planned_steps(samples)),
        id: origin.run.clone(),
        settings,
        data: &data,
        previous: Vec::new(),
        last: None,
        best: 0.0,
    };
    // Said once the run is sure to begin: an error is one line.
    notes::note_data(&data);
    let mut state = State::new(settings, architecture, &data);
    let outcome = train(settings, &data, &mut state, &mut recorder);
    recorder.progress.finish();
    let _finished = outcome?;
    notes::note_classifier(&state);
    let last = recorder.last.as_ref().context("a run has at least one epoch")?;
    let outcome = rows::Outcome { last, best: recorder.best, samples };
    let row = rows::run_row(&origin, settings, &state, outcome)?;
    let layers = rows::layer_rows(&origin.run, &state);
    let (model, masks) = (state.network.tensors(), rows::mask_tensors(&state));
    recorder.record.finish(&row, &layers, &model, &masks)?;
    Ok(row)
}

fn origin(settings: &Settings, context: &RunContext) -> Origin {
    Origin {
        run: settings.id(),
        method_version: METHOD_VERSION,
        artifact: context.artifact.to_owned(),
        profile: context.profile.to_owned(),
        command: context.command.clone(),
        revision: env!("SWAST_REVISION").to_owned(),
        libtorch: LIBTORCH.to_owned(),
        device: device_name(context.device),
        precision: name_of(settings.precision),
        threads: context.threads,
        train_digest: context.data.train.clone(),
        test_digest: context.data.test.clone(),
        settings: settings.clone(),
    }
}
