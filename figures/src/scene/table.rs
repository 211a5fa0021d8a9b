//! A table as plain values: what was measured, what it is compared with, and what the paper prints. How a cell reads is
//! decided here, once for all formats; how it looks is theirs.

use super::number::{plain, signed};

/// A table with its notes and caption.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// File name without extension.
    pub name: String,
    /// One line over the table.
    pub title: String,
    /// What the labels of a group are, such as `dataset`.
    pub group_heads: Vec<String>,
    /// What the labels of a row are, such as `coreset`.
    pub heads: Vec<String>,
    /// The columns of cells.
    pub columns: Vec<Column>,
    /// What cells are compared with, in the order of [`Measured::differences`].
    pub baselines: Vec<String>,
    /// The rows, group by group.
    pub groups: Vec<Group>,
    /// Remarks under the table.
    pub notes: Vec<Note>,
    /// Paragraphs under the notes.
    pub caption: Vec<String>,
}

/// A column of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its head.
    pub name: String,
    /// What its numbers are.
    pub unit: Unit,
}

/// What the numbers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Its name, such as `percent`.
    pub name: &'static str,
    /// Digits after the point.
    pub decimals: usize,
}

impl Unit {
    /// Accuracies in percent, their differences in points.
    pub const PERCENT: Self = Self { name: "percent", decimals: 2 };
    /// Times in seconds.
    pub const SECONDS: Self = Self { name: "seconds", decimals: 1 };
    /// Parameters in millions.
    pub const MILLIONS: Self = Self { name: "million", decimals: 3 };
    /// How many there are, averaged over runs.
    pub const COUNT: Self = Self { name: "count", decimals: 1 };
}

/// Rows under a title of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The title.
    pub title: String,
    /// A label for each of [`Table::group_heads`].
    pub labels: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// A label for each of [`Table::heads`].
    pub labels: Vec<String>,
    /// A cell for each of [`Table::columns`].
    pub cells: Vec<Cell>,
}

/// A cell; with nothing in it, nothing was run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// What was measured here.
    pub measured: Option<Measured>,
    /// What the paper prints.
    pub printed: Option<Printed>,
    /// Words about this cell alone.
    pub words: Option<String>,
}

/// A quantity over seeds, in the unit of its column.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Number of seeds.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with n - 1; none for one seed.
    pub std: Option<f64>,
    /// The paired difference from each baseline of the table; none where there is no pair.
    pub differences: Vec<Option<Difference>>,
    /// Whether the first difference is an improvement that is clear of 0.
    pub clear: bool,
}

/// The mean difference of pairs of equal seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Number of pairs.
    pub pairs: usize,
    /// Mean difference.
    pub mean: f64,
    /// Its 95 % interval; none for one pair.
    pub interval: Option<(f64, f64)>,
}

/// A number that the paper prints.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Printed {
    /// The number.
    pub value: f64,
    /// Its digits after the point.
    pub decimals: usize,
    /// The difference printed beside it.
    pub difference: Option<f64>,
    /// The mark of a note on it.
    pub mark: Option<Mark>,
}

/// A sign that ties a cell to a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(pub char);

/// A remark under a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The mark of the cells that it is about; none if it is about the table.
    pub mark: Option<Mark>,
    /// The remark.
    pub text: String,
}

/// How much weight a line of a cell has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A value whose difference is clear of 0.
    Bold,
    /// Any other value.
    Plain,
    /// Differences, numbers of the paper, words.
    Small,
}

/// A line of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// Its weight.
    pub weight: Weight,
}

impl Table {
    /// Every cell with its group, row and column, row by row.
    pub fn cells(&self) -> impl Iterator<Item = (&Group, &Row, &Column, &Cell)> {
        let rows = self.groups.iter().flat_map(|group| group.rows.iter().map(move |r| (group, r)));
        rows.flat_map(|(group, row)| {
            self.columns
                .iter()
                .zip(&row.cells)
                .map(move |(column, cell)| (group, row, column, cell))
        })
    }

