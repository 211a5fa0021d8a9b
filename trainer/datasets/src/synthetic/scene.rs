//! One image of the synthetic data set: background, clutter, the figure that has the class, at times
//! another in front of it, exposure and noise.

use rand::{Rng, RngExt};

use super::class::{Class, PALETTES, palette};
use super::paint::{Canvas, Colour, Figure, blend, turn};
use super::shape::Shape;
use super::texture::Texture;
use super::{BYTES, SIDE};

/// Share of the images whose figure has its class's palette; the others take any.
const PALETTE_FIDELITY: f64 = 0.6;
/// Share of the images with another small figure in front.
const PATCH_SHARE: f64 = 0.35;

/// Draws an image of `class` into `image` (`SIDE` x `SIDE` x 3 bytes, row by row, RGB).
pub(super) fn draw(class: &Class, rng: &mut impl Rng, image: &mut [u8]) {
    let mut canvas = background(rng);
    for _ in 0..rng.random_range(2..=4) {
        canvas.paint(&clutter(rng));
    }
    canvas.paint(&subject(class, rng));
    if rng.random_bool(PATCH_SHARE) {
        canvas.paint(&clutter(rng));
    }
    expose(&canvas, rng, image);
}

fn any_colour(rng: &mut impl Rng) -> Colour {
    std::array::from_fn(|_| rng.random_range(0.1..0.9))
}

fn jitter(colour: Colour, amount: f32, rng: &mut impl Rng) -> Colour {
    colour.map(|channel| channel + rng.random_range(-amount..amount))
}

/// A slope between two random colours under a faint random texture.
fn background(rng: &mut impl Rng) -> Canvas {
    let (near, far) = (any_colour(rng), any_colour(rng));
    let slope = (rng.random_range(-1.0..1.0_f32), rng.random_range(-1.0..1.0_f32));
    let texture = Texture::ALL[rng.random_range(0..Texture::ALL.len())];
    let turn = turn(rng.random_range(-0.4..0.4));
    let period = rng.random_range(3.0..9.0_f32);
    let depth = rng.random_range(0.0..0.25_f32);
    Canvas::filled(|x, y| {
        let share = 0.5 + (slope.0 * x + slope.1 * y) / SIDE as f32;
        let (u, v) = (turn.0 * x + turn.1 * y, turn.0 * y - turn.1 * x);
        let shade = depth * (texture.mix(u / period, v / period) - 0.5);
        blend(near, far, share.clamp(0.0, 1.0)).map(|channel| channel + shade)
    })
}

/// A small figure of any outline, texture and palette, anywhere.
fn clutter(rng: &mut impl Rng) -> Figure {
    Figure {
        shape: Shape::ALL[rng.random_range(0..Shape::ALL.len())],
        texture: Texture::ALL[rng.random_range(0..Texture::ALL.len())],
        colours: palette(rng.random_range(0..PALETTES)).map(|c| jitter(c, 0.15, rng)),
        centre: (rng.random_range(0.0..SIDE as f32), rng.random_range(0.0..SIDE as f32)),
        radius: rng.random_range(2.5..5.5),
        turn: turn(rng.random_range(-0.4..0.4)),
        period: rng.random_range(2.5..5.0),
        phase: (rng.random(), rng.random()),
        opacity: rng.random_range(0.6..1.0),
    }
}

/// The figure that has the class: near the centre, a little turned, of varying size and contrast.
fn subject(class: &Class, rng: &mut impl Rng) -> Figure {
    let usual = rng.random_bool(PALETTE_FIDELITY);
    let any = rng.random_range(0..PALETTES);
    let mut colours = palette(if usual { class.palette } else { any });
    if rng.random_bool(0.5) {
        colours.reverse();
    }
    let radius = rng.random_range(8.0..13.0);
    let middle = SIDE as f32 / 2.0;
    Figure {
        shape: class.shape,
        texture: class.texture,
        colours: colours.map(|c| jitter(c, 0.12, rng)),
        centre: (middle + rng.random_range(-4.0..4.0), middle + rng.random_range(-4.0..4.0)),
        radius,
        turn: turn(rng.random_range(-0.1..0.1)),
        period: rng.random_range(3.5..6.5),
        phase: (rng.random(), rng.random()),
        opacity: rng.random_range(0.4..1.0),
    }
}

/// Contrast, brightness and noise of each pixel, then bytes.
fn expose(canvas: &Canvas, rng: &mut impl Rng, image: &mut [u8]) {
    let contrast = rng.random_range(0.5..1.1_f32);
    let brightness = rng.random_range(-0.12..0.12_f32);
    let noise = rng.random_range(0.02..0.12_f32);
    // The sum of two random bytes has mean 255 and standard deviation 104.5: noise without libm.
    let mut grain = [0; 2 * BYTES];
    rng.fill_bytes(&mut grain);
    let values = canvas.0.as_flattened();
    for ((byte, value), grain) in image.iter_mut().zip(values).zip(grain.as_chunks::<2>().0) {
        let grain = (f32::from(grain[0]) + f32::from(grain[1]) - 255.0) / 104.5;
        let value = 0.5 + contrast * (value - 0.5) + brightness + noise * grain;
        *byte = (255.0 * value + 0.5).clamp(0.0, 255.0) as u8;
    }
}
