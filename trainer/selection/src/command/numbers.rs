//! Labels and matrices from .npy files (format versions 1 to 3, C or Fortran order) and from CSV.
//!
//! Nothing a file says of its own size is believed before it is compared with the file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use ndarray::{Array1, Array2};
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadNpyExt, ReadableElement};

use crate::History;
use crate::kernel::dot::Element;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The longest header that is read, as in NumPy: longer ones are not of plain arrays.
const LONGEST_HEADER: usize = 10_000;

/// A matrix must have a number as large: what squares of smaller ones differ by leaves the range of single precision.
const SMALLEST: f64 = 1e-15;

/// Brackets in the header of a plain array: a dictionary and a shape.
const BRACKETS: usize = 2;

/// A matrix in the precision it is stored in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matrix {
    /// Stored as f4.
    Single(Array2<f32>),
    /// Stored as f8 or as text.
    Double(Array2<f64>),
}

impl Matrix {
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Single(matrix) => matrix.nrows(),
            Self::Double(matrix) => matrix.nrows(),
        }
    }

    /// The first row that holds a NaN or an infinity.
    fn first_not_finite(&self) -> Option<usize> {
        match self {
            Self::Single(matrix) => {
                matrix.rows().into_iter().position(|row| row.iter().any(|v| !v.is_finite()))
            }
            Self::Double(matrix) => {
                matrix.rows().into_iter().position(|row| row.iter().any(|v| !v.is_finite()))
            }
        }
    }

    /// The largest magnitude.
    fn largest(&self) -> f64 {
        match self {
            Self::Single(matrix) => matrix.iter().fold(0.0, |top: f64, v| top.max(v.abs().into())),
            Self::Double(matrix) => matrix.iter().fold(0.0, |top: f64, v| top.max(v.abs())),
        }
    }

    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Single(matrix) => matrix.ncols(),
            Self::Double(matrix) => matrix.ncols(),
        }
    }
}

/// A type that a selection can be made in.
pub(super) trait Precision: Element {
    /// `matrix` in this precision; no copy where it is stored so.
    fn of(matrix: Matrix) -> Array2<Self>;
}

impl Precision for f32 {
    fn of(matrix: Matrix) -> Array2<Self> {
        match matrix {
            Matrix::Single(matrix) => matrix,
            Matrix::Double(matrix) => matrix.mapv(Self::narrow),
        }
    }
}

impl Precision for f64 {
    fn of(matrix: Matrix) -> Array2<Self> {
        match matrix {
            Matrix::Single(matrix) => matrix.mapv(Self::from),
            Matrix::Double(matrix) => matrix,
        }
    }
}

/// Refuses a `matrix` from `path` without a row, all finite, for each of the `labels`, known by their file and number.
pub(super) fn check_fit(
    matrix: &Matrix,
    path: &Path,
    labels: Option<(&Path, usize)>,
) -> Result<()> {
    let (path, rows) = (path.display(), matrix.rows());
    if let Some((labels, count)) = labels {
        let labels = labels.display();
        ensure!(
            rows == count,
            "{path}: {rows} rows for the {count} labels of {labels}; give one row per label"
        );
    }
    ensure!(
        rows > 0 && matrix.columns() > 0,
        "{path}: the matrix is empty; give one row per label"
    );
    if let Some(row) = matrix.first_not_finite() {
        bail!("{path}: row {row} holds a NaN or an infinity; leave it out, with its label");
    }
    let largest = matrix.largest();
    ensure!(
        largest == 0.0 || largest >= SMALLEST,
        "{path}: no number is larger than {largest:e}, too small to square; scale them up"
    );
    Ok(())
}

/// Refuses `labels` from `path` that are not below `classes`.
pub(super) fn check_labels(labels: &[u16], path: &Path, classes: usize) -> Result<()> {
    match labels.iter().position(|&label| usize::from(label) >= classes) {
        None => Ok(()),
        Some(row) => bail!(
            "{}: row {row}: label {}, but there are {classes} classes (as the probabilities have columns, or else as \
             --labels names); count labels from 0",
            path.display(),
            labels[row]
        ),
    }
}

/// The bytes of the file at `path`.
fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).context("cannot be read; check the path")
}

