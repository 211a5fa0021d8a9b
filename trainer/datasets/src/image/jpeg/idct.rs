//! The inverse cosine transform of a block, to the bit as libjpeg's "islow" does it: C. Loeffler, A. Ligtenberg,
//! G. Moschytz, Practical fast 1-D DCT algorithms with 11 multiplications, ICASSP 1989, in integers. Eight
//! columns or rows are done side by side. What is reduced is to the bit as libjpeg-turbo's `jidctred.c` has it where both
//! sides of the block are: the means of neighbouring samples, made without these.

use crate::image::wide::{Eight, Processor};

/// Bits behind the point of the constants.
const BITS: i32 = 13;
/// Bits that are kept behind the point between the two passes.
const BETWEEN: i32 = 2;

/// Round(x 2^13) of the factors.
const F0_211: i32 = 1730;
const F0_298: i32 = 2446;
const F0_390: i32 = 3196;
const F0_509: i32 = 4176;
const F0_541: i32 = 4433;
const F0_601: i32 = 4926;
const F0_720: i32 = 5906;
const F0_765: i32 = 6270;
const F0_850: i32 = 6967;
const F0_899: i32 = 7373;
const F1_061: i32 = 8697;
const F1_175: i32 = 9633;
const F1_272: i32 = 10_426;
const F1_451: i32 = 11_893;
const F1_501: i32 = 12_299;
const F1_847: i32 = 15_137;
const F1_961: i32 = 16_069;
const F2_053: i32 = 16_819;
const F2_172: i32 = 17_799;
const F2_562: i32 = 20_995;
const F3_072: i32 = 25_172;
const F3_624: i32 = 29_692;

/// Rounds the samples of columns to so many bits fewer,
const COLUMNS: i32 = BITS - BETWEEN;
/// and those of rows.
const ROWS: i32 = BITS + BETWEEN + 3;

/// Eight coefficients of eight columns or rows to samples, rounded to `LESS` bits fewer.
#[inline(always)]
fn pass<N: Eight, const LESS: i32>(x: [N; 8]) -> [N; 8] {
    let z = x[2].add(x[6]).times(F0_541);
    let even2 = z.sub(x[6].times(F1_847));
    let even3 = z.add(x[2].times(F0_765));
    let even0 = x[0].add(x[4]).raised::<BITS>();
    let even1 = x[0].sub(x[4]).raised::<BITS>();
    let (a0, a3) = (even0.add(even3), even0.sub(even3));
    let (a1, a2) = (even1.add(even2), even1.sub(even2));

    let z5 = x[7].add(x[3]).add(x[5].add(x[1])).times(F1_175);
    let z1 = x[7].add(x[1]).times(-F0_899);
    let z2 = x[5].add(x[3]).times(-F2_562);
    let z3 = x[7].add(x[3]).times(-F1_961).add(z5);
    let z4 = x[5].add(x[1]).times(-F0_390).add(z5);
    let b0 = x[7].times(F0_298).add(z1.add(z3));
    let b1 = x[5].times(F2_053).add(z2.add(z4));
    let b2 = x[3].times(F3_072).add(z2.add(z3));
    let b3 = x[1].times(F1_501).add(z1.add(z4));

    [
        a0.add(b3).rounded::<LESS>(),
        a1.add(b2).rounded::<LESS>(),
        a2.add(b1).rounded::<LESS>(),
        a3.add(b0).rounded::<LESS>(),
        a3.sub(b0).rounded::<LESS>(),
        a2.sub(b1).rounded::<LESS>(),
        a1.sub(b2).rounded::<LESS>(),
        a0.sub(b3).rounded::<LESS>(),
    ]
}

/// Eight coefficients of eight columns or rows to the four means of two samples each, rounded to `LESS` bits fewer, and these
/// again.
#[inline(always)]
fn pass_by_two<N: Eight, const LESS: i32>(x: [N; 8]) -> [N; 8] {
    let even0 = x[0].raised::<{ BITS + 1 }>();
    let even2 = x[2].times(F1_847).sub(x[6].times(F0_765));
    let (a0, a1) = (even0.add(even2), even0.sub(even2));
    let inner = x[5].times(F1_451).sub(x[7].times(F0_211));
    let inner = inner.add(x[1].times(F1_061).sub(x[3].times(F2_172)));
    let outer = x[3].times(F0_899).sub(x[5].times(F0_601));
    let outer = outer.add(x[1].times(F2_562).sub(x[7].times(F0_509)));
    let (m0, m3) = (a0.add(outer).rounded::<LESS>(), a0.sub(outer).rounded::<LESS>());
    let (m1, m2) = (a1.add(inner).rounded::<LESS>(), a1.sub(inner).rounded::<LESS>());
    [m0, m1, m2, m3, m0, m1, m2, m3]
}

