//! From the planes of the components to RGB, to the bit as libjpeg and Pillow do it: smaller planes are enlarged
//! ("fancy upsampling", weights 3/4 and 1/4), then rows are converted.

use super::frame::{Component, Frame};
use crate::image::Rect;

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

/// The pixels of the part `rect` of `frame`, RGB.
pub(super) fn pixels(frame: &Frame, colours: Colours, rect: Rect) -> Vec<u8> {
    let mut pixels = vec![0; rect.width * rect.height * 3];
    let mut rows = vec![vec![0; frame.width + 2 * 8 * 4]; frame.components.len()];
    let mut sums = Vec::new();
    for (y, target) in pixels.chunks_exact_mut(3 * rect.width).enumerate() {
        for (component, row) in frame.components.iter().zip(&mut rows) {
            enlarge(frame, component, rect.top + y, row, &mut sums);
        }
        let rows: Vec<&[u8]> = rows.iter().map(|row| &row[rect.left..]).collect();
        convert(&rows, colours, target);
    }
    pixels
}

/// Row `y` of the image from the plane of `component`, into the beginning of `row`. `sums` is room to work.
fn enlarge(frame: &Frame, component: &Component, y: usize, row: &mut [u8], sums: &mut Vec<i32>) {
    let (across, down) = (frame.unit.0 / component.across, frame.unit.1 / component.down);
    let whole = frame.unit.0.is_multiple_of(component.across)
        && frame.unit.1.is_multiple_of(component.down);
    let width = component.width;
    let line = |y: usize| &component.plane[y * component.stride()..][..width];
    let own = (y * component.down / frame.unit.1).min(component.height - 1);
    // The row on the other side of the one that is written.
    let near = if y.is_multiple_of(2) {
        own.saturating_sub(1)
    } else {
        (own + 1).min(component.height - 1)
    };
    match (across, down) {
        (1, 1) if whole => row[..width].copy_from_slice(line(own)),
        (2, 1) if whole && width > 2 => widen(line(own), row),
        (1, 2) if whole => {
            let bias = 1 + (y % 2) as u16;
            for ((out, own), near) in row.iter_mut().zip(line(own)).zip(line(near)) {
                *out = ((3 * u16::from(*own) + u16::from(*near) + bias) >> 2) as u8;
            }
        }
        (2, 2) if whole && width > 2 => {
            let pairs = line(own).iter().zip(line(near));
            sums.clear();
            sums.extend(pairs.map(|(own, near)| 3 * i32::from(*own) + i32::from(*near)));
            widen_sums(sums, row);
        }
        _ => {
            for (x, out) in row.iter_mut().enumerate().take(frame.width) {
                *out = line(own)[(x * component.across / frame.unit.0).min(width - 1)];
            }
        }
    }
}

/// Twice as many samples as `line` has, at least three.
fn widen(line: &[u8], row: &mut [u8]) {
    let last = line.len() - 1;
    let value = |x: usize| u16::from(line[x]);
    row[0] = line[0];
    row[1] = ((3 * value(0) + value(1) + 2) >> 2) as u8;
    for (three, out) in line.windows(3).zip(row[2..].chunks_exact_mut(2)) {
        let [before, own, after] = [0, 1, 2].map(|x| u16::from(three[x]));
        out[0] = ((3 * own + before + 1) >> 2) as u8;
        out[1] = ((3 * own + after + 2) >> 2) as u8;
    }
    row[2 * last] = ((3 * value(last) + value(last - 1) + 1) >> 2) as u8;
    row[2 * last + 1] = line[last];
}

/// Twice as many samples as there are `sums`, at least three, each 4 times a sample.
fn widen_sums(sums: &[i32], row: &mut [u8]) {
    let last = sums.len() - 1;
    row[0] = ((4 * sums[0] + 8) >> 4) as u8;
    row[1] = ((3 * sums[0] + sums[1] + 7) >> 4) as u8;
    for (three, out) in sums.windows(3).zip(row[2..].chunks_exact_mut(2)) {
        out[0] = ((3 * three[1] + three[0] + 8) >> 4) as u8;
        out[1] = ((3 * three[1] + three[2] + 7) >> 4) as u8;
    }
    row[2 * last] = ((3 * sums[last] + sums[last - 1] + 8) >> 4) as u8;
    row[2 * last + 1] = ((4 * sums[last] + 7) >> 4) as u8;
}

/// Converts a row of samples of each component to RGB.
fn convert(rows: &[&[u8]], colours: Colours, target: &mut [u8]) {
    let targets = target.as_chunks_mut::<3>().0.iter_mut();
    match (colours, rows) {
        (Colours::Rgb, [red, green, blue, ..]) => {
            for (((to, red), green), blue) in targets.zip(*red).zip(*green).zip(*blue) {
                *to = [*red, *green, *blue];
            }
        }
        (Colours::Ycc, [y, cb, cr, ..]) => {
            for (((to, y), cb), cr) in targets.zip(*y).zip(*cb).zip(*cr) {
                *to = rgb(*y, *cb, *cr);
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
