//! Title and legend: a head over each plot, so that neither covers data.

use plotters::prelude::*;

use super::marks::{dash, marker, rgb};
use super::{Area, MARGIN, Reason, font, reason};
use crate::scene::{Entry, Key, Plot};

/// Size of the title's letters.
const TITLE: i32 = 54;
/// Height of the title line.
const TITLE_LINE: i32 = 84;
/// Size of the legend's letters.
const LABEL: i32 = 46;
/// Height of a legend line.
const LABEL_LINE: i32 = 62;
/// Width of a sample of line.
const SAMPLE: i32 = 110;
/// Gap between sample and label, and half of that between entries.
const GAP: i32 = 18;

/// Room for a label over its width: a face that stands in for ours where that is absent may be wider by an eighth.
const SLACK: (i32, i32) = (9, 8);

/// Height of title and legend of a plot.
pub(super) fn head(plot: &Plot) -> i32 {
    let title = if plot.title.is_empty() { 0 } else { TITLE_LINE };
    title + LABEL_LINE * lines(plot).len() as i32 + GAP
}

/// The entries, line by line, each with its left edge.
fn lines(plot: &Plot) -> Vec<Vec<(i32, &Entry)>> {
    let limit = plot.width as i32 - MARGIN;
    let mut lines: Vec<Vec<(i32, &Entry)>> = Vec::new();
    let mut right = limit + 1;
    for entry in &plot.legend {
        let width = sample(entry) + font::width(&entry.label, LABEL) * SLACK.0 / SLACK.1;
        if right + width > limit {
            lines.push(Vec::new());
            right = 2 * MARGIN;
        }
        if let Some(line) = lines.last_mut() {
            line.push((right, entry));
        }
        right += width + 3 * GAP;
    }
    lines
}

fn sample(entry: &Entry) -> i32 {
    match entry.key {
        Key::Line(_) => SAMPLE + GAP,
        Key::Patch(_) => SAMPLE / 2 + GAP,
        Key::Dot(_) => SAMPLE / 3 + GAP,
        Key::Note => 0,
    }
}

/// Draws title and legend at the top of `area`.
pub(super) fn draw(area: &Area<'_>, plot: &Plot) -> Result<(), Reason> {
    let mut y = 0;
    if !plot.title.is_empty() {
        let at = (2 * MARGIN, TITLE_LINE / 2);
        let style = font::beside(&font::bold(TITLE, BLACK));
        area.draw_text(&plot.title, &style, at).map_err(reason)?;
        y += TITLE_LINE;
    }
    for line in lines(plot) {
        for (x, entry) in line {
            draw_entry(area, entry, (x, y + LABEL_LINE / 2))?;
        }
        y += LABEL_LINE;
    }
    Ok(())
}

fn draw_entry(area: &Area<'_>, entry: &Entry, (x, y): (i32, i32)) -> Result<(), Reason> {
    let width = sample(entry) - GAP;
    match entry.key {
        Key::Line(look) => {
            dash(area, &[(x, y), (x + width, y)], look)?;
            marker(area, (x + width / 2, y), look)?;
        }
        Key::Dot(look) => marker(area, (x + width / 2, y), look)?,
        Key::Patch(colour) => {
            let corners = [(x, y - 18), (x + width, y + 18)];
            area.draw(&Rectangle::new(corners, rgb(colour).mix(0.75).filled())).map_err(reason)?;
        }
        Key::Note => {}
    }
    let style = font::beside(&font::style(LABEL, BLACK));
    area.draw_text(&entry.label, &style, (x + sample(entry), y)).map_err(reason)
}
