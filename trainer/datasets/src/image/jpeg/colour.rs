//! From the planes of the components to RGB, to the bit as libjpeg and Pillow do it: smaller planes are enlarged
//! ("fancy upsampling", weights 3/4 and 1/4), then rows are converted.

use super::frame::{Component, Frame};
use crate::image::Rect;
use crate::image::wide::{Processor, Work};

/// How the components of an image make up its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    Grey,
    Rgb,
    /// Luminance and two chrominances.
    Ycc,
    /// Four inks, stored as what they leave of the light, as Adobe does.
    Cmyk,
    /// The same, the first three as luminance and chrominances.
    Ycck,
}

/// Making pixels from what the scans had.
pub(super) struct Finish<'s> {
    pub(super) frame: &'s mut Frame,
    pub(super) colours: Colours,
    /// The part that is wanted.
    pub(super) rect: Rect,
    /// Memory to use.
    pub(super) rows: &'s mut [RowRoom; 4],
    /// RGB.
    pub(super) pixels: &'s mut Vec<u8>,
}

impl Work for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, processor: impl Processor) {
        let Self { frame, colours, rect, rows: rooms, pixels } = self;
        if frame.progressive {
            frame.components.iter_mut().for_each(|component| component.finish(processor));
        }
        pixels.resize(rect.width * rect.height * 3, 0);
        for (y, target) in pixels.chunks_exact_mut(3 * rect.width).enumerate() {
            let mut rows: [&[u8]; 4] = [&[]; 4];
            for ((component, room), row) in frame.components.iter().zip(&mut *rooms).zip(&mut rows)
            {
                *row = enlarged(frame, component, rect.top + y, (rect.left, rect.width), room);
            }
            convert(processor, &rows[..frame.components.len()], colours, target);
        }
    }
}

/// Memory for the samples of a row.
#[derive(Debug, Default)]
pub(super) struct RowRoom {
    row: Vec<u8>,
    sums: Vec<u16>,
}

/// Row `y` of the image, `width` samples from `left` on, from the plane of `component`.
#[inline(always)]
fn enlarged<'a>(
    frame: &Frame,
    component: &'a Component,
    y: usize,
    (left, width): (usize, usize),
    room: &'a mut RowRoom,
) -> &'a [u8] {
    // Samples of a unit.
    let (unit, of) = ((frame.unit.0 * frame.size, frame.unit.1 * frame.size), component.samples());
    let (across, down) = (unit.0 / of.0, unit.1 / of.1);
    let whole = unit.0.is_multiple_of(of.0) && unit.1.is_multiple_of(of.1);
    let own = (y * of.1 / unit.1).min(component.height - 1);
    // The row on the other side of the one that is written.
    let near = if y.is_multiple_of(2) {
        own.saturating_sub(1)
    } else {
        (own + 1).min(component.height - 1)
    };
    let (line, first) = (component.line(own), component.first());
    let RowRoom { row, sums } = room;
    match (across, down) {
        (1, 1) if whole => &line[left - first..][..width],
        (2, 1) if whole && component.width > 2 => {
            row.resize(2 * line.len(), 0);
            widen(line, row);
            &row[left - 2 * first..][..width]
        }
        (1, 2) if whole => {
            let bias = 1 + (y % 2) as u16;
            let pairs = line.iter().zip(component.line(near));
            let sum = |(own, near): (&u8, &u8)| 3 * u16::from(*own) + u16::from(*near) + bias;
            row.clear();
            row.extend(pairs.map(|pair| (sum(pair) >> 2) as u8));
            &row[left - first..][..width]
        }
        (2, 2) if whole && component.width > 2 => {
            let pairs = line.iter().zip(component.line(near));
            sums.clear();
            sums.extend(pairs.map(|(own, near)| 3 * u16::from(*own) + u16::from(*near)));
            row.resize(2 * line.len(), 0);
            widen_sums(sums, row);
            &row[left - 2 * first..][..width]
        }
        _ => {
            let place = |x: usize| (x * of.0 / unit.0).min(component.width - 1);
            row.clear();
            row.extend((left..left + width).map(|x| line[place(x) - first]));
            row
        }
    }
}

