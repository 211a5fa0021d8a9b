//! The five outlines of the synthetic data set, as signed distances.
//!
//! Every outline is its own mirror image left to right, so that a horizontal flip keeps the class.
//! Only `+ - * / sqrt abs min max` are used: IEEE 754 fixes them to the last bit, the functions of libm
//! it does not, and the images must be the same on every machine.

/// An outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Ring,
    Square,
    Triangle,
    Cross,
}

impl Shape {
    pub(super) const ALL: [Self; 5] =
        [Self::Disc, Self::Ring, Self::Square, Self::Triangle, Self::Cross];

    /// Approximate signed distance of (`u`, `v`) from the outline of size `radius`, negative inside; all
    /// in pixels, `u` to the right and `v` down from the centre. The shape lies within `radius` of the
    /// centre on both axes.
    pub(super) fn distance(self, u: f32, v: f32, radius: f32) -> f32 {
        match self {
            Self::Disc => (u * u + v * v).sqrt() - radius,
            Self::Ring => ((u * u + v * v).sqrt() - 0.7 * radius).abs() - 0.3 * radius,
            Self::Square => u.abs().max(v.abs()) - 0.85 * radius,
            // Apex at (0, -r), base corners at (+-0.9 r, 0.6 r); (0.8716, -0.4903) is the unit normal of a
            // side.
            Self::Triangle => (0.8716 * u.abs() - 0.4903 * (v + radius)).max(v - 0.6 * radius),
            Self::Cross => {
                let (long, thin) = (radius, 0.36 * radius);
                let bar = (u.abs() - long).max(v.abs() - thin);
                let post = (u.abs() - thin).max(v.abs() - long);
                bar.min(post)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_are_mirror_symmetric_and_stay_within_their_radius() {
        for shape in Shape::ALL {
            for (u, v) in (0..400).map(|i| ((i % 20) as f32 - 9.5, (i / 20) as f32 - 9.5)) {
                let distance = shape.distance(u, v, 8.0);
                assert_eq!(distance, shape.distance(-u, v, 8.0));
                assert!(distance > 0.0 || u.abs().max(v.abs()) <= 8.0, "{shape:?} at ({u}, {v})");
            }
        }
    }
}
