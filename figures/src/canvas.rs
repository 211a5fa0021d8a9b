//! The only door to the drawing libraries: a [`Sheet`] or a table in, SVG text out, and PNG bytes from that.
//! Same sheet, same bytes: no system font is read.

mod font;
mod legend;
mod marks;
mod plot;
mod png;
mod table;

use plotters::prelude::*;

use crate::scene::{Plot, Sheet};

pub use plot::Edges;
pub use png::png;
pub use table::table;

/// A failure inside a drawing library, in its own words.
pub type Reason = String;

/// Outer margin in pixels.
const MARGIN: i32 = 30;
/// Size of the caption's letters in pixels.
const CAPTION: i32 = 40;
/// Distance of caption lines in pixels.
const LEADING: i32 = 52;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Whatever a library reports, as text.
fn reason(error: impl std::fmt::Display) -> Reason {
    error.to_string()
}

/// Where the parts of a sheet go, in pixels.
struct Layout {
    width: i32,
    height: i32,
    /// Per row: top, height, and height of the head (title and legend).
    rows: Vec<(i32, i32, i32)>,
    caption: Vec<String>,
}

impl Layout {
    fn of(sheet: &Sheet) -> Self {
        let row_width = |row: &Vec<Plot>| row.iter().map(|p| p.width as i32).sum::<i32>();
        let width = sheet.rows.iter().map(row_width).max().unwrap_or(0);
        let mut top = MARGIN;
        let rows = sheet.rows.iter().map(|row| {
            let head = row.iter().map(legend::head).max().unwrap_or(0);
            let height = head + row.iter().map(|p| p.height as i32).max().unwrap_or(0);
            top += height;
            (top - height, height, head)
        });
        let rows = rows.collect();
        let caption = sheet.caption.iter().flat_map(|p| font::wrap(p, CAPTION, width - 4 * MARGIN));
        let caption: Vec<String> = caption.collect();
        let height = top + LEADING * caption.len() as i32 + 2 * MARGIN;
        Self { width, height, rows, caption }
    }
}

/// Width, height and frame in pixels of the one `plot` of a sheet without a caption: what it takes
/// to put something of one's own over the picture.
pub fn place(plot: &Plot) -> ((i32, i32), Edges) {
    let layout = Layout::of(&Sheet { rows: vec![vec![plot.clone()]], caption: Vec::new() });
    let (top, height, head) = layout.rows[0];
    let inner = plot::edges(plot, (plot.width as i32, height), head);
    let frame = Edges { top: inner.top + top, bottom: inner.bottom + top, ..inner };
    ((layout.width, layout.height), frame)
}

/// The picture as SVG text.
pub fn svg(sheet: &Sheet) -> Result<String, Reason> {
    let layout = Layout::of(sheet);
    let mut text = String::new();
    {
        let size = (layout.width as u32, layout.height as u32);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(reason)?;
        for (row, (top, height, head)) in sheet.rows.iter().zip(&layout.rows) {
            let mut left = 0;
            for plot in row {
                let size = (plot.width, *height as u32);
                let area = root.clone().shrink((left, *top), size);
                plot::draw(&area, plot, *head)?;
                left += plot.width as i32;
            }
        }
        let first = layout.height - LEADING * layout.caption.len() as i32 - MARGIN;
        let style = font::style(CAPTION, BLACK);
        for (i, line) in (0..).zip(&layout.caption) {
            let at = (2 * MARGIN, first + LEADING * i);
            root.draw_text(line, &style, at).map_err(reason)?;
        }
        root.present().map_err(reason)?;
    }
    Ok(text)
}
