//! The tables of one profile, read from their folder, and what is wrong when they cannot be drawn.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use thiserror::Error;

use swast_tables::rows::{EpochRow, PlanRow, RunRow, SelectionRow};
use swast_tables::table::{self, NanCells, Row, TableError};

/// Why a figure cannot be drawn.
#[derive(Debug, Error)]
pub enum FigureError {
    /// A table could not be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A table is absent.
    #[error("{path}: table is missing; make it with `{cure}`", path = path.display())]
    Absent {
        /// Where the table should be.
        path: PathBuf,
        /// The command that makes it.
        cure: String,
    },
    /// A table holds nothing for the figure.
    #[error("{path}: no rows for {artifact}; make them with `{cure}`", path = path.display())]
    Empty {
        /// The table.
        path: PathBuf,
        /// Which rows are needed.
        artifact: String,
        /// The command that makes them.
        cure: String,
    },
    /// Rows of one figure come from several settings that must not be mixed.
    #[error("{path}: rows of {artifact} mix several values in column `{column}` ({values}); keep one",
            path = path.display())]
    Mixed {
        /// The table.
        path: PathBuf,
        /// Which rows.
        artifact: String,
        /// The column.
        column: &'static str,
        /// Its values, in ascending order.
        values: String,
    },
    /// A run, or an epoch of one, has two rows, and would count twice.
    #[error("{path}: duplicate row of {what} for {artifact}; delete one of the two", path = path.display())]
    Twice {
        /// The table.
        path: PathBuf,
        /// What has two rows.
        what: String,
        /// Which rows.
        artifact: String,
    },
    /// A run lacks its last epoch, and would be compared with others at an earlier one.
    #[error("{path}: run {run} has no epoch {epoch}, its last; regenerate the table with `{cure}`", path = path.display())]
    Unfinished {
        /// The table of epochs.
        path: PathBuf,
        /// The run.
        run: String,
        /// Its last epoch.
        epoch: u32,
        /// The command that makes the table.
        cure: String,
    },
    /// A cell holds what no run can give.
    #[error("{path}: run {run}, column `{column}`: {value} is not {wanted}; fix the value", path = path.display())]
    Implausible {
        /// The table.
        path: PathBuf,
        /// The run.
        run: String,
        /// The column.
        column: &'static str,
        /// The cell.
        value: f64,
        /// What is allowed.
        wanted: &'static str,
    },
    /// The picture could not be rendered.
    #[error("{name}: cannot be rendered: {reason}")]
    Render {
        /// Name of the picture.
        name: String,
        /// What went wrong.
        reason: String,
    },
}

impl FigureError {
    /// Whether the numbers are simply not there yet.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Absent { .. } | Self::Empty { .. })
    }
}

/// A folder of tables.
#[derive(Debug, Clone)]
pub struct Results {
    folder: PathBuf,
    /// What a reader of the pictures must know of the tables; each line once.
    notes: RefCell<BTreeSet<String>>,
}

/// Rows that a drawing needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The name that they carry, such as `figure5a`.
    pub rows: String,
    /// The commands that make them; one of these is enough.
    pub commands: &'static [&'static str],
}

impl Wanted {
    /// What to run, for the middle of a message between backticks.
    fn cure(&self) -> String {
        self.commands.join("` or `")
    }
}

/// The runs made for one drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Runs {
    /// What was asked for.
    wanted: Wanted,
    /// Its rows of `runs.csv`, never empty, all from one profile.
    pub rows: Vec<RunRow>,
    /// Number of runs that the sweep under way has planned, where some are not there yet.
    pub planned: Option<usize>,
}

