//! Work that is worth the widest units of the processor: it is compiled for AVX2 and for every processor, and what it gives
//! is the same to the bit.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
#[cfg(test)]
mod tests;

#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, x86::V3};

pub(super) use self::portable::Portable;

/// Eight numbers of 32 bits side by side. All wraps where it overflows.
pub(super) trait Eight: Copy {
    /// The sums of two each.
    fn add(self, other: Self) -> Self;

    /// The differences.
    fn sub(self, other: Self) -> Self;

    /// Times a number.
    fn times(self, factor: i32) -> Self;

    /// Times 2^`MORE`.
    fn raised<const MORE: i32>(self) -> Self;

    /// Rounded to `LESS` bits fewer.
    fn rounded<const LESS: i32>(self) -> Self;

    /// Rows as columns.
    fn transposed(rows: [Self; 8]) -> [Self; 8];

    /// 128 more, as bytes; what is beyond 0 to 255 becomes the nearest.
    fn bytes(rows: [Self; 4]) -> [[u8; 8]; 4];
}

/// What a processor does with more than one number at a time.
pub(super) trait Processor: Copy {
    /// Eight numbers.
    type Eight: Eight;

    /// Sums of 32 bytes' shares, with 8 bits behind the point.
    type Sums: Copy;

    /// Numbers times factors.
    fn products(self, numbers: &[i16; 8], factors: &[u16; 8]) -> Self::Eight;

    /// Rows of bytes as columns.
    fn turned(self, rows: [[u8; 16]; 16]) -> [[u8; 16]; 16];

    /// The bytes of three planes in turn.
    fn interleaved(self, planes: [[u8; 16]; 3]) -> [u8; 48];

    /// Sums of nothing but a half each.
    fn halves(self) -> Self::Sums;

    /// `sums` and a share of 2^16 of each of the `samples`; no sum may reach 256.
    fn plus(self, sums: Self::Sums, samples: &[u8; 32], share: u16) -> Self::Sums;

    /// The `sums`, rounded down.
    fn whole(self, sums: Self::Sums) -> [u8; 32];
}

/// A piece of work. `run` and all that it calls where time is spent must be `#[inline(always)]`, so that they are compiled
/// for the processor that they run on; closures are not, where they are not called at once.
pub(super) trait Work {
    /// What it makes.
    type Output;

    /// Does it.
    fn run(self, processor: impl Processor) -> Self::Output;
}

/// What `work` makes.
pub(super) fn widely<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = V3::try_new() {
        return simd.vectorize(Wide(simd, work));
    }
    work.run(Portable)
}

#[cfg(target_arch = "x86_64")]
struct Wide<W>(V3, W);

#[cfg(target_arch = "x86_64")]
impl<W: Work> NullaryFnOnce for Wide<W> {
    type Output = W::Output;

    #[inline(always)]
    fn call(self) -> W::Output {
        self.1.run(self.0)
    }
}
