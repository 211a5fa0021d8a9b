//! An attempt at a run: rows and checkpoints as they come, in a folder of its own within the run's, until all is there.
//!
//! `attempt-N` carries the number of the lease under which it is made. The holder of a later lease renames what an earlier
//! one left, so that an earlier holder which wakes up finds no folder to write into. A whole attempt becomes `done` by one
//! renaming, which only one attempt can do; its files are then moved into the run's folder, `runs.csv` last. A process that
//! finds `done` finishes the move.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use swast_tables::folder::claim;
use swast_tables::rows::{CoresetRow, EpochRow, LayerRow, NoiseRow, RunRow, SelectionRow};
use swast_tables::table::{self, Appender, Row, TableError};
use swast_tables::usage::note;
use tch::Tensor;

use super::checkpoint;
use super::failed::{self, Failed};
use super::lease::{Lease, LeaseError, clear};
use super::record::{MASKS, MODEL, Origin, RecordError, SETTINGS, finished, saved};
use crate::persist::{Fields, Persist, Snapshot};
use crate::train::data::TrainingData;

const PREFIX: &str = "attempt-";
const DONE: &str = "done";
/// The tables that grow.
const TABLES: [&str; 3] = [EpochRow::FILE, SelectionRow::FILE, CoresetRow::FILE];

/// Lengths of the tables of an attempt, in bytes: what a checkpoint needs to know of the rows before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RowLengths {
    epochs: u64,
    selections: u64,
    coresets: u64,
}

impl Persist for RowLengths {
    fn persist(&mut self, at: &mut dyn Fields) {
        at.plain("rows", self);
    }
}

/// The open folder of an attempt in progress.
#[derive(Debug)]
pub struct Attempt {
    /// The folder of the run.
    run: PathBuf,
    /// The folder of the attempt, within it.
    folder: PathBuf,
    epochs: Appender<EpochRow>,
    selections: Appender<SelectionRow>,
    coresets: Appender<CoresetRow>,
    lease: Lease,
}

impl Attempt {
    /// Begins an attempt at the run of `origin` in `run`, with what an earlier one left; `None` where another process has
    /// finished the run meanwhile. The folder of another run, or of this one on other data, is refused.
    ///
    /// # Errors
    /// When another process is at work there, or the folder is not ours or cannot be used.
    pub fn begin(
        run: &Path,
        origin: &Origin,
        data: &TrainingData,
        expiry: Duration,
    ) -> Result<Option<Self>, RecordError> {
        if run.join(SETTINGS).exists() {
            saved(run)?.check(run, &origin.run, Some(&origin.data()))?;
        }
        claim(run)?;
        let io = |cause| RecordError::io(run, cause);
        let lease = Lease::take(run, expiry).map_err(|error| match error {
            LeaseError::Held(holder) => RecordError::Busy { path: run.to_owned(), holder },
            LeaseError::Io(cause) => io(cause),
        })?;
        settle(run).map_err(io)?;
        if finished(run)?.is_some() {
            return Ok(None);
        }
        failed::forget(run).map_err(io)?;
        let folder = run.join(format!("{PREFIX}{}", lease.number()));
        adopt(run, &folder).map_err(io)?;
        let (epochs, selections, coresets) = match tables(&folder) {
            // Columns are only ever added at the end.
            Err(TableError::Columns { found, expected, .. })
                if expected.starts_with(&format!("{found},")) =>
            {
                note(format!("{}: begun by an earlier version; it begins again", run.display()));
                fs::remove_dir_all(&folder).and_then(|()| fs::create_dir(&folder)).map_err(io)?;
                tables(&folder)?
            }
            opened => opened?,
        };
        let json = serde_json::to_string_pretty(origin).expect("settings are plain data") + "\n";
        for place in [run, &folder] {
            table::replace(&place.join(SETTINGS), json.as_bytes())?;
        }
        table::write(&folder.join(NoiseRow::FILE), &data.flips)?;
        table::write(&folder.join("validation_noise.csv"), &data.validation_flips)?;
        show(run, &folder);
        Ok(Some(Self { run: run.to_owned(), epochs, selections, coresets, folder, lease }))
    }

