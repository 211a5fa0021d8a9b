//! Points in the plane: plain data, given, or read from a CSV file.

mod dialect;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::Error;
use crate::target::Target;

/// Points (x, y). Both vectors have one entry per point.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Points {
    /// Abscissae.
    pub x: Vec<f64>,
    /// Ordinates.
    pub y: Vec<f64>,
}

impl Points {
    /// Points of `target` at the abscissae `x`, without noise.
    #[must_use]
    pub fn on(target: Target, x: Vec<f64>) -> Self {
        let y = x.iter().map(|x| target.eval(*x)).collect();
        Self { x, y }
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// The points, in order.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.x.iter().copied().zip(self.y.iter().copied())
    }

    /// The smallest and the largest abscissa; (inf, -inf) for no points.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        self.x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)))
    }

    /// These points and the `other` ones after them.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    /// The points of these that `other` lacks, counted with multiplicity.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest: Vec<_> = other.iter().collect();
        self.iter()
            .filter(|point| match rest.iter().position(|r| r == point) {
                Some(i) => {
                    rest.swap_remove(i);
                    false
                }
                None => true,
            })
            .collect()
    }
}

impl FromIterator<(f64, f64)> for Points {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(points: I) -> Self {
        let (x, y) = points.into_iter().unzip();
        Self { x, y }
    }
}

/// Points, some of them noisy; the coreset is some of them, the clean ones unless chosen otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkedPoints {
    /// All points.
    pub all: Points,
    /// Whether each point is noisy.
    pub noisy: Vec<bool>,
    /// Whether each point belongs to the coreset.
    pub coreset: Vec<bool>,
}

impl MarkedPoints {
    /// Points whose clean ones are the coreset.
    #[must_use]
    pub fn new(all: Points, noisy: Vec<bool>) -> Self {
        let coreset = noisy.iter().map(|noisy| !noisy).collect();
        Self { all, noisy, coreset }
    }

    /// The coreset.
    #[must_use]
    pub fn coreset(&self) -> Points {
        self.select(true)
    }

    /// The points without noise.
    #[must_use]
    pub fn clean(&self) -> Points {
        let marked = self.all.iter().zip(&self.noisy);
        marked.filter(|(_, noisy)| !**noisy).map(|(point, _)| point).collect()
    }

    /// The points outside the coreset.
    #[must_use]
    pub fn rest(&self) -> Points {
        self.select(false)
    }

    fn select(&self, coreset: bool) -> Points {
        let marked = self.all.iter().zip(&self.coreset);
        marked.filter(|(_, c)| **c == coreset).map(|(point, _)| point).collect()
    }
}

/// Points as a file has them.
#[derive(Debug, Clone, PartialEq)]
pub struct PointTable {
    /// The columns `x` and `y`.
    pub points: Points,
    /// The column `noisy`, where there is one.
    pub noisy: Option<Vec<bool>>,
    /// The column `coreset`, where there is one.
    pub coreset: Option<Vec<bool>>,
}

impl PointTable {
    /// The points with their marks, where the file says which are noisy or which are the coreset;
    /// either follows from the other, the clean points being the coreset.
    #[must_use]
    pub fn marked(&self) -> Option<MarkedPoints> {
        let not = |marks: &Vec<bool>| marks.iter().map(|mark| !mark).collect();
        let noisy = self.noisy.clone().or_else(|| self.coreset.as_ref().map(not))?;
        let coreset = self.coreset.clone().unwrap_or_else(|| not(&noisy));
        Some(MarkedPoints { all: self.points.clone(), noisy, coreset })
    }
}

/// Reads points from a CSV file with a header: the columns `x` and `y`, and marks where there are
/// columns `noisy` or `coreset` (0/1 or false/true, in the usual spellings). Columns may be in any order, others are
/// ignored.
pub fn read(path: &Path) -> Result<PointTable, Error> {
    let bytes = contents(path)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|e| csv_error(path, e))?.clone();
    if let Some(reason) = dialect::first_row(&bytes) {
        return Err(row_error(path, 1, reason));
    }
    let find = |name: &str| header.iter().position(|cell| cell == name);
    let need = |name: &str| find(name).ok_or_else(|| missing_column(path, name));
    let (x, y) = (need("x")?, need("y")?);

    let mut points = Vec::new();
    let mut marks = ["noisy", "coreset"].map(|name| find(name).map(|i| (i, Vec::new())));
    for record in reader.records() {
        let record =
            record.map_err(|e| unequal(path, &bytes, &e).unwrap_or_else(|| csv_error(path, e)))?;
        let row = record.position().map_or(0, csv::Position::line);
        let cell = |i: usize| (record.get(i).unwrap_or_default(), header.get(i).unwrap_or("?"));
        points.push((number(path, row, cell(x))?, number(path, row, cell(y))?));
        for (i, column) in marks.iter_mut().flatten() {
            column.push(mark(path, row, cell(*i))?);
        }
    }
    if points.is_empty() {
        let reason = "the file has no points; add at least one row below the header";
        return Err(cell_error(path, 2, "x", reason));
    }
    let [noisy, coreset] = marks.map(|column| column.map(|(_, marks)| marks));
    Ok(PointTable { points: points.into_iter().collect(), noisy, coreset })
}

