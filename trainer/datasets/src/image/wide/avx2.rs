//! Registers of 32 bytes, on processors that have AVX2.

use std::arch::x86_64::{__m128i, __m256i};

use pulp::cast;
use pulp::x86::V3;

use super::{Eight, Processor};

/// Eight numbers, and the proof that the processor has registers for them.
#[derive(Debug, Clone, Copy)]
pub(in crate::image) struct Numbers(V3, __m256i);

impl Eight for Numbers {
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0, self.0.avx2._mm256_add_epi32(self.1, other.1))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0, self.0.avx2._mm256_sub_epi32(self.1, other.1))
    }

    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        let factors = self.0.avx._mm256_set1_epi32(factor);
        Self(self.0, self.0.avx2._mm256_mullo_epi32(self.1, factors))
    }

    #[inline(always)]
    fn raised<const MORE: i32>(self) -> Self {
        Self(self.0, self.0.avx2._mm256_slli_epi32::<MORE>(self.1))
    }

    #[inline(always)]
    fn rounded<const LESS: i32>(self) -> Self {
        let half = self.0.avx._mm256_set1_epi32(1 << (LESS - 1));
        let sum = self.0.avx2._mm256_add_epi32(self.1, half);
        Self(self.0, self.0.avx2._mm256_srai_epi32::<LESS>(sum))
    }

    #[inline(always)]
    fn transposed([r0, r1, r2, r3, r4, r5, r6, r7]: [Self; 8]) -> [Self; 8] {
        let ([a0, a2], [b0, b2]) = (mixed([r0, r1]), mixed([r2, r3]));
        let ([c0, c2], [d0, d2]) = (mixed([r4, r5]), mixed([r6, r7]));
        // Four rows above and four below, of columns 0 and 4, 1 and 5, 2 and 6, 3 and 7.
        let ([a0, a1], [a2, a3]) = (mixed_pairs([a0, b0]), mixed_pairs([a2, b2]));
        let ([c0, c1], [c2, c3]) = (mixed_pairs([c0, d0]), mixed_pairs([c2, d2]));
        let ([x0, x4], [x1, x5]) = (halves([a0, c0]), halves([a1, c1]));
        let ([x2, x6], [x3, x7]) = (halves([a2, c2]), halves([a3, c3]));
        [x0, x1, x2, x3, x4, x5, x6, x7]
    }

    #[inline(always)]
    fn bytes([a, b, c, d]: [Self; 4]) -> [[u8; 8]; 4] {
        let simd = a.0;
        // Both steps saturate, and work in the halves of the registers.
        let above = simd.avx2._mm256_packs_epi32(a.1, b.1);
        let below = simd.avx2._mm256_packs_epi32(c.1, d.1);
        let packed = simd.avx2._mm256_packs_epi16(above, below);
        let order = simd.avx._mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        let sorted = simd.avx2._mm256_permutevar8x32_epi32(packed, order);
        cast(simd.avx2._mm256_xor_si256(sorted, simd.avx._mm256_set1_epi8(-128)))
    }
}

/// The numbers of two registers in turn, of the lower and of the upper half of each half.
#[inline(always)]
fn mixed([a, b]: [Numbers; 2]) -> [Numbers; 2] {
    let (low, high) =
        (a.0.avx2._mm256_unpacklo_epi32(a.1, b.1), a.0.avx2._mm256_unpackhi_epi32(a.1, b.1));
    [Numbers(a.0, low), Numbers(a.0, high)]
}

/// The same with pairs of numbers.
#[inline(always)]
fn mixed_pairs([a, b]: [Numbers; 2]) -> [Numbers; 2] {
    let (low, high) =
        (a.0.avx2._mm256_unpacklo_epi64(a.1, b.1), a.0.avx2._mm256_unpackhi_epi64(a.1, b.1));
    [Numbers(a.0, low), Numbers(a.0, high)]
}

/// The lower halves of two registers, and the upper ones.
#[inline(always)]
fn halves([a, b]: [Numbers; 2]) -> [Numbers; 2] {
    let lower = a.0.avx2._mm256_permute2x128_si256::<0x20>(a.1, b.1);
    let upper = a.0.avx2._mm256_permute2x128_si256::<0x31>(a.1, b.1);
    [Numbers(a.0, lower), Numbers(a.0, upper)]
}

impl Processor for V3 {
    type Eight = Numbers;
    /// Of the first and of the second half of each half, as the processor widens and narrows bytes.
    type Sums = [__m256i; 2];

    #[inline(always)]
    fn products(self, numbers: &[i16; 8], factors: &[u16; 8]) -> Numbers {
        let numbers = self.avx2._mm256_cvtepi16_epi32(cast(*numbers));
        let factors = self.avx2._mm256_cvtepu16_epi32(cast(*factors));
        Numbers(self, self.avx2._mm256_mullo_epi32(numbers, factors))
    }

