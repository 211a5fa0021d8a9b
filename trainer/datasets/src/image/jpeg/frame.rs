//! The frame of a JPEG image: its size, and what there is of each of its components.

use std::ops::Range;

use super::{Fault, idct};
use crate::image::Rect;
use crate::image::wide::Processor;

/// Samples along a side of a block.
const BLOCK: usize = 8;

/// A component: luminance, a chrominance, or an ink.
#[derive(Debug)]
pub(super) struct Component {
    /// Its name in the scans.
    pub(super) id: u8,
    /// Blocks of it in a unit, along a row.
    pub(super) across: usize,
    /// Blocks of it in a unit, along a column.
    pub(super) down: usize,
    /// Which of the tables of quantisation steps is its own.
    pub(super) quantiser: usize,
    /// Its quantisation steps, row by row.
    pub(super) steps: [u16; 64],
    /// Whether a scan has had it.
    pub(super) scanned: bool,
    /// Samples that count, along a row.
    pub(super) width: usize,
    /// Samples that count, along a column.
    pub(super) height: usize,
    /// Blocks along a row, up to whole units.
    wide: usize,
    /// Blocks along a column, up to whole units.
    high: usize,
    /// Its blocks, where several scans make them up.
    blocks: Vec<[i16; 64]>,
    /// The blocks whose samples are wanted: columns, then rows.
    wanted: [Range<usize>; 2],
    /// The samples of the blocks that are wanted.
    plane: Vec<u8>,
}

impl Component {
    /// Blocks with samples that count, along a row and a column.
    pub(super) fn own_blocks(&self) -> (usize, usize) {
        (self.width.div_ceil(BLOCK), self.height.div_ceil(BLOCK))
    }

    /// The coefficients of the block at column and row.
    pub(super) fn coefficients(&mut self, (x, y): (usize, usize)) -> &mut [i16; 64] {
        &mut self.blocks[y * self.wide + x]
    }

    /// Whether the samples of the block at column and row are wanted.
    #[inline(always)]
    pub(super) fn wants(&self, (x, y): (usize, usize)) -> bool {
        self.wanted[0].contains(&x) && self.wanted[1].contains(&y)
    }

    /// Samples along a row of the plane.
    fn stride(&self) -> usize {
        BLOCK * self.wanted[0].len()
    }

    /// Takes the samples of the block at column and row, which are wanted.
    #[inline(always)]
    pub(super) fn put(&mut self, (x, y): (usize, usize), samples: [[u8; BLOCK]; BLOCK]) {
        let (x, y, stride) = (x - self.wanted[0].start, y - self.wanted[1].start, self.stride());
        let rows = self.plane[BLOCK * y * stride..][..BLOCK * stride].chunks_exact_mut(stride);
        for (row, samples) in rows.zip(samples) {
            row[BLOCK * x..][..BLOCK].copy_from_slice(&samples);
        }
    }

    /// Turns the coefficients into samples, where several scans made them up.
    pub(super) fn finish(&mut self, processor: impl Processor) {
        let blocks = std::mem::take(&mut self.blocks);
        for (at, block) in blocks.iter().enumerate() {
            let place = (at % self.wide, at / self.wide);
            if self.wants(place) {
                let samples = idct::samples(processor, block, &self.steps);
                self.put(place, samples);
            }
        }
    }

    /// The memory of the samples, which are done with.
    pub(super) fn take_plane(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.plane)
    }

    /// The column of the first sample of [`Self::line`].
    pub(super) fn first(&self) -> usize {
        BLOCK * self.wanted[0].start
    }

    /// The samples that are wanted and count in row `y`.
    #[inline(always)]
    pub(super) fn line(&self, y: usize) -> &[u8] {
        let (stride, own) = (self.stride(), self.width - self.first());
        &self.plane[(y - BLOCK * self.wanted[1].start) * stride..][..stride.min(own)]
    }
}

/// The frame of an image.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Whether several scans make up the coefficients of a block.
    pub(super) progressive: bool,
    /// Blocks of the component that has most, in a unit: along a row and a column.
    pub(super) unit: (usize, usize),
    pub(super) components: Vec<Component>,
}

