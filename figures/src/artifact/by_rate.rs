//! What Tables 1, 4 and 5 share: accuracy by coreset size and prune rate, beside the baselines and the paper's numbers.

use super::cell::{accuracy, baseline, gains, how_to_read};
use crate::figure::{Figure, tabled};
use crate::read::block::{Block, Schedule, blocks, check_seeds, descending};
use crate::read::claim::Claim;
use crate::read::judge::{Pair, judge};
use crate::read::paper::{Joint, JointTable, SLIPS};
use crate::read::provenance::provenance;
use crate::read::results::{FigureError, Results, Wanted};
use crate::read::variant::percent;
use crate::scene::table::{Cell, Column, Group, Note, Row, Table, Unit};
use swast_tables::rows::RunRow;

/// What one of the tables shows.
pub(super) struct Shape {
    /// Its title.
    pub title: &'static str,
    /// The variants that it compares with the baselines.
    pub variants: &'static [&'static str],
    /// The paper's numbers.
    pub paper: JointTable,
    /// Remarks on the paper's table as a whole.
    pub remarks: &'static [&'static str],
}

/// A column for runs that are not pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    CoresetOnly,
    Redrawn,
    Compressed,
    Dense,
}

impl Base {
    const ALL: [Self; 4] = [Self::CoresetOnly, Self::Redrawn, Self::Compressed, Self::Dense];

    fn name(self) -> &'static str {
        match self {
            Self::CoresetOnly => "coreset-only",
            Self::Redrawn => "random, redrawn",
            Self::Compressed => "all data, as many steps",
            Self::Dense => "all data, dense",
        }
    }
}

/// The runs of a table.
pub(super) struct Compared<'a> {
    pub blocks: Vec<Block<'a>>,
    pub schedule: Schedule,
}

