//! Marks in the bits of a scan: where every n-th unit begins, and the first coefficients before it. With them the
//! blocks of a part of an image are decoded without those before and beside it. They are made once, when a file goes into
//! a cache.

use super::frame::Frame;

/// Length of a mark in bytes.
const LENGTH: usize = 12;
/// Blocks between two marks, about: a mark to some 150 to 900 bytes of a file.
const BLOCKS: usize = 24;

/// Units of `frame` between two marks.
pub(super) fn every(frame: &Frame) -> usize {
    let blocks: usize = match frame.components.as_slice() {
        [_] => 1,
        several => several.iter().map(|component| component.across * component.down).sum(),
    };
    (BLOCKS / blocks).max(1)
}

/// A mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// The byte of the scan in which the unit begins,
    pub(super) byte: usize,
    /// after so many bits.
    pub(super) bits: u32,
    /// First coefficients of the blocks before, by component.
    pub(super) values: [i16; 4],
}

impl Mark {
    fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        // No file is longer than 2^28 bytes.
        let place = (self.byte as u32) << 3 | self.bits;
        bytes[..4].copy_from_slice(&place.to_le_bytes());
        for (to, value) in bytes[4..].as_chunks_mut::<2>().0.iter_mut().zip(self.values) {
            *to = value.to_le_bytes();
        }
        bytes
    }

    fn of(bytes: &[u8; LENGTH]) -> Self {
        let [a, b, c, d, values @ ..] = *bytes;
        let place = u32::from_le_bytes([a, b, c, d]);
        let value = |i: usize| i16::from_le_bytes([values[2 * i], values[2 * i + 1]]);
        let (byte, bits) = ((place >> 3) as usize, place & 7);
        Self { byte, bits, values: std::array::from_fn(value) }
    }
}

/// The marks of an image; none where it has no such bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks<'m>(&'m [[u8; LENGTH]]);

impl<'m> Marks<'m> {
    /// Those in `bytes`.
    pub(super) fn new(bytes: &'m [u8]) -> Self {
        Self(bytes.as_chunks().0)
    }

    pub(super) fn count(self) -> usize {
        self.0.len()
    }

    pub(super) fn get(self, number: usize) -> Option<Mark> {
        self.0.get(number).map(Mark::of)
    }
}

/// Makes marks.
#[derive(Debug)]
pub(super) struct Marker<'a> {
    /// The file from the scan on.
    scan: &'a [u8],
    /// A byte of the scan, with the zeros that follow bytes 0xff and without.
    place: (usize, usize),
    every: usize,
    marks: Vec<u8>,
}

impl<'a> Marker<'a> {
    /// For a scan with which the file goes on, with a mark for each `every`-th unit.
    pub(super) fn new(scan: &'a [u8], every: usize) -> Self {
        Self { scan, place: (0, 0), every, marks: Vec::new() }
    }

    /// Goes on to `unit`, which begins after so many `bits` of the scan, after blocks with the first coefficients `values`.
    pub(super) fn pass(&mut self, unit: usize, bits: usize, values: [i32; 4]) {
        if !unit.is_multiple_of(self.every) {
            return;
        }
        while self.place.1 < bits / 8 {
            let stuffed = self.scan.get(self.place.0) == Some(&0xff);
            self.place = (self.place.0 + 1 + usize::from(stuffed), self.place.1 + 1);
        }
        // What is cut off the values does not come back into coefficients, which have 16 bits.
        let values = values.map(|value| value as i16);
        let mark = Mark { byte: self.place.0, bits: (bits % 8) as u32, values };
        self.marks.extend(mark.to_bytes());
    }

    /// The marks as bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.marks
    }
}
