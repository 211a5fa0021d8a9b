//! The state-preservation study: cut, prune-only and coreset-only by whose recorded states are preserved.

use super::Artifact;
use super::cell::{accuracy, baseline, baselines, gains, group, how_to_read};
use crate::figure::{Figure, tabled};
use crate::read::block::{Block, LABELS, Schedule, blocks, check_seeds};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results};
use crate::read::variant::percent;
use crate::scene::table::{Cell, Column, Row, Table, Unit};
use swast_tables::rows::RunRow;

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "state-preservation",
    line: "cut, prune-only and coreset-only by state preservation",
    commands: &["swast-trainer sweep state-preservation"],
    draw: figure,
};

/// Whose states are preserved, the baseline first.
pub(super) const MODES: [&str; 3] = ["none", "selective", "complete"];
/// The variants, that of the paper's method first.
const VARIANTS: [&str; 3] = ["cut", "prune-only", "coreset-only"];

/// The table from `runs.csv` and `epochs.csv`.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let runs = results.runs_on_any_data(ARTIFACT.rows())?;
    check_seeds(results, &runs)?;
    let schedule = Schedule::of(&runs.epochs(results)?);
    let blocks = blocks(&runs.rows);
    let shown = how_to_read(&runs, "no preservation")
        + &baselines(&blocks)
        + " Selective: the states of the samples that the recorded network classified correctly; complete: those of all \
           samples trained on. The paper prints no table of this study.";
    Ok(tabled(table(&blocks, &schedule), shown, claims(&blocks), provenance(&runs)))
}

/// The variants of a block with their prune rates.
fn settings(block: &Block<'_>) -> Vec<(&'static str, Option<f64>)> {
    let rates = || std::iter::once(None).chain(block.rates().into_iter().map(Some));
    let all = VARIANTS.into_iter().flat_map(|variant| rates().map(move |rate| (variant, rate)));
    let is_there = |(variant, rate): &(&str, Option<f64>)| {
        MODES.iter().any(|mode| !block.preserving(variant, *rate, mode).is_empty())
    };
    all.filter(is_there).collect()
}

/// The rows of the baselines that the paper leaves out; they preserve nothing.
fn others(block: &Block<'_>, schedule: &Schedule) -> Vec<Row> {
    let of_size = |fraction: f64| {
        [
            ("random, redrawn", block.redrawn(fraction)),
            ("all data, as many steps", block.compressed(fraction, schedule)),
        ]
    };
    let row = |(name, runs): (&str, Vec<&RunRow>)| {
        let cells = vec![baseline(&runs, &[None]), Cell::default(), Cell::default()];
        (!runs.is_empty()).then(|| Row { labels: vec![name.to_owned(), String::new()], cells })
    };
    block.fractions().into_iter().flat_map(of_size).filter_map(row).collect()
}

fn table(blocks: &[Block<'_>], schedule: &Schedule) -> Table {
    let of_block = |block: &Block<'_>| {
        let row = |(variant, rate): (&str, Option<f64>)| {
            let runs = |mode| block.preserving(variant, rate, mode);
            let base = runs(MODES[0]);
            let cells = MODES.iter().map(|mode| {
                let base = (*mode != MODES[0] && !base.is_empty()).then_some(&*base);
                accuracy(&runs(mode), &[base])
            });
            let labels = vec![variant.to_owned(), rate.map(percent).unwrap_or_default()];
            Row { labels, cells: cells.collect() }
        };
        let rows = settings(block).into_iter().map(row);
        group(block, rows.chain(others(block, schedule)).collect())
    };
    let column = |mode: &str| Column { name: mode.to_owned(), unit: Unit::PERCENT };
    Table {
        name: ARTIFACT.name.to_owned(),
        title: "Test accuracy (%) by state preservation".to_owned(),
        group_heads: LABELS.map(str::to_owned).to_vec(),
        heads: ["variant", "pruned (%)"].map(str::to_owned).to_vec(),
        columns: MODES.map(column).to_vec(),
        baselines: vec![MODES[0].to_owned()],
        groups: blocks.iter().map(of_block).collect(),
        ..Table::default()
    }
}

/// By how many points `mode` is above no preservation, in every setting of `variant`.
fn gain(blocks: &[Block<'_>], variant: &str, mode: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for block in blocks {
        for (_, rate) in settings(block).into_iter().filter(|(name, _)| *name == variant) {
            let of = |mode| block.preserving(variant, rate, mode);
            pairs.extend(gains(&of(mode), &of(MODES[0])));
        }
    }
    pairs
}

/// By how much each gain of cut is larger than the mean gain of `variant` of equal seed, both by complete preservation.
fn asymmetry(blocks: &[Block<'_>], variant: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for block in blocks {
        let block = std::slice::from_ref(block);
        let (joint, alone) = (gain(block, "cut", MODES[2]), gain(block, variant, MODES[2]));
        pairs.extend(joint.iter().filter_map(|own| {
            let others: Vec<&Pair> = alone.iter().filter(|pair| pair.seed == own.seed).collect();
            let gains: Vec<f64> = others.iter().map(|pair| pair.gain).collect();
            let gain = own.gain - swast_tables::stats::mean(&gains)?;
            let learned = own.learned && others.iter().all(|pair| pair.learned);
            Some(Pair { seed: own.seed, gain, learned })
        }));
    }
    pairs
}

fn claims(blocks: &[Block<'_>]) -> Vec<Claim> {
    let joint = "\u{201c}This mechanism helps preserve critical knowledge during training and pruning\u{201d} (introduction)";
    let alone = "\u{201c}applying state preservation to coreset-only or pruning-only scenarios shows no gains, \
                 demonstrating it stabilizes joint optimization\u{201d} (Appendix F)";
    let claim = |statement, source, pairs: &[Pair]| {
        let (judged, evidence) = (judge(pairs), String::new());
        Claim { statement, source, unit: "points", judged, evidence }
    };
    vec![
        claim(
            "complete preservation makes cut more accurate",
            joint,
            &gain(blocks, "cut", MODES[2]),
        ),
        claim(
            "selective preservation makes cut more accurate",
            joint,
            &gain(blocks, "cut", MODES[1]),
        ),
        claim(
            "complete preservation gives more to cut than to prune-only",
            alone,
            &asymmetry(blocks, "prune-only"),
        ),
        claim(
            "complete preservation gives more to cut than to coreset-only",
            alone,
            &asymmetry(blocks, "coreset-only"),
        ),
    ]
}
