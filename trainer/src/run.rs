//! One run from settings to a finished folder.

pub mod attempt;
pub mod bench;
pub mod checkpoint;
pub mod events;
pub mod failed;
pub mod lease;
pub mod notes;
pub mod progress;
pub mod record;
pub mod rows;
pub mod slurm;
pub mod stop;
pub mod sweep;

mod board;
mod recorder;

use std::ops::ControlFlow::{Break, Continue};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use swast_datasets::{Digests, Part, Source};
use swast_selection::quota::class_sizes;
use swast_tables::names::name_of;
use swast_tables::rows::RunRow;
use swast_tables::usage::UsageError;
use tch::Device;

use crate::libtorch::device_name;
use crate::libtorch::failure::Failure;
use crate::model::network::prefers_channels_last;
use crate::model::sparse::Kernels;
use crate::model::weights::{Weights, WeightsError};
use crate::model::{Architecture, Network};
use crate::settings::{METHOD_VERSION, Settings};
use crate::train::data::TrainingData;
use crate::train::double_loss::DoubleLoss;
use crate::train::outcome::TrainError;
use crate::train::replay::Replay;
use crate::train::select::NotSelected;
use crate::train::state::State;
use crate::train::swast::train;
use attempt::Attempt;
use board::Board;
use failed::Failed;
use lease::EXPIRY;
use progress::Progress;
use record::{Images, Origin, RecordError, finished};
use recorder::{Cadence, Recorder};
use stop::Stop;

/// The libtorch that this version of tch is built against.
const LIBTORCH: &str = "2.11.0";

/// Where, for what and on what a run is made; its identity holds none of it.
#[derive(Debug)]
pub struct RunContext<'a> {
    /// Device.
    pub device: Device,
    /// Number of CPU threads.
    pub threads: usize,
    /// Kernels that train it where it is pruned.
    pub kernels: Kernels,
    /// Whether steps are replayed.
    pub graph: bool,
    /// What the run is made for.
    pub artifact: &'a str,
    /// The profile it belongs to.
    pub profile: &'a str,
    /// A command that repeats it.
    pub command: String,
    /// The digests of its data.
    pub data: Digests,
    /// Weights that its network starts from; drawn where there are none.
    pub weights: Option<Weights>,
    /// How it is kept from harm, and watched.
    pub keeping: Keeping,
}

/// How a run is kept from harm, and watched.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// A checkpoint is written at least so often.
    pub every: Duration,
    /// After so long a silence another process may take the run over.
    pub expiry: Duration,
    /// Asks it to stop.
    pub stop: Stop,
    /// Folder of event files, where TensorBoard is to show it.
    pub tensorboard: Option<PathBuf>,
    /// Whether it is measured what pruning and selection lose together.
    pub double_loss: bool,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(600),
            expiry: EXPIRY,
            stop: Stop::default(),
            tensorboard: None,
            double_loss: false,
        }
    }
}

