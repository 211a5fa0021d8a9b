//! The four textures of the synthetic data set: how two colours alternate inside an outline.
//!
//! Stripes run along the rows or along the columns, never diagonally: a horizontal flip keeps them.

/// A periodic pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texture {
    Rows,
    Columns,
    Checks,
    Spots,
}

impl Texture {
    pub(super) const ALL: [Self; 4] = [Self::Rows, Self::Columns, Self::Checks, Self::Spots];

    /// Share of the second colour, in [0, 1], at (`u`, `v`), both in periods.
    pub(super) fn mix(self, u: f32, v: f32) -> f32 {
        match self {
            Self::Rows => wave(v),
            Self::Columns => wave(u),
            Self::Checks => 0.5 + 0.5 * (2.0 * wave(u) - 1.0) * (2.0 * wave(v) - 1.0),
            // Scaled up and clipped, so that spots cover about a third of the area.
            Self::Spots => (1.6 * wave(u) * wave(v)).min(1.0),
        }
    }
}

/// A smooth wave of period 1 between 0 and 1, made of cubic pieces (no libm: see `shape.rs`).
fn wave(x: f32) -> f32 {
    let t = (2.0 * (x - x.floor()) - 1.0).abs();
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textures_have_period_one_and_stay_between_the_two_colours() {
        for texture in Texture::ALL {
            // Multiples of 1/16 are exact, so is the period.
            for (u, v) in (0..1024).map(|i| ((i % 32) as f32 / 16.0, (i / 32) as f32 / 16.0)) {
                let mix = texture.mix(u, v);
                assert!((0.0..=1.0).contains(&mix));
                assert_eq!(mix, texture.mix(u + 1.0, v - 1.0));
                assert_eq!(mix, texture.mix(-u, v), "{texture:?} is not its own mirror image");
            }
        }
    }
}
