//! A part of a picture scaled to a square, bilinear and antialiased as Pillow does it, for random crops: in integers of
//! 16 bits, which is within a level of Pillow, and the same to the bit on every processor.
//!
//! Rows are scaled first. So that their samples lie side by side in registers, a strip of rows is turned into columns and back.

use super::Rect;
use super::wide::{Processor, Work, widely};

/// Rows of a strip, and samples that are computed side by side.
const STRIP: usize = 32;
/// Samples of a block that is turned.
const BLOCK: usize = 16;

/// What one axis of the square is made of: each place from neighbouring samples of the part, of which all have as many.
#[derive(Debug, Default)]
struct Axis {
    /// Samples of the part that make up a place.
    taps: usize,
    /// By place: the first of them.
    starts: Vec<usize>,
    /// By place: their shares of 2^16, which is not exceeded.
    shares: Vec<u16>,
    /// Room for the weights of a place.
    weights: Vec<f64>,
}

impl Axis {
    /// Scales `from` samples, after `before` others, to `to`. What there is of them are means of `reduction` each, of which
    /// each has the weights of its samples together, so that a part may begin within one.
    fn set(&mut self, part: (usize, usize), reduction: usize, to: usize) {
        match reduction {
            8 => self.set_by::<8>(part, to),
            4 => self.set_by::<4>(part, to),
            2 => self.set_by::<2>(part, to),
            _ => self.set_by::<1>(part, to),
        }
    }

    /// The same with a reduction that the compiler knows: without one, it takes as little time as if there were none.
    fn set_by<const REDUCTION: usize>(&mut self, (before, from): (usize, usize), to: usize) {
        let scale = from as f64 / to as f64;
        // A mean has spread its samples already, with a variance of (REDUCTION^2 - 1) / 12; that of the triangle is reach^2 / 6.
        let spread = (REDUCTION * REDUCTION - 1) as f64 / 2.0;
        let reach = (scale.max(1.0).powi(2) - spread).sqrt();
        let less = 1.0 / reach;
        // The samples whose centres are within reach.
        let bounds = |place: usize| {
            let centre = (place as f64 + 0.5) * scale;
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from);
            (centre + before as f64, before + first, before + end)
        };
        let taps =
            |(_, first, end): (f64, usize, usize)| end.div_ceil(REDUCTION) - first / REDUCTION;
        self.taps = (0..to).map(bounds).map(taps).max().unwrap_or(0);
        self.starts.clear();
        self.shares.clear();
        for (centre, first, end) in (0..to).map(bounds) {
            let start = (first / REDUCTION).min((before + from).div_ceil(REDUCTION) - self.taps);
            let samples = REDUCTION * start..REDUCTION * (start + self.taps);
            self.weights.clear();
            self.weights.extend(samples.map(|sample| {
                let distance = ((sample as f64 + 0.5 - centre) * less).abs();
                if (first..end).contains(&sample) { (1.0 - distance).max(0.0) } else { 0.0 }
            }));
            let share = 65_536.0 / self.weights.iter().sum::<f64>();
            let means = self.weights.as_chunks::<REDUCTION>().0.iter();
            let weights = means.map(|samples| samples.iter().sum::<f64>());
            self.starts.push(start);
            self.shares.extend(weights.map(|weight| (weight * share).min(65_535.0) as u16));
        }
    }

    /// By place: the first sample, and the shares of it and those after it.
    #[inline(always)]
    fn places(&self) -> impl Iterator<Item = (usize, &[u16])> {
        self.starts.iter().copied().zip(self.shares.chunks_exact(self.taps.max(1)))
    }
}

/// Memory that is used again for the next picture.
#[derive(Debug, Default)]
pub(crate) struct Room {
    across: Axis,
    down: Axis,
    /// A strip of the part as columns: of each sample of a row those of all rows.
    columns: Vec<[u8; STRIP]>,
    /// The same, scaled.
    scaled: Vec<[u8; STRIP]>,
    /// All rows, scaled.
    rows: Vec<u8>,
}

/// How far a picture may be reduced of which the part `rect` becomes a square of `side` x `side` pixels: as long as 1.5 of
/// its pixels are left for one of the square. Parts of real photographs are 0.5 to 0.65 of 255 away then from what the
/// whole picture gives, on average. With no more than 1 pixel left, as in Pillow's `draft`, it is 1.0 to 1.5, and 6 in
/// the worst image; with 2 left it is 0.4 to 0.55, but few crops are reduced at all.
pub(crate) fn reduction(rect: Rect, side: usize) -> usize {
    let fits = |reduction: &usize| 2 * rect.width.min(rect.height) >= 3 * reduction * side;
    [8, 4, 2].into_iter().find(fits).unwrap_or(1)
}

/// Scales the part `rect` of a picture, whatever its shape, to a `square` of `side` x `side` pixels, and turns left and right
/// where it is to be a `mirror` image. `pixels` are the picture in RGB, in rows of `width` pixels, each the mean of
/// `reduction` x `reduction` pixels in which `rect` is given. What is around the part has no influence, but where it
/// shares a mean.
pub(crate) fn stretch(
    (pixels, width): (&[u8], usize),
    (rect, reduction): (Rect, usize),
    (square, side): (&mut [u8], usize),
    mirror: bool,
    room: &mut Room,
) {
    room.across.set((rect.left % reduction, rect.width), reduction, side);
    room.down.set((rect.top % reduction, rect.height), reduction, side);
    let rect = rect.reduced(reduction);
    widely(Stretch { pixels, width, rect, square, side, mirror, room });
}

