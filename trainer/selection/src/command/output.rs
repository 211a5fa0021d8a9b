//! The folder that `--out` names: tried before the work, written after it.

use std::fs;
use std::path::Path;

use anyhow::{Error, Result, anyhow, ensure};
use swast_tables::table::{self, TableError};

/// The file in it.
const FILE: &str = "coreset.csv";
const CURE: &str = "choose another --out";

/// Refuses a `folder` that cannot be made or written to, or where no file can take the place of the coreset.
///
/// # Errors
/// When it is one.
pub(super) fn check(folder: &Path) -> Result<()> {
    let taken = folder.join(FILE);
    ensure!(!taken.is_dir(), "--out: {}: is a folder; {CURE}", taken.display());
    // An old coreset stays until there is a new one.
    let trial = folder.join(format!(".{FILE}.{}", std::process::id()));
    table::replace(&trial, &[]).map_err(|error| refused(folder, error))?;
    Ok(fs::remove_file(&trial)?)
}

/// Writes the coreset, a `csv`, to the `folder`.
///
/// # Errors
/// When the disk refuses it.
pub(super) fn write(folder: &Path, csv: &[u8]) -> Result<()> {
    table::replace(&folder.join(FILE), csv).map_err(|error| refused(folder, error))
}

fn refused(folder: &Path, error: TableError) -> Error {
    match error {
        // The path is that of the trial.
        TableError::Io { cause, .. } => anyhow!("--out: {}: {cause}; {CURE}", folder.display()),
        other => other.into(),
    }
}
