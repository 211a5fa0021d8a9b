//! Which units of a scan are decoded one after the other.

use std::ops::Range;

use super::Fault;
use super::frame::Frame;
use super::huffman::Bits;
use super::marks::{self, Marks};
use super::stream::Stream;

/// Units one after the other, whose bytes were read, and where they begin.
pub(super) struct Span {
    pub(super) units: Range<usize>,
    /// Bits before them in the first byte.
    bits: u32,
    /// The first coefficients before them, by component.
    pub(super) values: [i32; 4],
}

impl Span {
    /// The bits of the units in `stream`.
    pub(super) fn bits<'b>(&self, stream: &'b Stream<'_, '_>) -> Bits<'b> {
        let mut bits = Bits::new(stream.bytes());
        bits.take(self.bits);
        bits
    }
}

/// The spans of a scan.
pub(super) struct Spans<'m> {
    /// Units along a row.
    pub(super) wide: usize,
    /// Units in all.
    units: usize,
    /// Units between two restart markers.
    interval: usize,
    /// Whether a unit that is not wanted now is never wanted.
    alone: bool,
    marks: Option<Marks<'m>>,
    /// The next unit; with marks, of those that are wanted.
    next: usize,
}

impl<'m> Spans<'m> {
    /// Those of a scan of `frame` with units as `size` says along a row and a column, with a restart marker after every
    /// `interval` units (0 for none). `alone` says that it has all there is of the components, `marks` where it can begin.
    pub(super) fn new(
        frame: &Frame,
        size: (usize, usize),
        interval: usize,
        alone: bool,
        marks: Marks<'m>,
    ) -> Self {
        let units = size.0 * size.1;
        let fit = alone && interval == 0 && marks.count() == units.div_ceil(marks::every(frame));
        let mut spans = Self {
            wide: size.0,
            units,
            interval: if interval == 0 { units } else { interval },
            alone,
            marks: fit.then_some(marks),
            next: 0,
        };
        if fit {
            let [columns, rows] = frame.wanted();
            spans.next = rows.start * spans.wide + columns.start;
        }
        spans
    }

    /// The next span, which `stream` has read then; none when nothing more is wanted.
    pub(super) fn next(
        &mut self,
        frame: &Frame,
        stream: &mut Stream<'_, '_>,
    ) -> Result<Option<Span>, Fault> {
        if let Some(marks) = self.marks {
            return self.marked(frame, marks, stream);
        }
        while self.next < self.units && !(self.alone && frame.is_past(self.next / self.wide)) {
            let start = self.next;
            if start > 0 {
                stream.restart(((start / self.interval - 1) % 8) as u8)?;
            }
            let end = self.units.min(start + self.interval);
            self.next = end;
            let wanted = |unit: usize| frame.wants(unit % self.wide, unit / self.wide);
            if self.alone && end < self.units && !(start..end).any(wanted) {
                stream.pass_over();
            } else {
                stream.interval();
                return Ok(Some(Span { units: start..end, bits: 0, values: [0; 4] }));
            }
        }
        Ok(None)
    }

    /// The next span where there are marks: of a row what is wanted, or all rows where that is almost all.
    fn marked(
        &mut self,
        frame: &Frame,
        marks: Marks<'_>,
        stream: &mut Stream<'_, '_>,
    ) -> Result<Option<Span>, Fault> {
        let every = marks::every(frame);
        let [columns, rows] = frame.wanted();
        let (start, past) = (self.next, (rows.end - 1) * self.wide + columns.end);
        if start >= past {
            return Ok(None);
        }
        let whole = columns.len() + every >= self.wide;
        let end = if whole { past } else { start + columns.len() };
        self.next = if whole { past } else { start + self.wide };
        let first = start / every;
        let mark = marks.get(first).ok_or("a mark is missing")?;
        let behind = marks.get(end.div_ceil(every)).map(|mark| mark.byte + 1);
        stream.part(mark.byte, behind);
        let values = mark.values.map(i32::from);
        Ok(Some(Span { units: first * every..end, bits: mark.bits, values }))
    }

    /// Whether the spans end before the units do.
    pub(super) fn ended_early(&self) -> bool {
        self.marks.is_some() || self.next < self.units
    }
}
