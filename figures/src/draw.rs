//! From pictures and tables to files.

use std::path::{Path, PathBuf};

use crate::canvas;
use crate::figure::Picture;
use crate::read::results::FigureError;
use crate::scene::table::Table;
use crate::text::{comma, latex, markdown};
use swast_tables::table;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Network Graphics, as many pixels as the SVG has units.
    Png,
    /// Markdown; tables alone.
    Md,
    /// Comma-separated values, a row a cell; tables alone.
    Csv,
    /// LaTeX for the package booktabs; tables alone.
    Tex,
}

/// Writes `picture` into `folder` in every format that pictures have; returns the paths.
pub fn write(
    picture: &Picture,
    folder: &Path,
    formats: &[Format],
) -> Result<Vec<PathBuf>, FigureError> {
    let name = &picture.name;
    let failed = |reason| FigureError::Render { name: name.clone(), reason };
    let svg = canvas::svg(&picture.sheet).map_err(failed)?;
    let mut files = Vec::new();
    for format in formats {
        files.push(match format {
            Format::Svg => ("svg", svg.clone().into_bytes()),
            Format::Png => ("png", canvas::png(&svg, 1.0).map_err(failed)?),
            Format::Md | Format::Csv | Format::Tex => continue,
        });
    }
    replace(name, folder, files)
}

/// Writes `table` into `folder` in every format; returns the paths.
pub fn write_table(
    table: &Table,
    folder: &Path,
    formats: &[Format],
) -> Result<Vec<PathBuf>, FigureError> {
    let name = &table.name;
    let failed = |reason| FigureError::Render { name: name.clone(), reason };
    let svg = canvas::table(table).map_err(failed)?;
    let mut files = Vec::new();
    for format in formats {
        files.push(match format {
            Format::Svg => ("svg", svg.clone().into_bytes()),
            Format::Png => ("png", canvas::png(&svg, 1.0).map_err(failed)?),
            Format::Md => ("md", markdown::markdown(table).into_bytes()),
            Format::Csv => ("csv", comma::csv(table).map_err(|e| failed(e.to_string()))?),
            Format::Tex => ("tex", latex::latex(table).into_bytes()),
        });
    }
    replace(name, folder, files)
}

/// Puts `files`, each an ending and its bytes, in the place of those of an earlier drawing.
fn replace(
    name: &str,
    folder: &Path,
    files: Vec<(&str, Vec<u8>)>,
) -> Result<Vec<PathBuf>, FigureError> {
    let mut paths = Vec::new();
    for (ending, bytes) in files {
        let path = folder.join(format!("{name}.{ending}"));
        table::replace(&path, &bytes)?;
        paths.push(path);
    }
    Ok(paths)
}
