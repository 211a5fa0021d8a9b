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
    /// What a row is.
    const ABOUT: &'static str;
    /// Names of the columns, in order.
    const COLUMNS: &'static [&'static str];
    /// Their Rust types; spaces in them mean nothing.
    const TYPES: &'static [&'static str];
    /// What they hold.
    const DESCRIPTIONS: &'static [&'static str];
    /// Those of them that a table may lack: they were added later, and are empty where they are absent.
    const LATER: &'static [&'static str];
}

/// What can go wrong with a table.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file could not be opened, read or written.
    #[error("{path}: {cause}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// A column is missing.
    #[error("{path}: column `{column}` is missing from the header; regenerate the table or name the column", path = path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The first column that is missing.
        column: &'static str,
    },
    /// The cells are separated by another character.
    #[error("{path}: the columns are separated by {separator}; separate them by commas", path = path.display())]
    Separator {
        /// The file.
        path: PathBuf,
        /// What separates them.
        separator: &'static str,
    },
    /// The table to append to has other columns.
    #[error("{path}: header is `{found}`, rows to append are `{expected}`; move the old table away",
            path = path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Its header.
        found: String,
        /// The columns of the rows.
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
    fn io(path: &Path, cause: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), cause }
    }

    fn cell(path: &Path, headers: &csv::StringRecord, error: csv::Error) -> Self {
        let line = error.position().map_or(1, csv::Position::line);
        let (row, column, reason) = match error.into_kind() {
            csv::ErrorKind::Io(cause) => return Self::io(path, cause),
            csv::ErrorKind::Deserialize { pos, err } => {
                let row = pos.map_or(line, |p| p.line());
                let index = err.field().and_then(|i| usize::try_from(i).ok());
                (row, index.and_then(|i| headers.get(i)), err.kind().to_string())
            }
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                let last = headers.get(usize::try_from(len).unwrap_or(usize::MAX));
                let cure = "delete the row if it is incomplete";
                (line, last, format!("{len} cells where the header has {expected_len}; {cure}"))
            }
            csv::ErrorKind::Utf8 { pos, err } => {
                let row = pos.map_or(line, |p| p.line());
                (row, headers.get(err.field()), "not UTF-8 text".to_owned())
            }
            other => (line, None, format!("{other:?}")),
        };
        let column = column.unwrap_or("beyond the header").to_owned();
        Self::Cell { path: path.to_owned(), row, column, reason }
    }
}

/// Reads the whole table at `path`. Columns may be in any order; unknown ones are ignored.
pub fn read<R: Row>(path: &Path) -> Result<Vec<R>, TableError> {
    let io = |cause| TableError::io(path, cause);
    let mut reader = csv::Reader::from_reader(File::open(path).map_err(io)?);
    let none = csv::StringRecord::new();
    let headers = reader.headers().map_err(|e| TableError::cell(path, &none, e))?.clone();
    let absent = |column: &&&str| !headers.iter().any(|h| h == **column);
    let needed = R::COLUMNS.iter().filter(|column| !R::LATER.contains(column));
    if let Some(column) = needed.into_iter().find(absent) {
        if let Some(separator) = separator(&headers, column) {
            return Err(TableError::Separator { path: path.to_owned(), separator });
        }
        return Err(TableError::Header { path: path.to_owned(), column });
    }
    let row = |record: Result<csv::StringRecord, csv::Error>| record?.deserialize(Some(&headers));
    let rows = reader.records().map(row);
    rows.map(|row| row.map_err(|e| TableError::cell(path, &headers, e))).collect()
}

/// What separates the columns of a table whose `headers`, read with commas, lack `column`; `None` where it is absent.
fn separator(headers: &csv::StringRecord, column: &str) -> Option<&'static str> {
    let split = |by: char| {
        headers.iter().any(|cell| cell.contains(by) && cell.split(by).any(|name| name == column))
    };
    [(';', "`;`"), ('\t', "tabs")].into_iter().find(|(by, _)| split(*by)).map(|(_, name)| name)
}

/// The cells of a table that are not a number, although they spell one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NanCells {
    /// How many there are.
    pub count: usize,
    /// Line of the first in the file, the header being 1.
    pub row: u64,
    /// Its column.
    pub column: String,
}

