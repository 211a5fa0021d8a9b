//! The entropy-coded bits of a scan, and the Huffman codes they are made of (ITU-T T.81, Annexes C and F).

use super::Fault;

/// Codes up to this length are decoded by one look-up.
const FAST: u32 = 9;
/// The longest code.
const LONGEST: usize = 16;

/// A Huffman table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// By the next [`FAST`] bits: the length of the code and its symbol; length 0 where the code is longer.
    fast: Vec<(u8, u8)>,
    /// By length: the first code that is longer, aligned to [`LONGEST`] bits.
    ends: [u32; LONGEST + 1],
    /// By length: what to add to a code to get the place of its symbol.
    places: [i32; LONGEST + 1],
    symbols: Vec<u8>,
}

impl Table {
    /// The table that has `counts[i]` codes of i + 1 bits, for `symbols` in order.
    pub(super) fn new(counts: &[u8; LONGEST], symbols: &[u8]) -> Result<Self, Fault> {
        let mut table = Self {
            fast: vec![(0, 0); 1 << FAST],
            ends: [0; LONGEST + 1],
            places: [0; LONGEST + 1],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let count = u32::from(*count);
            if code + count > 1 << length {
                return Err("a Huffman table has too many codes");
            }
            table.places[length as usize] = place as i32 - code as i32;
            for _ in 0..count {
                let symbol = *symbols.get(place).ok_or("a Huffman table lacks symbols")?;
                if length <= FAST {
                    let first = (code << (FAST - length)) as usize;
                    table.fast[first..][..1 << (FAST - length)].fill((length as u8, symbol));
                }
                code += 1;
                place += 1;
            }
            table.ends[length as usize] = code << (LONGEST as u32 - length);
            code <<= 1;
        }
        Ok(table)
    }
}

/// The bits of a scan, up to a marker.
pub(super) struct Bits<'a> {
    file: &'a [u8],
    at: usize,
    /// The next bits, the first one on top; zeros after the last one.
    next: u64,
    /// So many of them are there; fewer than 0 once bits were used that were not there.
    count: i32,
}

impl<'a> Bits<'a> {
    /// The bits of `file` from the byte `at` on.
    pub(super) fn new(file: &'a [u8], at: usize) -> Self {
        Self { file, at, next: 0, count: 0 }
    }

    /// The place of the marker that ends the bits.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    /// Refuses to go on after more bits were used than there are.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.count < 0 { Err("its image data end early: it was cut off") } else { Ok(()) }
    }

    /// Makes at least 32 bits ready, unless the end is near.
    #[inline]
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        while (0..=56).contains(&self.count) {
            let Some(&byte) = self.file.get(self.at) else { return };
            let stuffed = byte == 0xff;
            if stuffed && self.file.get(self.at + 1) != Some(&0) {
                return;
            }
            self.next |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.at += 1 + usize::from(stuffed);
        }
    }

    /// The next `count` bits, at most 16.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        self.fill();
        self.take_ready(count)
    }

    /// The same, where they are ready.
    #[inline]
    fn take_ready(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        let bits = (self.next >> (64 - count)) as u32;
        self.next <<= count;
        self.count -= count as i32;
        bits
    }

    /// The next symbol of `table`; 16 more bits are ready then.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Table) -> Result<u8, Fault> {
        self.fill();
        let (length, symbol) = table.fast[(self.next >> (64 - FAST)) as usize];
        if length > 0 {
            self.next <<= length;
            self.count -= i32::from(length);
            return Ok(symbol);
        }
        let code = (self.next >> (64 - LONGEST)) as u32;
        let longer = FAST as usize + 1..=LONGEST;
        let length = longer.into_iter().find(|length| code < table.ends[*length]);
        let length = length.ok_or("it has a code that is none")?;
        let place = (code >> (LONGEST - length)) as i32 + table.places[length];
        self.next <<= length;
        self.count -= length as i32;
        let symbol = usize::try_from(place).ok().and_then(|place| table.symbols.get(place));
        symbol.copied().ok_or("it has a code that is none")
    }

    /// The signed number of `size` bits (at most 16) that follows a symbol.
    #[inline]
    pub(super) fn number(&mut self, size: u32) -> i32 {
        let bits = self.take_ready(size) as i32;
        // Numbers that begin with 0 are negative.
        if size > 0 && bits < 1 << (size - 1) { bits - (1 << size) + 1 } else { bits }
    }

    /// Passes over the bits up to the next marker.
    pub(super) fn pass_over(&mut self) {
        let rest = self.file.get(self.at..).unwrap_or_default();
        let marker = rest.windows(2).position(|pair| pair[0] == 0xff && pair[1] != 0);
        *self = Self::new(self.file, self.at + marker.unwrap_or(rest.len()));
    }

    /// Goes on after the restart marker that must follow, number `number` of 8.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Fault> {
        self.check()?;
        if self.file.get(self.at..self.at + 2) != Some(&[0xff, 0xd0 + number]) {
            return Err("a restart marker is missing");
        }
        *self = Self::new(self.file, self.at + 2);
        Ok(())
    }
}