impl<'a> Compared<'a> {
    /// The runs to compare at `fraction`.
    pub(super) fn base(&self, base: Base, block: &Block<'a>, fraction: f64) -> Vec<&'a RunRow> {
        match base {
            Base::CoresetOnly => block.coreset_only(fraction),
            Base::Redrawn => block.redrawn(fraction),
            Base::Compressed => block.compressed(fraction, &self.schedule),
            Base::Dense => block.dense(),
        }
    }

    /// By how many points `variant` is above `base`, in every cell.
    pub(super) fn gains(&self, variant: &str, base: Base) -> Vec<Pair> {
        self.blocks.iter().flat_map(|block| self.gains_in(block, variant, base)).collect()
    }

    /// The same of one block.
    pub(super) fn gains_in(&self, block: &Block<'a>, variant: &str, base: Base) -> Vec<Pair> {
        let fractions = block.fractions().into_iter();
        fractions.flat_map(|fraction| self.gains_of((block, fraction), variant, base)).collect()
    }

    /// The same of one coreset size.
    pub(super) fn gains_at(&self, variant: &str, base: Base, fraction: f64) -> Vec<Pair> {
        let blocks = self.blocks.iter();
        blocks.flat_map(|block| self.gains_of((block, fraction), variant, base)).collect()
    }

    fn gains_of(
        &self,
        (block, fraction): (&Block<'a>, f64),
        variant: &str,
        base: Base,
    ) -> Vec<Pair> {
        let others = self.base(base, block, fraction);
        let rates = block.rates().into_iter();
        rates.flat_map(|rate| gains(&block.joint(variant, fraction, rate), &others)).collect()
    }
}

/// The coreset sizes of `blocks`, the largest first.
pub(super) fn fractions(blocks: &[Block<'_>]) -> Vec<f64> {
    descending(blocks.iter().flat_map(Block::fractions))
}

/// The figure of a table of this shape, with what it says of `claims`.
pub(super) fn figure(
    results: &Results,
    artifact: &'static str,
    wanted: Wanted,
    shape: &Shape,
    claims: fn(&Compared<'_>) -> Vec<Claim>,
) -> Result<Figure, FigureError> {
    let runs = results.runs_on_any_data(wanted)?;
    check_seeds(results, &runs)?;
    let schedule = Schedule::of(&runs.epochs(results)?);
    let compared = Compared { blocks: blocks(&runs.rows), schedule };
    let claims = claims(&compared);
    let mut shown = how_to_read(&runs, Base::CoresetOnly.name());
    if columns(&compared).contains(&Base::Compressed) {
        shown += " As many steps: dense training on all data, with a schedule of its own, that takes as many steps as \
                  training on the coreset.";
    }
    Ok(tabled(table(artifact, shape, &compared), shown, claims, provenance(&runs)))
}

/// The columns of baselines that have runs.
fn columns(compared: &Compared<'_>) -> Vec<Base> {
    let has = |base: &Base| {
        let rows =
            compared.blocks.iter().flat_map(|b| b.fractions().into_iter().map(move |f| (b, f)));
        rows.into_iter().any(|(block, fraction)| !compared.base(*base, block, fraction).is_empty())
    };
    Base::ALL.into_iter().filter(has).collect()
}

fn table(artifact: &str, shape: &Shape, compared: &Compared<'_>) -> Table {
    let rates = descending(compared.blocks.iter().flat_map(Block::rates));
    let bases = columns(compared);
    let printed = shape.paper.cells();
    let mut groups: Vec<Group> = Vec::new();
    for block in &compared.blocks {
        let own: Vec<&Joint> = printed.iter().filter(|cell| cell.is_of(block)).collect();
        let fractions = block.fractions();
        let rows =
            shape.variants.iter().flat_map(|variant| fractions.iter().map(move |f| (variant, *f)));
        let rows = rows.filter(|(variant, fraction)| {
            rates.iter().any(|rate| !block.joint(variant, *fraction, *rate).is_empty())
        });
        let rows = rows.map(|(variant, fraction)| {
            let pruned = rates.iter().map(|rate| {
                let cell = joint_cell(block, variant, (fraction, *rate));
                Cell {
                    printed: find(&own, variant, (fraction, *rate)).map(|p| p.printed(shape.paper)),
                    ..cell
                }
            });
            let unpruned =
                bases.iter().map(|base| base_cell(compared, *base, block, fraction, &own));
            Row { labels: labels(variant, fraction), cells: pruned.chain(unpruned).collect() }
        });
        let labels = [block.dataset, block.model, block.selector, block.pruner];
        groups.push(group("", labels, rows.collect()));
    }
    let is_beside =
        |group: &Group| group.rows.iter().flat_map(|r| &r.cells).any(|c| c.printed.is_some());
    if !groups.iter().any(is_beside) {
        groups.extend(reference(shape, compared, &rates, &bases));
    }
    let unit = Unit::PERCENT;
    let pruned = rates.iter().map(|rate| format!("pruned {} %", percent(*rate)));
    let names = pruned.chain(bases.iter().map(|base| base.name().to_owned()));
    let mut table = Table {
        name: artifact.to_owned(),
        title: shape.title.to_owned(),
        group_heads: ["dataset", "model", "selector", "pruner"].map(str::to_owned).to_vec(),
        heads: ["variant", "coreset (%)"].map(str::to_owned).to_vec(),
        columns: names.map(|name| Column { name, unit }).collect(),
        baselines: vec![Base::CoresetOnly.name().to_owned()],
        groups,
        notes: Vec::new(),
        caption: Vec::new(),
    };
    table.notes = notes(&table, shape);
    table
}

fn labels(variant: &str, fraction: f64) -> Vec<String> {
    vec![variant.to_owned(), percent(fraction)]
}

fn group(before: &str, labels: [&str; 4], rows: Vec<Row>) -> Group {
    let labels = labels.map(str::to_owned).to_vec();
    let named: Vec<&str> = labels.iter().map(String::as_str).filter(|l| !l.is_empty()).collect();
    Group { title: format!("{before}{}", named.join(", ")), labels, rows }
}

fn joint_cell(block: &Block<'_>, variant: &str, (fraction, rate): (f64, f64)) -> Cell {
    let base = block.coreset_only(fraction);
    accuracy(&block.joint(variant, fraction, rate), &[Some(&base)])
}

fn base_cell(
    compared: &Compared<'_>,
    base: Base,
    block: &Block<'_>,
    fraction: f64,
    printed: &[&Joint],
) -> Cell {
    let own = compared.base(base, block, fraction);
    if base == Base::CoresetOnly {
        let printed = printed.iter().find(|cell| near(cell.coreset_percent, fraction));
        return Cell { printed: printed.map(|cell| cell.baseline()), ..baseline(&own, &[None]) };
    }
    let cell = baseline(&own, &[Some(&block.coreset_only(fraction))]);
    let epochs = own.first().filter(|_| base == Base::Compressed).map(|run| run.epochs);
    let words = epochs.map(|n| if n == 1 { "1 epoch".to_owned() } else { format!("{n} epochs") });
    Cell { words, ..cell }
}

/// Whether a printed percentage is this share.
fn near(percent: f64, share: f64) -> bool {
    (percent - 100.0 * share).abs() < 1e-6
}

fn find<'p>(cells: &[&'p Joint], variant: &str, (fraction, rate): (f64, f64)) -> Option<&'p Joint> {
    let at = |cell: &&&Joint| {
        let place = near(cell.coreset_percent, fraction) && near(cell.prune_percent, rate);
        cell.variant == variant && place
    };
    cells.iter().find(at).copied()
}

/// The paper's numbers for ResNet-18 on CIFAR-10 at our coreset sizes and prune rates, where none of its settings is
/// ours.
fn reference(shape: &Shape, compared: &Compared<'_>, rates: &[f64], bases: &[Base]) -> Vec<Group> {
    const AT: (&str, &str) = ("cifar10", "resnet18");
    let printed = shape.paper.cells();
    let here: Vec<&Joint> = printed.iter().filter(|c| (&*c.dataset, &*c.model) == AT).collect();
    let mut selectors: Vec<&str> = here.iter().map(|cell| &*cell.coreset_method).collect();
    selectors.dedup();
    let fractions = fractions(&compared.blocks);
    let groups = selectors.into_iter().map(|selector| {
        let own: Vec<&Joint> =
            here.iter().copied().filter(|cell| cell.coreset_method == selector).collect();
        let rows = shape.variants.iter().flat_map(|v| fractions.iter().map(move |f| (v, *f)));
        let rows = rows.filter_map(|(variant, fraction)| {
            let found = rates.iter().map(|rate| find(&own, variant, (fraction, *rate)));
            let found: Vec<Option<&Joint>> = found.collect();
            let base = found.iter().flatten().next()?.baseline();
            let cell = |printed| Cell { printed, ..Cell::default() };
            let pruned = found.iter().map(|p| cell(p.map(|p| p.printed(shape.paper))));
            let unpruned = bases.iter().map(|b| cell((*b == Base::CoresetOnly).then_some(base)));
            Some(Row { labels: labels(variant, fraction), cells: pruned.chain(unpruned).collect() })
        });
        let pruner = own.first().map_or("", |cell| &*cell.pruner);
        group("The paper, in another setting: ", [AT.0, AT.1, selector, pruner], rows.collect())
    });
    groups.filter(|group| !group.rows.is_empty()).collect()
}

/// The remarks on what of the paper is shown.
fn notes(table: &Table, shape: &Shape) -> Vec<Note> {
    let shown = || table.cells().filter_map(|(.., cell)| cell.printed);
    let marked = SLIPS.iter().filter(|slip| slip.table() == shape.paper);
    let marked = marked.filter(|slip| shown().any(|printed| printed.mark == Some(slip.mark)));
    let marked = marked.map(|slip| Note { mark: Some(slip.mark), text: slip.about.to_owned() });
    let about = |text: &&str| Note { mark: None, text: (*text).to_owned() };
    let remarks = shape.remarks.iter().filter(|_| shown().next().is_some()).map(about);
    marked.chain(remarks).collect()
}

/// A claim in points of accuracy.
pub(super) fn claim(
    statement: &'static str,
    source: &'static str,
    pairs: &[Pair],
    evidence: String,
) -> Claim {
    Claim { statement, source, unit: "points", judged: judge(pairs), evidence }
}
