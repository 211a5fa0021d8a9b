//! Labels and matrices from .npy files and from CSV: all whose values are fit, whatever their type.

mod npy;
mod text;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use ndarray::Array2;
use ndarray_npy::ReadNpyExt;

use self::npy::{MAGIC, Number, Stored};
use self::text::{parse_csv, truth_or_number};
use super::Header;
use crate::History;
use crate::kernel::dot::Element;

/// A matrix must have a number as large: what squares of smaller ones differ by leaves the range of single precision.
const SMALLEST: f64 = 1e-15;

/// A matrix in the precision it is stored in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Matrix {
    /// Stored as f2 or f4.
    Single(Array2<f32>),
    /// Stored as f8, as whole numbers or as text.
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

    /// The first row that is finite and holds no probabilities, whose sum lies within `bound` of 1.
    fn first_improper(&self, bound: f64) -> Option<usize> {
        match self {
            Self::Single(rows) => rows
                .rows()
                .into_iter()
                .position(|row| is_improper(row.iter().map(|p| f64::from(*p)), bound)),
            Self::Double(rows) => {
                rows.rows().into_iter().position(|row| is_improper(row.iter().copied(), bound))
            }
        }
    }

    /// The same with each row divided by its sum.
    fn normalised(mut self) -> Self {
        match &mut self {
            Self::Single(matrix) => matrix.rows_mut().into_iter().for_each(|mut row| {
                let sum: f64 = row.iter().map(|p| f64::from(*p)).sum();
                row.mapv_inplace(|p| (f64::from(p) / sum) as f32);
            }),
            Self::Double(matrix) => matrix.rows_mut().into_iter().for_each(|mut row| {
                let sum = row.sum();
                row.mapv_inplace(|p| p / sum);
            }),
        }
        self
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
            "{path}: {rows} rows for the {count} labels of {labels}; give one row per label{}",
            // A header that reads as a number is a row too many.
            if rows.abs_diff(count) == 1 {
                "; if a CSV file has a header, say --header yes"
            } else {
                ""
            }
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

/// The most that is read of what does not state its size: a pipe, a device, a file that grows.
const UNSTATED_MIB: u64 = 256;

/// The bytes of the file at `path`, which may be a pipe.
fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    let read = || {
        let mut file = File::open(path)?;
        let known = file.metadata()?;
        let stated = if known.is_file() { known.len() } else { 0 };
        let limit = stated.max(UNSTATED_MIB << 20);
        let mut bytes = Vec::new();
        // One byte more, so that the end is seen without growing.
        bytes.try_reserve_exact(stated as usize + 1).map_err(|_| io::ErrorKind::OutOfMemory)?;
        file.by_ref().take(limit).read_to_end(&mut bytes)?;
        let ended = bytes.len() < limit as usize || file.read(&mut [0])? == 0;
        io::Result::Ok((bytes, ended))
    };
    let (bytes, ended) = read().context("cannot be read; check the path")?;
    ensure!(
        ended,
        "has no size and goes on after {UNSTATED_MIB} MiB; save what it holds to a file and give that"
    );
    Ok(bytes)
}

/// `bytes` as a matrix and as labels.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    let _refused = matrix(bytes, None);
    let _refused = labels(bytes, None);
}

/// The matrix at `path`, a row per sample.
pub(super) fn read_matrix(path: &Path, header: Option<Header>) -> Result<Matrix> {
    let read = || matrix(&bytes_of(path)?, header);
    read().with_context(|| path.display().to_string())
}

/// The matrix that the content of a file is.
fn matrix(bytes: &[u8], header: Option<Header>) -> Result<Matrix> {
    if !bytes.starts_with(MAGIC) {
        return Ok(Matrix::Double(parse_csv(bytes, header, |cell| cell.parse().ok())?));
    }
    let stored = Stored::open(bytes, false)?;
    Ok(match stored.kind.as_str() {
        "f2" => Matrix::Single(stored.array(|row, n| Ok(exact(row, n)? as f32))?),
        "f4" => Matrix::Single(Array2::read_npy(bytes)?),
        "f8" => Matrix::Double(Array2::read_npy(bytes)?),
        _ if stored.is_known() => Matrix::Double(stored.array(exact)?),
        other => bail!("elements of type {other}: save the matrix as float32 or float64"),
    })
}

