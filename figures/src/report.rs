//! The report: one page of HTML with the verdicts on all claims, every picture and table, and where they come from. The
//! same verdicts as a table in Markdown are in [`claims`].

pub mod claims;
mod html;
mod origin;
mod page;
mod panels;
mod verdicts;

use std::fs;
use std::path::Path;

use anyhow::{Result, anyhow, bail};

use crate::artifact::{ALL, Artifact};
use crate::figure::Figure;
use crate::read::results::{FigureError, Results};
use origin::Origin;
use swast_tables::folder::REPORT;
use swast_tables::table;

/// An artifact that has numbers.
struct Drawn {
    artifact: &'static Artifact,
    figure: Figure,
    origin: Origin,
}

/// All that the tables of one folder give.
pub struct Report {
    /// Name of the folder.
    name: String,
    drawn: Vec<Drawn>,
    /// Artifacts without numbers.
    absent: Vec<&'static Artifact>,
    /// What a reader must know of the tables.
    notes: Vec<String>,
}

impl Report {
    /// Draws every artifact that has numbers in `folder`.
    ///
    /// # Errors
    /// When a table cannot be drawn.
    pub fn of(folder: &Path) -> Result<Self, FigureError> {
        let results = Results::new(folder);
        let (mut drawn, mut absent) = (Vec::new(), Vec::new());
        for artifact in &ALL {
            match (artifact.draw)(&results) {
                Ok(figure) => {
                    drawn.push(Drawn { artifact, figure, origin: Origin::of(&results, artifact)? });
                }
                Err(error) if error.is_absence() => absent.push(artifact),
                Err(error) => return Err(error),
            }
        }
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        let name = name.to_string_lossy().into_owned();
        Ok(Self { name, drawn, absent, notes: results.notes() })
    }

    /// Whether no artifact has numbers.
    pub fn is_empty(&self) -> bool {
        self.drawn.is_empty()
    }

    /// What a reader must know of the tables, a line each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Writes the page of the tables in `results` to the file `out`, in one step; returns what is to be noted.
///
/// # Errors
/// When a table cannot be drawn, none is there, or `out` cannot be written or is a file of another kind.
pub fn write(results: &Path, out: &Path) -> Result<Vec<String>> {
    let report = Report::of(results)?;
    if report.is_empty() {
        bail!("{}: holds no table to draw from; run `make figures`", results.display());
    }
    if out.exists() && !is_report(out) {
        bail!("{}: is no report of swast-figures; choose another --out", out.display());
    }
    let written = table::replace(out, page::page(&report)?.as_bytes());
    written.map_err(|error| anyhow!("{error}; choose another --out"))?;
    Ok(report.notes)
}

/// Whether the file at `path` begins as a page of ours.
fn is_report(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(REPORT.as_bytes()))
}