/// The matrix at `path`, a row per sample.
pub(super) fn read_matrix(path: &Path) -> Result<Matrix> {
    let read = || {
        let bytes = bytes_of(path)?;
        if !bytes.starts_with(MAGIC) {
            return Ok(Matrix::Double(parse_csv(&bytes, |cell| cell.parse().ok())?));
        }
        Ok(match element_type(&bytes, 2)?.as_str() {
            "f4" => Matrix::Single(Array2::read_npy(&bytes[..])?),
            "f8" => Matrix::Double(Array2::read_npy(&bytes[..])?),
            other => bail!("elements of type {other}: save the matrix as float32 or float64"),
        })
    };
    read().with_context(|| path.display().to_string())
}

/// The probabilities at `path`, a row per sample. Rows that are not finite are left for the selector to name.
pub(super) fn read_probabilities(path: &Path) -> Result<Matrix> {
    /// What rounding to f4 and a thousand classes may leave.
    const ROUNDING: f64 = 1e-3;
    let matrix = read_matrix(path)?;
    let improper = match &matrix {
        Matrix::Single(rows) => rows
            .rows()
            .into_iter()
            .position(|row| is_improper(row.iter().map(|p| f64::from(*p)), ROUNDING)),
        Matrix::Double(rows) => {
            rows.rows().into_iter().position(|row| is_improper(row.iter().copied(), ROUNDING))
        }
    };
    match improper {
        None => Ok(matrix),
        Some(row) => bail!(
            "{}: row {row} holds no probabilities, which lie in [0, 1] and add up to 1; give the softmax of logits",
            path.display()
        ),
    }
}

/// What the file at `path` says of each sample: a row per sample, a column per presentation in training, 1 where it
/// was classified correctly, 0 where not.
pub(super) fn read_correctness(path: &Path) -> Result<History> {
    let read = || {
        let bytes = bytes_of(path)?;
        if !bytes.starts_with(MAGIC) {
            return history(&parse_csv::<f64>(&bytes, |cell| cell.parse().ok())?);
        }
        match element_type(&bytes, 2)?.as_str() {
            "b1" => {
                history(&Array2::<bool>::read_npy(&bytes[..])?.mapv(|hit| f32::from(u8::from(hit))))
            }
            "u1" => history(&Array2::<u8>::read_npy(&bytes[..])?.mapv(f32::from)),
            "f4" => history(&Array2::<f32>::read_npy(&bytes[..])?),
            "f8" => history(&Array2::<f64>::read_npy(&bytes[..])?),
            other => bail!(
                "elements of type {other}: save the matrix as bool, uint8, float32 or float64"
            ),
        }
    };
    read().with_context(|| path.display().to_string())
}

fn history<E: Element>(correct: &Array2<E>) -> Result<History> {
    let binary = |hit: &E| *hit == E::zero() || *hit == E::one();
    match correct.rows().into_iter().position(|row| !row.iter().all(binary)) {
        None => Ok(History::of(&correct.view())),
        Some(row) => {
            bail!("row {row}: give 1 where the sample was classified correctly, 0 where not")
        }
    }
}

fn is_improper(row: impl Iterator<Item = f64> + Clone, rounding: f64) -> bool {
    let sum: f64 = row.clone().sum();
    sum.is_finite() && ((sum - 1.0).abs() > rounding || row.into_iter().any(|p| p < -rounding))
}

/// The labels at `path`.
pub(super) fn read_labels(path: &Path) -> Result<Vec<u16>> {
    let read = || {
        let bytes = bytes_of(path)?;
        if !bytes.starts_with(MAGIC) {
            let column: Array2<u16> = parse_csv(&bytes, |cell| cell.parse().ok())?;
            ensure!(column.ncols() == 1, "{} columns: give one label per row", column.ncols());
            return Ok(column.into_iter().collect());
        }
        match element_type(&bytes, 1)?.as_str() {
            "u1" => parse_labels::<u8>(&bytes),
            "i4" => parse_labels::<i32>(&bytes),
            "i8" => parse_labels::<i64>(&bytes),
            other => bail!("elements of type {other}: save the labels as uint8, int32 or int64"),
        }
    };
    read().with_context(|| path.display().to_string())
}

