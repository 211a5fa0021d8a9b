//! Numbers from CSV files, with a header or without.

use anyhow::{Context, Result, anyhow, bail, ensure};
use csv::StringRecord;
use ndarray::Array2;

use crate::command::Header;

/// The truth value or the number that a `cell` spells; pandas and R write True and TRUE.
pub(super) fn truth_or_number(cell: &str) -> Option<f64> {
    match cell {
        "True" | "TRUE" | "true" => Some(1.0),
        "False" | "FALSE" | "false" => Some(0.0),
        _ => cell.parse().ok(),
    }
}

/// The cells of a CSV file, read by `parse`. Unless `header` says what the first row is, it is one if none of its cells
/// is a number.
///
/// # Errors
/// When a cell is no such number, rows differ in length, or a header or names of rows may be taken for numbers.
pub(super) fn parse_csv<T>(
    bytes: &[u8],
    header: Option<Header>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Array2<T>> {
    ensure!(!bytes.starts_with(b"PK"), "an archive of arrays: save one array with numpy.save");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let (mut cells, mut rows, mut columns) = (Vec::new(), 0, None);
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| plainly(&error))?;
        if index == 0 && is_header(&record, header)? {
            columns = Some(record.len());
            continue;
        }
        let (line, text) = place(&record, bytes);
        let expected = *columns.get_or_insert(record.len());
        if rows == 0 {
            check_row_names(&record, (line, &text), expected)?;
        }
        if record.len() != expected {
            let cure = separator(&text).unwrap_or_else(|| "give each row as many".to_owned());
            bail!("line {line}: {} cells instead of {expected}; {cure}", record.len());
        }
        for (column, cell) in record.iter().enumerate() {
            cells.push(parse(cell).with_context(|| {
                let (column, cure) = (column + 1, cure(cell, &text));
                format!("line {line}, column {column}: `{cell}` is no number of this kind; {cure}")
            })?);
        }
        rows += 1;
    }
    ensure!(rows > 0, "there are no rows; give one per label");
    Ok(Array2::from_shape_vec((rows, columns.unwrap_or(0)), cells)?)
}

/// What is wrong with a file that is no CSV.
fn plainly(error: &csv::Error) -> anyhow::Error {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            let line = pos.as_ref().map_or(1, csv::Position::line);
            anyhow!("line {line}: it is not UTF-8 text; save the file as UTF-8, or as .npy")
        }
        _ => anyhow!("{error}; save the file again as CSV, or as .npy"),
    }
}

/// The line of a `record` of the file `bytes`, by number and text.
fn place(record: &StringRecord, bytes: &[u8]) -> (u64, String) {
    let (line, start) = record.position().map_or((0, 0), |at| (at.line(), at.byte() as usize));
    let rest = bytes.get(start..).unwrap_or_default().trim_ascii_start();
    let text = rest.split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
    (line, String::from_utf8_lossy(text).into_owned())
}

/// Whether the first row is a header.
fn is_header(record: &StringRecord, header: Option<Header>) -> Result<bool> {
    let name = |cell: &str| truth_or_number(&cell.replace(',', ".")).is_none();
    let counts = |from: usize| {
        record.iter().skip(from).enumerate().all(|(number, cell)| cell == number.to_string())
    };
    let first_is_empty = record.len() > 1 && record.get(0) == Some("");
    ensure!(
        !first_is_empty || !(record.iter().all(name) || counts(1)),
        "line 1: its first cell is empty, as pandas and R write it over names of rows; leave them out by index=False \
         or row.names=FALSE, or save .npy"
    );
    match header {
        Some(header) => Ok(header == Header::Yes),
        None if record.len() > 1 && counts(0) => bail!(
            "line 1: 0, 1, ... may be the names that pandas gives to columns, or numbers; say which by --header yes \
             or --header no, or save .npy"
        ),
        None => Ok(record.iter().all(name)),
    }
}

/// Refuses a first row of numbers, in the line given, that starts with a name, for `columns` columns.
fn check_row_names(record: &StringRecord, (line, text): (u64, &str), columns: usize) -> Result<()> {
    let cure = "as R writes names of rows; leave them out by row.names=FALSE, or save .npy";
    // A comma in quotes is that of a decimal, which is named where the cell is read.
    let cell = record.get(0).unwrap_or_default();
    let quoted = text.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let others = quoted.and_then(|(_, rest)| rest.trim_start().strip_prefix(','));
    ensure!(
        cell.contains(',') || others.is_none_or(|others| others.trim_start().starts_with('"')),
        "line {line}: its first cell alone is in quotes, {cure}"
    );
    let rest = record.iter().skip(1).all(|cell| truth_or_number(cell).is_some());
    ensure!(
        record.len() != columns + 1 || columns < 2 || !rest || separator(text).is_some(),
        "line {line}: {} cells under {columns} names, {cure}",
        record.len()
    );
    Ok(())
}

/// What to do about a `cell` in the line `text` that is no number.
fn cure(cell: &str, text: &str) -> String {
    if let Some(cure) = separator(text) {
        return cure;
    }
    let point = cell.replace(',', ".");
    if cell.contains(',') && point.parse::<f64>().is_ok() {
        let thousands = cell.split(',').nth(1).is_some_and(|digits| digits.len() == 3);
        let joined = cell.replace(',', "");
        return match thousands {
            true => format!("it has a comma, write {joined} or {point}, whichever it means"),
            false => format!("it has a decimal comma, write {point}"),
        };
    }
    let cure = if cell.contains([';', ' ', '\t']) {
        "separate cells by commas"
    } else if cell.parse::<f64>().is_ok() {
        "give a whole number from 0 to 65535"
    } else {
        "fix the value or leave out the line"
    };
    cure.to_owned()
}

/// What to do about a line of numbers that are not separated by commas; nothing about others.
fn separator(text: &str) -> Option<String> {
    for (separator, name) in [(';', "`;`"), ('\t', "tabs"), (' ', "spaces")] {
        let cells: Vec<&str> =
            text.split(separator).map(|cell| cell.trim_matches([' ', '"'])).collect();
        let cells = || cells.iter().filter(|cell| !cell.is_empty());
        let number = |cell: &&&str| cell.replace(',', ".").parse::<f64>().is_ok();
        if cells().count() < 2 || !cells().all(|cell| number(&cell)) {
            continue;
        }
        let decimal = if cells().any(|cell| cell.contains(',')) {
            " and write a decimal point for a decimal comma"
        } else {
            ""
        };
        return Some(format!("cells are separated by {name}: separate cells by commas{decimal}"));
    }
    None
}
