//! Marks in pixels: dashed lines, markers, bands, bars, cells and words. Lines are cut at the
//! frame here, because plotters would bend them along it.

use plotters::element::DashedPathElement;
use plotters::prelude::*;

use super::{Area, Reason, font, reason};
use crate::scene::{Colour, Dash, Look, Mark, Marker};

/// Size of the words in a plot.
const WORDS: i32 = 52;
/// Size of small words.
const SMALL: i32 = 42;

/// From data to pixels, and the pixels of the frame.
pub(super) struct Frame<'f> {
    /// Data to pixels; `None` for what has no place (not finite, not positive on a log axis).
    pub to_pixel: &'f dyn Fn((f64, f64)) -> Option<(f64, f64)>,
    /// Uppermost and lowermost pixel.
    pub rows: (f64, f64),
}

/// A colour as plotters has it.
pub(super) fn rgb(colour: Colour) -> RGBColor {
    RGBColor(colour.0, colour.1, colour.2)
}

/// Draws one mark on the whole area.
pub(super) fn draw(area: &Area<'_>, mark: &Mark, frame: &Frame<'_>) -> Result<(), Reason> {
    match mark {
        Mark::Line(points, look) => line(area, points, *look, frame),
        Mark::Dots(points, look) => dots(area, points, *look, frame),
        Mark::Bubbles(points, colour) => bubbles(area, points, *colour, frame),
        Mark::Band(points, colour) => band(area, points, *colour, frame),
        Mark::Bars(points, look) => bars(area, points, *look, frame),
        Mark::Cell([from, to], fill) => cell(area, (*from, *to), *fill, frame),
        Mark::Words(words) => {
            let Some(pixel) = (frame.to_pixel)(words.at) else { return Ok(()) };
            let (x, y) = whole(pixel);
            let style = font::style(if words.small { SMALL } else { WORDS }, rgb(words.colour));
            let at = (x + words.offset.0, y + words.offset.1);
            area.draw_text(&words.text, &font::centred(&style), at).map_err(reason)
        }
    }
}

fn line(area: &Area<'_>, points: &[(f64, f64)], look: Look, f: &Frame<'_>) -> Result<(), Reason> {
    let pixels: Vec<Option<(f64, f64)>> = points.iter().map(|p| (f.to_pixel)(*p)).collect();
    for stroke in strokes(&pixels, f.rows) {
        let whole: Vec<(i32, i32)> = stroke.iter().map(|p| whole(*p)).collect();
        dash(area, &whole, look)?;
    }
    dots(area, points, look, f)
}

fn dots(area: &Area<'_>, points: &[(f64, f64)], look: Look, f: &Frame<'_>) -> Result<(), Reason> {
    let inside = |p: &(f64, f64)| f.rows.0 <= p.1 && p.1 <= f.rows.1;
    for pixel in points.iter().filter_map(|p| (f.to_pixel)(*p)).filter(inside) {
        marker(area, whole(pixel), look)?;
    }
    Ok(())
}

fn bubbles(
    area: &Area<'_>,
    points: &[(f64, f64, i32)],
    colour: Colour,
    f: &Frame<'_>,
) -> Result<(), Reason> {
    for &(x, y, radius) in points {
        let Some(pixel) = (f.to_pixel)((x, y)) else { continue };
        let (at, fill) = (whole(pixel), rgb(colour).mix(0.3).filled());
        area.draw(&Circle::new(at, radius, fill)).map_err(reason)?;
        let rim = rgb(colour).stroke_width(4);
        area.draw(&Circle::new(at, radius, rim)).map_err(reason)?;
    }
    Ok(())
}

fn band(
    area: &Area<'_>,
    points: &[(f64, f64, f64)],
    colour: Colour,
    f: &Frame<'_>,
) -> Result<(), Reason> {
    let cut = |(x, y): (f64, f64)| whole((x, y.clamp(f.rows.0, f.rows.1)));
    let edges = |&(x, low, high): &(f64, f64, f64)| {
        Some((cut((f.to_pixel)((x, low))?), cut((f.to_pixel)((x, high))?)))
    };
    let edges: Vec<_> = points.iter().map(edges).collect();
    for run in edges.split(Option::is_none) {
        let run: Vec<_> = run.iter().flatten().collect();
        let outline: Vec<(i32, i32)> =
            run.iter().map(|e| e.0).chain(run.iter().rev().map(|e| e.1)).collect();
        if run.len() > 1 {
            area.draw(&Polygon::new(outline, rgb(colour).mix(0.18))).map_err(reason)?;
        }
    }
    Ok(())
}

fn bars(
    area: &Area<'_>,
    points: &[(f64, f64, f64)],
    look: Look,
    f: &Frame<'_>,
) -> Result<(), Reason> {
    let cap = look.radius;
    for &(x, low, high) in points {
        let ends = ((f.to_pixel)((x, low)), (f.to_pixel)((x, high)));
        let (Some(low), Some(high)) = ends else { continue };
        for stroke in strokes(&[Some(low), Some(high)], f.rows) {
            let ends: Vec<(i32, i32)> = stroke.iter().map(|p| whole(*p)).collect();
            dash(area, &ends, Look { dash: Dash::Solid, ..look })?;
        }
        for (x, y) in [whole(low), whole(high)] {
            if (f.rows.0..=f.rows.1).contains(&f64::from(y)) {
                dash(area, &[(x - cap, y), (x + cap, y)], Look { dash: Dash::Solid, ..look })?;
            }
        }
    }
    Ok(())
}

