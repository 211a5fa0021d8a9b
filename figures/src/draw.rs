//! From pictures to files.

use std::path::{Path, PathBuf};

use crate::canvas;
use crate::figure::Picture;
use crate::read::results::FigureError;
use swast_tables::table;

/// A kind of picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Network Graphics, as many pixels as the SVG has units.
    Png,
}

/// Writes `picture` into `folder` in every format; returns the paths.
pub fn write(
    picture: &Picture,
    folder: &Path,
    formats: &[Format],
) -> Result<Vec<PathBuf>, FigureError> {
    let name = &picture.name;
    let failed = |reason| FigureError::Render { name: name.clone(), reason };
    let svg = canvas::svg(&picture.sheet).map_err(failed)?;
    let mut paths = Vec::new();
    for format in formats {
        let (ending, bytes) = match format {
            Format::Svg => ("svg", svg.clone().into_bytes()),
            Format::Png => ("png", canvas::png(&svg, 1.0).map_err(failed)?),
        };
        let path = folder.join(format!("{name}.{ending}"));
        table::replace(&path, &bytes)?;
        paths.push(path);
    }
    Ok(paths)
}
