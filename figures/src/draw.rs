//! `draw`: from the tables of a profile to picture files.

use std::path::{Path, PathBuf};

use crate::canvas;
use crate::claim::Claim;
use crate::figure::{Figure, Picture};
use crate::results::{FigureError, Results};
use crate::{figure1, figure5, figure6, figure7, selectors};
use swast_tables::table;

/// A kind of picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Network Graphics, as many pixels as the SVG has units.
    Png,
}

/// A figure that can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Noise against pruning, degree against selection.
    Figure1,
    /// Noise, overfitting and losses by epoch.
    Figure5,
    /// cut against prune-only.
    Figure6,
    /// Classifier and backbone prune rates.
    Figure7,
    /// Selectors beside one another.
    Selectors,
}

impl Which {
    /// All, in the order of the paper, then what it does not show.
    pub const ALL: [Self; 5] =
        [Self::Figure1, Self::Figure5, Self::Figure6, Self::Figure7, Self::Selectors];

    /// The figure from the tables in `results`.
    pub fn figure(self, results: &Results) -> Result<Figure, FigureError> {
        match self {
            Self::Figure1 => figure1::figure(results),
            Self::Figure5 => figure5::figure(results),
            Self::Figure6 => figure6::figure(results),
            Self::Figure7 => figure7::figure(results),
            Self::Selectors => selectors::figure(results),
        }
    }
}

/// Writes `picture` into `folder` in every format; answers the paths.
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

/// The claims of a picture, one sentence each.
pub fn sentences(claims: &[Claim]) -> Vec<String> {
    claims.iter().map(|c| format!("{}: {c}", c.picture)).collect()
}
