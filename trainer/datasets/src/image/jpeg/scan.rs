//! One scan: the coefficients, or some bits of them, of some components (ITU-T T.81, Annexes F and G).

use super::Fault;
use super::frame::{Component, Frame};
use super::header::{Band, Part, is_alone};
use super::huffman::{Bits, Class, Table};
use super::marks::{Marker, Marks};
use super::spans::Spans;
use super::stream::Stream;
use crate::image::wide::{Processor, Work};

/// The place of the n-th coefficient of a block, from top left to bottom right along the diagonals.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The same for numbers that are too high by the zeros or the end that lead to them: a place after all others.
const PLACES: [u8; 256] = {
    let mut places = [64; 256];
    let mut number = 0;
    while number < 64 {
        places[number] = ZIGZAG[number];
        number += 1;
    }
    places
};

/// What a block depends on of the blocks before it in a scan.
struct Before {
    /// The last value of the first coefficient, by component of the scan.
    values: [i32; 4],
    /// So many blocks are left that end where they begin.
    ended: u32,
}

/// A scan that is decoded.
pub(super) struct Scan<'s, 'f, 'r> {
    pub(super) frame: &'s mut Frame,
    pub(super) parts: &'s [Part<'s>],
    pub(super) band: Band,
    pub(super) stream: &'s mut Stream<'f, 'r>,
    /// Units between two restart markers; 0 for none.
    pub(super) interval: usize,
    /// Places where decoding can begin.
    pub(super) marks: Marks<'s>,
    /// What makes such marks; then no samples are made.
    pub(super) marker: &'s mut Option<Marker<'f>>,
}

impl Work for Scan<'_, '_, '_> {
    /// Whether it ended early, as nothing more is wanted of the image.
    type Output = Result<bool, Fault>;

    #[inline(always)]
    fn run(self, processor: impl Processor) -> Result<bool, Fault> {
        let Scan { frame, parts, band, stream, interval, marks, marker } = self;
        let alone = is_alone(frame, parts) && marker.is_none();
        let size = match parts {
            [part] => frame.components[part.component].own_blocks(),
            _ => frame.units(),
        };
        let mut spans = Spans::new(frame, size, interval, alone, marks);
        while let Some(span) = spans.next(frame, stream)? {
            let mut bits = span.bits(stream);
            let mut before = Before { values: span.values, ended: 0 };
            let (mut x, mut y) = (span.units.start % spans.wide, span.units.start / spans.wide);
            for number in span.units {
                if let Some(marker) = marker {
                    marker.pass(number, bits.used(), before.values);
                }
                unit(processor, frame, parts, (x, y), band, &mut bits, &mut before)?;
                bits.check()?;
                x += 1;
                if x == spans.wide {
                    (x, y) = (0, y + 1);
                    if alone && frame.is_past(y) {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(spans.ended_early())
    }
}

/// Decodes what the scan has of the unit at a column and row.
#[inline(always)]
fn unit(
    processor: impl Processor,
    frame: &mut Frame,
    parts: &[Part<'_>],
    (x, y): (usize, usize),
    band: Band,
    bits: &mut Bits<'_>,
    before: &mut Before,
) -> Result<(), Fault> {
    for (number, part) in parts.iter().enumerate() {
        let component = &mut frame.components[part.component];
        let (across, down) =
            if parts.len() > 1 { (component.across, component.down) } else { (1, 1) };
        for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column)))
        {
            let at = (x * across + column, y * down + row);
            if frame.progressive {
                progressive(component.coefficients(at), part, band, bits, (before, number))?;
            } else {
                let value = &mut before.values[number];
                sequential(processor, component, at, part, bits, value)?;
            }
        }
    }
    Ok(())
}

const NO_TABLE: Fault = "a Huffman table is missing";
const BEYOND: Fault = "a block has more than 64 coefficients";

/// The first coefficient of a block.
#[inline(always)]
fn first(table: Option<&Table>, bits: &mut Bits<'_>, value: &mut i32) -> Result<i32, Fault> {
    bits.fill();
    let code = bits.code(table.ok_or(NO_TABLE)?)?;
    *value = value.wrapping_add(bits.number(code, Class::First));
    bits.pass(code);
    Ok(*value)
}

/// Decodes a whole block into samples, where they are wanted.
#[inline(always)]
fn sequential(
    processor: impl Processor,
    component: &mut Component,
    at: (usize, usize),
    part: &Part<'_>,
    bits: &mut Bits<'_>,
    value: &mut i32,
) -> Result<(), Fault> {
    let first = first(part.dc, bits, value)? as i16;
    let table = part.ac.ok_or(NO_TABLE)?;
    if !component.wants(at) {
        return later(bits, table, |_, _| ());
    }
    // What ends a block leaves a 0 behind its coefficients.
    let mut coefficients = [0; 128];
    coefficients[0] = first;
    let mut places = 0;
    later(bits, table, |number, value| {
        let place = PLACES[number & 255];
        coefficients[usize::from(place) & 127] = value as i16;
        places |= place;
    })?;
    let (coefficients, _) = coefficients.split_first_chunk().ok_or(BEYOND)?;
    component.fill(processor, at, coefficients, places & 63 == 0);
    Ok(())
}

/// Decodes the coefficients of a block after the first one: `keep` gets the number of each along the diagonals, and its
/// value.
#[inline(always)]
fn later(
    bits: &mut Bits<'_>,
    table: &Table,
    mut keep: impl FnMut(usize, i32),
) -> Result<(), Fault> {
    // In registers, unlike what others have a reference to.
    let mut own = *bits;
    let mut place = 1;
    while place < 64 {
        // There is room for two codes most times, and filling takes its time.
        own.fill();
        let code = own.code(table)?;
        place += code.step();
        keep(place - 1, own.number(code, Class::Later));
        own.pass(code);
        if place < 64 && own.has_code() {
            let code = own.code(table)?;
            place += code.step();
            keep(place - 1, own.number(code, Class::Later));
            own.pass(code);
        }
    }
    *bits = own;
    // The end of a block leads further than 15 zeros and a coefficient from the last place on.
    if (65..80).contains(&place) { Err(BEYOND) } else { Ok(()) }
}

/// Decodes what the scan has of a block.
fn progressive(
    coefficients: &mut [i16; 64],
    part: &Part<'_>,
    band: Band,
    bits: &mut Bits<'_>,
    (before, number): (&mut Before, usize),
) -> Result<(), Fault> {
    match (band.start, band.high) {
        (0, 0) => {
            let value = first(part.dc, bits, &mut before.values[number])?;
            coefficients[0] = value.wrapping_shl(band.low) as i16;
            Ok(())
        }
        (0, _) => {
            coefficients[0] |= (bits.take(1) << band.low) as i16;
            Ok(())
        }
        (_, 0) => begin(coefficients, part.ac.ok_or(NO_TABLE)?, band, bits, &mut before.ended),
        _ => refine(coefficients, part.ac.ok_or(NO_TABLE)?, band, bits, &mut before.ended),
    }
}

/// The highest bits of the later coefficients.
fn begin(
    coefficients: &mut [i16; 64],
    table: &Table,
    band: Band,
    bits: &mut Bits<'_>,
    ended: &mut u32,
) -> Result<(), Fault> {
    if *ended > 0 {
        *ended -= 1;
        return Ok(());
    }
    let mut place = band.start;
    while place <= band.end {
        let symbol = bits.symbol(table)?;
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if zeros < 15 {
                *ended = (1 << zeros) + bits.take(zeros as u32) - 1;
                break;
            }
            place += 16;
            continue;
        }
        place += zeros;
        let to = *ZIGZAG.get(place).ok_or(BEYOND)?;
        coefficients[usize::from(to)] = bits.signed(size).wrapping_shl(band.low) as i16;
        place += 1;
    }
    Ok(())
}