impl Frame {
    /// Reads the header `bytes` of a frame; no memory is taken for samples yet.
    pub(super) fn new(bytes: &[u8], progressive: bool) -> Result<Self, Fault> {
        let [precision, h1, h0, w1, w0, count, specs @ ..] = bytes else {
            return Err("its header is too short");
        };
        if *precision != 8 {
            return Err("it has other than 8 bits, which is not read");
        }
        let (height, width) = (u16::from_be_bytes([*h1, *h0]), u16::from_be_bytes([*w1, *w0]));
        if height == 0 || width == 0 {
            return Err("it has no size");
        }
        let specs = specs.as_chunks::<3>().0;
        if specs.len() != usize::from(*count) || ![1, 3, 4].contains(&specs.len()) {
            return Err("it has other than 1, 3 or 4 components");
        }
        let (width, height) = (usize::from(width), usize::from(height));
        let factors =
            specs.iter().map(|spec| (usize::from(spec[1] >> 4), usize::from(spec[1] & 15)));
        let factors: Vec<_> = factors.collect();
        if factors.iter().any(|factor| !(1..=4).contains(&factor.0) || !(1..=4).contains(&factor.1))
        {
            return Err("a component has a size that is none");
        }
        let unit = factors.iter().fold((1, 1), |unit, one| (unit.0.max(one.0), unit.1.max(one.1)));
        let mut frame = Self { width, height, progressive, unit, components: Vec::new() };
        for ([id, _, quantiser], (across, down)) in specs.iter().zip(factors) {
            if *quantiser > 3 || frame.components.iter().any(|other| other.id == *id) {
                return Err("a component has no table of its own, or comes twice");
            }
            let units = frame.units();
            frame.components.push(Component {
                id: *id,
                across,
                down,
                quantiser: usize::from(*quantiser),
                steps: [0; 64],
                scanned: false,
                width: (width * across).div_ceil(unit.0),
                height: (height * down).div_ceil(unit.1),
                wide: units.0 * across,
                high: units.1 * down,
                blocks: Vec::new(),
                wanted: [0..0, 0..0],
                plane: Vec::new(),
            });
        }
        Ok(frame)
    }

    /// Units of the image, along a row and a column.
    pub(super) fn units(&self) -> (usize, usize) {
        let (across, down) = self.unit;
        (self.width.div_ceil(BLOCK * across), self.height.div_ceil(BLOCK * down))
    }

    /// Takes memory for the samples of the part `rect` of the image, which alone is wanted.
    /// `planes` are memory to use.
    pub(super) fn prepare(&mut self, rect: Rect, planes: &mut [Vec<u8>; 4]) {
        for (component, plane) in self.components.iter_mut().zip(planes) {
            // A sample depends on its neighbours where a plane is enlarged, and lines of less than three are another case.
            let blocks = |start: usize, length: usize, own: usize, unit: usize, all: usize| {
                let (first, end) = (start * own / unit, ((start + length) * own).div_ceil(unit));
                let first = first.saturating_sub(1).min(all.saturating_sub(3)) / BLOCK;
                first..(end + 1).min(all).div_ceil(BLOCK)
            };
            let (unit, own) = (self.unit, (component.across, component.down));
            let columns = blocks(rect.left, rect.width, own.0, unit.0, component.width);
            let rows = blocks(rect.top, rect.height, own.1, unit.1, component.height);
            component.plane = std::mem::take(plane);
            // Blocks may be missing only where the image is refused.
            component.plane.resize(columns.len() * rows.len() * BLOCK * BLOCK, 0);
            component.wanted = [columns, rows];
            let blocks = if self.progressive { component.wide * component.high } else { 0 };
            component.blocks = vec![[0; 64]; blocks];
        }
    }

    /// Whether samples of the unit at column and row are wanted, in a scan that has all components.
    pub(super) fn wants(&self, x: usize, y: usize) -> bool {
        let several = self.components.len() > 1;
        self.components.iter().any(|one| {
            let [across, down] = if several { [one.across, one.down] } else { [1, 1] };
            let overlaps = |wanted: &Range<usize>, first: usize, count: usize| {
                first < wanted.end && wanted.start < first + count
            };
            overlaps(&one.wanted[0], x * across, across) && overlaps(&one.wanted[1], y * down, down)
        })
    }

    /// The units of which samples are wanted, in a scan that has all components: columns, then rows.
    pub(super) fn wanted(&self) -> [Range<usize>; 2] {
        let of = |axis: usize| {
            let ranges = self.components.iter().map(|one| {
                let several = self.components.len() > 1;
                let blocks = if several { [one.across, one.down][axis] } else { 1 };
                one.wanted[axis].start / blocks..one.wanted[axis].end.div_ceil(blocks)
            });
            let both = |a: Range<usize>, b: Range<usize>| a.start.min(b.start)..a.end.max(b.end);
            ranges.reduce(both).unwrap_or(0..0)
        };
        [of(0), of(1)]
    }

    /// Whether none of the samples of the units from row `y` on is wanted, in a scan that has all components.
    pub(super) fn is_past(&self, y: usize) -> bool {
        match self.components.as_slice() {
            [only] => y >= only.wanted[1].end,
            several => several.iter().all(|one| y * one.down >= one.wanted[1].end),
        }
    }
}
