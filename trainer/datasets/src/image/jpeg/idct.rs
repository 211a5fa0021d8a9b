//! The inverse cosine transform of a block, to the bit as libjpeg's "islow" does it: C. Loeffler, A. Ligtenberg,
//! G. Moschytz, Practical fast 1-D DCT algorithms with 11 multiplications, ICASSP 1989, in integers. Eight
//! columns or rows are done side by side.

use crate::image::wide::{Eight, Processor};

/// Bits behind the point of the constants.
const BITS: i32 = 13;
/// Bits that are kept behind the point between the two passes.
const BETWEEN: i32 = 2;

/// Round(x 2^13) of the factors.
const F0_298: i32 = 2446;
const F0_390: i32 = 3196;
const F0_541: i32 = 4433;
const F0_765: i32 = 6270;
const F0_899: i32 = 7373;
const F1_175: i32 = 9633;
const F1_501: i32 = 12_299;
const F1_847: i32 = 15_137;
const F1_961: i32 = 16_069;
const F2_053: i32 = 16_819;
const F2_562: i32 = 20_995;
const F3_072: i32 = 25_172;

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

/// The 8 x 8 samples of the block of `coefficients`, quantised by `steps` (all row by row).
#[inline(always)]
pub(super) fn samples<P: Processor>(
    processor: P,
    coefficients: &[i16; 64],
    steps: &[u16; 64],
) -> [[u8; 8]; 8] {
    let (coefficients, steps) = (coefficients.as_chunks::<8>().0, steps.as_chunks::<8>().0);
    let mut rows = [processor.products(&coefficients[0], &steps[0]); 8];
    for (row, (coefficients, steps)) in rows.iter_mut().zip(coefficients.iter().zip(steps)) {
        *row = processor.products(coefficients, steps);
    }
    let columns = P::Eight::transposed(pass::<_, COLUMNS>(rows));
    let [r0, r1, r2, r3, r4, r5, r6, r7] = P::Eight::transposed(pass::<_, ROWS>(columns));
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