struct Stretch<'s> {
    pixels: &'s [u8],
    width: usize,
    rect: Rect,
    square: &'s mut [u8],
    side: usize,
    mirror: bool,
    room: &'s mut Room,
}

impl Work for Stretch<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, processor: impl Processor) {
        let Self { pixels, width, rect, square, side, mirror, room } = self;
        let long = (3 * side).next_multiple_of(STRIP);
        room.rows.resize(rect.height.next_multiple_of(STRIP) * long, 0);
        room.columns.resize((3 * rect.width).next_multiple_of(BLOCK), [0; STRIP]);
        room.scaled.resize(long, [0; STRIP]);
        for (strip, rows) in room.rows.chunks_exact_mut(STRIP * long).enumerate() {
            // Behind the last row it comes again.
            let row = |row: usize| {
                let y = rect.top + (STRIP * strip + row).min(rect.height - 1);
                &pixels[3 * (y * width + rect.left)..]
            };
            let from: [&[u8]; STRIP] = std::array::from_fn(row);
            to_columns(processor, from, &mut room.columns);
            scale_columns(
                processor,
                &room.across,
                &room.columns,
                mirror,
                &mut room.scaled[..3 * side],
            );
            to_rows(processor, &room.scaled, rows);
        }
        for ((start, shares), row) in room.down.places().zip(square.chunks_exact_mut(3 * side)) {
            sum_rows(processor, &room.rows[start * long..], long, shares, row);
        }
    }
}

/// Turns as much of `rows` into `columns` as there is room for; what is behind the end of a part is of no account.
#[inline(always)]
fn to_columns(processor: impl Processor, rows: [&[u8]; STRIP], columns: &mut [[u8; STRIP]]) {
    for (half, rows) in rows.as_chunks::<BLOCK>().0.iter().enumerate() {
        for (block, columns) in columns.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
            let mut samples = [[0; BLOCK]; BLOCK];
            for (samples, row) in samples.iter_mut().zip(rows) {
                let rest = &row[BLOCK * block..];
                match rest.first_chunk() {
                    Some(whole) => *samples = *whole,
                    None => samples[..rest.len()].copy_from_slice(rest),
                }
            }
            for (column, turned) in columns.iter_mut().zip(processor.turned(samples)) {
                column[BLOCK * half..][..BLOCK].copy_from_slice(&turned);
            }
        }
    }
}

/// Turns `columns` into rows, one behind the other in `rows`.
#[inline(always)]
fn to_rows(processor: impl Processor, columns: &[[u8; STRIP]], rows: &mut [u8]) {
    let long = columns.len();
    for (half, rows) in rows.chunks_exact_mut(BLOCK * long).enumerate() {
        for (block, columns) in columns.as_chunks::<BLOCK>().0.iter().enumerate() {
            let mut samples = [[0; BLOCK]; BLOCK];
            for (samples, column) in samples.iter_mut().zip(columns) {
                samples.copy_from_slice(&column[BLOCK * half..][..BLOCK]);
            }
            let turned = processor.turned(samples);
            for (row, samples) in rows.chunks_exact_mut(long).zip(turned) {
                row[BLOCK * block..][..BLOCK].copy_from_slice(&samples);
            }
        }
    }
}

/// Scales the pixels of a strip to as many as `scaled` has room for.
#[inline(always)]
fn scale_columns(
    processor: impl Processor,
    axis: &Axis,
    columns: &[[u8; STRIP]],
    mirror: bool,
    scaled: &mut [[u8; STRIP]],
) {
    let last = axis.starts.len() - 1;
    let scaled = scaled.as_chunks_mut::<3>().0;
    for (place, (start, shares)) in axis.places().enumerate() {
        let mut sums = [processor.halves(); 3];
        for (pixel, share) in columns[3 * start..].as_chunks::<3>().0.iter().zip(shares) {
            for (sums, samples) in sums.iter_mut().zip(pixel) {
                *sums = processor.plus(*sums, samples, *share);
            }
        }
        let to = if mirror { last - place } else { place };
        for (to, sums) in scaled[to].iter_mut().zip(sums) {
            *to = processor.whole(sums);
        }
    }
}

/// The sum of the first of `rows`, each `long` bytes long, by their `shares`.
#[inline(always)]
fn sum_rows(processor: impl Processor, rows: &[u8], long: usize, shares: &[u16], row: &mut [u8]) {
    let (blocks, rest) = row.as_chunks_mut::<STRIP>();
    let end = blocks.len();
    for (block, to) in blocks.iter_mut().enumerate() {
        *to = sum_block(processor, &rows[STRIP * block..], long, shares);
    }
    if !rest.is_empty() {
        let sums = sum_block(processor, &rows[STRIP * end..], long, shares);
        rest.copy_from_slice(&sums[..rest.len()]);
    }
}

/// The same of the block of each row with which `rows` begin.
#[inline(always)]
fn sum_block(processor: impl Processor, rows: &[u8], long: usize, shares: &[u16]) -> [u8; STRIP] {
    let mut sums = processor.halves();
    for (number, share) in shares.iter().enumerate() {
        if let Some(samples) = rows[number * long..].first_chunk() {
            sums = processor.plus(sums, samples, *share);
        }
    }
    processor.whole(sums)
}

#[cfg(test)]
mod tests;