/// One more bit of the later coefficients: those that are not 0 have it in any case, and new ones appear.
fn refine(
    coefficients: &mut [i16; 64],
    table: &Table,
    band: Band,
    bits: &mut Bits<'_>,
    ended: &mut u32,
) -> Result<(), Fault> {
    let step = 1_i16 << band.low;
    let correct = |coefficient: &mut i16, bits: &mut Bits<'_>| {
        if bits.take(1) == 1 && *coefficient & step == 0 {
            *coefficient = coefficient.wrapping_add(if *coefficient < 0 { -step } else { step });
        }
    };
    let mut place = band.start;
    while *ended == 0 && place <= band.end {
        let symbol = bits.symbol(table)?;
        let (mut zeros, size) = (symbol >> 4, symbol & 15);
        let new = match size {
            0 if zeros < 15 => {
                *ended = (1 << zeros) + bits.take(u32::from(zeros));
                break;
            }
            0 => 0,
            1 => [-step, step][bits.take(1) as usize],
            _ => return Err("a new coefficient has more than one bit"),
        };
        while place <= band.end {
            let coefficient = &mut coefficients[usize::from(ZIGZAG[place])];
            place += 1;
            if *coefficient != 0 {
                correct(coefficient, bits);
            } else if zeros == 0 {
                *coefficient = new;
                break;
            } else {
                zeros -= 1;
            }
        }
    }
    if *ended > 0 {
        for to in &ZIGZAG[place..=band.end] {
            let coefficient = &mut coefficients[usize::from(*to)];
            if *coefficient != 0 {
                correct(coefficient, bits);
            }
        }
        *ended -= 1;
    }
    Ok(())
}
