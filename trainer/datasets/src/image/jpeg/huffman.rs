//! Huffman codes, and the entropy-coded bits that they are read from (ITU-T T.81, Annexes C and F).

use super::Fault;

/// Codes up to this length are decoded by one look-up.
const FAST: u32 = 10;
/// The longest code.
const LONGEST: usize = 16;
/// What [`Code::step`] is of a symbol that ends a block: more than any other step leads to.
const END: u32 = 80;

const NO_CODE: Fault = "it has a code that is none";

/// What the coefficients are that a table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// First coefficients.
    First,
    /// Later coefficients.
    Later,
}

/// A code that was found, and what its symbol says: in one word, so that a table of them is small and the length is a
/// shift as it stands. 0 where there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code(u32);

impl Code {
    fn new(class: Class, length: u32, symbol: u8) -> Self {
        let (zeros, size) = match class {
            Class::First if symbol > 16 => return Self(0),
            Class::First => (0, u32::from(symbol)),
            Class::Later => (u32::from(symbol >> 4), u32::from(symbol & 15)),
        };
        let step = if class == Class::Later && size == 0 && zeros < 15 { END } else { zeros + 1 };
        Self((length + size) | length << 8 | step << 16 | u32::from(symbol) << 24)
    }

    /// Bits of the code and the number after it.
    #[inline(always)]
    fn whole(self) -> u32 {
        self.0 & 63
    }

    /// Bits of the code alone.
    #[inline(always)]
    fn length(self) -> u32 {
        self.0 >> 8 & 63
    }

    /// So many places further is the coefficient after the one of this code.
    #[inline(always)]
    pub(super) fn step(self) -> usize {
        (self.0 >> 16 & 255) as usize
    }

    #[inline(always)]
    fn symbol(self) -> u8 {
        (self.0 >> 24) as u8
    }
}

/// A Huffman table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    class: Class,
    /// By the next [`FAST`] bits; none where the code is longer.
    fast: Box<[Code; 1 << FAST]>,
    /// By length: the first code that is longer, aligned to [`LONGEST`] bits.
    ends: [u32; LONGEST + 1],
    /// By length: what to add to a code to get the place of its symbol.
    places: [i32; LONGEST + 1],
    symbols: Vec<u8>,
}

impl Table {
    /// The table of `class` that has `counts[i]` codes of i + 1 bits, for `symbols` in order.
    pub(super) fn new(class: Class, counts: &[u8; LONGEST], symbols: &[u8]) -> Result<Self, Fault> {
        let mut table = Self {
            class,
            fast: Box::new([Code(0); 1 << FAST]),
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
                    let same = &mut table.fast[first..][..1 << (FAST - length)];
                    same.fill(Code::new(class, length, symbol));
                }
                code += 1;
                place += 1;
            }
            table.ends[length as usize] = code << (LONGEST as u32 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// The code at the beginning of the bits `next`, however long; or why there is none.
    #[cold]
    fn long(&self, next: u64) -> Result<Code, Fault> {
        let code = (next >> (64 - LONGEST)) as u32;
        let length = (1..=LONGEST).find(|length| code < self.ends[*length]).ok_or(NO_CODE)?;
        let place = (code >> (LONGEST - length)) as i32 + self.places[length];
        let symbol = usize::try_from(place).ok().and_then(|place| self.symbols.get(place));
        let found = Code::new(self.class, length as u32, *symbol.ok_or(NO_CODE)?);
        if found.0 == 0 { Err(NO_CODE) } else { Ok(found) }
    }
}

/// What is left of `bytes` from `at` on, and zeros.
#[cold]
fn last(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    let places = (0..8).map(|i| u64::from(rest.get(i).copied().unwrap_or(0)) << (56 - 8 * i));
    places.sum()
}

/// Bits, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Bits<'b> {
    bytes: &'b [u8],
    /// Byte after those that are in `next`.
    at: usize,
    /// The next bits, the first one on top.
    next: u64,
    /// So many of them are ready. Below them may be more that are true; after the last byte there are zeros.
    ready: u32,
}

impl<'b> Bits<'b> {
    /// The bits of `bytes`, of the first byte on top first.
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0, next: 0, ready: 0 }
    }

    /// Refuses to go on after more bits were used than there are.
    #[inline(always)]
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.used() > 8 * self.bytes.len() {
            return Err("its image data end early: it was cut off");
        }
        Ok(())
    }

    /// So many bits were used.
    #[inline(always)]
    pub(super) fn used(&self) -> usize {
        8 * self.at - self.ready as usize
    }

    /// Makes at least 56 bits ready.
    #[inline(always)]
    pub(super) fn fill(&mut self) {
        let word = match self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            Some(word) => u64::from_be_bytes(*word),
            None => last(self.bytes, self.at),
        };
        self.next |= word >> self.ready;
        self.at += ((63 - self.ready) >> 3) as usize;
        self.ready |= 56;
    }

    /// Whether a code and its number are ready, however long.
    #[inline(always)]
    pub(super) fn has_code(&self) -> bool {
        self.ready >= 32
    }

    /// The code of `table` that is next, where 16 bits are ready.
    #[inline(always)]
    pub(super) fn code(&self, table: &Table) -> Result<Code, Fault> {
        let code = table.fast[(self.next >> (64 - FAST)) as usize];
        if code.0 == 0 { table.long(self.next) } else { Ok(code) }
    }

    /// The signed number after `code`, which is next in a table of `class`; both are ready.
    #[inline(always)]
    pub(super) fn number(&self, code: Code, class: Class) -> i32 {
        let size = match class {
            Class::First => u32::from(code.symbol()),
            Class::Later => u32::from(code.symbol() & 15),
        };
        let rest = self.next << code.length();
        let bits = (rest >> 1 >> (63 - size)) as i32;
        // Numbers that begin with 0 are negative.
        let negative = !((rest as i64 >> 63) as i32);
        bits - (((1 << size) - 1) & negative)
    }

    /// Goes on after `code` and its number.
    #[inline(always)]
    pub(super) fn pass(&mut self, code: Code) {
        self.next <<= code.whole();
        self.ready -= code.whole();
    }

    /// The next symbol of `table`; its number, or 16 more bits, are ready then.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Table) -> Result<u8, Fault> {
        self.fill();
        let code = self.code(table)?;
        self.next <<= code.length();
        self.ready -= code.length();
        Ok(code.symbol())
    }

    /// The next `count` bits, at most 16.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        self.fill();
        let bits = (self.next >> 1 >> (63 - count)) as u32;
        self.next <<= count;
        self.ready -= count;
        bits
    }

    /// The signed number of `size` bits (at most 15).
    #[inline]
    pub(super) fn signed(&mut self, size: u32) -> i32 {
        let bits = self.take(size) as i32;
        if size > 0 && bits < 1 << (size - 1) { bits - (1 << size) + 1 } else { bits }
    }
}
