//! The folder a run leaves: rows as they come, then the model, and last `runs.csv`, whose presence says that
//! the run is finished.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use swast_datasets::{DatasetKind, Digests};
use swast_tables::folder::{FolderError, claim};
use swast_tables::names;
use swast_tables::rows::{CoresetRow, EpochRow, LayerRow, NoiseRow, RunRow, SelectionRow};
use swast_tables::table::{self, Appender, Row, TableError};
use tch::{TchError, Tensor};
use thiserror::Error;

use crate::libtorch::arithmetic::Precision;
use crate::model::ModelKind;
use crate::settings::Settings;
use crate::train::data::TrainingData;

/// Name of the file with the settings.
pub const SETTINGS: &str = "settings.json";
/// Name of the file with the final model.
pub const MODEL: &str = "model.safetensors";
/// Name of the file with its masks.
pub const MASKS: &str = "masks.safetensors";
const LOCK: &str = "lock";

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
    #[error("{path}: holds run {found}, not {wanted}; choose another --out or remove the folder", path = path.display())]
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
    /// Another process is recording there.
    #[error("{path}: another process is at this run; wait for it, or choose another --out", path = path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The settings are not readable.
    #[error("{path}: {cause}; is this the folder of a run?", path = path.display())]
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
    /// A command that repeats it; of the data only the file name is kept.
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
    /// Digest of the training set.
    pub train_digest: String,
    /// Digest of the test set.
    pub test_digest: String,
    /// The resolved settings.
    pub settings: Settings,
}

impl Origin {
    /// What the run was made on.
    fn data(&self) -> Digests {
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
}

impl Saved {
    /// Checks that the run in `folder` is the run `id` and was made on `data`, as far as it says.
    fn check(&self, folder: &Path, id: &str, data: Option<&Digests>) -> Result<(), RecordError> {
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

/// The open folder of a run in progress.
#[derive(Debug)]
pub struct Record {
    folder: PathBuf,
    epochs: Appender<EpochRow>,
    selections: Appender<SelectionRow>,
    coresets: Appender<CoresetRow>,
    _lock: File,
}

impl Record {
    /// Opens `folder` for the run of `origin`. What an unfinished earlier attempt at the same run left is
    /// removed; a folder of another run is refused.
    pub fn begin(folder: &Path, origin: &Origin, data: &TrainingData) -> Result<Self, RecordError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |cause| RecordError::Io { path, cause }
        };
        claim(folder)?;
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(io(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RecordError::Busy { path: folder.to_owned() });
            }
            Err(TryLockError::Error(cause)) => return Err(io(&path)(cause)),
        }
        if folder.join(SETTINGS).exists() {
            saved(folder)?.check(folder, &origin.run, Some(&origin.data()))?;
        }
        for name in [EpochRow::FILE, SelectionRow::FILE, CoresetRow::FILE] {
            let path = folder.join(name);
            if path.exists() {
                fs::remove_file(&path).map_err(io(&path))?;
            }
        }
        let json = serde_json::to_string_pretty(origin).expect("settings are plain data") + "\n";
        table::replace(&folder.join(SETTINGS), json.as_bytes())?;
        table::write(&folder.join(NoiseRow::FILE), &data.flips)?;
        table::write(&folder.join("validation_noise.csv"), &data.validation_flips)?;
        Ok(Self {
            folder: folder.to_owned(),
            epochs: Appender::open(&folder.join(EpochRow::FILE))?,
            selections: Appender::open(&folder.join(SelectionRow::FILE))?,
            coresets: Appender::open(&folder.join(CoresetRow::FILE))?,
            _lock: lock,
        })
    }

    /// Appends an epoch.
    pub fn epoch(&mut self, row: &EpochRow) -> Result<(), TableError> {
        self.epochs.append(std::slice::from_ref(row))
    }

    /// Appends a selection and its samples.
    pub fn selection(
        &mut self,
        row: &SelectionRow,
        coreset: &[CoresetRow],
    ) -> Result<(), TableError> {
        self.coresets.append(coreset)?;
        self.selections.append(std::slice::from_ref(row))
    }

    /// Writes the model, its masks and layers, and at last the row that says the run is finished.
    pub fn finish(
        self,
        row: &RunRow,
        layers: &[LayerRow],
        model: &[(String, Tensor)],
        masks: &[(String, Tensor)],
    ) -> Result<(), RecordError> {
        write_tensors(&self.folder.join(MODEL), model)?;
        write_tensors(&self.folder.join(MASKS), masks)?;
        table::write(&self.folder.join(LayerRow::FILE), layers)?;
        table::write(&self.folder.join(RunRow::FILE), std::slice::from_ref(row))?;
        let _ = fs::remove_file(self.folder.join(LOCK));
        Ok(())
    }
}

fn write_tensors(path: &Path, tensors: &[(String, Tensor)]) -> Result<(), RecordError> {
    let partial = path.with_extension("partial");
    Tensor::write_safetensors(tensors, &partial)
        .map_err(|cause| RecordError::Model { path: partial.clone(), cause })?;
    fs::rename(&partial, path).map_err(|cause| RecordError::Io { path: path.to_owned(), cause })
}