    /// The checkpoints of this attempt and those before it, the newest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<PathBuf>, RecordError> {
        checkpoint::list(&self.folder).map_err(|cause| RecordError::io(&self.folder, cause))
    }

    /// How long the tables are.
    ///
    /// # Errors
    /// When the file system does not say.
    pub fn lengths(&self) -> Result<RowLengths, TableError> {
        Ok(RowLengths {
            epochs: self.epochs.length()?,
            selections: self.selections.length()?,
            coresets: self.coresets.length()?,
        })
    }

    /// Cuts off the rows after `lengths`, which come again.
    ///
    /// # Errors
    /// When a table is shorter than that, or cannot be changed.
    pub fn cut(&mut self, lengths: RowLengths) -> Result<(), TableError> {
        self.epochs.cut(lengths.epochs)?;
        self.selections.cut(lengths.selections)?;
        self.coresets.cut(lengths.coresets)
    }

    /// Cuts off all rows.
    ///
    /// # Errors
    /// When a table cannot be changed.
    pub fn cut_all(&mut self) -> Result<(), TableError> {
        self.epochs.clear()?;
        self.selections.clear()?;
        self.coresets.clear()
    }

    /// The epochs so far.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn epochs(&self) -> Result<Vec<EpochRow>, TableError> {
        table::read(&self.folder.join(EpochRow::FILE))
    }

    /// The selections so far.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn selections(&self) -> Result<Vec<SelectionRow>, TableError> {
        table::read(&self.folder.join(SelectionRow::FILE))
    }

    /// Appends an epoch.
    ///
    /// # Errors
    /// When the run was lost to another process, or the row cannot be written.
    pub fn epoch(&mut self, row: &EpochRow) -> Result<(), RecordError> {
        self.check_lease()?;
        Ok(self.epochs.append(std::slice::from_ref(row))?)
    }

    /// Appends a selection and its samples.
    ///
    /// # Errors
    /// As for an epoch.
    pub fn selection(
        &mut self,
        row: &SelectionRow,
        coreset: &[CoresetRow],
    ) -> Result<(), RecordError> {
        self.check_lease()?;
        self.coresets.append(coreset)?;
        Ok(self.selections.append(std::slice::from_ref(row))?)
    }

    /// Writes a checkpoint of `kept`.
    ///
    /// # Errors
    /// As for an epoch.
    pub fn checkpoint(&self, kept: &Snapshot) -> Result<(), RecordError> {
        self.check_lease()?;
        // Where the run was taken over meanwhile, that is why it could not be written.
        checkpoint::write(&self.folder, kept).map_err(|cause| match self.check_lease() {
            Err(lost) => lost,
            Ok(()) => RecordError::Checkpoint { path: self.folder.clone(), cause },
        })
    }

    /// Writes the model, its masks and layers and the run's row, and makes the attempt the run.
    ///
    /// # Errors
    /// When the run was lost to another process, or a file cannot be written.
    pub fn finish(
        self,
        row: &RunRow,
        layers: &[LayerRow],
        model: &[(String, Tensor)],
        masks: &[(String, Tensor)],
    ) -> Result<(), RecordError> {
        self.check_lease()?;
        write_tensors(&self.folder.join(MODEL), model)?;
        write_tensors(&self.folder.join(MASKS), masks)?;
        table::write(&self.folder.join(LayerRow::FILE), layers)?;
        table::write(&self.folder.join(RunRow::FILE), std::slice::from_ref(row))?;
        self.check_lease()?;
        self.drop_checkpoints()?;
        let io = |cause| RecordError::io(&self.run, cause);
        fs::rename(&self.folder, self.run.join(DONE)).map_err(io)?;
        settle(&self.run).map_err(io)?;
        self.leave();
        Ok(())
    }

    /// Ends the run for what it came to, `reason`: its rows are kept in the run's folder, its checkpoints are not.
    ///
    /// # Errors
    /// As for [`Attempt::finish`].
    pub fn fail(self, reason: &Failed) -> Result<(), RecordError> {
        self.check_lease()?;
        self.drop_checkpoints()?;
        let io = |cause| RecordError::io(&self.run, cause);
        move_files(&self.folder, &self.run).map_err(io)?;
        failed::write(&self.run, reason)?;
        self.leave();
        Ok(())
    }

    /// Gives the folder up: no lease has a meaning there any more.
    fn leave(self) {
        let run = self.run.clone();
        drop(self);
        clear(&run);
    }

    fn drop_checkpoints(&self) -> Result<(), RecordError> {
        for path in self.checkpoints()? {
            fs::remove_file(&path).map_err(|cause| RecordError::io(&path, cause))?;
        }
        Ok(())
    }

    fn check_lease(&self) -> Result<(), RecordError> {
        let path = self.run.clone();
        if !self.folder.exists() && !path.exists() {
            return Err(RecordError::Vanished { path });
        }
        if self.lease.is_held() { Ok(()) } else { Err(RecordError::Lost { path }) }
    }
}

