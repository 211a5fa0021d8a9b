//! What each command does with valid settings, a file per command: its `execute` calls the library, writes the tables,
//! draws and reports.

pub(crate) mod best_coreset;
pub(crate) mod epsilon;
pub(crate) mod explore;
pub(crate) mod fit;
pub(crate) mod map;
pub(crate) mod prune;

use std::path::Path;

use swast_analysis::Error;
use swast_analysis::points::Points;
use swast_analysis::prune::Pruning;
use swast_analysis::scale::Scale;
use swast_tables::table::{self, Row};
use swast_tables::usage::note;

use crate::args::{PruningArgs, RunArgs};
use crate::report;

/// Coefficients that are pruned unless a number is named: those of Figure 1.
const PRUNED: usize = 3;

/// The pruning that the flags ask for. Unless they name a number, one coefficient of `degree` is left.
fn pruning(args: &PruningArgs, degree: usize) -> Result<Pruning, Error> {
    let pruned = args.prune.unwrap_or_else(|| PRUNED.min(degree));
    Pruning::try_new(degree, pruned, args.basis, args.refit)
}

/// Says on stderr that fewer coefficients were pruned than by default.
fn say_lowered(args: &PruningArgs, degree: usize) {
    if args.prune.is_none() && degree < PRUNED {
        note(format!(
            "--prune: {degree} of {} coefficients at degree {degree}, as the default of {PRUNED} would leave none; name a number to change it",
            degree + 1
        ));
    }
}

fn setting(flag: &'static str, reason: &str) -> Error {
    Error::Setting { flag, reason: reason.to_owned() }
}

/// The most rows of a table, which are held in memory until it is written.
const MOST_ROWS: u64 = 10_000_000;
/// The most cells of the matrix of a fit, a row per point and a column per coefficient.
const MOST_CELLS: usize = 1 << 26;

/// Checks that the rows of `draws` draws fit into memory, each with the product of `sides` rows.
fn check_rows(draws: u64, sides: &[usize]) -> Result<(), Error> {
    let each = sides.iter().fold(1_u64, |rows, side| rows.saturating_mul(*side as u64));
    if draws.saturating_mul(each) <= MOST_ROWS {
        return Ok(());
    }
    let cure = if each > MOST_ROWS { "ask for fewer settings" } else { "lower --trials" };
    let reason = format!("{draws} draws of {each} rows are more than {MOST_ROWS} rows; {cure}");
    Err(setting("--trials", &reason))
}

/// Checks that the matrix of `points` and the coefficients of `degree` fits into memory.
fn check_size(points: usize, degree: usize) -> Result<(), Error> {
    if points.saturating_mul(degree + 2) <= MOST_CELLS {
        return Ok(());
    }
    let most = MOST_CELLS / (degree + 2);
    let reason = format!("{points} points are too many at degree {degree}; give at most {most}");
    Err(setting("points", &reason))
}

/// The variable of own `points`: that of `domain`, which must hold all of them, or of their range.
fn variable(domain: Option<Scale>, points: &Points) -> Result<Scale, Error> {
    match domain {
        Some(scale) if !scale.holds(points) => {
            let (low, high) = points.range();
            let reason = format!(
                "the points run from {low:?} to {high:?}; give an interval that holds them"
            );
            Err(setting("--domain", &reason))
        }
        Some(scale) => Ok(scale),
        None => Ok(Scale::of(points)),
    }
}

/// Runs `work` on the threads asked for, with a progress bar over `steps` on a terminal.
fn with_progress<T: Send>(
    args: &RunArgs,
    steps: u64,
    work: impl FnOnce(&(dyn Fn() + Sync)) -> Result<T, Error> + Send,
) -> anyhow::Result<T> {
    let threads = args.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let bar = report::progress(steps);
    let result = pool.install(|| work(&|| bar.inc(1)));
    bar.finish_and_clear();
    Ok(result?)
}

fn write<R: Row>(folder: &Path, rows: &[R]) -> anyhow::Result<()> {
    Ok(table::write(&folder.join(R::FILE), rows)?)
}
