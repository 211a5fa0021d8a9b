//! Files and folders that are written whole or not at all: under a temporary name first, which is removed where a signal
//! ends the process. What is in the way is never replaced.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::DatasetError;
use crate::interrupt::Interrupted;

/// What the names of temporary folders begin with.
const STAGED: &str = ".swast-import-";

/// Makes the new file `path`: `fill` writes to a temporary file beside it, which is then renamed. A file that has the same
/// bytes already is left as it is.
///
/// # Errors
/// Where anything else is in the way, or it cannot be written.
pub(crate) fn new_file(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let io = io_error(path);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(&io)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(&io)?;
    let interrupted = Interrupted::removes(file.path()).map_err(&io)?;
    fill(file.as_file_mut())?;
    publish(file.path(), 0o644).map_err(&io)?;
    match interrupted.keep(|| file.persist_noclobber(path)) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            match same_content(error.file.path(), path) {
                Ok(true) => Ok(()),
                _ => Err(DatasetError::Exists { path: path.to_owned() }),
            }
        }
        Err(error) => Err(io(error.error)),
    }
}

/// Whether the regular file `other` has the bytes of the file `own`.
fn same_content(own: &Path, other: &Path) -> io::Result<bool> {
    let (own_data, other_data) = (fs::metadata(own)?, fs::symlink_metadata(other)?);
    if !other_data.is_file() || other_data.len() != own_data.len() {
        return Ok(false);
    }
    let (mut own, mut other) =
        (BufReader::new(File::open(own)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (own.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 || left[..length] != right[..length] {
            return Ok(left.is_empty() && right.is_empty());
        }
        own.consume(length);
        other.consume(length);
    }
}

/// Makes the new folder `name` within `out`: `fill` writes to a temporary folder, which is then renamed. Returns its path.
///
/// # Errors
/// Where something is in the way, or it cannot be written.
pub(crate) fn new_folder(
    out: &Path,
    name: impl AsRef<Path>,
    fill: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<PathBuf, DatasetError> {
    let target = free_target(out, name)?;
    let staged = stage(out)?;
    fill(staged.path()).map_err(io_error(staged.path()))?;
    settle(staged, &target)?;
    Ok(target)
}

/// The folder `name` within `out`, which must not exist yet.
pub(crate) fn free_target(out: &Path, name: impl AsRef<Path>) -> Result<PathBuf, DatasetError> {
    let target = out.join(name);
    // A link that leads nowhere is in the way as well, and so is a file where the folder is to be.
    let exists = |path: &Path| path.symlink_metadata().is_ok();
    if exists(out) && !out.is_dir() {
        return Err(DatasetError::Exists { path: out.to_owned() });
    }
    if exists(&target) { Err(DatasetError::Exists { path: target }) } else { Ok(target) }
}

/// A temporary folder to be filled, locked while the process lives, and removed if it is interrupted.
pub(crate) struct Staged {
    // Let go first: what is removed on a signal must not be removed here at the same time.
    interrupted: Interrupted,
    folder: tempfile::TempDir,
    _lock: Option<File>,
}

impl Staged {
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes a temporary folder in `out`, and removes those that interrupted processes left there.
pub(crate) fn stage(out: &Path) -> Result<Staged, DatasetError> {
    fs::create_dir_all(out).map_err(io_error(out))?;
    for entry in fs::read_dir(out).map_err(io_error(out))?.flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(STAGED) && path.is_dir();
        // A folder that another process fills is locked by it.
        if is_ours && File::open(&path).is_ok_and(|folder| folder.try_lock().is_ok()) {
            fs::remove_dir_all(&path).map_err(io_error(&path))?;
        }
    }
    let folder = tempfile::Builder::new().prefix(STAGED).tempdir_in(out).map_err(io_error(out))?;
    let lock = File::open(folder.path()).ok().filter(|lock| lock.try_lock().is_ok());
    let interrupted = Interrupted::removes(folder.path()).map_err(io_error(out))?;
    Ok(Staged { interrupted, folder, _lock: lock })
}

/// Gives the folder `staged` its place `target`.
pub(crate) fn settle(staged: Staged, target: &Path) -> Result<(), DatasetError> {
    publish(staged.path(), 0o755).map_err(io_error(target))?;
    // From now on a signal ends the process at once: the folder is in its place or still temporary.
    staged.interrupted.keep(|| fs::rename(staged.path(), target)).map_err(io_error(target))?;
    // It is no longer temporary.
    let _ = staged.folder.keep();
    Ok(())
}

/// Temporary files are private; data sets are not.
fn publish(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// The error of a failure at `path`.
pub(crate) fn io_error(path: &Path) -> impl Fn(io::Error) -> DatasetError {
    let path = path.to_owned();
    move |cause| DatasetError::Io { path: path.clone(), cause }
}