fn parse_labels<T: ReadableElement + Copy + Into<i64>>(bytes: &[u8]) -> Result<Vec<u16>> {
    let labels: Array1<T> = Array1::read_npy(bytes)?;
    ensure!(!labels.is_empty(), "there are no labels; give one per row");
    let parse = |(row, &label): (usize, &T)| {
        let label: i64 = label.into();
        u16::try_from(label)
            .ok()
            .with_context(|| format!("row {row}: {label} is not a label from 0 to 65535"))
    };
    labels.iter().enumerate().map(parse).collect()
}

/// The type of the elements without the order of their bytes, such as `f4`, once the header of the .npy
/// file `bytes` is known to fit the file and to have `dimensions`.
fn element_type(bytes: &[u8], dimensions: usize) -> Result<String> {
    let (start, length) = match bytes.get(6..12) {
        Some([1, _, a, b, ..]) => (10, usize::from(u16::from_le_bytes([*a, *b]))),
        Some([_, _, a, b, c, d]) => (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        _ => bail!("the header is cut off; write the file again"),
    };
    ensure!(
        length <= LONGEST_HEADER,
        "a header of {length} bytes is not of a plain array; save numbers alone"
    );
    let header =
        bytes.get(start..start + length).context("the header is cut off; write the file again")?;
    // The parser of the header recurses into brackets.
    let brackets = header.iter().filter(|byte| b"({[".contains(byte)).count();
    ensure!(brackets <= BRACKETS, "the elements are not plain numbers; save numbers alone");
    // What the parser says of a broken header takes many lines.
    let Ok(header) = Header::from_reader(&mut &bytes[..]) else {
        bail!("the header is not that of a plain array; write the file with numpy.save")
    };
    let shape = &header.shape;
    let wanted = if dimensions == 1 { "one label per row" } else { "a matrix, one row per label" };
    ensure!(
        shape.len() == dimensions,
        "{} dimensions instead of {dimensions}; save {wanted}",
        shape.len()
    );
    let plain = "the elements are not plain numbers; save numbers alone";
    let name = header.type_descriptor.as_string().context(plain)?;
    let (order, name) =
        name.split_at_checked(1).context("the elements have no type; save numbers alone")?;
    ensure!("<>|=".contains(order) && !name.starts_with(['O', 'S', 'U', 'V']), "{plain}");
    let size: Option<usize> = name.get(1..).and_then(|digits| digits.parse().ok());
    let stated = shape.iter().chain(&size).try_fold(1_usize, |bytes, &n| bytes.checked_mul(n));
    let there = bytes.len() - start - length;
    ensure!(
        stated == Some(there),
        "the header states a shape of {shape:?} {name}, which does not match {there} bytes of data; write the file again"
    );
    Ok(name.to_owned())
}

/// The cells of a CSV file, read by `parse`; a first row with a cell that is no number is a header.
fn parse_csv<T>(bytes: &[u8], parse: impl Fn(&str) -> Option<T>) -> Result<Array2<T>> {
    ensure!(!bytes.starts_with(b"PK"), "an archive of arrays: save one array with numpy.save");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let (mut cells, mut rows, mut columns) = (Vec::new(), 0, None);
    for (index, record) in reader.records().enumerate() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        // A line of names alone; with numbers in it, it is a row in which one is misspelt.
        if index == 0 && record.iter().all(|cell| cell.parse::<f64>().is_err()) {
            columns = Some(record.len());
            continue;
        }
        let expected = *columns.get_or_insert(record.len());
        ensure!(
            record.len() == expected,
            "line {line}: {} cells instead of {expected}; give each row as many",
            record.len()
        );
        for (column, cell) in record.iter().enumerate() {
            let parsed = parse(cell);
            cells.push(parsed.with_context(|| {
                let column = column + 1;
                let cure = if cell.contains([';', ' ', '\t']) {
                    "separate cells by commas"
                } else if cell.parse::<f64>().is_ok() {
                    "give a whole number from 0 to 65535"
                } else {
                    "fix the value or leave out the line"
                };
                format!("line {line}, column {column}: `{cell}` is no number of this kind; {cure}")
            })?);
        }
        rows += 1;
    }
    ensure!(rows > 0, "there are no rows; give one per label");
    Ok(Array2::from_shape_vec((rows, columns.unwrap_or(0)), cells)?)
}

#[cfg(test)]
pub(super) mod tests;