    #[inline(always)]
    fn turned(self, rows: [[u8; 16]; 16]) -> [[u8; 16]; 16] {
        let [a, b, c, d] = cast::<_, [[[u8; 16]; 4]; 4]>(rows);
        let (a, b, c, d) = (quarter(self, a), quarter(self, b), quarter(self, c), quarter(self, d));
        // Now a register has four columns of four rows, of which the first four are these of the first register, ...
        let mut columns = [[[0; 16]; 4]; 4];
        for i in 0..4 {
            columns[i] = quarters(self, [a[i], b[i], c[i], d[i]]);
        }
        cast(columns)
    }

    #[inline(always)]
    fn interleaved(self, [a, b, c]: [[u8; 16]; 3]) -> [u8; 48] {
        let planes = [cast(a), cast(b), cast(c)];
        cast([third(self, planes, 0), third(self, planes, 1), third(self, planes, 2)])
    }

    #[inline(always)]
    fn halves(self) -> [__m256i; 2] {
        [self.avx._mm256_set1_epi16(128); 2]
    }

    #[inline(always)]
    fn plus(self, [low, high]: [__m256i; 2], samples: &[u8; 32], share: u16) -> [__m256i; 2] {
        let (samples, none) = (cast(*samples), self.avx._mm256_setzero_si256());
        let share = self.avx._mm256_set1_epi16(share.cast_signed());
        let first = self.avx2._mm256_unpacklo_epi8(none, samples);
        let second = self.avx2._mm256_unpackhi_epi8(none, samples);
        let first = self.avx2._mm256_mulhi_epu16(first, share);
        let second = self.avx2._mm256_mulhi_epu16(second, share);
        [self.avx2._mm256_add_epi16(low, first), self.avx2._mm256_add_epi16(high, second)]
    }

    #[inline(always)]
    fn whole(self, [low, high]: [__m256i; 2]) -> [u8; 32] {
        let low = self.avx2._mm256_srli_epi16::<8>(low);
        let high = self.avx2._mm256_srli_epi16::<8>(high);
        cast(self.avx2._mm256_packus_epi16(low, high))
    }
}

/// By third of interleaved planes and by plane: which byte of the plane comes to each place; none where the highest bit is
/// set.
const TURNS: [[[u8; 16]; 3]; 3] = {
    let mut turns = [[[0x80; 16]; 3]; 3];
    let mut at = 0;
    while at < 48 {
        turns[at / 16][at % 3][at % 16] = (at / 3) as u8;
        at += 1;
    }
    turns
};

/// Third number `number` of interleaved `planes`.
#[inline(always)]
fn third(simd: V3, [a, b, c]: [__m128i; 3], number: usize) -> __m128i {
    let a = simd.ssse3._mm_shuffle_epi8(a, cast(TURNS[number][0]));
    let b = simd.ssse3._mm_shuffle_epi8(b, cast(TURNS[number][1]));
    let c = simd.ssse3._mm_shuffle_epi8(c, cast(TURNS[number][2]));
    simd.sse2._mm_or_si128(simd.sse2._mm_or_si128(a, b), c)
}

/// The bytes of four rows by column.
#[inline(always)]
fn quarter(simd: V3, rows: [[u8; 16]; 4]) -> [__m128i; 4] {
    let [r0, r1, r2, r3]: [__m128i; 4] =
        [cast(rows[0]), cast(rows[1]), cast(rows[2]), cast(rows[3])];
    let sse2 = simd.sse2;
    let (low0, high0) = (sse2._mm_unpacklo_epi8(r0, r1), sse2._mm_unpackhi_epi8(r0, r1));
    let (low2, high2) = (sse2._mm_unpacklo_epi8(r2, r3), sse2._mm_unpackhi_epi8(r2, r3));
    [
        sse2._mm_unpacklo_epi16(low0, low2),
        sse2._mm_unpackhi_epi16(low0, low2),
        sse2._mm_unpacklo_epi16(high0, high2),
        sse2._mm_unpackhi_epi16(high0, high2),
    ]
}

/// Four columns, whole, of four times four rows.
#[inline(always)]
fn quarters(simd: V3, [a, b, c, d]: [__m128i; 4]) -> [[u8; 16]; 4] {
    let sse2 = simd.sse2;
    let (low0, high0) = (sse2._mm_unpacklo_epi32(a, b), sse2._mm_unpackhi_epi32(a, b));
    let (low2, high2) = (sse2._mm_unpacklo_epi32(c, d), sse2._mm_unpackhi_epi32(c, d));
    [
        cast(sse2._mm_unpacklo_epi64(low0, low2)),
        cast(sse2._mm_unpackhi_epi64(low0, low2)),
        cast(sse2._mm_unpacklo_epi64(high0, high2)),
        cast(sse2._mm_unpackhi_epi64(high0, high2)),
    ]
}