/// The tables that grow, opened.
type Tables = (Appender<EpochRow>, Appender<SelectionRow>, Appender<CoresetRow>);

/// Opens the tables that grow in `folder`.
fn tables(folder: &Path) -> Result<Tables, TableError> {
    let epochs = Appender::open(&folder.join(EpochRow::FILE))?;
    let selections = Appender::open(&folder.join(SelectionRow::FILE))?;
    Ok((epochs, selections, Appender::open(&folder.join(CoresetRow::FILE))?))
}

/// How many epochs the attempt under way in the folder `run` has done; 0 where none is.
pub fn epochs_done(run: &Path) -> usize {
    let text = fs::read_to_string(run.join(EpochRow::FILE)).unwrap_or_default();
    text.lines().count().saturating_sub(1)
}

/// Makes `folder`, from what an earlier attempt at the run in `run` left, where there is one. Its tables are copied: an
/// earlier holder may have them open.
fn adopt(run: &Path, folder: &Path) -> io::Result<()> {
    let mut left = Vec::new();
    for entry in fs::read_dir(run)? {
        let entry = entry?;
        let number = entry.file_name().to_str().and_then(|n| n.strip_prefix(PREFIX)?.parse().ok());
        left.extend(number.map(|number: u64| (number, entry.path())));
    }
    left.sort_unstable();
    let Some((_, newest)) = left.pop() else { return fs::create_dir(folder) };
    for (_, older) in left {
        fs::remove_dir_all(older)?;
    }
    if newest != folder {
        fs::rename(&newest, folder)?;
    }
    // Half-written files of a process that was killed have hidden names.
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            fs::remove_file(entry.path())?;
        }
    }
    for name in TABLES {
        let path = folder.join(name);
        if path.exists() {
            let mut copy = table::temporary(folder)?;
            io::copy(&mut fs::File::open(&path)?, &mut copy)?;
            copy.persist(&path).map_err(|error| error.error)?;
        }
    }
    Ok(())
}

/// Lets the tables that grow in `folder` be seen in the folder `run`, where they will be. Rows of an earlier version's
/// attempt stay there until then.
fn show(run: &Path, folder: &Path) {
    let Some(name) = folder.file_name() else { return };
    for table in TABLES {
        let link = run.join(table);
        if link.is_symlink() {
            let _old = fs::remove_file(&link);
        }
        // Where there are no links, the tables are seen at the end.
        #[cfg(unix)]
        let _shown = std::os::unix::fs::symlink(Path::new(name).join(table), &link);
    }
}

/// Moves a whole attempt into the folder of the run, where there is one.
fn settle(run: &Path) -> io::Result<()> {
    let done = run.join(DONE);
    if !done.is_dir() {
        return Ok(());
    }
    move_files(&done, run)
}

/// Moves all files of the folder `from` to `to`, `runs.csv` last, and removes the folder.
fn move_files(from: &Path, to: &Path) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(from)? {
        names.push(entry?.file_name());
    }
    names.sort_by_key(|name| name == RunRow::FILE);
    for name in names {
        match fs::rename(from.join(&name), to.join(&name)) {
            // Another process finishes the same move.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => other?,
        }
    }
    match fs::remove_dir(from) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_tensors(path: &Path, tensors: &[(String, Tensor)]) -> Result<(), RecordError> {
    let partial = path.with_extension("partial");
    Tensor::write_safetensors(tensors, &partial)
        .map_err(|cause| RecordError::Model { path: partial.clone(), cause })?;
    fs::rename(&partial, path).map_err(|cause| RecordError::io(path, cause))
}
