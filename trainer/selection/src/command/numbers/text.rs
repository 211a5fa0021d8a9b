//! Numbers from CSV files, with a header or without.

use anyhow::{Context, Result, ensure};
use ndarray::Array2;

/// The truth value or the number that a `cell` spells; pandas and R write True and TRUE.
pub(super) fn truth_or_number(cell: &str) -> Option<f64> {
    match cell {
        "True" | "TRUE" | "true" => Some(1.0),
        "False" | "FALSE" | "false" => Some(0.0),
        _ => cell.parse().ok(),
    }
}

/// The cells of a CSV file, read by `parse`; a first row with a cell that is no number is a header.
pub(super) fn parse_csv<T>(bytes: &[u8], parse: impl Fn(&str) -> Option<T>) -> Result<Array2<T>> {
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
        if index == 0 && record.iter().all(|cell| truth_or_number(cell).is_none()) {
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
