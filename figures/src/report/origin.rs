//! Where the numbers of an artifact come from: its runs, and the revisions and devices that made them.

use std::collections::BTreeSet;

use super::html::escaped;
use crate::artifact::Artifact;
use crate::read::results::{FigureError, Results};
use swast_tables::rows::RunRow;
use swast_tables::table;

/// What made the rows of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    runs: usize,
    revisions: BTreeSet<String>,
    devices: BTreeSet<String>,
    commands: &'static [&'static str],
}

impl Origin {
    /// The origin of `artifact`; without runs where its tables are of another kind.
    pub(super) fn of(results: &Results, artifact: &Artifact) -> Result<Self, FigureError> {
        let path = results.path::<RunRow>();
        let mut rows: Vec<RunRow> = if path.exists() { table::read(&path)? } else { Vec::new() };
        rows.retain(|run| artifact.has(&run.artifact));
        Ok(Self::from_runs(&rows, artifact.commands))
    }

    fn from_runs(rows: &[RunRow], commands: &'static [&'static str]) -> Self {
        let device = |run: &RunRow| format!("{}, {}", run.device, run.precision);
        Self {
            runs: rows.len(),
            revisions: rows.iter().map(|run| run.revision.clone()).collect(),
            devices: rows.iter().map(device).collect(),
            commands,
        }
    }

    /// As entries of a list of descriptions.
    pub(super) fn html(&self) -> String {
        let code = |text: &&str| format!("<code>{}</code>", escaped(text));
        let commands: Vec<String> = self.commands.iter().map(code).collect();
        let listed = |set: &BTreeSet<String>| {
            set.iter().map(|text| escaped(text)).collect::<Vec<_>>().join("<br>")
        };
        let entry = |name: &str, text: &str| format!("<dt>{name}</dt><dd>{text}</dd>\n");
        let mut html = entry("Made by", &commands.join(" or "));
        if self.runs == 0 {
            return html + &entry("Revision", "these tables record none");
        }
        html += &entry("Runs", &self.runs.to_string());
        html += &entry("Device", &listed(&self.devices));
        html + &entry("Revision", &listed(&self.revisions))
    }
}