/// The whole file, unless it is too large to be a table of points (or has no end).
fn contents(path: &Path) -> Result<Vec<u8>, Error> {
    const LIMIT: u64 = 256 << 20;
    let failed = |cause| Error::Io { path: path.to_owned(), source: cause };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LIMIT {
        let reason = "the file is larger than 256 MiB; give fewer points";
        return Err(cell_error(path, 1, "x", reason));
    }
    Ok(bytes)
}

fn number(path: &Path, row: u64, (text, column): (&str, &str)) -> Result<f64, Error> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => {
            let reason = dialect::number_with_comma(text).map_or_else(
                || format!("`{text}` is not a finite number; write one such as -0.25"),
                |cure| format!("`{text}` {cure}"),
            );
            Err(cell_error(path, row, column, &reason))
        }
    }
}

fn mark(path: &Path, row: u64, (text, column): (&str, &str)) -> Result<bool, Error> {
    truth_value(text).ok_or_else(|| {
        let reason = format!("`{text}` is not a mark; write 1 (yes) or 0 (no)");
        cell_error(path, row, column, &reason)
    })
}

/// A truth value as programs write it: 1 and 0 in any form of a number, or true and false in small,
/// capital (R) or initial capital letters (pandas).
fn truth_value(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => match text.parse::<f64>() {
            Ok(1.0) => Some(true),
            Ok(0.0) => Some(false),
            _ => None,
        },
    }
}

fn missing_column(path: &Path, name: &str) -> Error {
    cell_error(path, 1, name, "the column is missing; the first row must name the columns x,y")
}

fn cell_error(path: &Path, row: u64, column: &str, reason: &str) -> Error {
    Error::Cell { path: path.to_owned(), row, column: column.to_owned(), reason: reason.to_owned() }
}

fn row_error(path: &Path, row: u64, reason: String) -> Error {
    Error::Row { path: path.to_owned(), row, reason }
}

/// Why a row of `bytes` has another number of cells than the header, where its text tells.
fn unequal(path: &Path, bytes: &[u8], error: &csv::Error) -> Option<Error> {
    let csv::ErrorKind::UnequalLengths { pos: Some(position), expected_len, len } = error.kind()
    else {
        return None;
    };
    // The position is the end of the row before, whose line end, and empty lines, may still follow.
    let start = usize::try_from(position.byte()).ok()?;
    let rest = bytes.get(start..)?;
    let skipped = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let before = &bytes[..start + skipped];
    let ends = |end: u8| before.iter().filter(|byte| **byte == end).count() as u64;
    let row = 1 + ends(b'\n').max(ends(b'\r'));
    let mut lines = rest.split(|byte| matches!(byte, b'\n' | b'\r'));
    let line = lines.find(|line| !line.is_empty()).map(String::from_utf8_lossy)?;
    let reason = dialect::other_row(&line, *len, *expected_len)?;
    Some(row_error(path, row, reason))
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    let row = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::Io { path: path.to_owned(), source },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => cell_error(
            path,
            row,
            "y",
            &format!(
                "{len} cells where the header names {expected_len}; give every row the same columns"
            ),
        ),
        csv::ErrorKind::Utf8 { err, .. } => cell_error(
            path,
            row,
            &err.field().to_string(),
            "not UTF-8; save the file as UTF-8 text",
        ),
        other => cell_error(path, row, "?", &format!("{other:?}; save the file as plain CSV")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_values_are_read_in_the_usual_spellings() {
        for text in ["1", "1.0", "1e0", "true", "True", "TRUE"] {
            assert_eq!(truth_value(text), Some(true), "{text}");
        }
        for text in ["0", "0.0", "-0.0", "false", "False", "FALSE"] {
            assert_eq!(truth_value(text), Some(false), "{text}");
        }
        for text in ["", "2", "0.5", "nan", "yes", "t", "tRUE"] {
            assert_eq!(truth_value(text), None, "{text}");
        }
    }
}
