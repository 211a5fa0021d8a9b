//! A table as SVG: rules as in printed tables, cells of several lines, notes and caption below.

use plotters::prelude::*;

use super::{CAPTION, LEADING, MARGIN, Reason, font, reason};
use crate::scene::table::{Line, Note, Table, Weight};

/// Size of the title's letters.
const TITLE: i32 = 54;
/// Height of the title line.
const TITLE_LINE: i32 = 90;
/// Size of heads, labels and values.
const VALUE: i32 = 46;
/// Height of their lines.
const VALUE_LINE: i32 = 56;
/// Size of what is written under a value.
const SMALL: i32 = 38;
/// Height of its lines.
const SMALL_LINE: i32 = 46;
/// Space between columns.
const GAP: i32 = 44;
/// Space over and under the lines of a row.
const PAD: i32 = 14;
/// Widest head before it is broken, where cells are no wider.
const HEAD: i32 = 230;
/// Narrowest picture: a caption needs room.
const NARROWEST: i32 = 1200;

type Root<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// A cell on paper: its lines, from its top.
type Block = Vec<Line>;

/// Where the parts of a table go.
struct Layout {
    /// Left edge and width of each column, labels first.
    columns: Vec<(i32, i32)>,
    /// Number of columns that hold labels.
    labels: usize,
    heads: Vec<Block>,
    width: i32,
}

fn size(weight: Weight) -> (i32, i32) {
    if weight == Weight::Small { (SMALL, SMALL_LINE) } else { (VALUE, VALUE_LINE) }
}

fn height(block: &Block) -> i32 {
    block.iter().map(|line| size(line.weight).1).sum()
}

fn width(block: &Block) -> i32 {
    // Bold letters are a little wider than the regular ones that are measured.
    let of = |line: &Line| {
        let regular = font::width(&line.text, size(line.weight).0);
        if line.weight == Weight::Bold { regular + regular / 14 } else { regular }
    };
    block.iter().map(of).max().unwrap_or(0)
}

fn words(text: &str, weight: Weight) -> Block {
    vec![Line { text: text.to_owned(), weight }]
}

/// Labels and cells of every row, group by group.
fn blocks(table: &Table) -> Vec<Vec<Vec<Block>>> {
    let row = |row: &crate::scene::table::Row| {
        let labels = row.labels.iter().map(|label| words(label, Weight::Plain));
        let cells = table.columns.iter().zip(&row.cells);
        labels.chain(cells.map(|(column, cell)| table.lines(column, cell))).collect()
    };
    table.groups.iter().map(|group| group.rows.iter().map(row).collect()).collect()
}

impl Layout {
    fn of(table: &Table, blocks: &[Vec<Vec<Block>>]) -> Self {
        let names = table.heads.iter().chain(table.columns.iter().map(|column| &column.name));
        let (mut columns, mut heads, mut left) = (Vec::new(), Vec::new(), 2 * MARGIN);
        for (at, name) in names.enumerate() {
            let inner = blocks.iter().flatten().filter_map(|row| row.get(at)).map(width).max();
            let inner = inner.unwrap_or(0);
            let broken = font::wrap(name, VALUE, inner.max(HEAD)).into_iter();
            let head: Block = broken.map(|text| Line { text, weight: Weight::Bold }).collect();
            let wide = inner.max(width(&head));
            columns.push((left, wide));
            heads.push(head);
            left += wide + GAP;
        }
        let width = (left - GAP + 2 * MARGIN).max(NARROWEST);
        Self { columns, labels: table.heads.len(), heads, width }
    }

    /// Draws blocks side by side, from `top` down.
    fn draw_row(&self, root: &Root<'_>, row: &[Block], top: i32) -> Result<(), Reason> {
        for (at, (block, (left, wide))) in row.iter().zip(&self.columns).enumerate() {
            let mut y = top;
            for line in block {
                let (size, step) = size(line.weight);
                let style = match line.weight {
                    Weight::Bold => font::bold(size, BLACK),
                    Weight::Plain => font::style(size, BLACK),
                    Weight::Small => font::style(size, RGBColor(70, 70, 70)),
                };
                y += step;
                if at < self.labels {
                    let style = font::beside(&style);
                    root.draw_text(&line.text, &style, (*left, y - step / 2)).map_err(reason)?;
                } else {
                    let style = font::ending(&style);
                    let right = (left + wide, y - step / 2);
                    root.draw_text(&line.text, &style, right).map_err(reason)?;
                }
            }
        }
        Ok(())
    }

    fn rule(&self, root: &Root<'_>, y: i32, thick: u32) -> Result<(), Reason> {
        let ends = vec![(2 * MARGIN, y), (self.width - 2 * MARGIN, y)];
        root.draw(&PathElement::new(ends, BLACK.stroke_width(thick))).map_err(reason)
    }
}

/// The lines of notes and caption.
fn below(table: &Table, width: i32) -> Vec<String> {
    let notes = table.notes.iter().map(|Note { mark, text }| match mark {
        Some(mark) => format!("{} {text}", mark.0),
        None => text.clone(),
    });
    let paragraphs = notes.chain(table.caption.iter().cloned());
    paragraphs.flat_map(|words| font::wrap(&words, CAPTION, width - 4 * MARGIN)).collect()
}

/// Height of the highest of `row`, with the space around it.
fn row_height(row: &[Block]) -> i32 {
    row.iter().map(height).max().unwrap_or(0).max(VALUE_LINE) + 2 * PAD
}

/// The table as SVG text.
pub fn table(table: &Table) -> Result<String, Reason> {
    let blocks = blocks(table);
    let layout = Layout::of(table, &blocks);
    let below = below(table, layout.width);
    let titles = table.groups.iter().filter(|group| !group.title.is_empty()).count() as i32;
    let rows: i32 = blocks.iter().flatten().map(|row| row_height(row)).sum();
    let head = row_height(&layout.heads);
    let bottom = MARGIN + TITLE_LINE + head + titles * (VALUE_LINE + 2 * PAD) + rows;
    let total = bottom + 2 * MARGIN + LEADING * below.len() as i32 + MARGIN;
    let mut text = String::new();
    {
        let size = (layout.width as u32, total as u32);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(reason)?;
        let title = font::beside(&font::bold(TITLE, BLACK));
        let at = (2 * MARGIN, MARGIN + TITLE_LINE / 2);
        root.draw_text(&table.title, &title, at).map_err(reason)?;
        let mut y = MARGIN + TITLE_LINE;
        layout.rule(&root, y, 5)?;
        layout.draw_row(&root, &layout.heads, y + PAD)?;
        y += head;
        for (group, rows) in table.groups.iter().zip(&blocks) {
            layout.rule(&root, y, 3)?;
            if !group.title.is_empty() {
                let title = words(&group.title, Weight::Bold);
                layout.draw_row(&root, &[title], y + PAD)?;
                y += VALUE_LINE + 2 * PAD;
            }
            for row in rows {
                layout.draw_row(&root, row, y + PAD)?;
                y += row_height(row);
            }
        }
        layout.rule(&root, y, 5)?;
        let style = font::style(CAPTION, BLACK);
        for (i, line) in (0..).zip(&below) {
            let at = (2 * MARGIN, y + MARGIN + LEADING * i);
            root.draw_text(line, &style, at).map_err(reason)?;
        }
        root.present().map_err(reason)?;
    }
    Ok(text)
}