    /// The lines of a cell in `column`: value, differences with their intervals, the paper's number, words.
    pub fn lines(&self, column: &Column, cell: &Cell) -> Vec<Line> {
        let small = |text: String| Line { text, weight: Weight::Small };
        let decimals = column.unit.decimals;
        let mut lines = Vec::new();
        if let Some(measured) = &cell.measured {
            let weight = if measured.clear { Weight::Bold } else { Weight::Plain };
            lines.push(Line { text: self.value(measured, decimals), weight });
            for (from, difference) in self.baselines.iter().zip(&measured.differences) {
                let Some(difference) = difference else { continue };
                let mean = signed(difference.mean, decimals);
                lines.push(small(match self.baselines.len() {
                    1 => mean,
                    _ => format!("{mean} from {from}"),
                }));
                lines.extend(difference.interval.map(|(low, high)| {
                    small(format!("[{}, {}]", signed(low, decimals), signed(high, decimals)))
                }));
            }
        }
        lines.extend(cell.printed.map(|printed| small(printed.text())));
        lines.extend(cell.words.clone().map(small));
        lines
    }

    /// Mean and standard deviation, and the number of seeds where it is not that of most cells.
    fn value(&self, measured: &Measured, decimals: usize) -> String {
        let counts = self.cells().filter_map(|(_, _, _, cell)| Some(cell.measured.as_ref()?.count));
        let all = counts.max().unwrap_or(measured.count);
        let mean = plain(measured.mean, decimals);
        let std = measured.std.map_or(String::new(), |std| format!(" \u{b1} {std:.decimals$}"));
        let fewer =
            if measured.count < all { format!(" (n = {})", measured.count) } else { String::new() };
        format!("{mean}{std}{fewer}")
    }
}

impl Printed {
    /// Such as `paper 92.58 (+0.38)`.
    fn text(&self) -> String {
        let difference = self.difference.map(|d| format!(" ({})", signed(d, self.decimals)));
        let mark = self.mark.map_or(String::new(), |mark| mark.0.to_string());
        format!(
            "paper {}{}{mark}",
            plain(self.value, self.decimals),
            difference.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(baselines: &[&str], cell: Cell) -> Table {
        Table {
            name: "t".to_owned(),
            title: String::new(),
            group_heads: Vec::new(),
            heads: Vec::new(),
            columns: vec![Column { name: "90 %".to_owned(), unit: Unit::PERCENT }],
            baselines: baselines.iter().map(|name| (*name).to_owned()).collect(),
            groups: vec![Group {
                title: String::new(),
                labels: Vec::new(),
                rows: vec![Row { labels: Vec::new(), cells: vec![cell] }],
            }],
            notes: Vec::new(),
            caption: Vec::new(),
        }
    }

    fn read(table: &Table) -> Vec<String> {
        let lines = table.cells().flat_map(|(_, _, column, cell)| table.lines(column, cell));
        lines.map(|line| line.text).collect()
    }

    #[test]
    fn a_cell_says_what_is_known_and_no_more() {
        assert!(read(&table(&[], Cell::default())).is_empty());
        let difference = Difference { pairs: 2, mean: -0.5, interval: Some((-1.25, 0.25)) };
        let measured = Measured {
            count: 2,
            mean: 91.0,
            std: Some(0.125),
            differences: vec![Some(difference), None],
            clear: false,
        };
        let printed = Printed {
            value: 78.6,
            decimals: 2,
            difference: Some(2.97),
            mark: Some(Mark('\u{2020}')),
        };
        let cell = Cell {
            measured: Some(measured.clone()),
            printed: Some(printed),
            words: Some("2 epochs".to_owned()),
        };
        let expected = ["91.00 \u{b1} 0.12", "\u{2212}0.50", "[\u{2212}1.25, +0.25]"];
        let one = read(&table(&["coreset-only"], cell));
        assert_eq!(one[..3], expected);
        assert_eq!(one[3..], ["paper 78.60 (+2.97)\u{2020}", "2 epochs"]);
        let cell = Cell { measured: Some(measured), ..Cell::default() };
        assert_eq!(read(&table(&["dense", "coreset-only"], cell))[1], "\u{2212}0.50 from dense");
    }
}
