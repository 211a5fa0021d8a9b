//! The folder a run leaves: what is in it, and what can be wrong with it. `runs.csv` comes last: where it is, the run is
//! finished.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use swast_datasets::{DatasetKind, Digests, Source};
use swast_tables::folder::FolderError;
use swast_tables::names;
use swast_tables::rows::RunRow;
use swast_tables::table::{self, Row, TableError};
use tch::TchError;
use thiserror::Error;

use super::checkpoint::CheckpointError;
use super::lease::Holder;
use crate::libtorch::arithmetic::Precision;
use crate::model::ModelKind;
use crate::settings::Settings;

/// Name of the file with the settings.
pub const SETTINGS: &str = "settings.json";
/// Name of the file with the final model.
pub const MODEL: &str = "model.safetensors";
/// Name of the file with its masks.
pub const MASKS: &str = "masks.safetensors";

/// What can go wrong with a run's folder.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The folder or a file in it could not be used.
    #[error("{path}: {cause}; give a folder that can be read and written", path = path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// No run is there.
    #[error("{path}: no run is there; give the folder of one, such as data/results/quick/runs/0123456789ab", path = path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// Another run lives there.
    #[error("{path}: holds run {found}, not {wanted}; choose another --out", path = path.display())]
    OtherRun {
        /// The folder.
        path: PathBuf,
        /// The run found.
        found: String,
        /// The run to record.
        wanted: String,
    },
    /// The run there was made on other data.
    #[error("{path}: this run was made on other data (training set {}, test set {}; now {} and {}); give that data, choose another --out or remove the folder",
            found.train, found.test, wanted.train, wanted.test, path = path.display())]
    OtherData {
        /// The folder.
        path: PathBuf,
        /// What it was made on.
        found: Digests,
        /// What it would be made on now.
        wanted: Digests,
    },
    /// Another process is at work there.
    #[error("{path}: {holder} is at this run; wait for it, or choose another --out", path = path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
        /// The process.
        holder: Holder,
    },
    /// The process was silent for so long that another one has taken the run over.
    #[error("{path}: another process has taken this run over and goes on with it; nothing is lost", path = path.display())]
    Lost {
        /// The folder.
        path: PathBuf,
    },
    /// The folder was removed during the run.
    #[error("{path}: is gone; repeat the command to start over", path = path.display())]
    Vanished {
        /// The folder.
        path: PathBuf,
    },
    /// A checkpoint could not be written.
    #[error("{path}: no checkpoint could be written: {cause}; make room, then repeat the command", path = path.display())]
    Checkpoint {
        /// The folder.
        path: PathBuf,
        /// The cause.
        cause: CheckpointError,
    },
    /// The settings are not readable.
    #[error("{path}: {cause}; is this the folder of a run? then remove it and repeat the run", path = path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: serde_json::Error,
    },
    /// The folder is not written into.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The model could not be written or read.
    #[error("{path}: {cause}; remove the folder and repeat the run", path = path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: TchError,
    },
}

impl RecordError {
    pub(super) fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io { path: path.to_owned(), cause }
    }

    /// Whether the run is in the hands of another process.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Lost { .. })
    }
}

/// `settings.json`: what the run was asked to do, and what did it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// Identity of the run.
    pub run: String,
    /// Version of the method.
    pub method_version: u32,
    /// What the run was made for.
    pub artifact: String,
    /// The profile it belongs to.
    pub profile: String,
    /// A command that repeats it.
    pub command: String,
    /// Version-control revision of the program.
    pub revision: String,
    /// Version of libtorch.
    pub libtorch: String,
    /// Device of the run.
    pub device: String,
    /// Floating-point precision.
    pub precision: String,
    /// Number of CPU threads.
    pub threads: usize,
    /// Kernels that train it where it is pruned: `auto`, `dense` or `sparse`.
    pub kernels: String,
    /// Digest of the training set.
    pub train_digest: String,
    /// Digest of the test set.
    pub test_digest: String,
    /// The resolved settings.
    pub settings: Settings,
    /// What the network is given.
    pub images: Images,
}

/// How a picture becomes what a network is given, and what its answers are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Images {
    /// Side of the images, in pixels.
    pub side: usize,
    /// Length of the shorter side to which a picture is scaled before its centre is taken, in pixels.
    pub short: usize,
    /// Mean of the training pixels / 255, per channel.
    pub mean: [f32; 3],
    /// Standard deviation of the training pixels / 255, per channel.
    pub std: [f32; 3],
    /// Names of the classes, by label.
    pub classes: Vec<String>,
}

