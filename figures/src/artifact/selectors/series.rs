//! Accuracy by epoch and time, selector by selector, and what a selection costs.

use std::collections::BTreeMap;

use crate::read::block::{Schedule, blocks};
use crate::read::outcome::Outcome;
use crate::read::variant::percent;
use swast_tables::rows::{EpochRow, RunRow, SelectionRow};
use swast_tables::stats::{Summary, mean, median, summary};

/// A panel: runs of one variant and coreset size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// Name of the variant.
    pub variant: String,
    /// Prune rate, where weights are pruned.
    pub prune_rate: Option<f64>,
    /// Coreset size as a fraction.
    pub fraction: f64,
}

/// All seeds of one selector in one setting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Name of the selector.
    pub selector: String,
    /// The measured epochs, in order.
    pub points: Vec<Point>,
    /// Accuracies in percent at the last of them.
    pub last: Vec<Outcome>,
}

/// All seeds at one measured epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// The epoch.
    pub epoch: f64,
    /// Mean time of training and selection up to its end.
    pub seconds: f64,
    /// Accuracy in percent.
    pub accuracy: Summary,
}

impl Setting {
    /// The setting of a run; `None` where nothing is selected or all data are.
    fn of(run: &RunRow) -> Option<Self> {
        let fraction = run.fraction.filter(|_| !is_full(run))?;
        Some(Self { variant: run.variant.clone(), prune_rate: run.prune_rate, fraction })
    }

    /// Whether `run` belongs here; runs on all data belong to every coreset size.
    fn holds(&self, run: &RunRow) -> bool {
        let size = is_full(run) || run.fraction == Some(self.fraction);
        run.variant == self.variant && run.prune_rate == self.prune_rate && size
    }

    /// Such as `cut 70 %`.
    pub(super) fn label(&self) -> String {
        match self.prune_rate {
            Some(rate) => format!("{} {} %", self.variant, percent(rate)),
            None => self.variant.clone(),
        }
    }
}

fn is_full(run: &RunRow) -> bool {
    run.selector.as_deref() == Some("full")
}

/// The settings of `runs`: by variant, unpruned first, and coreset size.
pub(super) fn settings(runs: &[RunRow]) -> Vec<Setting> {
    let mut found: Vec<Setting> = runs.iter().filter_map(Setting::of).collect();
    let key = |s: &Setting| (s.prune_rate.unwrap_or(-1.0), s.fraction);
    found.sort_by(|a, b| {
        let ((rate_a, size_a), (rate_b, size_b)) = (key(a), key(b));
        let by_rate = rate_a.total_cmp(&rate_b).then(a.variant.cmp(&b.variant));
        by_rate.then(size_a.total_cmp(&size_b))
    });
    found.dedup();
    found
}

/// The lines of `setting`, by name of the selector. Epochs that not all seeds have measured are left out.
pub(super) fn lines(runs: &[RunRow], epochs: &[EpochRow], setting: &Setting) -> Vec<Line> {
    let mut by_selector: BTreeMap<&str, Vec<&RunRow>> = BTreeMap::new();
    for run in runs.iter().filter(|run| setting.holds(run)) {
        by_selector.entry(run.selector.as_deref().unwrap_or_default()).or_default().push(run);
    }
    let line = |(selector, runs): (&str, Vec<&RunRow>)| {
        let mut measured: BTreeMap<u32, Vec<(f64, Outcome)>> = BTreeMap::new();
        for run in &runs {
            for (epoch, seconds, accuracy) in timed(epochs, &run.run) {
                measured.entry(epoch).or_default().push((seconds, Outcome::of(run, accuracy)));
            }
        }
        measured.retain(|_, seeds| seeds.len() == runs.len());
        let point = |(epoch, seeds): (&u32, &Vec<(f64, Outcome)>)| {
            let column = |of: fn(&(f64, Outcome)) -> f64| seeds.iter().map(of).collect::<Vec<_>>();
            let (seconds, accuracy) = (mean(&column(|s| s.0))?, summary(&column(|s| s.1.value))?);
            Some(Point { epoch: f64::from(*epoch), seconds, accuracy })
        };
        let last = measured.values().next_back().into_iter().flatten();
        Line {
            selector: selector.to_owned(),
            points: measured.iter().filter_map(point).collect(),
            last: last.map(|(_, accuracy)| *accuracy).collect(),
        }
    };
    by_selector.into_iter().map(line).collect()
}

/// The accuracies of training on all data, pruned as in `setting`, on a schedule of as many steps as its runs take.
pub(super) fn as_many_steps(
    runs: &[RunRow],
    epochs: &[EpochRow],
    setting: &Setting,
) -> Vec<Outcome> {
    let own = runs.iter().find(|run| setting.holds(run) && !is_full(run));
    let (schedule, blocks) = (Schedule::of(epochs), blocks(runs));
    let count = own.zip(blocks.first()).and_then(|(run, block)| schedule.equal(run, block));
    let variant = if setting.prune_rate.is_some() { "prune-only" } else { "dense" };
    let short = |run: &&RunRow| {
        run.variant == variant && run.prune_rate == setting.prune_rate && Some(run.epochs) == count
    };
    runs.iter().filter(short).map(Outcome::accuracy).collect()
}

