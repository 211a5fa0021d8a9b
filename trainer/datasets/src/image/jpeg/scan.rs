//! One scan: the coefficients, or some bits of them, of some components (ITU-T T.81, Annexes F and G).

use super::Fault;
use super::frame::{Component, Frame};
use super::huffman::{Bits, Table};
use super::idct;

/// The place of the n-th coefficient of a block, from top left to bottom right along the diagonals.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A component in a scan, with its Huffman tables.
pub(super) struct Part<'t> {
    /// Which of the components of the frame.
    pub(super) component: usize,
    pub(super) dc: Option<&'t Table>,
    pub(super) ac: Option<&'t Table>,
}

/// What a scan has of the coefficients.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    /// The first one.
    pub(super) start: usize,
    /// The last one.
    pub(super) end: usize,
    /// The bits below this one, 0 for all of them in a first scan,
    pub(super) high: u32,
    /// down to this one.
    pub(super) low: u32,
}

/// What a block depends on of the blocks before it in a scan.
#[derive(Default)]
struct Before {
    /// The last value of the first coefficient, by component of the scan.
    values: [i32; 4],
    /// So many blocks are left that end where they begin.
    ended: u32,
}

/// Decodes the scan of `parts` that `bits` hold, with a restart marker after every `interval` units; 0 for none. Whether it
/// ended early, as nothing more is wanted of the image.
pub(super) fn decode(
    frame: &mut Frame,
    parts: &[Part<'_>],
    band: Band,
    bits: &mut Bits<'_>,
    interval: usize,
) -> Result<bool, Fault> {
    let (wide, high) = match parts {
        [part] => frame.components[part.component].own_blocks(),
        _ => frame.units(),
    };
    // Then a block that is not wanted now is never wanted.
    let alone = !frame.progressive && parts.len() == frame.components.len();
    let mut before = Before::default();
    let (mut unit, units) = (0, wide * high);
    while unit < units {
        if interval > 0 && unit % interval == 0 {
            if unit > 0 {
                bits.restart(((unit / interval - 1) % 8) as u8)?;
                before = Before::default();
            }
            if alone && frame.is_past(unit / wide) {
                return Ok(true);
            }
            let end = units.min(unit + interval);
            if alone
                && end < units
                && !(unit..end).any(|unit| frame.wants(unit % wide, unit / wide))
            {
                bits.pass_over();
                unit = end;
                continue;
            }
        }
        let (x, y) = (unit % wide, unit / wide);
        if x == 0 && alone && frame.is_past(y) {
            return Ok(true);
        }
        unit += 1;
        for (number, part) in parts.iter().enumerate() {
            let component = &mut frame.components[part.component];
            let (across, down) =
                if parts.len() == 1 { (1, 1) } else { (component.across, component.down) };
            for place in 0..across * down {
                let at = (x * across + place % across, y * down + place / across);
                if frame.progressive {
                    let coefficients = component.coefficients(at);
                    progressive(coefficients, part, band, bits, (&mut before, number))?;
                } else {
                    sequential(component, at, part, bits, &mut before.values[number])?;
                }
            }
        }
        bits.check()?;
    }
    Ok(false)
}

const NO_TABLE: Fault = "a Huffman table is missing";
const BEYOND: Fault = "a block has more than 64 coefficients";

/// The first coefficient of a block.
fn first(table: Option<&Table>, bits: &mut Bits<'_>, value: &mut i32) -> Result<i32, Fault> {
    let size = bits.symbol(table.ok_or(NO_TABLE)?)?;
    if size > 16 {
        return Err("a coefficient has too many bits");
    }
    *value = value.wrapping_add(bits.number(u32::from(size)));
    Ok(*value)
}

/// Decodes a whole block into samples.
fn sequential(
    component: &mut Component,
    at: (usize, usize),
    part: &Part<'_>,
    bits: &mut Bits<'_>,
    value: &mut i32,
) -> Result<(), Fault> {
    let mut coefficients = [0; 64];
    coefficients[0] = first(part.dc, bits, value)? as i16;
    let table = part.ac.ok_or(NO_TABLE)?;
    let mut place = 1;
    while place < 64 {
        let symbol = bits.symbol(table)?;
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            if zeros < 15 {
                break;
            }
            place += 16;
            continue;
        }
        place += zeros;
        let to = *ZIGZAG.get(place).ok_or(BEYOND)?;
        coefficients[usize::from(to)] = bits.number(size) as i16;
        place += 1;
    }
    if component.wants(at) {
        let (stride, steps) = (component.stride(), component.steps);
        idct::block(&coefficients, &steps, component.samples(at), stride);
    }
    Ok(())
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
        coefficients[usize::from(to)] = bits.number(size).wrapping_shl(band.low) as i16;
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
