//! The data sets of a sweep: where each is read from, and the digests of what its runs read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use swast_datasets::{DatasetError, DatasetKind, Digests, Request, Source};

use crate::plan::Cell;
use crate::settings::Settings;

/// What is read of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reading {
    kind: DatasetKind,
    resolution: Option<usize>,
    limit_train: Option<usize>,
    limit_test: Option<usize>,
}

/// Where data sets are read from, and what is read of them.
#[derive(Debug, Clone, Default)]
pub struct SweepData {
    paths: BTreeMap<DatasetKind, PathBuf>,
    digests: BTreeMap<Reading, Digests>,
}

impl SweepData {
    /// The data sets at `paths`, archives or folders; nothing is read yet.
    pub fn new(paths: BTreeMap<DatasetKind, PathBuf>) -> Self {
        Self { paths, digests: BTreeMap::new() }
    }

    /// Archive or folder of the data set `kind`.
    pub fn path(&self, kind: DatasetKind) -> Option<&Path> {
        self.paths.get(&kind).map(PathBuf::as_path)
    }

    /// Whether the runs on `kind` can be made.
    pub fn has(&self, kind: DatasetKind) -> bool {
        !kind.needs_data() || self.paths.contains_key(&kind)
    }

    /// Computes the digests of what `cells` read, each data set read once; those that are not there are passed over.
    ///
    /// # Errors
    /// When a data set cannot be read.
    pub fn read(&mut self, cells: &[Cell]) -> Result<(), DatasetError> {
        let mut readings: Vec<Reading> = cells.iter().map(|cell| reading(&cell.settings)).collect();
        readings.sort_unstable();
        readings.dedup();
        let alike = |a: &Reading, b: &Reading| (a.kind, a.resolution) == (b.kind, b.resolution);
        for of_one in readings.chunk_by(alike) {
            let Reading { kind, resolution, .. } = of_one[0];
            if !self.has(kind) {
                continue;
            }
            let most = |limit: fn(&Reading) -> Option<usize>| {
                let limits: Option<Vec<usize>> = of_one.iter().map(limit).collect();
                limits.and_then(|limits| limits.into_iter().max())
            };
            let (limit_train, limit_test) = (most(|r| r.limit_train), most(|r| r.limit_test));
            let wanted = Request { limit_train, limit_test, resolution, skip_broken: 0 };
            let source = Source::open(kind, self.path(kind), wanted)?;
            for reading in of_one {
                let digests = source.digests(reading.limit_train, reading.limit_test);
                self.digests.insert(*reading, digests);
            }
        }
        Ok(())
    }

    /// The digests of what a run of `settings` reads; `None` where that was not read.
    pub fn digests(&self, settings: &Settings) -> Option<&Digests> {
        self.digests.get(&reading(settings))
    }
}

fn reading(settings: &Settings) -> Reading {
    let Settings { dataset: kind, resolution, limit_train, limit_test, .. } = *settings;
    Reading { kind, resolution, limit_train, limit_test }
}