/// Trains with `settings` on `source` and leaves everything about it in `folder`; goes on with what an earlier attempt
/// left there.
///
/// # Errors
/// [`Stopped`](stop::Stopped) when it was asked to stop; otherwise what is wrong with the settings, the folder or the
/// training.
pub fn run(
    settings: &Settings,
    source: impl Into<Source>,
    context: &RunContext,
    folder: &Path,
) -> Result<RunRow> {
    let source = source.into();
    if source.labels(Part::Test).is_empty() {
        let cure = "--data: holds no test image; add some, or give each class at least two images";
        return Err(UsageError(cure.to_owned()).into());
    }
    let architecture = Architecture::new(settings.model, source.classes().len(), source.height());
    let images = Images::of(&source);
    let layout = prefers_channels_last(context.device);
    let mut data = TrainingData::new(source, settings.holdout(), layout, context.device);
    if context.graph {
        // As long as no GPU has shown that it is right, only where what is new was asked for.
        data.images.pin();
        data.test.pin();
    }
    check_budget(settings, &data)?;
    notes::check_validation(settings, &data)?;
    let start = || started(settings, architecture.clone(), context);
    start()?;
    let origin = origin(settings, context, images);
    let Keeping { every, expiry, stop, tensorboard, double_loss } = &context.keeping;
    let Some(attempt) = Attempt::begin(folder, &origin, &data, *expiry)? else {
        return finished(folder)?.context("another process has removed the run");
    };
    // Said once the run is sure to begin: an error is one line.
    notes::note_data(&data);
    notes::note_weights(context.weights.as_ref(), data.classes);
    notes::note_pool(settings, &data, architecture.features);
    let progress =
        Progress::new(&origin.run, settings.epochs, settings.planned_steps(data.pool.len()));
    let (id, followed) = (origin.run.clone(), (settings, &data));
    let kept = (stop.clone(), Cadence::new(*every));
    let mut recorder = Recorder::new(attempt, progress, id, followed, kept);
    recorder.board = tensorboard.as_deref().map(|all| Board::new(all, settings));
    let fresh = || {
        let network = start().expect("the same weights fitted before");
        let mut state = State::of(network, settings, &data);
        state.double_loss = double_loss.then(DoubleLoss::default);
        state.replay = context.graph.then(Replay::default);
        state
    };
    let mut state = recorder.resumed(fresh)?;
    let outcome = train(settings, &data, &mut state, &mut recorder);
    recorder.progress.finish();
    match outcome {
        Err(error) => return Err(ended(error, &state, recorder)),
        Ok(Break(())) => return Err(recorder.stopped.unwrap_or_default().into()),
        Ok(Continue(())) => {}
    }
    notes::note_classifier(&state);
    state.follow_masks();
    let row = rows::run_row(&origin, settings, &state, recorder.outcome()?)?;
    let layers = rows::layer_rows(&origin.run, &state);
    let (model, masks) = (state.network.tensors(), rows::mask_tensors(&state));
    recorder.attempt.finish(&row, &layers, &model, &masks)?;
    Ok(row)
}

/// The network before the first epoch.
///
/// # Errors
/// When the weights that it is to start from are those of another model.
fn started(
    settings: &Settings,
    architecture: Architecture,
    context: &RunContext,
) -> Result<Network, WeightsError> {
    let mut network = Network::new(architecture, settings.seed, context.device);
    network.kernels = context.kernels;
    if let Some(weights) = &context.weights {
        weights.give(&mut network)?;
    }
    Ok(network)
}

/// The error that a run ended with. One that would come again is kept in its folder; after any other the run goes on from
/// its last checkpoint.
fn ended(error: TrainError, state: &State, recorder: Recorder) -> anyhow::Error {
    let error = match error {
        TrainError::Follower(cause) => match cause.downcast::<RecordError>() {
            Ok(cause) => return (*cause).into(),
            Err(cause) => return anyhow!(cause),
        },
        TrainError::Failed { cause: Failure::Device, .. }
        | TrainError::Data { .. }
        | TrainError::Select { cause: NotSelected::Data(_), .. } => return error.into(),
        error => error,
    };
    let failed = Failed { epoch: state.course.epoch, error: error.to_string() };
    match recorder.attempt.fail(&failed) {
        Ok(()) => error.into(),
        Err(cause) => cause.into(),
    }
}

/// Refuses before any work a coreset that the selector cannot choose.
fn check_budget(settings: &Settings, data: &TrainingData) -> Result<(), UsageError> {
    let Some(selection) = settings.selection else { return Ok(()) };
    let samples = data.pool.len();
    let budget = settings.budget(samples).unwrap_or(samples);
    let fraction = selection.fraction;
    if budget == 0 {
        return Err(UsageError(format!(
            "--fraction {fraction}: selects none of the {samples} training samples; give a larger one"
        )));
    }
    let sizes = class_sizes(&data.pool_labels, data.classes);
    selection.selector.check(&sizes, budget).map_err(|error| {
        let selector = selection.selector;
        UsageError(format!("--selector {selector} with --fraction {fraction}: {error}"))
    })
}

fn origin(settings: &Settings, context: &RunContext, images: Images) -> Origin {
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
        kernels: name_of(context.kernels),
        train_digest: context.data.train.clone(),
        test_digest: context.data.test.clone(),
        settings: settings.clone(),
        images,
    }
}
