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
use swast_analysis::prune::Pruning;
use swast_tables::table::{self, Row};

use crate::args::{PruningArgs, RunArgs};
use crate::report;

fn pruning(args: &PruningArgs) -> Result<Pruning, Error> {
    Pruning::try_new(args.degree, args.prune, args.basis, args.refit)
}

fn setting(flag: &'static str, reason: &str) -> Error {
    Error::Setting { flag, reason: reason.to_owned() }
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
