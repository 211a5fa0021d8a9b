//! Reading and writing of tables: whole rows, checked headers, errors that name path, row and column.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// A row of a table with a fixed name and fixed columns.
pub trait Row: Serialize + DeserializeOwned {
    /// File name of the table.
    const FILE: &'static str;
    /// Names of the columns, in order.
    const COLUMNS: &'static [&'static str];
}

/// What can go wrong with a table.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file could not be opened, read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A column is missing.
    #[error("{path}: column `{column}` is missing; the table needs {expected}", path = path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The first column that is missing.
        column: &'static str,
        /// All columns.
        expected: String,
    },
    /// A cell could not be read.
    #[error("{path}: row {row}, column `{column}`: {reason}", path = path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// Line of the file, the header being 1.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong.
        reason: String,
    },
}

impl TableError {
    fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    fn csv(path: &Path, error: csv::Error) -> Self {
        let (mut row, mut column) =
            (error.position().map_or(0, csv::Position::line), "?".to_owned());
        let reason = match error.into_kind() {
            csv::ErrorKind::Io(source) => return Self::io(path, source),
            csv::ErrorKind::Deserialize { pos, err } => {
                row = pos.map_or(row, |p| p.line());
                if let Some(name) = err.field().and_then(|_| None::<String>) {
                    column = name;
                }
                err.kind().to_string()
            }
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} cells where the header has {expected_len}")
            }
            other => format!("{other:?}"),
        };
        Self::Cell { path: path.to_owned(), row, column, reason }
    }
}

/// Reads the whole table at `path`. Columns may stand in any order; unknown ones are ignored.
pub fn read<R: Row>(path: &Path) -> Result<Vec<R>, TableError> {
    let mut reader = csv::Reader::from_path(path).map_err(|e| TableError::csv(path, e))?;
    let headers = reader.headers().map_err(|e| TableError::csv(path, e))?.clone();
    if let Some(column) = R::COLUMNS.iter().find(|c| !headers.iter().any(|h| h == **c)) {
        let expected = R::COLUMNS.join(",");
        return Err(TableError::Header { path: path.to_owned(), column, expected });
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| TableError::csv(path, e))?;
        rows.push(record.deserialize(Some(&headers)).map_err(|e| cell_error(path, &headers, e))?);
    }
    Ok(rows)
}

fn cell_error(path: &Path, headers: &csv::StringRecord, error: csv::Error) -> TableError {
    let field = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.field(),
        _ => None,
    };
    let name = field.and_then(|i| headers.get(usize::try_from(i).ok()?)).map(str::to_owned);
    match (TableError::csv(path, error), name) {
        (TableError::Cell { path, row, reason, .. }, Some(column)) => {
            TableError::Cell { path, row, column, reason }
        }
        (other, _) => other,
    }
}

/// Writes a whole table: to a temporary file beside `path`, then renamed into place.
pub fn write<R: Row>(path: &Path, rows: &[R]) -> Result<(), TableError> {
    replace(path, &encode(rows, true))
}

/// Replaces the file at `path` by `bytes` in one step: readers see the old file or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), TableError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |source| TableError::io(path, source);
    fs::create_dir_all(folder).map_err(io)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.persist(path).map_err(|e| io(e.error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).map_err(io)?;
    }
    Ok(())
}

fn encode<R: Row>(rows: &[R], header: bool) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    if header {
        writer.write_record(R::COLUMNS).expect("writing to memory does not fail");
    }
    for row in rows {
        writer.serialize(row).expect("a row is flat, and writing to memory does not fail");
    }
    writer.into_inner().expect("flushing to memory does not fail")
}

/// Appends whole rows to a table as they come.
#[derive(Debug)]
pub struct Appender<R> {
    path: PathBuf,
    file: File,
    row: PhantomData<fn(R)>,
}

impl<R: Row> Appender<R> {
    /// Opens the table at `path`, makes it (with its header) where it is absent, and cuts off a torn
    /// last line.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let io = |source| TableError::io(path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(io)?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        file.set_len(whole as u64).map_err(io)?;
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let mut appender = Self { path: path.to_owned(), file, row: PhantomData };
        if whole == 0 {
            appender.write_all(&encode::<R>(&[], true))?;
        }
        Ok(appender)
    }

    /// Appends `rows` with one write.
    pub fn append(&mut self, rows: &[R]) -> Result<(), TableError> {
        self.write_all(&encode(rows, false))
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), TableError> {
        self.file.write_all(bytes).map_err(|source| TableError::io(&self.path, source))
    }
}