impl Results {
    /// The tables in `folder`; nothing is read yet.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), notes: RefCell::default() }
    }

    /// Path of the table of rows `R`.
    pub fn path<R: Row>(&self) -> PathBuf {
        self.folder.join(R::FILE)
    }

    /// All rows of a table; an absent or empty table is an error that names the commands of `wanted`.
    pub fn rows<R: Row>(&self, wanted: &Wanted) -> Result<Vec<R>, FigureError> {
        let path = self.path::<R>();
        if !path.exists() {
            return Err(FigureError::Absent { path, cure: wanted.cure() });
        }
        let rows = table::read(&path)?;
        if rows.is_empty() {
            return Err(self.empty::<R>(wanted));
        }
        if let Some(NanCells { count, row, column }) = table::nan_cells(&path)? {
            let cells =
                if count == 1 { "1 cell is".to_owned() } else { format!("{count} cells are") };
            let (path, first) = (path.display(), format!("row {row}, column `{column}`"));
            self.note(format!("{path}: {cells} NaN, first in {first}; pictures leave them out"));
        }
        Ok(rows)
    }

    fn note(&self, line: String) {
        self.notes.borrow_mut().insert(line);
    }

    /// What is to be said of the tables read so far, a line each.
    pub fn notes(&self) -> Vec<String> {
        self.notes.borrow().iter().cloned().collect()
    }

    /// Refuses runs of one data set on different data; notes those that do not say what they were made on.
    fn check_data(&self, wanted: &Wanted, rows: &[RunRow]) -> Result<(), FigureError> {
        if rows.iter().any(|r| r.train_digest.is_none() || r.test_digest.is_none()) {
            let path = self.path::<RunRow>();
            self.note(format!(
                "{}: has runs from before the digests of their data were recorded; whether they share their data is not checked",
                path.display()
            ));
        }
        for set in rows.iter().map(|r| (&r.dataset, r.limit_train)).collect::<BTreeSet<_>>() {
            let own = rows.iter().filter(|r| (&r.dataset, r.limit_train) == set);
            let digests = own.filter_map(|r| r.train_digest.clone());
            self.one::<RunRow>(wanted, "train_digest", digests)?;
        }
        for dataset in rows.iter().map(|r| &r.dataset).collect::<BTreeSet<_>>() {
            let own = rows.iter().filter(|r| &r.dataset == dataset);
            let digests = own.filter_map(|r| r.test_digest.clone());
            self.one::<RunRow>(wanted, "test_digest", digests)?;
        }
        Ok(())
    }

    /// The error that a table does not hold what is `wanted`.
    pub fn empty<R: Row>(&self, wanted: &Wanted) -> FigureError {
        let (artifact, cure) = (wanted.rows.clone(), wanted.cure());
        FigureError::Empty { path: self.path::<R>(), artifact, cure }
    }

    /// The error that a table has `what` twice.
    fn twice<R: Row>(&self, wanted: &Wanted, what: String) -> FigureError {
        FigureError::Twice { path: self.path::<R>(), what, artifact: wanted.rows.clone() }
    }

    /// The runs that are `wanted`, all on one data set, ordered by variant, seed and name.
    pub fn runs(&self, wanted: Wanted) -> Result<Runs, FigureError> {
        let runs = self.runs_on_any_data(wanted)?;
        let datasets = runs.rows.iter().map(|r| r.dataset.clone());
        self.one::<RunRow>(&runs.wanted, "dataset", datasets)?;
        Ok(runs)
    }

    /// The runs that are `wanted`, whatever their data sets, each of which is the same data wherever it is named. Ordered
    /// by variant, seed and name.
    pub fn runs_on_any_data(&self, wanted: Wanted) -> Result<Runs, FigureError> {
        let mut rows: Vec<RunRow> = self.rows(&wanted)?;
        rows.retain(|r| r.artifact == wanted.rows);
        if rows.is_empty() {
            return Err(self.empty::<RunRow>(&wanted));
        }
        let path = self.path::<RunRow>();
        if let Some(error) = rows.iter().find_map(|run| implausible(&path, run)) {
            return Err(error);
        }
        self.one::<RunRow>(&wanted, "profile", rows.iter().map(|r| r.profile.clone()))?;
        self.check_data(&wanted, &rows)?;
        rows.sort_by(|a, b| (&a.variant, a.seed, &a.run).cmp(&(&b.variant, b.seed, &b.run)));
        if let Some(pair) = rows.windows(2).find(|pair| pair[0].run == pair[1].run) {
            return Err(self.twice::<RunRow>(&wanted, format!("run {}", pair[0].run)));
        }
        let planned = self.planned(&wanted, &rows)?;
        if let Some(planned) = planned {
            let (artifact, there) = (&wanted.rows, rows.len());
            self.note(format!("{artifact}: {there} of {planned} runs of the plan are there"));
        }
        Ok(Runs { wanted, rows, planned })
    }

    /// The number of runs planned for what is `wanted`, where `rows` lack some.
    fn planned(&self, wanted: &Wanted, rows: &[RunRow]) -> Result<Option<usize>, FigureError> {
        let path = self.path::<PlanRow>();
        if !path.exists() {
            return Ok(None);
        }
        let mut plan: Vec<PlanRow> = table::read(&path)?;
        plan.retain(|planned| planned.artifact == wanted.rows);
        let is_there = |planned: &PlanRow| rows.iter().any(|row| row.run == planned.run);
        Ok((!plan.iter().all(is_there)).then_some(plan.len()))
    }

    /// Checks that all `values` of a column are the same.
    pub fn one<R: Row>(
        &self,
        wanted: &Wanted,
        column: &'static str,
        values: impl Iterator<Item = String>,
    ) -> Result<(), FigureError> {
        let distinct: BTreeSet<String> = values.collect();
        if distinct.len() <= 1 {
            return Ok(());
        }
        let values = distinct.into_iter().collect::<Vec<_>>().join(", ");
        let artifact = wanted.rows.clone();
        Err(FigureError::Mixed { path: self.path::<R>(), artifact, column, values })
    }
}