/// The NaN cells of the table at `path`; `None` where there are none.
pub fn nan_cells(path: &Path) -> Result<Option<NanCells>, TableError> {
    let io = |cause| TableError::io(path, cause);
    let mut reader = csv::Reader::from_reader(File::open(path).map_err(io)?);
    let none = csv::StringRecord::new();
    let headers = reader.headers().map_err(|e| TableError::cell(path, &none, e))?.clone();
    let mut found: Option<NanCells> = None;
    for record in reader.records() {
        let record = record.map_err(|e| TableError::cell(path, &headers, e))?;
        let row = record.position().map_or(1, csv::Position::line);
        for (name, _) in headers.iter().zip(&record).filter(|(_, cell)| is_nan(cell)) {
            let first = || NanCells { count: 0, row, column: name.to_owned() };
            found.get_or_insert_with(first).count += 1;
        }
    }
    Ok(found)
}

fn is_nan(cell: &str) -> bool {
    cell.trim_start_matches(['-', '+']).eq_ignore_ascii_case("nan")
}

/// Writes a whole table: to a temporary file beside `path`, then renamed into place.
pub fn write<R: Row>(path: &Path, rows: &[R]) -> Result<(), TableError> {
    replace(path, &encode(rows, true))
}

/// A whole table, header included, as the text of its file.
pub fn text<R: Row>(rows: &[R]) -> String {
    String::from_utf8_lossy(&encode(rows, true)).into_owned()
}

/// Replaces the file at `path` by `bytes` in one step: readers see the old file or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), TableError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |cause| TableError::io(path, cause);
    fs::create_dir_all(folder).map_err(io)?;
    let mut file = temporary(folder).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.persist(path).map_err(|e| io(e.error))?;
    Ok(())
}

/// A temporary file in `folder`, to be written and put in its place. By default such a file is private; this one is for
/// everyone the umask allows.
///
/// # Errors
/// When it cannot be made.
pub fn temporary(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
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
    /// last line. A table with other columns is an error and stays as it is.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let io = |cause| TableError::io(path, cause);
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
        let header = text[..whole].split(|b| *b == b'\n').next().unwrap_or_default();
        let (found, expected) = (String::from_utf8_lossy(header), R::COLUMNS.join(","));
        if whole > 0 && found.trim_end() != expected {
            let (path, found) = (path.to_owned(), found.trim_end().to_owned());
            return Err(TableError::Columns { path, found, expected });
        }
        file.set_len(whole as u64).map_err(io)?;
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let mut appender = Self { path: path.to_owned(), file, row: PhantomData };
        if whole == 0 {
            appender.write_all(&encode::<R>(&[], true))?;
        }
        Ok(appender)
    }

    /// Length of the table so far, in bytes.
    ///
    /// # Errors
    /// When the file system does not say.
    pub fn length(&self) -> Result<u64, TableError> {
        Ok(self.file.metadata().map_err(|cause| TableError::io(&self.path, cause))?.len())
    }

    /// Cuts off what comes after the first `len` bytes.
    ///
    /// # Errors
    /// When the table is shorter than that, or cannot be changed.
    pub fn cut(&mut self, len: u64) -> Result<(), TableError> {
        if self.length()? < len {
            let cause = std::io::Error::other(format!("is shorter than {len} bytes"));
            return Err(TableError::io(&self.path, cause));
        }
        self.file.set_len(len).map_err(|cause| TableError::io(&self.path, cause))?;
        self.file.seek(SeekFrom::End(0)).map_err(|cause| TableError::io(&self.path, cause))?;
        Ok(())
    }

    /// Cuts off all rows.
    ///
    /// # Errors
    /// When the table cannot be changed.
    pub fn clear(&mut self) -> Result<(), TableError> {
        self.cut(encode::<R>(&[], true).len() as u64)
    }

    /// Appends `rows` with one write.
    pub fn append(&mut self, rows: &[R]) -> Result<(), TableError> {
        self.write_all(&encode(rows, false))
    }

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), TableError> {
        self.file.write_all(bytes).map_err(|cause| TableError::io(&self.path, cause))
    }
}

#[cfg(test)]
mod tests;
