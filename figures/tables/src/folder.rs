//! Output folders: what a command may write into, so that nobody's files are overwritten.
//!
//! A folder that a command of ours has written into carries a marker. Older folders carry none; they are recognised by
//! holding nothing but files of our names with our headers.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::rows::lab::{BestCoresetRow, PruneMapRow};
use crate::rows::{
    CoresetRow, EpochRow, EpsilonRow, LayerRow, NoiseRow, PlanRow, PruneCurveRow, PrunePointRow,
    PruneStudyRow, RunRow, SelectionRow,
};
use crate::table::{self, Row, TableError};

/// The marker. Its name is hidden, as it is no result.
pub const MARKER: &str = ".swast";
const MARKER_TEXT: &str =
    "Commands of swast write into this folder and may replace their files in it.\n";
/// How the page of a report begins.
pub const REPORT: &str = "<!doctype html>\n<!-- A report of swast-figures -->";
/// How much of a file is looked at to recognise it.
const BEGINNING: u64 = 4096;

/// Why a folder is not written into.
#[derive(Debug, Error)]
pub enum FolderError {
    /// It cannot be made or written into.
    #[error("{path}: {cause}; choose another --out", path = path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// It holds what no command of ours has made.
    #[error("{path}: holds {name}, which no swast command made; choose an empty or new folder for --out",
            path = path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The first file that is not ours.
        name: String,
    },
    /// The marker could not be written.
    #[error("{0}; choose another --out")]
    Marker(TableError),
}

/// Makes `folder` ready for the files of a command, before any work: it is made if it is absent, must be empty or ours,
/// and gets the marker. Files in a folder that is refused stay as they are.
///
/// # Errors
/// When the folder cannot be made or written into, or holds files that no command of ours made.
pub fn claim(folder: &Path) -> Result<(), FolderError> {
    let io = |cause| FolderError::Io { path: folder.to_owned(), cause };
    fs::create_dir_all(folder).map_err(io)?;
    check(folder)?;
    // Written each time: a folder that has become read-only, or a full disk, is found out now.
    let marked = table::replace(&folder.join(MARKER), MARKER_TEXT.as_bytes());
    marked.map_err(FolderError::Marker)
}

/// Checks that `folder` is absent, empty or ours; nothing is made.
///
/// # Errors
/// When it cannot be read, or holds files that no command of ours made.
pub fn check(folder: &Path) -> Result<(), FolderError> {
    let io = |cause| FolderError::Io { path: folder.to_owned(), cause };
    if !folder.exists() || folder.join(MARKER).is_file() {
        return Ok(());
    }
    match foreign(folder).map_err(io)? {
        None => Ok(()),
        Some(name) => Err(FolderError::Foreign { path: folder.to_owned(), name }),
    }
}

/// The first name in `folder`, in alphabetical order, that is not ours. Hidden files are passed over: we write none.
fn foreign(folder: &Path) -> io::Result<Option<String>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !is_ours(folder, &name)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether a command of ours made the file or folder `name` in `folder`.
fn is_ours(folder: &Path, name: &str) -> io::Result<bool> {
    let path = folder.join(name);
    if path.is_dir() {
        return Ok(name == "runs" && holds_runs(&path)?);
    }
    let beginning = |name: &str| beginning(&folder.join(name));
    Ok(match name.rsplit_once('.') {
        None => name == "lock" && is_run(&beginning("settings.json")?),
        Some((_, "csv")) => is_table(name, &beginning(name)?),
        Some((_, "json")) => name == "settings.json" && is_run(&beginning(name)?),
        Some(("model" | "masks", "safetensors" | "partial")) => {
            is_run(&beginning("settings.json")?)
        }
        Some((_, "html")) => beginning(name)?.starts_with(REPORT),
        Some((_, "svg")) => is_picture(&beginning(name)?),
        // The picture that was drawn beside it says who made this one.
        Some((stem, "png")) => is_picture(&beginning(&format!("{stem}.svg"))?),
        Some(_) => false,
    })
}

/// The first characters of a file; nothing where it is absent.
fn beginning(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(BEGINNING).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a folder holds folders of runs, named by their identities, and nothing else.
fn holds_runs(folder: &Path) -> io::Result<bool> {
    let is_run = |name: &str| name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name.starts_with('.') || (entry.file_type()?.is_dir() && is_run(&name));
        if !ours {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether text is the beginning of a run's `settings.json`.
fn is_run(text: &str) -> bool {
    ["\"run\"", "\"revision\"", "\"command\""].iter().all(|key| text.contains(key))
}

/// Whether text is the beginning of a picture as all versions of ours draw them.
fn is_picture(text: &str) -> bool {
    text.starts_with("<svg width=") && text.contains("Liberation Sans, Arial, Helvetica")
}

/// Whether text is the beginning of the table of ours with the file name `name`.
fn is_table(name: &str, text: &str) -> bool {
    let header: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
    let has = |columns: &[&str]| columns.iter().all(|column| header.contains(column));
    match name {
        "coreset.csv" => has(&["index", "weight"]),
        "validation_noise.csv" => has(NoiseRow::COLUMNS),
        "difficulty_map.csv" => has(EpsilonRow::COLUMNS),
        _ => TABLES.iter().map(|of| of()).any(|(file, needed)| file == name && has(&needed)),
    }
}

type TableOf = fn() -> (&'static str, Vec<&'static str>);

/// The tables that there are: file name, and the columns that even the oldest have.
static TABLES: &[TableOf] = &[
    of::<RunRow>,
    of::<EpochRow>,
    of::<SelectionRow>,
    of::<LayerRow>,
    of::<PlanRow>,
    of::<CoresetRow>,
    of::<NoiseRow>,
    of::<PruneStudyRow>,
    of::<PruneCurveRow>,
    of::<PrunePointRow>,
    of::<EpsilonRow>,
    of::<BestCoresetRow>,
    of::<PruneMapRow>,
];

fn of<R: Row>() -> (&'static str, Vec<&'static str>) {
    let needed = R::COLUMNS.iter().filter(|column| !R::LATER.contains(column));
    (R::FILE, needed.copied().collect())
}

#[cfg(test)]
mod tests;
