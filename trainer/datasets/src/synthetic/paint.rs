//! Painting of textured figures on a small canvas, with smooth edges.

use super::shape::Shape;
use super::texture::Texture;
use super::{CHANNELS, SIDE};

/// A colour: RGB, 0 dark to 1 bright (clipped only when the canvas becomes bytes).
pub(super) type Colour = [f32; CHANNELS];

/// An image in the making: `SIDE` x `SIDE` colours, row by row.
pub(super) struct Canvas(pub(super) [Colour; SIDE * SIDE]);

/// A textured outline somewhere on the canvas.
pub(super) struct Figure {
    pub(super) shape: Shape,
    pub(super) texture: Texture,
    pub(super) colours: [Colour; 2],
    /// Centre, in pixels: (to the right, down).
    pub(super) centre: (f32, f32),
    /// Size, in pixels.
    pub(super) radius: f32,
    /// Cosine and sine of the rotation.
    pub(super) turn: (f32, f32),
    /// Period of the texture, in pixels.
    pub(super) period: f32,
    /// Shift of the texture, in periods.
    pub(super) phase: (f32, f32),
    /// Share of the figure over what lies behind it, in [0, 1].
    pub(super) opacity: f32,
}

/// Cosine and sine of the angle whose half has the tangent `half_tangent` (exact arithmetic only, see
/// `shape.rs`).
pub(super) fn turn(half_tangent: f32) -> (f32, f32) {
    let square = half_tangent * half_tangent;
    ((1.0 - square) / (1.0 + square), 2.0 * half_tangent / (1.0 + square))
}

impl Canvas {
    /// Fills every pixel with `colour(x, y)`; x to the right, y down, from the centre of the image.
    pub(super) fn filled(colour: impl Fn(f32, f32) -> Colour) -> Self {
        let half = (SIDE as f32 - 1.0) / 2.0;
        Self(std::array::from_fn(|pixel| {
            colour((pixel % SIDE) as f32 - half, (pixel / SIDE) as f32 - half)
        }))
    }

    /// Paints `figure` over what is there.
    pub(super) fn paint(&mut self, figure: &Figure) {
        // A turned figure reaches at most sqrt(2) radii from its centre.
        let reach = 1.415 * figure.radius + 1.0;
        let span = |centre: f32| {
            let first = (centre - reach).floor().clamp(0.0, SIDE as f32) as usize;
            first..((centre + reach).ceil().clamp(0.0, SIDE as f32) as usize)
        };
        for y in span(figure.centre.1) {
            for x in span(figure.centre.0) {
                let (right, down) = (x as f32 - figure.centre.0, y as f32 - figure.centre.1);
                let u = figure.turn.0 * right + figure.turn.1 * down;
                let v = figure.turn.0 * down - figure.turn.1 * right;
                let cover = (0.5 - figure.shape.distance(u, v, figure.radius)).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let mix = figure.texture.mix(
                        u / figure.period + figure.phase.0,
                        v / figure.period + figure.phase.1,
                    );
                    let colour = blend(figure.colours[0], figure.colours[1], mix);
                    let behind = &mut self.0[y * SIDE + x];
                    *behind = blend(*behind, colour, cover * figure.opacity);
                }
            }
        }
    }
}

/// `a` at `share` 0, `b` at `share` 1.
pub(super) fn blend(a: Colour, b: Colour, share: f32) -> Colour {
    std::array::from_fn(|channel| a[channel] + share * (b[channel] - a[channel]))
}
