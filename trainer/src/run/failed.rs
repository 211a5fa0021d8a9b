//! `failed.json`: why a run came to an end that repeating it would only repeat, such as a loss that is no number.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::{Deserialize, Serialize};
use swast_tables::table::{self, TableError};

const FAILED: &str = "failed.json";

/// The end of a run that failed. Its settings are beside it, in `settings.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The epoch it failed in.
    pub epoch: u32,
    /// What happened, with the cure.
    pub error: String,
}

/// Keeps `failed` in the folder of its run.
///
/// # Errors
/// When it cannot be written.
pub fn write(run: &Path, failed: &Failed) -> Result<(), TableError> {
    let json = serde_json::to_string_pretty(failed).expect("a failure is plain data") + "\n";
    table::replace(&run.join(FAILED), json.as_bytes())
}

/// How the run in the folder failed; `None` where it did not, or does not say so.
pub fn read(run: &Path) -> Option<Failed> {
    serde_json::from_str(&fs::read_to_string(run.join(FAILED)).ok()?).ok()
}

/// Forgets the failure: the run is tried again.
///
/// # Errors
/// When the file cannot be removed.
pub fn forget(run: &Path) -> io::Result<()> {
    match fs::remove_file(run.join(FAILED)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
