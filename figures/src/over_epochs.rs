//! A quantity of the runs against the epoch: raw values per variant and epoch, their means and
//! ranges over seeds, and the last values seed by seed.

use std::collections::BTreeMap;

use crate::rows::RunRow;
use crate::stats::{Summary, summary};
use crate::variant::{Variant, variants};

/// One observation: the run it is from, the epoch and the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation<'a> {
    /// The run.
    pub run: &'a str,
    /// Epoch, from 1.
    pub epoch: u32,
    /// The value; `None` where it was not measured.
    pub value: Option<f64>,
}

/// One variant's values by epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The variant.
    pub variant: Variant,
    /// Mean and range over seeds at every measured epoch, in order.
    pub points: Vec<(f64, Summary)>,
    /// Seed and value at the last measured epoch, in order of seeds.
    pub last: Vec<(u64, f64)>,
}

/// The series of every variant of `runs`, in the order of `variants`. Values that are absent or not
/// finite are left out; a variant without any value has no points.
pub fn series(runs: &[RunRow], observations: &[Observation<'_>]) -> Vec<Series> {
    let of = |variant: Variant| {
        let mut by_epoch: BTreeMap<u32, Vec<(u64, f64)>> = BTreeMap::new();
        for run in runs.iter().filter(|r| Variant::of(r) == variant) {
            for o in observations.iter().filter(|o| o.run == run.run) {
                if let Some(value) = o.value.filter(|v| v.is_finite()) {
                    by_epoch.entry(o.epoch).or_default().push((run.seed, value));
                }
            }
        }
        let mut last = by_epoch.values().next_back().cloned().unwrap_or_default();
        last.sort_by_key(|(seed, _)| *seed);
        let point = |(epoch, values): (&u32, &Vec<(u64, f64)>)| {
            let values: Vec<f64> = values.iter().map(|v| v.1).collect();
            Some((f64::from(*epoch), summary(&values)?))
        };
        Series { variant, points: by_epoch.iter().filter_map(point).collect(), last }
    };
    variants(runs).into_iter().map(of).collect()
}

/// Differences `a - b` of last values, seed by seed where both have the seed.
pub fn paired(a: &Series, b: &Series) -> Vec<f64> {
    let partner = |seed: u64| b.last.iter().find(|(s, _)| *s == seed).map(|(_, v)| *v);
    a.last.iter().filter_map(|(seed, value)| Some(value - partner(*seed)?)).collect()
}
