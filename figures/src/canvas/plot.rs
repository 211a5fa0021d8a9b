//! One plot: frame, grid, tick labels, axis labels, then the marks.

use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::marks::Frame;
use super::{Area, MARGIN, Reason, font, legend, marks, reason};
use crate::scene::{Axis, Plot, Ticks};

/// Size of tick labels.
const TICK: i32 = 46;
/// Size of axis labels.
const LABEL: i32 = 50;
/// Space for a line of axis label.
const LABEL_SPACE: i32 = 76;
/// Space between tick labels and axis.
const TICK_GAP: i32 = 16;
/// Grid lines.
const GRID: RGBColor = RGBColor(222, 222, 222);

/// Value and label.
type Tick = (f64, String);

/// The edges of the frame between the axes, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edges {
    /// Left edge.
    pub left: i32,
    /// Right edge.
    pub right: i32,
    /// Upper edge.
    pub top: i32,
    /// Lower edge.
    pub bottom: i32,
}

/// Space for a label of an axis.
fn label(axis: &Axis) -> i32 {
    if axis.label.is_empty() { 0 } else { LABEL_SPACE }
}

/// The left edge of the frame, beside the labels of `y_ticks`.
fn left(plot: &Plot, y_ticks: &[Tick]) -> i32 {
    let widest = y_ticks.iter().map(|t| font::width(&t.1, TICK)).max().unwrap_or(0);
    MARGIN + label(&plot.y) + widest + TICK_GAP
}

/// The ticks of both axes of a plot of `width` pixels.
fn both_ticks(plot: &Plot, width: i32) -> (Vec<Tick>, Vec<Tick>) {
    let y_ticks = ticks(&plot.y, 7);
    (x_ticks(&plot.x, width - MARGIN - left(plot, &y_ticks)), y_ticks)
}

/// Where the frame of a plot of this size is, under a head of `head` pixels.
pub(super) fn edges(plot: &Plot, (width, height): (i32, i32), head: i32) -> Edges {
    let (x_ticks, y_ticks) = both_ticks(plot, width);
    let below = if x_ticks.is_empty() { 0 } else { TICK + TICK_GAP };
    Edges {
        left: left(plot, &y_ticks),
        right: width - MARGIN - x_ticks.last().map_or(0, |t| font::width(&t.1, TICK) / 4),
        top: head + TICK / 2,
        bottom: height - MARGIN - label(&plot.x) - below,
    }
}

/// Draws `plot` on `area`, whose top `head` pixels are for title and legend.
pub(super) fn draw(area: &Area<'_>, plot: &Plot, head: i32) -> Result<(), Reason> {
    let (width, height) = area.dim_in_pixel();
    let (x_ticks, y_ticks) = both_ticks(plot, width as i32);
    let frame = edges(plot, (width as i32, height as i32), head);
    legend::draw(area, plot)?;
    grid(area, plot, &frame, (&x_ticks, &y_ticks))?;
    axis_labels(area, plot, &frame)?;
    let to_pixel = |(x, y): (f64, f64)| {
        let along = |axis: &Axis, value: f64, from: i32, to: i32| {
            let (low, high) = axis.ends();
            let t = (axis.place(value) - low) / (high - low);
            t.is_finite().then(|| f64::from(from) + t.clamp(-100.0, 100.0) * f64::from(to - from))
        };
        Some((
            along(&plot.x, x, frame.left, frame.right)?,
            along(&plot.y, y, frame.bottom, frame.top)?,
        ))
    };
    let rows = (f64::from(frame.top), f64::from(frame.bottom));
    let view = Frame { to_pixel: &to_pixel, rows };
    plot.marks.iter().try_for_each(|mark| marks::draw(area, mark, &view))?;
    let corners = [(frame.left, frame.top), (frame.right, frame.bottom)];
    area.draw(&Rectangle::new(corners, BLACK.stroke_width(3))).map_err(reason)
}

/// The ticks of a horizontal axis of `width` pixels: so few that their labels do not touch.
fn x_ticks(axis: &Axis, width: i32) -> Vec<Tick> {
    let space =
        |ticks: &[Tick]| ticks.iter().map(|t| font::width(&t.1, TICK) + TICK / 2).sum::<i32>();
    let fewer = (2..=8).rev().map(|limit| ticks(axis, limit));
    let fitting = fewer.into_iter().find(|ticks| space(ticks) <= width);
    fitting.unwrap_or_else(|| ticks(axis, 2))
}

/// Data values and labels of the ticks of an axis, about `limit` of them.
fn ticks(axis: &Axis, limit: usize) -> Vec<Tick> {
    let (low, high) = axis.range;
    let range: RangedCoordf64 = (low..high).into();
    let round = range.key_points(BoldPoints(limit));
    let decimals = round.windows(2).map(|w| decimals(w[1] - w[0])).max().unwrap_or(0);
    match &axis.ticks {
        Ticks::At(ticks) => ticks.clone(),
        Ticks::Round => match exponent_digits(&round) {
            Some((digits, step)) => {
                round.iter().map(|v| (*v, scientific(*v, digits, step))).collect()
            }
            None => round.iter().map(|v| (*v, number(*v, decimals))).collect(),
        },
        Ticks::Whole => {
            let whole = round.iter().filter(|v| (**v - v.round()).abs() < 1e-9);
            whole.map(|v| (*v, number(*v, 0))).collect()
        }
    }
}

