//! The ten classes of the synthetic data set: which outline, texture and pair of colours each one has.

use super::shape::Shape;
use super::texture::Texture;

/// Five hues (RGB in [0, 1]); a palette is a pair of neighbours, so that one hue alone tells little.
const HUES: [[f32; 3]; 5] = [
    [0.85, 0.25, 0.20],
    [0.90, 0.75, 0.20],
    [0.25, 0.70, 0.30],
    [0.20, 0.45, 0.85],
    [0.70, 0.30, 0.75],
];

/// What makes a class.
pub(super) struct Class {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) texture: Texture,
    /// Number of the class's usual palette.
    pub(super) palette: usize,
}

/// Each outline belongs to two classes, each texture to two or three, each palette to two: no single
/// property tells the class.
#[rustfmt::skip] // one class per line
pub(super) const CLASSES: [Class; 10] = [
    Class { name: "disc-rows",        shape: Shape::Disc,     texture: Texture::Rows,    palette: 0 },
    Class { name: "disc-spots",       shape: Shape::Disc,     texture: Texture::Spots,   palette: 1 },
    Class { name: "ring-rows",        shape: Shape::Ring,     texture: Texture::Rows,    palette: 2 },
    Class { name: "ring-checks",      shape: Shape::Ring,     texture: Texture::Checks,  palette: 3 },
    Class { name: "square-columns",   shape: Shape::Square,   texture: Texture::Columns, palette: 4 },
    Class { name: "square-checks",    shape: Shape::Square,   texture: Texture::Checks,  palette: 0 },
    Class { name: "triangle-rows",    shape: Shape::Triangle, texture: Texture::Rows,    palette: 1 },
    Class { name: "triangle-columns", shape: Shape::Triangle, texture: Texture::Columns, palette: 2 },
    Class { name: "cross-columns",    shape: Shape::Cross,    texture: Texture::Columns, palette: 3 },
    Class { name: "cross-spots",      shape: Shape::Cross,    texture: Texture::Spots,   palette: 4 },
];

/// Number of palettes.
pub(super) const PALETTES: usize = HUES.len();

/// The two colours of palette `index`.
pub(super) fn palette(index: usize) -> [[f32; 3]; 2] {
    [HUES[index % PALETTES], HUES[(index + 1) % PALETTES]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_single_property_tells_the_class() {
        for (i, a) in CLASSES.iter().enumerate() {
            let others =
                || CLASSES.iter().enumerate().filter(move |(j, _)| *j != i).map(|(_, b)| b);
            assert!(others().any(|b| b.shape == a.shape));
            assert!(others().any(|b| b.texture == a.texture));
            assert!(others().any(|b| b.palette == a.palette));
            assert!(others().all(|b| (b.shape, b.texture) != (a.shape, a.texture)));
        }
    }
}
