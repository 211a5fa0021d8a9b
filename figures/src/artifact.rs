//! The registry of artifacts: all that can be drawn, each listed once. The command line and its help, `all` and the
//! tests read it.
//!
//! To add an artifact, write its file in `artifact`, its `mod` line and its entry in [`ALL`].

mod by_rate;
mod cell;
mod double_loss;
pub mod figure1;
mod figure4;
mod figure5;
mod figure6;
mod figure7;
mod selectors;
mod speed;
mod state_preservation;
mod table1;
mod table2;
mod table3;
mod table4;
mod table5;

use crate::figure::{Figure, panel_name};
use crate::read::results::{FigureError, Results, Wanted};

/// All artifacts, in the order of the paper, then what the paper does not show.
pub static ALL: [Artifact; 14] = [
    figure1::ARTIFACT,
    figure4::ARTIFACT,
    table1::ARTIFACT,
    figure5::ARTIFACT,
    figure6::ARTIFACT,
    figure7::ARTIFACT,
    table2::ARTIFACT,
    table3::ARTIFACT,
    table4::ARTIFACT,
    table5::ARTIFACT,
    state_preservation::ARTIFACT,
    double_loss::ARTIFACT,
    selectors::ARTIFACT,
    speed::ARTIFACT,
];

/// A figure or table of the paper, or one beside it.
#[derive(Debug)]
pub struct Artifact {
    /// Its name on the command line, in the tables and in the names of its pictures.
    pub name: &'static str,
    /// What it shows, in one line.
    pub line: &'static str,
    /// The commands that make its tables.
    pub commands: &'static [&'static str],
    /// Draws it from the tables.
    pub draw: fn(&Results) -> Result<Figure, FigureError>,
}

impl Artifact {
    /// Whether one of its commands sweeps the runs that carry `name`, which is that of the sweep or of a panel.
    pub(crate) fn sweeps(&self, name: &str) -> bool {
        let mut sweeps =
            self.commands.iter().filter_map(|c| c.strip_prefix("swast-trainer sweep "));
        let is_letter = |rest: &str| rest.chars().all(|c| c.is_ascii_lowercase());
        sweeps.any(|sweep| name.strip_prefix(sweep).is_some_and(is_letter))
    }

    /// The rows that carry its own name.
    fn rows(&self) -> Wanted {
        Wanted { rows: self.name.to_owned(), commands: self.commands }
    }

    /// The rows that carry the name of its panel at `position`.
    fn rows_of_panel(&self, position: usize) -> Wanted {
        Wanted { rows: panel_name(self.name, position), commands: self.commands }
    }
}

/// The artifact called `name`.
pub fn find(name: &str) -> Option<&'static Artifact> {
    ALL.iter().find(|artifact| artifact.name == name)
}