impl Runs {
    /// The error that these runs have `what` twice.
    pub fn twice(&self, results: &Results, what: String) -> FigureError {
        results.twice::<RunRow>(&self.wanted, what)
    }

    /// The epochs of these runs, none without its last.
    pub fn epochs(&self, results: &Results) -> Result<Vec<EpochRow>, FigureError> {
        let rows = self.joined(results, |row: &EpochRow| (&row.run, row.epoch))?;
        let ended: BTreeSet<(&String, u32)> =
            rows.iter().map(|row| (&row.run, row.epoch)).collect();
        if let Some(run) = self.rows.iter().find(|run| !ended.contains(&(&run.run, run.epochs))) {
            let (path, cure) = (results.path::<EpochRow>(), self.wanted.cure());
            let (run, epoch) = (run.run.clone(), run.epochs);
            return Err(FigureError::Unfinished { path, run, epoch, cure });
        }
        Ok(rows)
    }

    /// The selections of these runs.
    pub fn selections(&self, results: &Results) -> Result<Vec<SelectionRow>, FigureError> {
        self.joined(results, |row: &SelectionRow| (&row.run, row.epoch))
    }

    /// The rows of a table that belong to these runs, by run and epoch, each once.
    fn joined<R: Row>(
        &self,
        results: &Results,
        key: impl Fn(&R) -> (&String, u32),
    ) -> Result<Vec<R>, FigureError> {
        let mut rows: Vec<R> = results.rows(&self.wanted)?;
        rows.retain(|r| self.rows.iter().any(|known| &known.run == key(r).0));
        if rows.is_empty() {
            return Err(results.empty::<R>(&self.wanted));
        }
        let mut seen = BTreeSet::new();
        if let Some((run, epoch)) = rows.iter().map(&key).find(|&key| !seen.insert(key)) {
            return Err(results.twice::<R>(&self.wanted, format!("epoch {epoch} of run {run}")));
        }
        Ok(rows)
    }
}

/// What is wrong with the first cell of `run`, in the table at `path`, that no run can give. Not a number is what a
/// diverged run gives.
fn implausible(path: &Path, run: &RunRow) -> Option<FigureError> {
    let shares = [
        ("test_accuracy", Some(run.test_accuracy)),
        ("best_test_accuracy", Some(run.best_test_accuracy)),
        ("fraction", run.fraction),
        ("prune_rate", run.prune_rate),
        ("fc_prune_rate", run.fc_prune_rate),
        ("label_noise", Some(run.label_noise)),
    ];
    let amounts = [("relative_flops", run.relative_flops), ("time_s", run.time_s)];
    let share = shares
        .into_iter()
        .filter_map(|(column, share)| Some((column, share?, "between 0 and 1")))
        .find(|(_, share, _)| *share < 0.0 || *share > 1.0);
    let amount = || {
        let amounts = amounts.map(|(column, amount)| (column, amount, "at least 0"));
        amounts.into_iter().find(|(_, amount, _)| *amount < 0.0)
    };
    let (column, value, wanted) = share.or_else(amount)?;
    let (path, run) = (path.to_owned(), run.run.clone());
    Some(FigureError::Implausible { path, run, column, value, wanted })
}
