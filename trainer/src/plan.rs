//! The experiments behind the figures, as typed values: which runs an artifact needs at a profile. A file per artifact,
//! named as its drawing is.

mod changes;
mod figure5;
mod figure6;
mod figure7;
mod method;
mod profile;
mod selectors;

use clap::ValueEnum;
use swast_datasets::DatasetKind;

use crate::libtorch::arithmetic::Precision;
use crate::settings::Settings;

pub use changes::Changes;
pub use profile::Profile;

/// What can be swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sweep {
    /// Noise in coresets, overfitting, loss on mislabelled samples.
    Figure5,
    /// Accuracy against prune rate and FLOPs, with and without coresets.
    Figure6,
    /// Backbone rate against classifier rate.
    Figure7,
    /// Every selector, with and without pruning, at several coreset sizes.
    Selectors,
}

/// A run and what it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The figure's panel, or the figure where its panels share the runs.
    pub artifact: &'static str,
    /// The settings of the run.
    pub settings: Settings,
}

impl Cell {
    /// The columns of the run's row that its settings fill, by name as flags have it.
    pub fn columns(&self) -> Vec<(String, String)> {
        let mut columns = self.settings.columns();
        columns.push(("artifact".to_owned(), self.artifact.to_owned()));
        columns.push(("run".to_owned(), self.settings.id()));
        columns
    }
}

/// What is the same in all runs of a sweep, and of others whose runs it shares.
#[derive(Debug, Clone)]
pub struct Known {
    /// How large the experiments are.
    pub profile: Profile,
    /// The data set.
    pub dataset: DatasetKind,
    /// Side of the images in pixels, where it is free to choose.
    pub resolution: Option<usize>,
    /// Precision of the networks' arithmetic.
    pub precision: Precision,
    /// What is changed in the plans.
    pub changes: Changes,
}

impl Known {
    /// The runs of `sweep` with `seed`, the most telling ones first.
    pub fn cells(&self, sweep: Sweep, seed: u64) -> Vec<Cell> {
        match sweep {
            Sweep::Figure5 => figure5::cells(self, seed),
            Sweep::Figure6 => figure6::cells(self, seed),
            Sweep::Figure7 => figure7::cells(self, seed),
            Sweep::Selectors => selectors::cells(self, seed),
        }
    }
}

/// `settings` as cells of `artifact`, each run once: a change may make two of them one.
fn cells_of(artifact: &'static str, settings: impl IntoIterator<Item = Settings>) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for settings in settings {
        if !cells.iter().any(|cell| cell.settings == settings) {
            cells.push(Cell { artifact, settings });
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn cells(sweep: Sweep, profile: Profile, seed: u64) -> Vec<Cell> {
        let dataset: DatasetKind = "cifar10".parse().unwrap();
        let (precision, changes) = (Precision::Fp32, Changes::default());
        Known { profile, dataset, resolution: None, precision, changes }.cells(sweep, seed)
    }

    #[test]
    fn every_figure_has_the_runs_the_paper_shows() {
        let count = |sweep, profile| cells(sweep, profile, 0).len();
        assert_eq!(count(Sweep::Figure5, Profile::Paper), 9);
        assert_eq!(count(Sweep::Figure6, Profile::Paper), 16);
        assert_eq!(count(Sweep::Figure7, Profile::Paper), 26);
        assert_eq!(count(Sweep::Figure7, Profile::Quick), 10);
        // 14 selectors and two variants at each size, and all data with both variants.
        assert_eq!(count(Sweep::Selectors, Profile::Paper), 14 * 2 * 3 + 2);
        assert_eq!(count(Sweep::Selectors, Profile::Quick), 14 * 2 * 3 + 2);
        assert_eq!(count(Sweep::Selectors, Profile::Desk), 7 * 2 * 2 + 2);
    }

    #[test]
    fn every_run_is_valid_and_has_an_identity_of_its_own() {
        for profile in [Profile::Smoke, Profile::Quick, Profile::Desk, Profile::Paper] {
            for &sweep in Sweep::value_variants() {
                let cells = cells(sweep, profile, 3);
                for cell in &cells {
                    assert_eq!(cell.settings.clone().checked().unwrap(), cell.settings);
                }
                let runs: BTreeSet<_> = cells.iter().map(|c| c.settings.id()).collect();
                assert_eq!(runs.len(), cells.len());
            }
        }
    }
}
