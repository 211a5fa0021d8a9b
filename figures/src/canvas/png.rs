//! SVG to PNG with the bundled typeface only, so that a picture looks the same everywhere.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::{Reason, font, reason};

/// The SVG picture `text` as PNG bytes, `scale` pixels for each of the SVG's.
pub fn png(text: &str, scale: f32) -> Result<Vec<u8>, Reason> {
    let mut faces = fontdb::Database::new();
    faces.load_font_data(font::REGULAR.to_vec());
    faces.load_font_data(font::BOLD.to_vec());
    faces.set_sans_serif_family("Liberation Sans");
    let options = Options { fontdb: Arc::new(faces), ..Options::default() };
    let tree = Tree::from_str(text, &options).map_err(reason)?;
    let size = tree.size();
    let (width, height) = ((size.width() * scale).ceil(), (size.height() * scale).ceil());
    let mut pixels = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| format!("{width} x {height} pixels are too many"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(reason)
}