/// Eight coefficients of eight columns or rows to the two means of four samples each, rounded to `LESS` bits fewer, and these
/// again.
#[inline(always)]
fn pass_by_four<N: Eight, const LESS: i32>(x: [N; 8]) -> [N; 8] {
    let even = x[0].raised::<{ BITS + 2 }>();
    let odd = x[5].times(F0_850).sub(x[7].times(F0_720));
    let odd = odd.add(x[1].times(F3_624).sub(x[3].times(F1_272)));
    let (m0, m1) = (even.add(odd).rounded::<LESS>(), even.sub(odd).rounded::<LESS>());
    [m0, m1, m0, m1, m0, m1, m0, m1]
}

/// The rows of `coefficients` times their `steps`.
#[inline(always)]
fn products<P: Processor>(
    processor: P,
    coefficients: &[i16; 64],
    steps: &[u16; 64],
) -> [P::Eight; 8] {
    let (coefficients, steps) = (coefficients.as_chunks::<8>().0, steps.as_chunks::<8>().0);
    let mut rows = [processor.products(&coefficients[0], &steps[0]); 8];
    for (row, (coefficients, steps)) in rows.iter_mut().zip(coefficients.iter().zip(steps)) {
        *row = processor.products(coefficients, steps);
    }
    rows
}

/// The 8 x 8 samples of the block of `coefficients`, quantised by `steps` (all row by row).
#[inline(always)]
pub(super) fn samples<P: Processor>(
    processor: P,
    coefficients: &[i16; 64],
    steps: &[u16; 64],
) -> [[u8; 8]; 8] {
    let rows = products(processor, coefficients, steps);
    let columns = P::Eight::transposed(pass::<_, COLUMNS>(rows));
    let [r0, r1, r2, r3, r4, r5, r6, r7] = P::Eight::transposed(pass::<_, ROWS>(columns));
    let [s0, s1, s2, s3] = P::Eight::bytes([r0, r1, r2, r3]);
    let [s4, s5, s6, s7] = P::Eight::bytes([r4, r5, r6, r7]);
    [s0, s1, s2, s3, s4, s5, s6, s7]
}

/// The same block, reduced to the size `across` x `down` (each 8, 4, 2 or 1): what comes out is at the top left, and is
/// the means of neighbouring samples.
#[inline(always)]
pub(super) fn reduced<P: Processor>(
    processor: P,
    coefficients: &[i16; 64],
    steps: &[u16; 64],
    (across, down): (usize, usize),
) -> [[u8; 8]; 8] {
    let rows = products(processor, coefficients, steps);
    let columns = P::Eight::transposed(match down {
        8 => pass::<_, COLUMNS>(rows),
        4 => pass_by_two::<_, { COLUMNS + 1 }>(rows),
        2 => pass_by_four::<_, { COLUMNS + 2 }>(rows),
        _ => [rows[0].raised::<BETWEEN>(); 8],
    });
    let [r0, r1, r2, r3, r4, r5, r6, r7] = P::Eight::transposed(match across {
        8 => pass::<_, ROWS>(columns),
        4 => pass_by_two::<_, { ROWS + 1 }>(columns),
        2 => pass_by_four::<_, { ROWS + 2 }>(columns),
        _ => [columns[0].rounded::<{ ROWS - BITS }>(); 8],
    });
    let [s0, s1, s2, s3] = P::Eight::bytes([r0, r1, r2, r3]);
    let [s4, s5, s6, s7] = P::Eight::bytes([r4, r5, r6, r7]);
    [s0, s1, s2, s3, s4, s5, s6, s7]
}

/// The sample of a block that has only its first coefficient, quantised by `step`.
#[inline(always)]
pub(super) fn flat(first: i16, step: u16) -> u8 {
    let value = (i32::from(first).wrapping_mul(i32::from(step)) + 4) >> 3;
    value.saturating_add(128).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests;
