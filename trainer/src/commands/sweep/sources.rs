//! The data sets that the flags of a sweep name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;
use swast_datasets::DatasetKind;
use swast_tables::names::name_of;
use swast_tables::usage::{UsageError, note};

use super::Args;
use crate::plan::{Cell, Profile};
use crate::run::sweep::SweepData;

/// The value of `--data`: a path, with the name of its data set where there are several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedData {
    kind: Option<DatasetKind>,
    path: PathBuf,
}

/// Reads `NAME=PATH` or a path. What precedes `=` must be a data set, unless `text` as a whole is there.
pub(super) fn named_data(text: OsString) -> Result<NamedData, String> {
    let named = text.to_str().and_then(|text| text.split_once('='));
    let kind = match named {
        None => return Ok(NamedData { kind: None, path: text.into() }),
        Some((name, path)) => name.parse::<DatasetKind>().map(|kind| (kind, name, path)),
    };
    match kind {
        Ok((_, name, "")) => Err(format!("no path after `{name}=`")),
        Ok((kind, _, path)) => Ok(NamedData { kind: Some(kind), path: path.into() }),
        Err(_) if Path::new(&text).exists() => Ok(NamedData { kind: None, path: text.into() }),
        Err(_) => Err("neither a file nor NAME=PATH, such as cifar10=PATH".to_owned()),
    }
}

/// The data set that the plan is made for, and where each data set is read from. A list needs no data: its commands then
/// name the archive as it is published.
pub(super) fn sources(args: &Args) -> Result<(DatasetKind, BTreeMap<DatasetKind, PathBuf>)> {
    let named = args.data.iter().find_map(|data| data.kind);
    let unnamed = args.data.iter().any(|data| data.kind.is_none());
    let main = match (args.dataset, named) {
        (Some(dataset), _) => dataset,
        (None, Some(named)) if !unnamed => named,
        (None, _) if unnamed => Profile::Desk.dataset(),
        (None, _) => args.profile.dataset(),
    };
    let mut paths = BTreeMap::new();
    for NamedData { kind, path } in &args.data {
        let kind = kind.unwrap_or(main);
        if !kind.needs_data() {
            let message = format!("--data: {kind} is computed, not read; leave --data out");
            return Err(UsageError(message).into());
        }
        if paths.insert(kind, path.clone()).is_some() {
            let message = format!("--data: {kind} is given twice; give one path for each data set");
            return Err(UsageError(message).into());
        }
    }
    if main.needs_data() && !paths.contains_key(&main) {
        if !args.list && !args.status {
            return Err(missing(args, main).into());
        }
        if let Some(layout) = main.layout() {
            paths.insert(main, layout.archive.into());
        }
    }
    Ok((main, paths))
}

fn missing(args: &Args, main: DatasetKind) -> UsageError {
    UsageError(if args.dataset.is_some() {
        format!("--dataset {main} needs --data with its archive or folder")
    } else {
        let profile = name_of(args.profile);
        format!(
            "--profile {profile} trains on CIFAR-10: give --data with its archive or folder (or --dataset synthetic)"
        )
    })
}

/// Those of `cells` whose data set is there; says which are left out.
pub(super) fn readable(data: &SweepData, cells: Vec<Cell>) -> Vec<Cell> {
    let (kept, left_out): (Vec<_>, Vec<_>) =
        cells.into_iter().partition(|cell| data.has(cell.settings.dataset));
    if let Some(cell) = left_out.first() {
        let (count, kind) = (left_out.len(), cell.settings.dataset);
        note(format!("{count} runs on {kind} are left out; add --data {kind}=PATH for them"));
    }
    kept
}
