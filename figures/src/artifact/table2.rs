//! Table 2: what accuracy costs in time and parameters, on a larger coreset and with a pruned network.

use super::Artifact;
use super::cell::{Better, baselines, group, how_to_read, measured, paper_group};
use crate::figure::{Figure, tabled};
use crate::read::block::{Block, LABELS, Schedule, blocks, check_seeds};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::outcome::Learned;
use crate::read::paper::{self, Cost};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results};
use crate::read::sample::Sample;
use crate::read::variant::percent;
use crate::scene::table::{Cell, Column, Group, Mark, Measured, Note, Printed, Row, Table, Unit};
use swast_tables::rows::RunRow;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "table2",
    line: "Accuracy, time and parameters of cut and of a larger coreset",
    commands: &["swast-trainer sweep table2"],
    draw: figure,
};

/// By how many points an accuracy may be lower and still count as comparable.
const MARGIN: f64 = 0.5;
/// What the paper says of both.
const SOURCE: &str = "\u{201c}our method with 10% coreset size achieves comparable accuracy (92.96%) to the coreset-only \
                      method with 15% data (92.97%), while requiring significantly less training time (2191s vs \
                      2738s)\u{201d} (Appendix G)";
/// The sign of the note on the paper's parameters.
const MODELS: Mark = Mark('\u{2020}');

/// A quantity of a run, in the unit of its column.
type Quantity = fn(&RunRow) -> f64;

/// The columns: name, unit, quantity, and what is better.
const COLUMNS: [(&str, Unit, Quantity, Better); 3] = [
    ("test accuracy (%)", Unit::PERCENT, |run| 100.0 * run.test_accuracy, Better::More),
    ("time (s)", Unit::SECONDS, |run| run.time_s, Better::Less),
    (
        "active parameters (million)",
        Unit::MILLIONS,
        |run| run.params_active as f64 / 1e6,
        Better::Less,
    ),
];

/// A row: variant, coreset size and prune rate, and its runs.
struct Setting<'a> {
    variant: &'static str,
    fraction: Option<f64>,
    rate: Option<f64>,
    runs: Vec<&'a RunRow>,
}

/// The table from `runs.csv` and `epochs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs_on_any_data(ARTIFACT.rows())?;
    check_seeds(results, &runs)?;
    let schedule = Schedule::of(&runs.epochs(results)?);
    let blocks = blocks(&runs.rows);
    let shown = how_to_read(&runs, "coreset-only on its largest coreset")
        + &baselines(&blocks)
        + " Time is that of training and selection, evaluation left out.";
    Ok(tabled(table(&blocks, &schedule), shown, claims(&blocks), provenance(&runs)))
}

/// The rows of a block that have runs.
fn settings<'a>(block: &Block<'a>, schedule: &Schedule) -> Vec<Setting<'a>> {
    let mut settings = Vec::new();
    let mut add =
        |variant, fraction, rate, runs| settings.push(Setting { variant, fraction, rate, runs });
    let fractions = block.fractions();
    for fraction in fractions.iter().rev() {
        add("coreset-only", Some(*fraction), None, block.coreset_only(*fraction));
    }
    for fraction in fractions.iter().rev() {
        for rate in block.rates() {
            add("cut", Some(*fraction), Some(rate), block.joint("cut", *fraction, rate));
        }
    }
    for fraction in fractions.iter().rev() {
        add("random, redrawn", Some(*fraction), None, block.redrawn(*fraction));
        add(
            "all data, as many steps",
            Some(*fraction),
            None,
            block.compressed(*fraction, schedule),
        );
    }
    add("all data, dense", None, None, block.dense());
    settings.retain(|setting| !setting.runs.is_empty());
    settings
}

/// The largest coreset that is trained on without pruning.
fn largest(block: &Block<'_>) -> Option<f64> {
    block.fractions().into_iter().find(|fraction| !block.coreset_only(*fraction).is_empty())
}

