//! Figure 7: test accuracy by prune rate of classifier and backbone, against coreset-only.

mod grid;

use super::Artifact;
use crate::figure::{Figure, Panel, WIDTH, single};
use crate::read::claim::Claim;
use crate::read::judge::judge;
use crate::read::provenance::{provenance, seed_count};
use crate::read::results::{FigureError, Results};
use crate::read::variant::{percent, signed};
use crate::scene::{Axis, Colour, Entry, Look, Mark, Plot, Ticks, Words};
use grid::{Grid, grid, high_against_low};
use swast_tables::rows::RunRow;

/// The end of the scale above the baseline.
const ABOVE: Colour = Colour(0, 90, 150);
/// The end of the scale below the baseline.
const BELOW: Colour = Colour(190, 80, 0);
/// Width of the colour bar's plot.
const BAR: u32 = 330;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "figure7",
    line: "Classifier and backbone prune rates",
    commands: &["make figures", "swast-trainer sweep figure7"],
    draw: figure,
};

/// The figure from `runs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs(ARTIFACT.rows())?;
    let grid = grid(&runs.rows);
    let baseline = grid
        .baseline
        .map_or("no coreset-only run".to_owned(), |b| format!("coreset-only reaches {b:.1} %"));
    let others = [
        ("random coresets redrawn at every selection", grid.redrawn),
        ("as many steps on all data", grid.short),
    ];
    let others: String = others
        .into_iter()
        .filter_map(|(name, accuracy)| Some(format!(", {name} {:.1} %", accuracy?)))
        .collect();
    let seeds = if seed_count(&runs.rows) > 1 { ", means over seeds" } else { "" };
    let shown = format!(
        "Test accuracy (%) by prune rate of classifier and backbone{seeds}; small numbers: \
         difference from the baseline ({baseline}{others}). Blue cells lie above it, orange cells below."
    );
    let panel = Panel {
        plots: vec![map(&grid), bar(&grid)],
        shown,
        settings: provenance(&runs),
        claims: vec![claim(&grid, &runs.rows)],
    };
    Ok(single(ARTIFACT.name, &panel))
}

/// White at the baseline, saturated at the farthest accuracy on either side.
fn colour(grid: &Grid, accuracy: f64) -> Colour {
    let offset = accuracy - grid.middle();
    let end = if offset >= 0.0 { ABOVE } else { BELOW };
    let strength = offset.abs() / grid.reach();
    // The smallest step off white keeps the side of the baseline visible.
    Colour::WHITE.towards(end, if offset == 0.0 { 0.0 } else { 0.12 + 0.78 * strength })
}

fn map(grid: &Grid) -> Plot {
    let mut marks = Vec::new();
    for cell in &grid.cells {
        let (x, y) = (cell.column as f64, cell.row as f64);
        let fill = colour(grid, cell.accuracy);
        let corners = [(x - 0.49, y - 0.49), (x + 0.49, y + 0.49)];
        marks.push(Mark::Cell(corners, fill));
        let colour = fill.ink();
        let words = |text, down, small| {
            Mark::Words(Words { at: (x, y), offset: (0, down), text, small, colour })
        };
        let lift = if grid.baseline.is_some() { -22 } else { 0 };
        marks.push(words(format!("{:.1}", cell.accuracy), lift, false));
        if let Some(baseline) = grid.baseline {
            let difference = signed(cell.accuracy - baseline, 1);
            marks.push(words(difference, 26, true));
        }
    }
    let names = |rates: &[f64]| rates.iter().map(|r| percent(*r)).collect::<Vec<_>>();
    Plot {
        width: WIDTH - BAR,
        height: 1200,
        title: "Accuracy (%) by prune rates".to_owned(),
        x: Axis { grid: false, ..Axis::places("FC prune rate (%)", &names(&grid.fc_rates)) },
        y: Axis { grid: false, ..Axis::places("backbone prune rate (%)", &names(&grid.rates)) },
        marks,
        legend: match grid.baseline {
            None => Vec::new(),
            Some(b) => vec![
                Entry::patch(ABOVE, format!("above coreset-only ({b:.1})")),
                Entry::patch(BELOW, "below"),
            ],
        },
    }
}

