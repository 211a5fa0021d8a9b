//! Random numbers made on the device: one for every weight in a step, three for every sample in an epoch. Drawn on the
//! host they would have to be waited for and copied over, which costs more than the step.
//!
//! They are the output of SplitMix64 (Steele, Lea, Flood 2014) in 64-bit integer arithmetic, hence the same
//! on every device and for any number of threads; its state is a key drawn from [`swast_tables::stream`].

use tch::{Device, Kind, Tensor};

/// The increment of SplitMix64, 2^64 over the golden ratio.
const INCREMENT: i64 = 0x9E37_79B9_7F4A_7C15_u64.cast_signed();
const FIRST: i64 = 0xBF58_476D_1CE4_E5B9_u64.cast_signed();
const SECOND: i64 = 0x94D0_49BB_1331_11EB_u64.cast_signed();
/// Bits of a uniform number: so many that 1 - u is exact in single precision.
const BITS: i64 = 23;

/// The first `count` outputs of SplitMix64 in state `key`, their 64 bits as i64 `[count]`.
pub fn bits(key: u64, count: usize, device: Device) -> Tensor {
    let position = Tensor::arange_start(1, count as i64 + 1, (Kind::Int64, device));
    let mut z = position * INCREMENT + key.cast_signed();
    for (shift, factor) in [(30, FIRST), (27, SECOND)] {
        let shifted = shifted_right(&z, shift);
        let _ = z.bitwise_xor_tensor_(&shifted);
        z *= factor;
    }
    let shifted = shifted_right(&z, 31);
    z.bitwise_xor_tensor_(&shifted)
}

/// The first `count` outputs as distinct ranks: i64 of at least 0, the upper 63 bits.
pub fn ranks(key: u64, count: usize, device: Device) -> Tensor {
    shifted_right(&bits(key, count, device), 1)
}

/// The whole numbers below `count` in random order, i64 `[count]`.
pub fn permutation(key: u64, count: usize, device: Device) -> Tensor {
    ranks(key, count, device).argsort_stable(true, 0, false)
}

/// Whole numbers of at least 0 and below `end`, at most 2^31; i64 `[count]`. None is likelier than another by more than
/// `end` in 2^32.
pub fn below(end: i64, key: u64, count: usize, device: Device) -> Tensor {
    shifted_right(&(shifted_right(&bits(key, count, device), 32) * end), 32)
}

/// Uniform numbers, f32 `[count]`, in `[2^-24, 1 - 2^-24]` and symmetric about one half.
pub fn uniform(key: u64, count: usize, device: Device) -> Tensor {
    let whole = shifted_right(&bits(key, count, device), 64 - BITS).to_kind(Kind::Float);
    (whole + 0.5) * (0.5_f64).powi(BITS as i32)
}

/// Logistic noise, f32 `[count]`: the difference of two independent Gumbel variables.
pub fn logistic(key: u64, count: usize, device: Device) -> Tensor {
    let u = uniform(key, count, device);
    let complement: Tensor = 1.0 - &u;
    u.log() - complement.log()
}

/// Shifts in zeros; the shift of signed integers repeats the sign.
fn shifted_right(bits: &Tensor, by: i64) -> Tensor {
    bits.bitwise_right_shift_tensor_scalar(by).bitwise_and((1_i64 << (64 - by)) - 1)
}