fn table(blocks: &[Block<'_>], schedule: &Schedule) -> Table {
    let printed = paper::table2();
    let mut groups: Vec<Group> = Vec::new();
    for block in blocks {
        let base = largest(block).map(|fraction| block.coreset_only(fraction)).unwrap_or_default();
        let rows = settings(block, schedule).into_iter().map(|setting| {
            let found = printed.iter().filter(|_| paper::is_table2(block));
            let found = found.into_iter().find(|cost| is_of(cost, &setting));
            row(&setting, &base, found)
        });
        groups.push(group(block, rows.collect()));
    }
    if !blocks.iter().any(paper::is_table2) {
        groups.push(reference(&printed));
    }
    let names = ["variant", "coreset (%)", "pruned (%)"].map(str::to_owned);
    Table {
        name: ARTIFACT.name.to_owned(),
        title: "Table 2: accuracy, time and parameters".to_owned(),
        group_heads: LABELS.map(str::to_owned).to_vec(),
        heads: names.to_vec(),
        columns: COLUMNS.map(|(name, unit, ..)| Column { name: name.to_owned(), unit }).to_vec(),
        baselines: vec!["coreset-only".to_owned()],
        groups,
        notes: vec![Note {
            mark: Some(MODELS),
            text: "The paper's parameters are those of ResNet-101 for ImageNet.".to_owned(),
        }],
        ..Table::default()
    }
}

/// Whether the paper's setting is this one; it prunes 30 %.
fn is_of(cost: &Cost, setting: &Setting<'_>) -> bool {
    let same = match setting.variant {
        "cut" => cost.setting == "swast-cut" && setting.rate == Some(0.3),
        variant => cost.setting == variant,
    };
    same && setting.fraction.is_some_and(|f| (100.0 * f - cost.coreset_percent).abs() < 1e-6)
}

fn row(setting: &Setting<'_>, base: &[&RunRow], printed: Option<&Cost>) -> Row {
    let is_base = setting.runs == base;
    let printed = printed.map(print);
    let cells = COLUMNS.iter().enumerate().map(|(at, (_, _, quantity, better))| {
        let others = Sample::of(base, quantity);
        let others = (!is_base).then_some(&others);
        let cell =
            measured(&Sample::of(&setting.runs, quantity), &[others], (*better, Learned::One));
        let of_method = |m: Measured| Measured { clear: m.clear && setting.variant == "cut", ..m };
        Cell {
            printed: printed.map(|printed| printed[at]),
            measured: cell.measured.map(of_method),
            words: None,
        }
    });
    let share = |share: Option<f64>| share.map(percent).unwrap_or_default();
    let labels = vec![setting.variant.to_owned(), share(setting.fraction), share(setting.rate)];
    Row { labels, cells: cells.collect() }
}

/// A row of the paper as cells.
fn print(cost: &Cost) -> [Printed; 3] {
    let number = |value, decimals, mark| Printed { value, decimals, difference: None, mark };
    [
        number(cost.accuracy_percent, 2, None),
        number(cost.time_s, 0, None),
        number(cost.params_million, 1, Some(MODELS)),
    ]
}

/// The paper's rows, where its setting is not ours.
fn reference(printed: &[Cost]) -> Group {
    let row = |cost: &Cost| {
        let (variant, rate) = match &*cost.setting {
            "swast-cut" => ("cut", "30"),
            other => (other, ""),
        };
        let labels =
            [variant.to_owned(), cost.coreset_percent.to_string(), rate.to_owned()].to_vec();
        let cells = print(cost).map(|printed| Cell { printed: Some(printed), ..Cell::default() });
        Row { labels, cells: cells.to_vec() }
    };
    let labels = ["cifar10", "resnet101", "gradmatch", "rigl"];
    paper_group(labels, printed.iter().map(row).collect())
}

fn claims(blocks: &[Block<'_>]) -> Vec<Claim> {
    let pairs = |quantity: Quantity, learned| {
        let mut pairs = Vec::new();
        for block in blocks {
            let Some(large) = largest(block) else { continue };
            let base = Sample::of(&block.coreset_only(large), quantity);
            for fraction in block.fractions().into_iter().filter(|fraction| *fraction < large) {
                for rate in block.rates() {
                    let own = Sample::of(&block.joint("cut", fraction, rate), quantity);
                    pairs.extend(own.over(&base, learned));
                }
            }
        }
        pairs
    };
    let accuracy = pairs(COLUMNS[0].2, Learned::One).into_iter();
    let accuracy: Vec<Pair> = accuracy.map(|p| Pair { gain: p.gain + MARGIN, ..p }).collect();
    let time = pairs(COLUMNS[1].2, Learned::Both).into_iter();
    let time: Vec<Pair> = time.map(|p| Pair { gain: -p.gain, ..p }).collect();
    let claim = |statement, unit, pairs: &[Pair]| Claim {
        statement,
        source: SOURCE,
        unit,
        judged: judge(pairs),
        evidence: String::new(),
    };
    vec![
        claim(
            "cut is at most 0.5 points less accurate than coreset-only on a larger coreset",
            "points above that limit",
            &accuracy,
        ),
        claim("cut takes less time than coreset-only on a larger coreset", "seconds", &time),
    ]
}