fn bar(grid: &Grid) -> Plot {
    const STEPS: u32 = 60;
    let (middle, reach) = (grid.middle(), grid.reach());
    // An accuracy is a share: the scale ends where it does.
    let (low, high) = ((middle - reach).max(0.0), (middle + reach).min(100.0));
    let at = |i: u32| low + (high - low) * f64::from(i) / f64::from(STEPS);
    let step = |i: u32| {
        let corners = [(0.0, at(i)), (1.0, at(i + 1))];
        Mark::Cell(corners, colour(grid, 0.5 * (at(i) + at(i + 1))))
    };
    let mut marks: Vec<Mark> = (0..STEPS).map(step).collect();
    if let Some(baseline) = grid.baseline {
        let rule = Look { colour: Colour::BLACK, width: 7, ..Look::RULE };
        marks.push(Mark::Line(vec![(0.0, baseline), (1.0, baseline)], rule));
        let words = |text: &str, down| {
            let (at, offset, colour) = ((0.5, baseline), (0, down), Colour::BLACK);
            Mark::Words(Words { at, offset, text: text.to_owned(), small: true, colour })
        };
        marks.extend([words("coreset", -58), words("only", -24)]);
        marks.push(words(&format!("{baseline:.1}"), 32));
    }
    // A blank label, out of range, so that the bar ends where the map ends.
    let blank = Ticks::At(vec![(2.0, " ".to_owned())]);
    let none = Axis { ticks: blank, grid: false, ..Axis::between(" ", (0.0, 1.0)) };
    Plot {
        width: BAR,
        height: 1200,
        title: String::new(),
        x: none,
        y: Axis { grid: false, ..Axis::between("", (low, high)) },
        marks,
        legend: Vec::new(),
    }
}

fn claim(grid: &Grid, runs: &[RunRow]) -> Claim {
    let above = |b: f64| grid.cells.iter().filter(|c| c.accuracy > b).count();
    let baseline =
        |b: f64| format!("{} of {} cells lie above coreset-only", above(b), grid.cells.len());
    Claim {
        statement: "FC prune rates above 70 % are better than lower ones",
        source: "\u{201c}Higher FC layer pruning rates (>70%) consistently yield better performance.\u{201d} (Figure 7)",
        unit: "points",
        judged: judge(&high_against_low(runs)),
        evidence: grid.baseline.map(baseline).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grid::Cell;

    fn two(low: f64, high: f64, baseline: Option<f64>) -> Grid {
        let cell = |column, accuracy| Cell { column, row: 0, accuracy };
        let cells = vec![cell(0, low), cell(1, high)];
        Grid {
            fc_rates: vec![0.1, 0.9],
            rates: vec![0.5],
            cells,
            baseline,
            redrawn: None,
            short: None,
        }
    }

    #[test]
    fn the_scale_turns_at_the_baseline() {
        let grid = two(50.0, 64.0, Some(60.0));
        let (below, above) = (colour(&grid, 59.99), colour(&grid, 60.01));
        assert!(below.0 > below.2 && above.2 > above.0, "{below:?} {above:?}");
        assert_eq!(colour(&grid, 60.0), Colour::WHITE);
        assert_eq!((grid.middle(), grid.reach()), (60.0, 10.0));
    }

    /// Three seeds that reach these accuracies at low and high FC prune rates.
    fn runs(low: f64, high: f64) -> Vec<RunRow> {
        let header = <RunRow as swast_tables::table::Row>::COLUMNS.join(",");
        let line = |seed: u64, fc: f64, accuracy: f64| {
            let accuracy = accuracy + 0.001 * seed as f64 * (1.0 + fc);
            format!(
                "{seed}-{fc},figure7,quick,{seed},synthetic,resnet8,cut,gradmatch,rigl,erk,0.1,0.5,{fc},none,0,0,4,2,64,,,\
                 batch,noisy,{accuracy},1,0.5,1,1,1,1,1,0,0,,,cpu,f32,1,test,,,,,\n"
            )
        };
        let seeds = (1..=3).flat_map(|seed| [line(seed, 0.1, low), line(seed, 0.9, high)]);
        let text = format!("{header}\n{}", seeds.collect::<String>());
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    }

    #[test]
    fn the_claim_can_fail() {
        use crate::read::judge::Verdict;
        let grid = two(64.0, 50.0, Some(60.0));
        let verdict = |low, high| claim(&grid, &runs(low, high)).judged.verdict;
        assert_eq!(verdict(0.50, 0.64), Verdict::Holds);
        assert_eq!(verdict(0.64, 0.50), Verdict::Fails);
        assert_eq!(verdict(0.12, 0.19), Verdict::Unlearned);
        // One of the two has learned: the other is worse.
        assert_eq!(verdict(0.12, 0.64), Verdict::Holds);
        let failing = claim(&grid, &runs(0.64, 0.50));
        assert!(failing.evidence.ends_with("1 of 2 cells lie above coreset-only"), "{failing}");
    }
}
