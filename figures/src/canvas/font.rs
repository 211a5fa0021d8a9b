//! The typeface: Liberation Sans, bundled. It has the widths of Arial and Helvetica, so what is
//! measured here holds for the families that the SVG falls back to.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The regular face.
pub(super) const REGULAR: &[u8] = include_bytes!("../../fonts/LiberationSans-Regular.ttf");
/// The bold face.
pub(super) const BOLD: &[u8] = include_bytes!("../../fonts/LiberationSans-Bold.ttf");
/// Families that the SVG names, best first.
pub(super) const FAMILIES: &str = "Liberation Sans, Arial, Helvetica, sans-serif";

/// plotters' SVG back end divides font sizes by this number.
const SHRINK: f64 = 1.24;

/// Regular letters, hanging from their point to the right.
pub(super) fn style(size: i32, colour: RGBColor) -> TextStyle<'static> {
    face(FontStyle::Normal, size, colour)
}

/// The same in bold.
pub(super) fn bold(size: i32, colour: RGBColor) -> TextStyle<'static> {
    face(FontStyle::Bold, size, colour)
}

fn face(style: FontStyle, size: i32, colour: RGBColor) -> TextStyle<'static> {
    FontDesc::new(FontFamily::Name(FAMILIES), f64::from(size) * SHRINK, style).color(&colour)
}

/// The same, centred on its point.
pub(super) fn centred(style: &TextStyle<'static>) -> TextStyle<'static> {
    style.pos(Pos::new(HPos::Center, VPos::Center))
}

/// The same, vertically centred beside its point.
pub(super) fn beside(style: &TextStyle<'static>) -> TextStyle<'static> {
    style.pos(Pos::new(HPos::Left, VPos::Center))
}

/// The same, vertically centred and ending at its point.
pub(super) fn ending(style: &TextStyle<'static>) -> TextStyle<'static> {
    style.pos(Pos::new(HPos::Right, VPos::Center))
}

/// Width of `text` in pixels at `size`; a letter that the face lacks counts half its size.
pub(super) fn width(text: &str, size: i32) -> i32 {
    let Ok(face) = ttf_parser::Face::parse(REGULAR, 0) else {
        return text.chars().count() as i32 * size / 2;
    };
    let units = i32::from(face.units_per_em());
    let advance = |c: char| {
        let glyph = face.glyph_index(c).and_then(|g| face.glyph_hor_advance(g));
        glyph.map_or(units / 2, i32::from)
    };
    (text.chars().map(advance).sum::<i32>() * size + units - 1) / units
}

/// Breaks `text` at blanks into lines of at most `limit` pixels; a longer word has its own line.
/// A percent sign stays with its number.
pub(super) fn wrap(text: &str, size: i32, limit: i32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.replace(" %", "\u{a0}%").split(' ') {
        let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        lines.pop();
        if width(&longer, size) <= limit || line.is_empty() {
            lines.push(longer);
        } else {
            lines.extend([line, word.to_owned()]);
        }
    }
    lines
}
