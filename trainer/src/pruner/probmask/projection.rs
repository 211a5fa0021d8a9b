//! The nearest scores within a budget: Euclidean projection onto `{0 <= s <= ceiling, sum s <= budget}`.
//!
//! It is `clamp(x - v, 0, ceiling)` with the one `v >= 0` at which the sum meets the budget, or 0 where the sum
//! is below it anyway (Wang and Lu 2015; the Karush-Kuhn-Tucker conditions). The sum falls as v grows, so v is
//! found by halving an interval; sorting all scores would give it in closed form, and is what the tests
//! compare with, but takes longer.

use tch::{Kind, Tensor};

/// Halvings of `[0, max x]`: to 1e-12 of it, where v is the number next to the exact one in single precision.
const HALVINGS: usize = 40;

/// The projection of `x` (f32 `[n]`), on the device and without waiting for it. As stored, the scores add up
/// to no more than `budget`; what they miss of it is below `n` spacings of single-precision numbers at v.
pub fn project(x: &Tensor, ceiling: f64, budget: f64) -> Tensor {
    let at = |v: &Tensor| (x - v).clamp(0.0, ceiling);
    let exceeds = |v: &Tensor| at(v).sum(Kind::Double).gt(budget);
    let zero = Tensor::zeros([0_i64; 0], (Kind::Float, x.device()));
    let (mut low, mut high) = (zero.shallow_clone(), x.max().clamp_min(0.0));
    for _ in 0..HALVINGS {
        let middle = (&low + &high) / 2.0;
        let more = exceeds(&middle);
        low = middle.where_self(&more, &low);
        high = high.where_self(&more, &middle);
    }
    at(&high.where_self(&exceeds(&zero), &zero))
}
