//! The inverse cosine transform of a block, to the bit as libjpeg's "islow" does it: C. Loeffler, A. Ligtenberg,
//! G. Moschytz, Practical fast 1-D DCT algorithms with 11 multiplications, ICASSP 1989, in integers.

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

/// Eight coefficients to eight samples, rounded to so many bits fewer; damaged files may overflow, and wrap.
#[inline(always)]
fn pass(x: [i32; 8], bits: i32) -> [i32; 8] {
    let mul = i32::wrapping_mul;
    let add = i32::wrapping_add;
    let sub = i32::wrapping_sub;
    let z = mul(add(x[2], x[6]), F0_541);
    let even2 = sub(z, mul(x[6], F1_847));
    let even3 = add(z, mul(x[2], F0_765));
    let even0 = add(x[0], x[4]).wrapping_shl(BITS as u32);
    let even1 = sub(x[0], x[4]).wrapping_shl(BITS as u32);
    let (a0, a3) = (add(even0, even3), sub(even0, even3));
    let (a1, a2) = (add(even1, even2), sub(even1, even2));

    let z5 = mul(add(add(x[7], x[3]), add(x[5], x[1])), F1_175);
    let z1 = mul(add(x[7], x[1]), -F0_899);
    let z2 = mul(add(x[5], x[3]), -F2_562);
    let z3 = add(mul(add(x[7], x[3]), -F1_961), z5);
    let z4 = add(mul(add(x[5], x[1]), -F0_390), z5);
    let b0 = add(mul(x[7], F0_298), add(z1, z3));
    let b1 = add(mul(x[5], F2_053), add(z2, z4));
    let b2 = add(mul(x[3], F3_072), add(z2, z3));
    let b3 = add(mul(x[1], F1_501), add(z1, z4));

    let round = |value: i32| add(value, 1 << (bits - 1)) >> bits;
    [
        round(add(a0, b3)),
        round(add(a1, b2)),
        round(add(a2, b1)),
        round(add(a3, b0)),
        round(sub(a3, b0)),
        round(sub(a2, b1)),
        round(sub(a1, b2)),
        round(sub(a0, b3)),
    ]
}

/// The sample that is `value` above the middle.
#[inline(always)]
fn sample(value: i32) -> u8 {
    value.saturating_add(128).clamp(0, 255) as u8
}

/// Writes the 8 x 8 samples of the block of `coefficients`, quantised by `steps` (both row by row), to `plane`, whose rows
/// are `stride` long.
pub(super) fn block(coefficients: &[i16; 64], steps: &[u16; 64], plane: &mut [u8], stride: usize) {
    let value = |at: usize| i32::from(coefficients[at]).wrapping_mul(i32::from(steps[at]));
    if coefficients[1..].iter().all(|coefficient| *coefficient == 0) {
        let flat = sample((value(0) + 4) >> 3);
        for row in plane.chunks_mut(stride).take(8) {
            row[..8].fill(flat);
        }
        return;
    }
    let mut between = [[0; 8]; 8];
    for column in 0..8 {
        let samples = pass(std::array::from_fn(|row| value(8 * row + column)), BITS - BETWEEN);
        for (row, sample) in between.iter_mut().zip(samples) {
            row[column] = sample;
        }
    }
    for (row, between) in plane.chunks_mut(stride).zip(between) {
        let samples = pass(between, BITS + BETWEEN + 3).map(sample);
        row[..8].copy_from_slice(&samples);
    }
}