/// Twice as many samples as `line` has, at least three.
#[inline(always)]
fn widen(line: &[u8], row: &mut [u8]) {
    let last = line.len() - 1;
    let value = |x: usize| u16::from(line[x]);
    row[0] = line[0];
    row[1] = ((3 * value(0) + value(1) + 2) >> 2) as u8;
    let three = line[..last - 1].iter().zip(&line[1..last]).zip(&line[2..]);
    for (((before, own), after), out) in three.zip(row[2..].as_chunks_mut::<2>().0) {
        let [before, own, after] = [before, own, after].map(|sample| u16::from(*sample));
        *out = [((3 * own + before + 1) >> 2) as u8, ((3 * own + after + 2) >> 2) as u8];
    }
    row[2 * last] = ((3 * value(last) + value(last - 1) + 1) >> 2) as u8;
    row[2 * last + 1] = line[last];
}

/// Twice as many samples as there are `sums`, at least three, each 4 times a sample.
#[inline(always)]
fn widen_sums(sums: &[u16], row: &mut [u8]) {
    let last = sums.len() - 1;
    row[0] = ((4 * sums[0] + 8) >> 4) as u8;
    row[1] = ((3 * sums[0] + sums[1] + 7) >> 4) as u8;
    let three = sums[..last - 1].iter().zip(&sums[1..last]).zip(&sums[2..]);
    for (((before, own), after), out) in three.zip(row[2..].as_chunks_mut::<2>().0) {
        *out = [((3 * own + before + 8) >> 4) as u8, ((3 * own + after + 7) >> 4) as u8];
    }
    row[2 * last] = ((3 * sums[last] + sums[last - 1] + 8) >> 4) as u8;
    row[2 * last + 1] = ((4 * sums[last] + 7) >> 4) as u8;
}

/// Converts a row of samples of each component to RGB.
#[inline(always)]
fn convert(processor: impl Processor, rows: &[&[u8]], colours: Colours, target: &mut [u8]) {
    if let (Colours::Ycc, [y, cb, cr]) = (colours, rows) {
        return ycc(processor, [y, cb, cr], target);
    }
    let targets = target.as_chunks_mut::<3>().0.iter_mut();
    match (colours, rows) {
        (Colours::Rgb, [red, green, blue, ..]) => {
            for (((to, red), green), blue) in targets.zip(*red).zip(*green).zip(*blue) {
                *to = [*red, *green, *blue];
            }
        }
        (Colours::Cmyk, [c, m, y, k]) => {
            for ((((to, c), m), y), k) in targets.zip(*c).zip(*m).zip(*y).zip(*k) {
                *to = [*c, *m, *y].map(|left| printed(left, *k));
            }
        }
        (Colours::Ycck, [y, cb, cr, k]) => {
            for ((((to, y), cb), cr), k) in targets.zip(*y).zip(*cb).zip(*cr).zip(*k) {
                *to = rgb(*y, *cb, *cr).map(|ink| printed(255 - ink, *k));
            }
        }
        (_, [grey, ..]) => targets.zip(*grey).for_each(|(to, grey)| *to = [*grey; 3]),
        (_, []) => {}
    }
}

/// Converts a row of luminance and chrominances.
#[inline(always)]
fn ycc(processor: impl Processor, rows: [&[u8]; 3], target: &mut [u8]) {
    let (blocks, rest) = target.as_chunks_mut::<48>();
    let [y, cb, cr] = rows.map(|row| row.as_chunks::<16>());
    for (((to, y), cb), cr) in blocks.iter_mut().zip(y.0).zip(cb.0).zip(cr.0) {
        let mut planes = [[0; 16]; 3];
        for i in 0..16 {
            let [red, green, blue] = rgb(y[i], cb[i], cr[i]);
            (planes[0][i], planes[1][i], planes[2][i]) = (red, green, blue);
        }
        *to = processor.interleaved(planes);
    }
    let targets = rest.as_chunks_mut::<3>().0.iter_mut();
    for (((to, y), cb), cr) in targets.zip(y.1).zip(cb.1).zip(cr.1) {
        *to = rgb(*y, *cb, *cr);
    }
}

/// RGB of luminance and chrominances, by factors of 16 bits.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + ((91_881 * cr + HALF) >> 16);
    let green = y + ((HALF - 22_554 * cb - 46_802 * cr) >> 16);
    let blue = y + ((116_130 * cb + HALF) >> 16);
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}

/// The light that is left where an ink leaves `left` of it and black leaves `black`, as Pillow computes it.
fn printed(left: u8, black: u8) -> u8 {
    let product = u32::from(255 - left) * u32::from(black) + 128;
    let taken = ((product >> 8) + product) >> 8;
    u32::from(black).saturating_sub(taken) as u8
}