/// Digits behind the point that tell ticks apart which are written with an exponent, and the step between them;
/// none where plain numbers are short enough, or where only long ones differ.
fn exponent_digits(ticks: &[f64]) -> Option<(usize, f64)> {
    let largest = ticks.iter().fold(0.0_f64, |most, tick| most.max(tick.abs()));
    let step = ticks.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    let digits = (largest / step).log10().ceil().max(1.0);
    ((largest >= 1e7 || step < 1e-6) && digits <= 6.0).then_some((digits as usize, step))
}

/// A number with an exponent, such as `2.5e9`, and a true minus sign; 0 to the rounding of a sum of steps.
fn scientific(value: f64, digits: usize, step: f64) -> String {
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    if value.abs() < 1e-6 * step {
        return "0".to_owned();
    }
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    format!("{mantissa}e{exponent}").replace('-', "\u{2212}")
}

/// Decimals that tell ticks apart which are `step` apart.
fn decimals(step: f64) -> usize {
    (0..8)
        .find(|d| ((step * 10f64.powi(*d)).round() / (step * 10f64.powi(*d)) - 1.0).abs() < 1e-6)
        .map_or(8, |d| d as usize)
}

/// A number with a true minus sign and no negative zero.
fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_owned(),
        Some(digits) => format!("\u{2212}{digits}"),
        None => text,
    }
}

fn grid(
    area: &Area<'_>,
    plot: &Plot,
    frame: &Edges,
    (x_ticks, y_ticks): (&[Tick], &[Tick]),
) -> Result<(), Reason> {
    let share = |axis: &Axis, value: f64| {
        let (low, high) = axis.ends();
        let t = (axis.place(value) - low) / (high - low);
        Some(t).filter(|t| (-1e-9..=1.0 + 1e-9).contains(t))
    };
    let style = font::style(TICK, BLACK);
    let rule = |ends: [(i32, i32); 2], shown: bool, colour: RGBColor| match shown {
        true => area.draw(&PathElement::new(ends.to_vec(), colour.stroke_width(3))).map_err(reason),
        false => Ok(()),
    };
    for (value, label) in x_ticks {
        let Some(t) = share(&plot.x, *value) else { continue };
        let x = frame.left + (t * f64::from(frame.right - frame.left)).round() as i32;
        rule([(x, frame.top), (x, frame.bottom)], plot.x.grid, GRID)?;
        rule([(x, frame.bottom), (x, frame.bottom + 10)], true, BLACK)?;
        let at = (x, frame.bottom + TICK_GAP + TICK / 2 + 2);
        area.draw_text(label, &font::centred(&style), at).map_err(reason)?;
    }
    for (value, label) in y_ticks {
        let Some(t) = share(&plot.y, *value) else { continue };
        let y = frame.bottom - (t * f64::from(frame.bottom - frame.top)).round() as i32;
        rule([(frame.left, y), (frame.right, y)], plot.y.grid, GRID)?;
        rule([(frame.left - 10, y), (frame.left, y)], true, BLACK)?;
        let at = (frame.left - TICK_GAP, y);
        area.draw_text(label, &font::ending(&style), at).map_err(reason)?;
    }
    Ok(())
}

fn axis_labels(area: &Area<'_>, plot: &Plot, frame: &Edges) -> Result<(), Reason> {
    let style = font::centred(&font::style(LABEL, BLACK));
    let (_, height) = area.dim_in_pixel();
    let middle = (frame.left + frame.right) / 2;
    let at = (middle, height as i32 - MARGIN - LABEL_SPACE / 2 + 8);
    area.draw_text(&plot.x.label, &style, at).map_err(reason)?;
    let at = (MARGIN + LABEL_SPACE / 2 - 8, (frame.top + frame.bottom) / 2);
    let turned = style.transform(FontTransform::Rotate270);
    area.draw_text(&plot.y.label, &turned, at).map_err(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_true_signs_and_no_negative_zero() {
        assert_eq!(number(-0.25, 2), "\u{2212}0.25");
        assert_eq!(number(-0.0001, 1), "0.0");
        assert_eq!([0.25, 0.5, 1.0, 20.0].map(decimals), [2, 1, 0, 0]);
    }

    #[test]
    fn labels_of_a_narrow_plot_do_not_touch() {
        let years = Axis::linear("year", [1990.0, 2020.0]);
        let labels = |width| x_ticks(&years, width).into_iter().map(|t| t.1).collect::<Vec<_>>();
        assert_eq!(labels(1600).len(), 7);
        assert_eq!(labels(700), ["1990", "2000", "2010", "2020"]);
    }

    #[test]
    fn long_numbers_have_an_exponent() {
        let labels = |range: (f64, f64)| -> Vec<String> {
            ticks(&Axis::between("", range), 4).into_iter().map(|tick| tick.1).collect()
        };
        assert_eq!(labels((0.0, 2.4e9)), ["0", "1e9", "2e9"]);
        assert_eq!(labels((-5e-9, 1e-9)), ["\u{2212}4e\u{2212}9", "\u{2212}2e\u{2212}9", "0"]);
        assert_eq!(labels((1990.0, 2020.0)), ["1990", "2000", "2010", "2020"], "years");
        assert_eq!(labels((0.0, 9e5)), ["0", "500000"], "euros");
    }
}
