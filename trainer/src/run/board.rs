//! A run in TensorBoard: the scalars of each epoch, in a folder of the run's own.

use std::io;
use std::path::{Path, PathBuf};

use swast_tables::names::name_of;
use swast_tables::rows::EpochRow;

use super::events::EventFile;
use crate::settings::Settings;

/// Writes the epochs of a run to event files; the step is the epoch.
#[derive(Debug)]
pub(super) struct Board {
    folder: PathBuf,
    file: Option<EventFile>,
    /// Share of mislabelled samples in the present coreset.
    pub(super) noise_share: Option<f64>,
}

impl Board {
    /// For the run of `settings`, in a folder within `all`, so that runs are compared.
    pub(super) fn new(all: &Path, settings: &Settings) -> Self {
        let variant = name_of(settings.variant);
        let rate =
            settings.pruning.map_or(String::new(), |pruning| format!("-{}", pruning.prune_rate));
        let (seed, id) = (settings.seed, settings.id());
        let folder = all.join(format!("{variant}{rate}-seed-{seed}-{id}"));
        Self { folder, file: None, noise_share: None }
    }

    /// Writes an epoch. The first one begins a file: whatever files of earlier attempts hold from there on is dropped.
    pub(super) fn epoch(&mut self, row: &EpochRow) -> io::Result<()> {
        let step = u64::from(row.epoch);
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(EventFile::resumed(&self.folder, step)?),
        };
        let scalars = [
            ("loss/train", Some(row.train_loss)),
            ("loss/validation", row.val_loss),
            ("loss/test", row.test_loss),
            ("loss/clean", row.loss_clean),
            ("loss/mislabelled", row.loss_noisy),
            ("accuracy/train", Some(row.train_accuracy)),
            ("accuracy/validation", row.val_accuracy),
            ("accuracy/test", row.test_accuracy),
            ("learning rate", Some(row.lr)),
            ("density", Some(row.density)),
            ("coreset/size", Some(row.coreset_size as f64)),
            ("coreset/noise share", self.noise_share),
        ];
        let known: Vec<(&str, f64)> =
            scalars.into_iter().filter_map(|(tag, value)| Some((tag, value?))).collect();
        file.scalars(step, &known)
    }
}
