//! Table 3: with 20 % of the labels wrong, pruning on all data, coresets without pruning, and both.

use super::Artifact;
use super::cell::{accuracy, baseline, gains, how_to_read};
use crate::figure::{Figure, tabled};
use crate::read::block::{Block, Schedule, blocks, check_seeds, descending};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::paper::{self, Noisy};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results};
use crate::read::variant::percent;
use crate::scene::table::{Cell, Column, Group, Mark, Note, Printed, Row, Table, Unit};
use swast_tables::rows::RunRow;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "table3",
    line: "Pruning, coresets and both with 20 % label noise",
    commands: &["swast-trainer sweep table3"],
    draw: figure,
};

const SOURCE: &str = "\u{201c}With only 20% of the training data, our joint framework achieves up to 92.11% accuracy \
                      (+6.12% improvement over standard training), significantly outperforming both pruning-only \
                      (maximum 87.46%) and coreset-only (90.33%) approaches.\u{201d} (Appendix H)";
/// The paper's best of pruning alone.
const BEST: (f64, f64) = (100.0, 30.0);
/// The sign of the note on it.
const OTHER: Mark = Mark('\u{2020}');

/// The table from `runs.csv` and `epochs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs_on_any_data(ARTIFACT.rows())?;
    check_seeds(results, &runs)?;
    let schedule = Schedule::of(&runs.epochs(results)?);
    let blocks = blocks(&runs.rows);
    let shown = format!(
        "{} Prune-only and dense networks are trained on all data, cut and coreset-only on coresets. Bold is about the \
         difference from dense.",
        how_to_read(&runs, "dense training on all data and from coreset-only")
    );
    Ok(tabled(table(&blocks, &schedule), shown, claims(&blocks), provenance(&runs)))
}

/// A row of the table: what is trained on, coreset size in percent, and its cells.
fn row(set: &str, coreset: String, cells: Vec<Cell>) -> Row {
    Row { labels: vec![set.to_owned(), coreset], cells }
}

fn rows(block: &Block<'_>, rates: &[f64], schedule: &Schedule) -> Vec<Row> {
    let printed = paper::table3();
    let print = |coreset: f64, rate: f64| {
        printed.iter().filter(|_| paper::is_table3(block)).find(|c| is_at(c, coreset, rate))
    };
    let print = |coreset, rate, cell| Cell {
        printed: print(coreset, rate).map(|c| shown(c, &printed)),
        ..cell
    };
    let dense = block.dense();
    let base = (!dense.is_empty()).then_some(&*dense);
    let mut rows = Vec::new();
    let pruned =
        rates.iter().map(|r| print(1.0, *r, baseline(&block.prune_only(*r), &[base, None])));
    let all = std::iter::once(print(1.0, 0.0, baseline(&dense, &[None, None])));
    rows.push(row("all data", "100".to_owned(), pruned.chain(all).collect()));
    for fraction in block.fractions() {
        let unpruned = block.coreset_only(fraction);
        let bases = [base, (!unpruned.is_empty()).then_some(&*unpruned)];
        let cut = |rate: f64| accuracy(&block.joint("cut", fraction, rate), &bases);
        let pruned = rates.iter().map(|rate| print(fraction, *rate, cut(*rate)));
        let alone = print(fraction, 0.0, baseline(&unpruned, &[base, None]));
        let cells = pruned.chain(std::iter::once(alone)).collect();
        rows.push(row("coreset", percent(fraction), cells));
        let others = [
            ("random, redrawn", block.redrawn(fraction)),
            ("all data, as many steps", block.compressed(fraction, schedule)),
        ];
        for (set, runs) in others.into_iter().filter(|(_, runs)| !runs.is_empty()) {
            let empty = rates.iter().map(|_| Cell::default());
            let cells = empty.chain(std::iter::once(baseline(&runs, &bases))).collect();
            rows.push(row(set, percent(fraction), cells));
        }
    }
    rows
}

/// Whether a printed cell is of this coreset size and prune rate, as shares.
fn is_at(cell: &Noisy, coreset: f64, rate: f64) -> bool {
    let near = |percent: f64, share: f64| (percent - 100.0 * share).abs() < 1e-6;
    near(cell.coreset_percent, coreset) && near(cell.prune_percent, rate)
}

/// A printed cell; its difference is from the last cell of its row.
fn shown(cell: &Noisy, printed: &[Noisy]) -> Printed {
    let last = |other: &&Noisy| {
        (other.coreset_percent, other.prune_percent) == (cell.coreset_percent, 0.0)
    };
    let unpruned = printed.iter().find(last).filter(|_| cell.prune_percent > 0.0);
    let difference = unpruned.map(|other| cell.accuracy_percent - other.accuracy_percent);
    let mark = ((cell.coreset_percent, cell.prune_percent) == BEST).then_some(OTHER);
    Printed { difference, mark, ..paper::plain(cell.accuracy_percent) }
}

