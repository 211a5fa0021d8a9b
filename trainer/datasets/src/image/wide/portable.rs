//! What every processor does, with whatever the compiler makes of it.

use super::{Eight, Processor};

/// Any processor.
#[derive(Debug, Clone, Copy)]
pub(in crate::image) struct Portable;

/// Eight numbers.
#[derive(Debug, Clone, Copy)]
pub(in crate::image) struct Numbers([i32; 8]);

impl Numbers {
    #[inline(always)]
    fn each(self, make: impl Fn(i32) -> i32) -> Self {
        Self(self.0.map(make))
    }

    #[inline(always)]
    fn both(self, other: Self, make: impl Fn(i32, i32) -> i32) -> Self {
        Self(std::array::from_fn(|i| make(self.0[i], other.0[i])))
    }
}

impl Eight for Numbers {
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.both(other, i32::wrapping_add)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.both(other, i32::wrapping_sub)
    }

    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        self.each(|number| number.wrapping_mul(factor))
    }

    #[inline(always)]
    fn raised<const MORE: i32>(self) -> Self {
        self.each(|number| number << MORE)
    }

    #[inline(always)]
    fn rounded<const LESS: i32>(self) -> Self {
        self.each(|number| number.wrapping_add(1 << (LESS - 1)) >> LESS)
    }

    #[inline(always)]
    fn transposed(rows: [Self; 8]) -> [Self; 8] {
        std::array::from_fn(|column| Self(rows.map(|row| row.0[column])))
    }

    #[inline(always)]
    fn bytes(rows: [Self; 4]) -> [[u8; 8]; 4] {
        rows.map(|row| row.0.map(|number| number.saturating_add(128).clamp(0, 255) as u8))
    }
}

impl Processor for Portable {
    type Eight = Numbers;
    type Sums = [u16; 32];

    #[inline(always)]
    fn products(self, numbers: &[i16; 8], factors: &[u16; 8]) -> Numbers {
        let product = |i: usize| i32::from(numbers[i]).wrapping_mul(i32::from(factors[i]));
        Numbers(std::array::from_fn(product))
    }

    #[inline(always)]
    fn turned(self, rows: [[u8; 16]; 16]) -> [[u8; 16]; 16] {
        std::array::from_fn(|column| rows.map(|row| row[column]))
    }

    #[inline(always)]
    fn interleaved(self, planes: [[u8; 16]; 3]) -> [u8; 48] {
        std::array::from_fn(|i| planes[i % 3][i / 3])
    }

    #[inline(always)]
    fn halves(self) -> [u16; 32] {
        [128; 32]
    }

    #[inline(always)]
    fn plus(self, mut sums: [u16; 32], samples: &[u8; 32], share: u16) -> [u16; 32] {
        for (sum, sample) in sums.iter_mut().zip(samples) {
            let part = ((u32::from(*sample) << 8) * u32::from(share)) >> 16;
            *sum = sum.wrapping_add(part as u16);
        }
        sums
    }

    #[inline(always)]
    fn whole(self, sums: [u16; 32]) -> [u8; 32] {
        sums.map(|sum| (sum >> 8) as u8)
    }
}
