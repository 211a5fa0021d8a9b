//! A quantity of the runs against the epoch: raw values per variant and epoch, their means and
//! ranges over seeds, and the last values seed by seed.

use std::collections::BTreeMap;

use crate::read::outcome::Outcome;
use crate::read::variant::{Variant, variants};
use swast_tables::rows::RunRow;
use swast_tables::stats::{Summary, summary};

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
    /// The values at the last measured epoch, in order of seeds.
    pub last: Vec<Outcome>,
}

/// The series of every variant of `runs`, in the order of `variants`. Values that are absent or not
/// finite are left out; a variant without any value has no points.
pub fn series(runs: &[RunRow], observations: &[Observation<'_>]) -> Vec<Series> {
    let of = |variant: Variant| {
        let mut by_epoch: BTreeMap<u32, Vec<Outcome>> = BTreeMap::new();
        for run in runs.iter().filter(|r| Variant::of(r) == variant) {
            for o in observations.iter().filter(|o| o.run == run.run) {
                if let Some(value) = o.value.filter(|v| v.is_finite()) {
                    by_epoch.entry(o.epoch).or_default().push(Outcome::of(run, value));
                }
            }
        }
        let mut last = by_epoch.values().next_back().cloned().unwrap_or_default();
        last.sort_by_key(|outcome| outcome.seed);
        let point = |(epoch, values): (&u32, &Vec<Outcome>)| {
            let values: Vec<f64> = values.iter().map(|outcome| outcome.value).collect();
            Some((f64::from(*epoch), summary(&values)?))
        };
        Series { variant, points: by_epoch.iter().filter_map(point).collect(), last }
    };
    variants(runs).into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with seed and variant; the rest does not matter here.
    fn run(name: &str, variant: &str, seed: u64) -> RunRow {
        let header = <RunRow as swast_tables::table::Row>::COLUMNS.join(",");
        let line = format!(
            "{name},figure5a,quick,{seed},synthetic,resnet8,{variant},,,,,,,none,0,0.1,2,,64,,,batch,\
             noisy,0.5,1,0.5,1,1,1,1,1,0,0,,,cpu,f32,1,test,,,,,"
        );
        let text = format!("{header}\n{line}\n");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().next().unwrap().unwrap()
    }

    fn observation(run: &str, epoch: u32, value: f64) -> Observation<'_> {
        Observation { run, epoch, value: Some(value) }
    }

    #[test]
    fn seeds_are_averaged_by_epoch_and_kept_at_the_last() {
        let runs = [
            run("a", "coreset-only", 1),
            run("b", "coreset-only", 2),
            run("c", "cut", 2),
            run("d", "cut", 3),
        ];
        let observations = [
            observation("a", 1, 1.0),
            observation("b", 1, 3.0),
            observation("b", 2, 5.0),
            observation("a", 2, 4.0),
            observation("c", 2, 4.5),
            observation("d", 2, 9.0),
            observation("c", 1, f64::NAN),
            Observation { run: "d", epoch: 1, value: None },
            observation("stranger", 1, 100.0),
        ];
        let found = series(&runs, &observations);
        let first = found[0].points[0];
        assert_eq!((first.0, first.1.mean, first.1.low, first.1.high), (1.0, 2.0, 1.0, 3.0));
        let last: Vec<(u64, f64)> = found[0].last.iter().map(|o| (o.seed, o.value)).collect();
        assert_eq!(last, [(1, 4.0), (2, 5.0)]);
        assert_eq!(found[1].points.len(), 1);
    }
}
