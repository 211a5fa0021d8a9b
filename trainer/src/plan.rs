//! The experiments behind the figures, as typed values: which runs an artifact needs at a profile. A file per artifact,
//! named as its drawing is.

mod changes;
mod figure4;
mod figure5;
mod figure6;
mod figure7;
mod grid;
mod method;
mod profile;
mod selectors;
mod speed;
mod state_preservation;
mod table1;
mod table2;
mod table3;
mod table4;
mod table5;

use clap::ValueEnum;
use swast_datasets::DatasetKind;

use crate::libtorch::arithmetic::Precision;
use crate::settings::Settings;

pub use changes::Changes;
pub use profile::Profile;

/// What can be swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sweep {
    /// Trim and cut against coreset-only, by coreset size and prune rate.
    Table1,
    /// Accuracy and time of a larger coreset, and of pruning with a smaller one.
    Table2,
    /// Pruning, coresets and both on data with 20 % wrong labels.
    Table3,
    /// Cut with the pruner ProbMask.
    Table4,
    /// Cut with the selectors CRAIG, GLISTER and Moderate.
    Table5,
    /// State preservation: none, selective and complete; what pruning and selection lose together.
    StatePreservation,
    /// Accuracy against training FLOPs and time.
    Figure4,
    /// Noise in coresets, overfitting, loss on mislabelled samples.
    Figure5,
    /// Accuracy against prune rate and FLOPs, with and without coresets.
    Figure6,
    /// Backbone rate against classifier rate.
    Figure7,
    /// Every selector, with and without pruning, at several coreset sizes.
    Selectors,
    /// Time of training by prune rate and coreset size, beside FLOPs.
    Speed,
}

/// A run and what it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The figure's panel, or the figure where its panels share the runs.
    pub artifact: &'static str,
    /// The settings of the run.
    pub settings: Settings,
    /// Whether it is measured what pruning and selection lose together.
    pub double_loss: bool,
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
            Sweep::Table1 => table1::cells(self, seed),
            Sweep::Table2 => table2::cells(self, seed),
            Sweep::Table3 => table3::cells(self, seed),
            Sweep::Table4 => table4::cells(self, seed),
            Sweep::Table5 => table5::cells(self, seed),
            Sweep::StatePreservation => state_preservation::cells(self, seed),
            Sweep::Figure4 => figure4::cells(self, seed),
            Sweep::Figure5 => figure5::cells(self, seed),
            Sweep::Figure6 => figure6::cells(self, seed),
            Sweep::Figure7 => figure7::cells(self, seed),
            Sweep::Selectors => selectors::cells(self, seed),
            Sweep::Speed => speed::cells(self, seed),
        }
    }
}

/// The data set called `name`, a name in a plan.
fn dataset(name: &str) -> DatasetKind {
    name.parse().expect("a plan names data sets that there are")
}

/// `settings` as cells of `artifact`, each run once: a change may make two of them one.
fn cells_of(artifact: &'static str, settings: impl IntoIterator<Item = Settings>) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for settings in settings {
        if !cells.iter().any(|cell| cell.settings == settings) {
            cells.push(Cell { artifact, settings, double_loss: false });
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
        // At each rate cut, prune-only, random coresets and as few steps; and both schedules without pruning.
        assert_eq!(count(Sweep::Figure6, Profile::Paper), 4 * 8 + 2);
        // Every pair of rates, and three baselines.
        assert_eq!(count(Sweep::Figure7, Profile::Paper), 25 + 3);
        assert_eq!(count(Sweep::Figure7, Profile::Quick), 9 + 3);
        // Of 6 pairs of data set and model: 4 with both variants at 3 sizes and 5 rates, 2 with cut at 2 sizes; three
        // baselines for each size, and all data.
        assert_eq!(count(Sweep::Table1, Profile::Paper), 4 * (3 * 13 + 1) + 2 * (2 * 8 + 1));
        assert_eq!(count(Sweep::Table1, Profile::Desk), 2 * 7 + 1);
        assert_eq!(count(Sweep::Table2, Profile::Paper), 7);
        assert_eq!(count(Sweep::Table3, Profile::Paper), 3 * 8 + 6);
        assert_eq!(count(Sweep::Table4, Profile::Paper), 4 * 8);
        // Coresets of one size have the random baseline and the compressed schedule in common.
        assert_eq!(count(Sweep::Table5, Profile::Paper), 3 * 2 * 8 - 2 * 2 * 2);
        assert_eq!(count(Sweep::StatePreservation, Profile::Paper), 9 + 2);
        assert_eq!(count(Sweep::Figure4, Profile::Paper), 3 * 13 + 1 + 5);
        // 14 selectors and as few steps on all data, for two variants at each size, and all data with both variants.
        assert_eq!(count(Sweep::Selectors, Profile::Paper), 15 * 2 * 3 + 2);
        assert_eq!(count(Sweep::Selectors, Profile::Quick), 15 * 2 * 2 + 2);
        assert_eq!(count(Sweep::Selectors, Profile::Desk), 8 * 2 * 2 + 2);
        // All rates with all data and two coreset sizes, and both without pruning, for two models.
        assert_eq!(count(Sweep::Speed, Profile::Desk), 2 * 5 * 3);
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