impl Images {
    /// Those of `source`.
    pub(super) fn of(source: &Source) -> Self {
        let [mean, std] = source.moments();
        let (side, short) = (source.height(), source.short());
        Self { side, short, mean, std, classes: source.classes().to_vec() }
    }
}

impl Origin {
    /// What the run was made on.
    pub(super) fn data(&self) -> Digests {
        Digests { train: self.train_digest.clone(), test: self.test_digest.clone() }
    }
}

/// What is read back from `settings.json`, which older versions wrote in other words: no more than `evaluate` and sweeps
/// need.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Saved {
    /// Identity of the run.
    pub run: String,
    /// A command that repeats it.
    pub command: String,
    /// Digest of the training set; absent in runs from before it was recorded.
    #[serde(default)]
    pub train_digest: Option<String>,
    /// Digest of the test set; absent in runs from before it was recorded.
    #[serde(default)]
    pub test_digest: Option<String>,
    /// Its settings.
    pub settings: SavedSettings,
    /// What its network is given; absent in runs from before it was recorded.
    #[serde(default)]
    pub images: Option<Images>,
}

impl Saved {
    /// Checks that the run in `folder` is the run `id` and was made on `data`, as far as it says.
    pub(super) fn check(
        &self,
        folder: &Path,
        id: &str,
        data: Option<&Digests>,
    ) -> Result<(), RecordError> {
        if self.run != id {
            let (path, found, wanted) = (folder.to_owned(), self.run.clone(), id.to_owned());
            return Err(RecordError::OtherRun { path, found, wanted });
        }
        self.check_data(folder, data)
    }

    /// Checks that the run in `folder` was made on `data`, as far as both are known.
    pub fn check_data(&self, folder: &Path, data: Option<&Digests>) -> Result<(), RecordError> {
        let path = folder.to_owned();
        let digests = self.train_digest.clone().zip(self.test_digest.clone());
        match (digests.map(|(train, test)| Digests { train, test }), data) {
            (Some(found), Some(wanted)) if found != *wanted => {
                Err(RecordError::OtherData { path, found, wanted: wanted.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// The settings that a saved model is to be read with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SavedSettings {
    /// Seed of the run.
    pub seed: u64,
    /// The data set.
    #[serde(with = "names")]
    pub dataset: DatasetKind,
    /// Number of training images read; absent for all.
    #[serde(default, alias = "limit_train")]
    pub limit_train: Option<usize>,
    /// Number of test images read; absent for all.
    #[serde(default, alias = "limit_test")]
    pub limit_test: Option<usize>,
    /// Side of the images in pixels, where it was chosen.
    #[serde(default)]
    pub resolution: Option<usize>,
    /// Number of broken images that are left out at most.
    #[serde(default)]
    pub skip_broken: usize,
    /// The model.
    #[serde(with = "names")]
    pub model: ModelKind,
    /// Precision of the network's arithmetic; f32 in settings from before it could be chosen.
    #[serde(with = "names", default)]
    pub precision: Precision,
}

/// The row of the finished run in `folder`; `None` where there is none or it is unfinished.
pub fn finished(folder: &Path) -> Result<Option<RunRow>, TableError> {
    let path = folder.join(RunRow::FILE);
    if !path.exists() {
        return Ok(None);
    }
    Ok(table::read::<RunRow>(&path)?.pop())
}

/// As [`finished`], where the run in `folder` must be `id`, by its row and by its settings, made on `data` where that
/// is known.
pub fn finished_as(
    folder: &Path,
    id: &str,
    data: Option<&Digests>,
) -> Result<Option<RunRow>, RecordError> {
    let Some(row) = finished(folder)? else { return Ok(None) };
    if row.run != id {
        let (path, found, wanted) = (folder.to_owned(), row.run, id.to_owned());
        return Err(RecordError::OtherRun { path, found, wanted });
    }
    saved(folder)?.check(folder, id, data)?;
    Ok(Some(row))
}

/// Reads `settings.json` of the run in `folder`.
pub fn saved(folder: &Path) -> Result<Saved, RecordError> {
    let path = folder.join(SETTINGS);
    let text = fs::read_to_string(&path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => RecordError::NoRun { path: folder.to_owned() },
        _ => RecordError::Io { path: path.clone(), cause },
    })?;
    serde_json::from_str(&text).map_err(|cause| RecordError::Settings { path, cause })
}
