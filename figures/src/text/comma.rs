//! A table as CSV for other programs: a row a cell, numbers as they are, in the unit that the row names.

use crate::scene::table::{Cell, Column, Difference, Group, Row, Table};

/// The table as CSV. Columns: `table`, the labels of group and row, `column`, `unit`, `n`, `mean`, `std` (with n - 1);
/// for each baseline the paired `difference_from_..`, the ends of its 95 % interval and the number of pairs; then the
/// paper's number, the difference that the paper prints, and the note on the cell. What is unknown is empty.
pub fn csv(table: &Table) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header(table))?;
    for (group, row, column, cell) in table.cells() {
        writer.write_record(record(table, (group, row), column, cell))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn header(table: &Table) -> Vec<String> {
    let mut header = vec!["table".to_owned()];
    header.extend(table.group_heads.iter().chain(&table.heads).map(|head| slug(head)));
    header.extend(["column", "unit", "n", "mean", "std"].map(str::to_owned));
    for baseline in &table.baselines {
        let names = ["difference", "low", "high", "pairs"];
        header.extend(names.map(|name| format!("{name}_from_{}", slug(baseline))));
    }
    header.extend(["paper", "paper_difference", "note"].map(str::to_owned));
    header
}

fn record(
    table: &Table,
    (group, row): (&Group, &Row),
    column: &Column,
    cell: &Cell,
) -> Vec<String> {
    let measured = cell.measured.as_ref();
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let mut record = vec![table.name.clone()];
    record.extend(group.labels.iter().chain(&row.labels).cloned());
    record.extend([column.name.clone(), column.unit.name.to_owned()]);
    record.push(measured.map(|m| m.count.to_string()).unwrap_or_default());
    record.extend([number(measured.map(|m| m.mean)), number(measured.and_then(|m| m.std))]);
    for at in 0..table.baselines.len() {
        let found = measured.and_then(|m| m.differences.get(at).copied().flatten());
        let end = |of: fn((f64, f64)) -> f64| found.and_then(|d| d.interval).map(of);
        record.extend([found.map(|d: Difference| d.mean), end(|i| i.0), end(|i| i.1)].map(number));
        record.push(found.map(|d| d.pairs.to_string()).unwrap_or_default());
    }
    record.extend([
        number(cell.printed.map(|p| p.value)),
        number(cell.printed.and_then(|p| p.difference)),
    ]);
    let mark = cell.printed.and_then(|p| p.mark);
    let notes = table.notes.iter().filter(|note| note.mark.is_some() && note.mark == mark);
    let notes = notes.map(|note| note.text.clone()).chain(cell.words.clone());
    record.push(notes.collect::<Vec<_>>().join("; "));
    record
}

/// A name for a column: lower case, digits and underscores.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_of_columns() {
        assert_eq!(slug("coreset-only, 15 %"), "coreset_only_15");
    }
}