fn table(blocks: &[Block<'_>], schedule: &Schedule) -> Table {
    let rates = descending(blocks.iter().flat_map(Block::rates));
    let group = |block: &Block<'_>| {
        let labels = [block.dataset, block.model, block.selector, block.pruner].map(str::to_owned);
        let named: Vec<&str> =
            labels.iter().map(String::as_str).filter(|l| !l.is_empty()).collect();
        let title = named.join(", ");
        Group { title, labels: labels.to_vec(), rows: rows(block, &rates, schedule) }
    };
    let mut groups: Vec<Group> = blocks.iter().map(group).collect();
    if !blocks.iter().any(paper::is_table3) {
        groups.push(reference(blocks, &rates));
    }
    let names = rates.iter().map(|rate| format!("pruned {} %", percent(*rate)));
    let columns = names.chain(std::iter::once("not pruned".to_owned()));
    let mut table = Table {
        name: ARTIFACT.name.to_owned(),
        title: "Table 3: test accuracy (%) with label noise".to_owned(),
        group_heads: ["dataset", "model", "selector", "pruner"].map(str::to_owned).to_vec(),
        heads: ["trained on", "coreset (%)"].map(str::to_owned).to_vec(),
        columns: columns.map(|name| Column { name, unit: Unit::PERCENT }).collect(),
        baselines: ["dense", "coreset-only"].map(str::to_owned).to_vec(),
        groups,
        notes: Vec::new(),
        caption: Vec::new(),
    };
    table.notes = notes(&table);
    table
}

/// The paper's rows at our coreset sizes and prune rates, where its setting is not ours.
fn reference(blocks: &[Block<'_>], rates: &[f64]) -> Group {
    let printed = paper::table3();
    let fractions =
        std::iter::once(1.0).chain(descending(blocks.iter().flat_map(Block::fractions)));
    let rows =
        fractions.filter(|f| printed.iter().any(|cell| is_at(cell, *f, 0.0))).map(|fraction| {
            let rates = rates.iter().copied().chain(std::iter::once(0.0));
            let cell = |rate| printed.iter().find(|cell| is_at(cell, fraction, rate));
            let cells = rates
                .map(|r| Cell { printed: cell(r).map(|c| shown(c, &printed)), ..Cell::default() });
            let set = if fraction == 1.0 { "all data" } else { "coreset" };
            row(set, percent(fraction), cells.collect())
        });
    let labels = ["cifar10", "", "", ""].map(str::to_owned).to_vec();
    let title = "The paper, in another setting: cifar10".to_owned();
    Group { title, labels, rows: rows.collect() }
}

fn notes(table: &Table) -> Vec<Note> {
    let marked = table.cells().any(|(.., cell)| cell.printed.is_some_and(|p| p.mark.is_some()));
    let best = "The paper's text gives 87.46 as the best of pruning alone; its table, 86.86.";
    let marked = marked.then(|| Note { mark: Some(OTHER), text: best.to_owned() });
    let about = [
        "The caption of the paper's Table 3 says that differences are from dense training; in its rows they are from the \
         last cell of the row: coreset-only, and dense only on all data. Both are given here.",
        "The paper does not name model and selector of its Table 3.",
    ];
    let about = about.map(|text| Note { mark: None, text: text.to_owned() });
    marked.into_iter().chain(about).collect()
}

fn claims(blocks: &[Block<'_>]) -> Vec<Claim> {
    let claim = |statement, base: &dyn Fn(&Block<'_>, f64, f64) -> Vec<Pair>| {
        let mut pairs = Vec::new();
        for block in blocks {
            for fraction in block.fractions() {
                pairs
                    .extend(block.rates().into_iter().flat_map(|rate| base(block, fraction, rate)));
            }
        }
        let (judged, evidence) = (judge(&pairs), String::new());
        Claim { statement, source: SOURCE, unit: "points", judged, evidence }
    };
    let cut = |block: &Block<'_>, fraction, rate, base: &[&RunRow]| {
        gains(&block.joint("cut", fraction, rate), base)
    };
    vec![
        claim("with label noise, cut beats coreset-only", &|block, fraction, rate| {
            cut(block, fraction, rate, &block.coreset_only(fraction))
        }),
        claim("with label noise, cut beats prune-only on all data", &|block, fraction, rate| {
            cut(block, fraction, rate, &block.prune_only(rate))
        }),
        claim(
            "with label noise, cut beats dense training on all data",
            &|block, fraction, rate| cut(block, fraction, rate, &block.dense()),
        ),
    ]
}