/// The element `number` of a `row` as a double.
fn exact(row: usize, number: Number) -> Result<f64> {
    number.double().with_context(|| {
        format!("row {row}: {number} has more digits than a double holds; scale the numbers down")
    })
}

/// What rounding to f4 and a thousand classes may leave between a sum of probabilities and 1.
const FINE: f64 = 1e-3;

/// What rounding to bfloat16 may leave.
const COARSE: f64 = 1e-2;

/// The probabilities at `path`, a row per sample; rows that add up to 1 only roughly are divided by their sums, which a
/// line for stderr tells. Rows that are not finite are left for the selector to name.
pub(super) fn read_probabilities(
    path: &Path,
    header: Option<Header>,
    notes: &mut Vec<String>,
) -> Result<Matrix> {
    let matrix = read_matrix(path, header)?;
    if matrix.first_improper(FINE).is_none() {
        return Ok(matrix);
    }
    if let Some(row) = matrix.first_improper(COARSE) {
        bail!(
            "{}: row {row} holds no probabilities, which lie in [0, 1] and add up to 1; give the softmax of logits",
            path.display()
        )
    }
    notes.push(format!(
        "note: {}: rows add up to 1 only within {}; each is divided by its sum",
        path.display(),
        COARSE
    ));
    Ok(matrix.normalised())
}

/// What the file at `path` says of each sample: a row per sample, a column per presentation in training, 1 (or true)
/// where it was classified correctly, 0 (or false) where not.
pub(super) fn read_correctness(path: &Path, header: Option<Header>) -> Result<History> {
    let read = || {
        let bytes = bytes_of(path)?;
        if !bytes.starts_with(MAGIC) {
            return history(&parse_csv::<f64>(&bytes, header, truth_or_number)?);
        }
        let stored = Stored::open(&bytes, false)?;
        let kind = &stored.kind;
        ensure!(
            stored.is_known(),
            "elements of type {kind}: save the matrix as bool, whole numbers or floats"
        );
        // Any number that is neither 0 nor 1 is refused, rounded or not.
        history(&stored.array(|_, n| Ok(n.double().unwrap_or(f64::NAN)))?)
    };
    read().with_context(|| path.display().to_string())
}

fn history(correct: &Array2<f64>) -> Result<History> {
    let binary = |hit: &f64| *hit == 0.0 || *hit == 1.0;
    match correct.rows().into_iter().position(|row| !row.iter().all(binary)) {
        None => Ok(History::of(&correct.view())),
        Some(row) => {
            bail!("row {row}: give 1 where the sample was classified correctly, 0 where not")
        }
    }
}

fn is_improper(row: impl Iterator<Item = f64> + Clone, rounding: f64) -> bool {
    /// How far below 0 rounding may leave a probability.
    const NEGATIVE: f64 = 1e-3;
    let sum: f64 = row.clone().sum();
    sum.is_finite() && ((sum - 1.0).abs() > rounding || row.into_iter().any(|p| p < -NEGATIVE))
}

/// The labels at `path`.
pub(super) fn read_labels(path: &Path, header: Option<Header>) -> Result<Vec<u16>> {
    let read = || labels(&bytes_of(path)?, header);
    read().with_context(|| path.display().to_string())
}

/// The labels that the content of a file is.
fn labels(bytes: &[u8], header: Option<Header>) -> Result<Vec<u16>> {
    if !bytes.starts_with(MAGIC) {
        let column: Array2<u16> =
            parse_csv(bytes, header, |cell| label(Number::Real(truth_or_number(cell)?)))?;
        ensure!(column.ncols() == 1, "{} columns: give one label per row", column.ncols());
        return Ok(column.into_iter().collect());
    }
    let stored = Stored::open(bytes, true)?;
    let kind = &stored.kind;
    ensure!(stored.is_known(), "elements of type {kind}: save the labels as whole numbers");
    let labels = stored.array(|row, number| {
        label(number).with_context(|| format!("row {row}: {number} is not a label from 0 to 65535"))
    })?;
    ensure!(!labels.is_empty(), "there are no labels; give one per row");
    Ok(labels.into_iter().collect())
}

/// The label that a `number` is, if it is whole.
fn label(number: Number) -> Option<u16> {
    match number {
        Number::Whole(whole) => u16::try_from(whole).ok(),
        // A cast saturates, so that what is out of range is not equal to it either.
        Number::Real(real) => Some(real as u16).filter(|&label| f64::from(label) == real),
    }
}

#[cfg(test)]
pub(super) mod tests;