fn cell(
    area: &Area<'_>,
    (from, to): ((f64, f64), (f64, f64)),
    fill: Colour,
    f: &Frame<'_>,
) -> Result<(), Reason> {
    let (Some(from), Some(to)) = ((f.to_pixel)(from), (f.to_pixel)(to)) else { return Ok(()) };
    let cell = Rectangle::new([whole(from), whole(to)], rgb(fill).filled());
    area.draw(&cell).map_err(reason)
}

fn whole((x, y): (f64, f64)) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}

/// A line through whole pixels in the look's dash.
pub(super) fn dash(area: &Area<'_>, points: &[(i32, i32)], look: Look) -> Result<(), Reason> {
    let style = rgb(look.colour).stroke_width(look.width);
    let points = points.to_vec();
    let (on, off) = match look.dash {
        Dash::Solid => return area.draw(&PathElement::new(points, style)).map_err(reason),
        Dash::Dashed => (28, 16),
        Dash::Dotted => (8, 12),
    };
    area.draw(&DashedPathElement::new(points, on, off, style)).map_err(reason)
}

/// The look's marker at a pixel.
pub(super) fn marker(area: &Area<'_>, at: (i32, i32), look: Look) -> Result<(), Reason> {
    let (r, fill) = (look.radius, rgb(look.colour).filled());
    let (x, y) = at;
    let polygon = |corners: &[(i32, i32)]| {
        let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
        area.draw(&Polygon::new(corners, fill)).map_err(reason)
    };
    match look.marker {
        Marker::None => Ok(()),
        Marker::Circle => area.draw(&Circle::new(at, r, fill)).map_err(reason),
        Marker::Ring => {
            area.draw(&Circle::new(at, r, WHITE.filled())).map_err(reason)?;
            let ring = rgb(look.colour).stroke_width(look.width.min(5));
            area.draw(&Circle::new(at, r, ring)).map_err(reason)
        }
        Marker::Square => polygon(&[(-r, -r), (r, -r), (r, r), (-r, r)]),
        Marker::Triangle => polygon(&[(0, -r - r / 4), (r + r / 6, r), (-r - r / 6, r)]),
        Marker::Diamond => {
            polygon(&[(0, -r - r / 3), (r + r / 3, 0), (0, r + r / 3), (-r - r / 3, 0)])
        }
        Marker::Cross => {
            let style = rgb(look.colour).stroke_width(look.width.max(6));
            for (from, to) in [((x - r, y - r), (x + r, y + r)), ((x - r, y + r), (x + r, y - r))] {
                area.draw(&PathElement::new(vec![from, to], style)).map_err(reason)?;
            }
            Ok(())
        }
    }
}

/// Splits a line where it is interrupted, and cuts it where it leaves `rows`.
fn strokes(points: &[Option<(f64, f64)>], (top, bottom): (f64, f64)) -> Vec<Vec<(f64, f64)>> {
    let mut strokes: Vec<Vec<(f64, f64)>> = Vec::new();
    for pair in points.windows(2) {
        let (Some(from), Some(to)) = (pair[0], pair[1]) else { continue };
        let Some((from, to)) = cut(from, to, top, bottom) else { continue };
        match strokes.last_mut() {
            Some(stroke) if stroke.last() == Some(&from) => stroke.push(to),
            _ => strokes.push(vec![from, to]),
        }
    }
    strokes
}

/// The part of a segment with ordinates in [top, bottom].
fn cut(
    from: (f64, f64),
    to: (f64, f64),
    top: f64,
    bottom: f64,
) -> Option<((f64, f64), (f64, f64))> {
    if from.1.max(to.1) < top || from.1.min(to.1) > bottom {
        return None;
    }
    let at = |y: f64| (from.0 + (y - from.1) / (to.1 - from.1) * (to.0 - from.0), y);
    let end = |p: (f64, f64)| match p.1 {
        y if y < top => at(top),
        y if y > bottom => at(bottom),
        _ => p,
    };
    Some((end(from), end(to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_the_frame() {
        let points = [Some((0.0, -10.0)), Some((10.0, 10.0)), Some((20.0, 30.0))];
        let expected = vec![vec![(5.0, 0.0), (10.0, 10.0), (15.0, 20.0)]];
        assert_eq!(strokes(&points, (0.0, 20.0)), expected);
    }

    #[test]
    fn a_gap_interrupts_a_line() {
        let points = [Some((0.0, 1.0)), Some((1.0, 1.0)), None, Some((3.0, 1.0)), Some((4.0, 2.0))];
        assert_eq!(strokes(&points, (0.0, 9.0)).len(), 2);
        assert!(strokes(&[Some((0.0, 50.0)), Some((1.0, 60.0))], (0.0, 9.0)).is_empty());
    }
}
