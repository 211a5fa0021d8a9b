//! The lines of Figure 6: which runs belong to which, and how they look.

use super::series::{Point, by_rate};
use crate::read::variant::{Variant, cut_look};
use crate::scene::{Colour, Dash, Look, Marker};
use swast_tables::rows::RunRow;
use swast_tables::stats::mean;

/// The baseline selector.
const REDRAWN: &str = "random-redrawn";

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// cut with the selector of the plan.
    Cut,
    /// prune-only for as many epochs as cut.
    PruneOnly,
    /// All data, dense or pruned, for as many steps as cut.
    Short,
    /// cut with coresets drawn at random again and again.
    Redrawn,
    /// Neither weights nor samples removed.
    Dense,
}

/// The runs of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// What they are for.
    pub kind: Kind,
    /// Their name in the legend.
    pub name: String,
    /// Their points, by ascending prune rate.
    pub points: Vec<Point>,
}

/// All that the figure shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lines {
    /// The lines that have points, in the order of [`Kind`].
    pub all: Vec<Line>,
    /// Mean accuracy of dense training on all data, in percent.
    pub dense: Option<f64>,
    /// How many times as many samples an epoch on all data has as one on a coreset.
    pub times: Option<f64>,
}

/// Epochs of the full schedule.
fn full_epochs(runs: &[RunRow]) -> u32 {
    runs.iter().map(|run| run.epochs).max().unwrap_or(1)
}

impl Kind {
    /// The kind of `run` where the full schedule has `full` epochs.
    fn of(run: &RunRow, full: u32) -> Option<Self> {
        let selector = run.selector.as_deref().unwrap_or_default();
        Some(match run.variant.as_str() {
            // Options follow the name of a selector after a colon.
            "cut" if selector.split(':').next() == Some(REDRAWN) => Self::Redrawn,
            "cut" => Self::Cut,
            "prune-only" | "dense" if run.epochs < full => Self::Short,
            "prune-only" => Self::PruneOnly,
            "dense" => Self::Dense,
            _ => return None,
        })
    }

    /// How its line looks.
    pub(super) fn look(self) -> Look {
        match self {
            Self::Cut => cut_look(),
            Self::PruneOnly => Variant { name: "prune-only".to_owned(), prune_rate: None }.look(),
            Self::Short => Look::marked(Colour::PURPLE, Dash::Dotted, Marker::Diamond),
            Self::Redrawn => Look::marked(Colour::GREY, Dash::Solid, Marker::Ring),
            Self::Dense => Look { width: 5, ..Look::line(Colour::BLACK, Dash::Dotted) },
        }
    }
}

impl Lines {
    /// Sorts `runs` into lines.
    pub(super) fn of(runs: &[RunRow]) -> Self {
        let full = full_epochs(runs);
        let own = |kind| -> Vec<&RunRow> {
            runs.iter().filter(|run| Kind::of(run, full) == Some(kind)).collect()
        };
        let line = |kind| {
            let runs = own(kind);
            let name = match kind {
                Kind::Short => {
                    let epochs = runs.iter().map(|run| run.epochs).max().unwrap_or_default();
                    format!("all data, {epochs} epochs")
                }
                Kind::Redrawn => "cut, random redrawn".to_owned(),
                Kind::Cut => "cut".to_owned(),
                Kind::PruneOnly | Kind::Dense => "prune-only".to_owned(),
            };
            Line { kind, name, points: by_rate(&runs, full) }
        };
        let lines = [Kind::Cut, Kind::PruneOnly, Kind::Short, Kind::Redrawn].map(line);
        let dense = own(Kind::Dense);
        let fraction = own(Kind::Cut).first().and_then(|run| run.fraction);
        Self {
            all: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
            dense: mean(&dense.iter().map(|run| 100.0 * run.test_accuracy).collect::<Vec<_>>()),
            times: fraction.map(|fraction| 1.0 / fraction),
        }
    }

    /// The points of a kind; none where it has no runs.
    pub(super) fn points(&self, kind: Kind) -> &[Point] {
        let line = self.all.iter().find(|line| line.kind == kind);
        line.map_or(&[], |line| &line.points)
    }

    /// The accuracies of all runs, in percent.
    pub(super) fn accuracies(&self) -> Vec<f64> {
        let points = self.all.iter().flat_map(|line| &line.points);
        let runs = points.flat_map(|point| point.runs.iter().map(|run| run.accuracy.value));
        runs.chain(self.dense).collect()
    }

    /// Whether a point has several seeds.
    pub(super) fn has_seeds(&self) -> bool {
        self.all.iter().flat_map(|line| &line.points).any(|point| point.accuracy.count > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with what tells the lines apart; the rest does not matter here.
    fn run(variant: &str, selector: &str, rate: &str, epochs: u32, accuracy: f64) -> RunRow {
        let header = <RunRow as swast_tables::table::Row>::COLUMNS.join(",");
        let line = format!(
            "r,figure6,quick,1,synthetic,resnet8,{variant},{selector},,,0.2,{rate},,none,0,0,{epochs},2,64,,,batch,noisy,\
             {accuracy},1,0.5,1,1,1,0.5,1,0,0,,,cpu,f32,1,test,,,,,"
        );
        let text = format!("{header}\n{line}\n");
        csv::Reader::from_reader(text.as_bytes()).deserialize().next().unwrap().unwrap()
    }

    #[test]
    fn runs_are_sorted_by_variant_selector_and_epochs() {
        let runs = [
            run("cut", "moderate", "0.5", 20, 0.4),
            run("cut", "random-redrawn", "0.5", 20, 0.3),
            run("prune-only", "", "0.5", 20, 0.7),
            run("prune-only", "", "0.5", 4, 0.6),
            run("dense", "", "", 4, 0.65),
            run("dense", "", "", 20, 0.8),
        ];
        let lines = Lines::of(&runs);
        let names: Vec<&str> = lines.all.iter().map(|line| &*line.name).collect();
        assert_eq!(names, ["cut", "prune-only", "all data, 4 epochs", "cut, random redrawn"]);
        let means = |kind| -> Vec<(f64, f64)> {
            lines.points(kind).iter().map(|p| (p.rate, p.accuracy.mean)).collect()
        };
        assert_eq!(means(Kind::Cut), [(0.5, 40.0)]);
        assert_eq!(means(Kind::PruneOnly), [(0.5, 70.0)]);
        assert_eq!(means(Kind::Short), [(0.0, 65.0), (0.5, 60.0)]);
        assert_eq!(means(Kind::Redrawn), [(0.5, 30.0)]);
        assert_eq!((lines.dense, lines.times), (Some(80.0), Some(5.0)));
        // Costs are shares of dense training for the full schedule, which is five times as long.
        assert!((lines.points(Kind::Short)[0].relative_flops - 0.1).abs() < 1e-12);
    }

    #[test]
    fn older_tables_have_two_lines() {
        let runs = [run("cut", "moderate", "0.5", 20, 0.4), run("prune-only", "", "0.5", 20, 0.7)];
        let lines = Lines::of(&runs);
        assert_eq!(
            lines.all.iter().map(|line| line.kind).collect::<Vec<_>>(),
            [Kind::Cut, Kind::PruneOnly]
        );
        assert_eq!((lines.dense, lines.points(Kind::Short)), (None, &[][..]));
    }
}
