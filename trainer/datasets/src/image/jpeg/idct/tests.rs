//! Transforms against the formula in floating point.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use proptest::prelude::*;

use super::*;
use crate::image::wide::{Portable, Work, widely};

/// A block, and its quantisation steps.
struct Block([i16; 64], [u16; 64]);

/// The sizes that it may have.
const SIZES: [usize; 4] = [8, 4, 2, 1];

impl Work for Block {
    /// As it is, and if it has only its first coefficient; then reduced to all sizes.
    type Output = Vec<((usize, usize), [[u8; 8]; 8])>;

    fn run(self, processor: impl Processor) -> Self::Output {
        let Self(coefficients, steps) = self;
        let sizes = SIZES.into_iter().flat_map(|down| SIZES.map(|across| (across, down)));
        let reduced = sizes.map(|size| (size, reduced(processor, &coefficients, &steps, size)));
        let whole = ((8, 8), samples(processor, &coefficients, &steps));
        let flat = ((1, 1), [[flat(coefficients[0], steps[0]); 8]; 8]);
        reduced.chain([whole, flat]).collect()
    }
}

/// The samples of the block by the formula of the standard (T.81, A.3.3), not rounded.
fn exact(Block(coefficients, steps): &Block) -> [[f64; 8]; 8] {
    let wave = |n: usize, x: usize| {
        let scale = if n == 0 { FRAC_1_SQRT_2 } else { 1.0 };
        scale * ((2 * x + 1) as f64 * n as f64 * PI / 16.0).cos() / 2.0
    };
    let value = |i: usize| f64::from(coefficients[i]) * f64::from(steps[i]);
    std::array::from_fn(|y| {
        std::array::from_fn(|x| {
            let terms = (0..64).map(|i| value(i) * wave(i % 8, x) * wave(i / 8, y));
            128.0 + terms.sum::<f64>()
        })
    })
}

proptest! {
    /// The means are those of samples before they are rounded and brought into 0 to 255.
    #[test]
    fn blocks_and_their_means_are_near_the_formula(
        coefficients in prop::array::uniform32((-40_i16..40, -40_i16..40)),
        steps in prop::array::uniform32((1_u16..9, 1_u16..9)),
    ) {
        let block = || Block(
            std::array::from_fn(|i| [coefficients[i / 2].0, coefficients[i / 2].1][i % 2]),
            std::array::from_fn(|i| [steps[i / 2].0, steps[i / 2].1][i % 2]),
        );
        let exact = exact(&block());
        let blocks = block().run(Portable);
        prop_assert_eq!(blocks.len(), 18);
        for ((across, down), samples) in blocks {
            let (wide, high) = (8 / across, 8 / down);
            for (x, y) in (0..down).flat_map(|y| (0..across).map(move |x| (x, y))) {
                let rows = exact[y * high..][..high].iter();
                let sum: f64 = rows.flat_map(|row| &row[x * wide..][..wide]).sum();
                let mean = (sum / (wide * high) as f64).clamp(0.0, 255.0);
                let own = f64::from(samples[y][x]);
                prop_assert!((own - mean).abs() < 0.6, "{own} {mean} of {across} x {down}");
            }
        }
    }

    #[test]
    fn transforms_are_the_same_everywhere(
        coefficients: [[i16; 8]; 8],
        steps: [[u16; 8]; 8],
        small in 0_u32..12,
    ) {
        let block = || Block(
            std::array::from_fn(|i| coefficients[i / 8][i % 8] >> small),
            std::array::from_fn(|i| steps[i / 8][i % 8] >> small),
        );
        prop_assert_eq!(widely(block()), block().run(Portable));
    }
}
