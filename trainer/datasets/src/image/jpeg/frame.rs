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
    /// Samples that come out of a block, along a row and a column: [`BLOCK`], or fewer where the image is reduced.
    pub(super) size: (usize, usize),
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
        (self.width.div_ceil(self.size.0), self.height.div_ceil(self.size.1))
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

    /// Samples that come out of a unit, along a row and a column.
    #[inline(always)]
    pub(super) fn samples(&self) -> (usize, usize) {
        (self.across * self.size.0, self.down * self.size.1)
    }

    /// Samples along a row of the plane.
    fn stride(&self) -> usize {
        self.size.0 * self.wanted[0].len()
    }

    /// Turns the `coefficients` of the block at column and row into samples, which are wanted. `flat` says that they have
    /// only the first one.
    #[inline(always)]
    pub(super) fn fill(
        &mut self,
        processor: impl Processor,
        at: (usize, usize),
        coefficients: &[i16; 64],
        flat: bool,
    ) {
        if self.size != (BLOCK, BLOCK) {
            let samples = idct::reduced(processor, coefficients, &self.steps, self.size);
            // Copies of a length that is known are not calls.
            match self.size.0 {
                BLOCK => self.put::<BLOCK>(at, &samples),
                4 => self.put::<4>(at, &samples),
                2 => self.put::<2>(at, &samples),
                _ => self.put::<1>(at, &samples),
            }
        } else if flat {
            let sample = idct::flat(coefficients[0], self.steps[0]);
            self.put::<BLOCK>(at, &[[sample; BLOCK]; BLOCK]);
        } else {
            self.put::<BLOCK>(at, &idct::samples(processor, coefficients, &self.steps));
        }
    }

    /// Takes the first `ACROSS` samples of the rows that come out of the block at column and row.
    #[inline(always)]
    fn put<const ACROSS: usize>(&mut self, (x, y): (usize, usize), samples: &[[u8; BLOCK]; BLOCK]) {
        let (x, y, stride) = (x - self.wanted[0].start, y - self.wanted[1].start, self.stride());
        let down = self.size.1;
        let rows = self.plane[down * y * stride..][..down * stride].chunks_exact_mut(stride);
        for (row, samples) in rows.zip(samples) {
            row[ACROSS * x..][..ACROSS].copy_from_slice(&samples[..ACROSS]);
        }
    }

    /// Turns the coefficients into samples, where several scans made them up.
    pub(super) fn finish(&mut self, processor: impl Processor) {
        let blocks = std::mem::take(&mut self.blocks);
        for (at, block) in blocks.iter().enumerate() {
            let place = (at % self.wide, at / self.wide);
            if self.wants(place) {
                self.fill(processor, place, block, false);
            }
        }
    }

    /// The memory of the samples, which are done with.
    pub(super) fn take_plane(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.plane)
    }

    /// The column of the first sample of [`Self::line`].
    pub(super) fn first(&self) -> usize {
        self.size.0 * self.wanted[0].start
    }

    /// The samples that are wanted and count in row `y`.
    #[inline(always)]
    pub(super) fn line(&self, y: usize) -> &[u8] {
        let (stride, own) = (self.stride(), self.width - self.first());
        &self.plane[(y - self.size.1 * self.wanted[1].start) * stride..][..stride.min(own)]
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
    /// Samples that come out along a side of a block of that component: [`BLOCK`], or fewer where the image is reduced.
    pub(super) size: usize,
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
        let mut frame =
            Self { width, height, progressive, unit, size: BLOCK, components: Vec::new() };
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
                size: (BLOCK, BLOCK),
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

    /// Makes each pixel that comes out the mean of `reduction` x `reduction` pixels. Along a side on which a component has
    /// fewer samples it is reduced less, so that it need not be enlarged again; libjpeg does so where both sides agree.
    pub(super) fn reduce(&mut self, reduction: usize) {
        self.size = BLOCK / reduction;
        let least = self.size;
        let size = |unit: usize, own: usize| {
            let mut sizes = [BLOCK, 4, 2].into_iter();
            let fits = |size: &usize| *size > least && (unit * least).is_multiple_of(own * size);
            sizes.find(fits).unwrap_or(least)
        };
        for one in &mut self.components {
            one.size = (size(self.unit.0, one.across), size(self.unit.1, one.down));
            one.width = (self.width * one.across * one.size.0).div_ceil(self.unit.0 * BLOCK);
            one.height = (self.height * one.down * one.size.1).div_ceil(self.unit.1 * BLOCK);
        }
    }

    /// Takes memory for the samples of the part `rect` of what comes out, which alone is wanted.
    /// `planes` are memory to use.
    pub(super) fn prepare(&mut self, rect: Rect, planes: &mut [Vec<u8>; 4]) {
        let unit = (self.unit.0 * self.size, self.unit.1 * self.size);
        for (component, plane) in self.components.iter_mut().zip(planes) {
            // A sample depends on its neighbours where a plane is enlarged, and lines of less than three are another case.
            let blocks =
                |start: usize, length: usize, own: usize, unit: usize, all: usize, size| {
                    let (first, end) =
                        (start * own / unit, ((start + length) * own).div_ceil(unit));
                    let first = first.saturating_sub(1).min(all.saturating_sub(3));
                    first / size..(end + 1).max(first + 3).min(all).div_ceil(size)
                };
            let (size, of) = (component.size, component.samples());
            let columns = blocks(rect.left, rect.width, of.0, unit.0, component.width, size.0);
            let rows = blocks(rect.top, rect.height, of.1, unit.1, component.height, size.1);
            component.plane = std::mem::take(plane);
            // Blocks may be missing only where the image is refused.
            component.plane.resize(columns.len() * rows.len() * size.0 * size.1, 0);
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