/// Epoch, time up to its end, and accuracy in percent of the measured epochs of `run`.
fn timed(epochs: &[EpochRow], run: &str) -> Vec<(u32, f64, f64)> {
    let mut own: Vec<&EpochRow> = epochs.iter().filter(|epoch| epoch.run == run).collect();
    own.sort_by_key(|epoch| epoch.epoch);
    let mut seconds = 0.0;
    let mut timed = Vec::new();
    for epoch in own {
        seconds += epoch.time_s;
        let accuracy = epoch.test_accuracy.filter(|accuracy| accuracy.is_finite());
        timed.extend(accuracy.map(|accuracy| (epoch.epoch, seconds, 100.0 * accuracy)));
    }
    timed
}

/// What a selection costs, in epochs of training on the coreset: the median over the selections of each selector, by
/// name. The epoch is the mean of those of the run without a selection.
pub(super) fn costs(
    runs: &[RunRow],
    epochs: &[EpochRow],
    selections: &[SelectionRow],
) -> Vec<(String, f64)> {
    let mut by_selector: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for run in runs.iter().filter(|run| !is_full(run)) {
        let own: Vec<&SelectionRow> = selections.iter().filter(|s| s.run == run.run).collect();
        let plain = |epoch: &&EpochRow| {
            let trained_on_coreset = epoch.run == run.run && epoch.phase == "coreset";
            trained_on_coreset && own.iter().all(|selection| selection.epoch != epoch.epoch)
        };
        let times: Vec<f64> = epochs.iter().filter(plain).map(|epoch| epoch.time_s).collect();
        if let Some(time) = mean(&times).filter(|time| *time > 0.0) {
            let ratios = own.iter().map(|selection| selection.time_s / time);
            by_selector
                .entry(run.selector.as_deref().unwrap_or_default())
                .or_default()
                .extend(ratios);
        }
    }
    let middle =
        |(selector, ratios): (&str, Vec<f64>)| Some((selector.to_owned(), median(&ratios)?));
    by_selector.into_iter().filter_map(middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of a selector, variant and size; the rest does not matter here.
    fn run(name: &str, variant: &str, selector: &str, fraction: f64, seed: u64) -> RunRow {
        let header = <RunRow as swast_tables::table::Row>::COLUMNS.join(",");
        let line = format!(
            "{name},selectors,quick,{seed},synthetic,resnet8,{variant},{selector},,,{fraction},,,none,0,0,4,2,64,,,\
             batch,noisy,0.5,1,0.5,1,1,1,1,1,0,0,,,cpu,f32,1,test,,,,,"
        );
        let text = format!("{header}\n{line}\n");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().next().unwrap().unwrap()
    }

    fn epoch(run: &str, epoch: u32, time_s: f64, accuracy: &str) -> EpochRow {
        let header = <EpochRow as swast_tables::table::Row>::COLUMNS.join(",");
        let text =
            format!("{header}\n{run},{epoch},coreset,0.1,1,0.5,,,,{accuracy},,,10,1,1,{time_s}\n");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().next().unwrap().unwrap()
    }

    #[test]
    fn lines_hold_what_all_seeds_measured_and_full_is_in_every_panel() {
        let runs = [
            run("a", "coreset-only", "craig", 0.1, 1),
            run("b", "coreset-only", "craig", 0.1, 2),
            run("c", "coreset-only", "craig", 0.05, 1),
            run("d", "coreset-only", "full", 1.0, 1),
        ];
        let epochs = [
            epoch("a", 1, 3.0, ""),
            epoch("a", 2, 1.0, "0.5"),
            epoch("b", 1, 5.0, "0.3"),
            epoch("b", 2, 1.0, "0.7"),
            epoch("d", 2, 9.0, "0.9"),
        ];
        let settings = settings(&runs);
        let sizes: Vec<f64> = settings.iter().map(|setting| setting.fraction).collect();
        assert_eq!(sizes, [0.05, 0.1]);
        let lines = lines(&runs, &epochs, &settings[1]);
        let names: Vec<&str> = lines.iter().map(|line| &*line.selector).collect();
        assert_eq!(names, ["craig", "full"]);
        // Epoch 1 was measured for one seed only; up to the end of epoch 2 the seeds took 4 and 6 s.
        let [point] = lines[0].points[..] else { panic!("{:?}", lines[0].points) };
        assert_eq!((point.epoch, point.seconds), (2.0, 5.0));
        assert_eq!(
            (point.accuracy.mean, point.accuracy.low, point.accuracy.high),
            (60.0, 50.0, 70.0)
        );
        let last: Vec<(u64, f64)> = lines[0].last.iter().map(|o| (o.seed, o.value)).collect();
        assert_eq!(last, [(1, 50.0), (2, 70.0)]);
    }

    #[test]
    fn a_selection_is_priced_in_epochs_without_one() {
        let runs = [run("a", "coreset-only", "craig", 0.1, 1)];
        let epochs = [epoch("a", 1, 4.0, ""), epoch("a", 2, 2.0, ""), epoch("a", 3, 2.0, "")];
        let selection = SelectionRow {
            run: "a".to_owned(),
            epoch: 1,
            selector: "craig".to_owned(),
            size: 10,
            noise_share: None,
            overlap_previous: None,
            time_s: 3.0,
            lost_known: None,
            lost_gradient_share: None,
            time_double_loss_s: None,
        };
        assert_eq!(costs(&runs, &epochs, &[selection]), [("craig".to_owned(), 1.5)]);
    }
}
