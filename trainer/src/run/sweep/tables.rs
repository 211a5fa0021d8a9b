//! The tables of a sweep, assembled from finished runs.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use swast_tables::names::name_of;
use swast_tables::rows::{EpochRow, LayerRow, PlanRow, RunRow, SelectionRow};
use swast_tables::table::{self, Row, TableError};

use super::SweepContext;
use crate::plan::{Cell, Known, Sweep};
use crate::run::record::{RecordError, finished, saved};

/// Assembles the tables of the plan that is `known` in the folder of `context` from finished runs, in the order of the
/// plans: all that `sweep` has for `seeds`, and whatever else is whole for a seed (sweeps share runs, and a few shared
/// ones are no figure). Runs of other settings, left there earlier, are passed over. Returns the number of rows of
/// `runs.csv`; without any the tables stay as they are.
pub fn assemble(
    context: &SweepContext,
    known: &Known,
    sweep: Sweep,
    seeds: &Range<u64>,
) -> Result<usize> {
    let results = &context.results;
    let mut runs = Vec::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    for seed in seeds_found(results)? {
        for &other in Sweep::value_variants() {
            let cells = known.cells(other, seed);
            let rows = finished_rows(context, &cells)?;
            let asked_for = other == sweep && seeds.contains(&seed);
            if !asked_for && rows.len() < cells.len() {
                continue;
            }
            for (artifact, folder, row) in rows {
                runs.push(RunRow { artifact, profile: name_of(known.profile), ..row });
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
        }
    }
    write_plan(results, seeds.clone().flat_map(|seed| known.cells(sweep, seed)))?;
    if runs.is_empty() {
        return Ok(0);
    }
    gather::<EpochRow>(results, &folders)?;
    gather::<SelectionRow>(results, &folders)?;
    gather::<LayerRow>(results, &folders)?;
    // Last: a figure drawn meanwhile finds the epochs of every run that it finds.
    table::write(&results.join(RunRow::FILE), &runs)?;
    Ok(runs.len())
}

/// Writes which runs `cells` are; those of other artifacts stay.
fn write_plan(results: &Path, cells: impl Iterator<Item = Cell>) -> Result<(), TableError> {
    let path = results.join(PlanRow::FILE);
    let own: Vec<PlanRow> = cells
        .map(|cell| PlanRow { artifact: cell.artifact.to_owned(), run: cell.settings.id() })
        .collect();
    let mut rows: Vec<PlanRow> = if path.exists() { table::read(&path)? } else { Vec::new() };
    rows.retain(|row| own.iter().all(|new| new.artifact != row.artifact));
    rows.extend(own);
    table::write(&path, &rows)
}

/// The number of runs in the tables in `results` that no plan that is `known` has: assembling leaves them out.
///
/// # Errors
/// When the table cannot be read.
pub fn of_other_plans(results: &Path, known: &Known) -> Result<usize, TableError> {
    let path = results.join(RunRow::FILE);
    let rows: Vec<RunRow> = if path.exists() { table::read(&path)? } else { Vec::new() };
    let seeds: BTreeSet<u64> = rows.iter().map(|row| row.seed).collect();
    let plans =
        |seed| Sweep::value_variants().iter().flat_map(move |&sweep| known.cells(sweep, seed));
    let planned: BTreeSet<String> =
        seeds.into_iter().flat_map(plans).map(|cell| cell.settings.id()).collect();
    Ok(rows.iter().filter(|row| !planned.contains(&row.run)).count())
}

/// Refuses tables in `results` with rows of runs that are not there: assembling would lose them.
pub fn foreign_rows(results: &Path) -> Result<()> {
    let path = results.join(RunRow::FILE);
    if !path.exists() {
        return Ok(());
    }
    let rows: Vec<RunRow> = table::read(&path)?;
    match rows.iter().find(|row| !results.join("runs").join(&row.run).exists()) {
        None => Ok(()),
        Some(row) => bail!(
            "{}: holds run {}, which is not in {}; move the tables away or choose another --out",
            path.display(),
            row.run,
            results.join("runs").display()
        ),
    }
}

/// Artifact, folder and row of those of `cells` that are finished.
fn finished_rows(
    context: &SweepContext,
    cells: &[Cell],
) -> Result<Vec<(String, PathBuf, RunRow)>, RecordError> {
    let mut rows = Vec::new();
    for cell in cells {
        if let Some(row) = context.finished(cell)? {
            rows.push((cell.artifact.to_owned(), context.folder(cell), row));
        }
    }
    Ok(rows)
}

fn seeds_found(results: &Path) -> Result<BTreeSet<u64>> {
    let mut seeds = BTreeSet::new();
    let Ok(entries) = results.join("runs").read_dir() else { return Ok(seeds) };
    for entry in entries {
        let folder = entry?.path();
        if finished(&folder)?.is_some() {
            seeds.insert(saved(&folder)?.settings.seed);
        }
    }
    Ok(seeds)
}

fn gather<R: Row>(results: &Path, folders: &[PathBuf]) -> Result<()> {
    let mut rows = Vec::new();
    for folder in folders {
        let own = table::read::<R>(&folder.join(R::FILE));
        let cure = || format!("remove {} and repeat the sweep", folder.display());
        rows.extend(own.with_context(cure)?);
    }
    Ok(table::write(&results.join(R::FILE), &rows)?)
}
