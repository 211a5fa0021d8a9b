//! The tables in `data/paper` against the numbers as the paper prints them.

use swast_figures::read::paper::{JointTable, SLIPS, table2, table3};

const PRINTED: &str = include_str!("paper/printed.txt");
const RATES: [f64; 5] = [90.0, 70.0, 50.0, 30.0, 10.0];

/// A printed row: what it is of, coreset size in percent, accuracies with differences, number without pruning.
struct Row {
    keys: Vec<&'static str>,
    coreset: f64,
    cells: Vec<(f64, f64)>,
    unpruned: f64,
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is a number"))
}

fn printed(table: &str) -> Vec<Row> {
    let lines = PRINTED.lines().filter(|line| line.starts_with(table));
    let row = |line: &'static str| {
        let words: Vec<&str> = line.split(' ').collect();
        let cell = |word: &&str| {
            let (accuracy, rest) = word.split_once('(').expect("a difference in parentheses");
            (number(accuracy), number(rest.trim_end_matches(')')))
        };
        Row {
            keys: words[1..6].to_vec(),
            coreset: number(words[6]),
            cells: words[7..12].iter().map(cell).collect(),
            unpruned: number(words[12]),
        }
    };
    lines.map(row).collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-6
}

#[test]
fn joint_tables_hold_what_is_printed_and_slips_are_the_only_exceptions() {
    let mut slips = 0;
    for (name, table, count) in [
        ("table1", JointTable::Table1, 140),
        ("table4", JointTable::Table4, 20),
        ("table5", JointTable::Table5, 30),
    ] {
        let cells = table.cells();
        assert_eq!(cells.len(), count, "{name}");
        let rows = printed(name);
        assert_eq!(5 * rows.len(), count, "{name}");
        for row in rows {
            for (rate, (accuracy, difference)) in RATES.iter().zip(&row.cells) {
                let found = cells.iter().find(|cell| {
                    let keys = [
                        &*cell.variant,
                        &cell.model,
                        &cell.dataset,
                        &cell.coreset_method,
                        &cell.pruner,
                    ];
                    keys == row.keys[..]
                        && (cell.coreset_percent, cell.prune_percent) == (row.coreset, *rate)
                });
                let cell = found.expect("the cell is in data/paper");
                let shown = cell.printed(table);
                let place = format!("{name} {:?} {} % {rate} %", row.keys, row.coreset);
                assert!(near(cell.accuracy_percent, *accuracy), "{place}");
                assert!(near(cell.coreset_only_accuracy_percent, row.unpruned), "{place}");
                assert!(
                    shown.difference.is_some_and(|d| near(d, *difference)),
                    "{place}: {shown:?}"
                );
                let wrong = !near(accuracy - row.unpruned, *difference);
                assert!(!wrong || cell.slip(table).is_some(), "{place}: {difference} is no slip");
                slips += usize::from(wrong);
            }
        }
    }
    // One more is remarked on although its difference is right.
    assert_eq!((slips, SLIPS.len()), (3, 4));
}

#[test]
fn differences_of_noisy_rows_are_from_their_last_column() {
    let cells = table3();
    assert_eq!(cells.len(), 24);
    let find = |coreset: f64, rate: f64| {
        let cell = cells.iter().find(|c| (c.coreset_percent, c.prune_percent) == (coreset, rate));
        cell.expect("the cell is in data/paper").accuracy_percent
    };
    let rows = printed("table3");
    assert_eq!(rows.len(), 4);
    for row in rows {
        let unpruned = find(row.coreset, 0.0);
        assert!(near(unpruned, row.unpruned));
        for (rate, (accuracy, difference)) in RATES.iter().zip(&row.cells) {
            assert!(near(find(row.coreset, *rate), *accuracy));
            assert!(near(accuracy - unpruned, *difference), "{} % {rate} %", row.coreset);
        }
    }
    // What the text prints as the best of pruning alone is in no cell.
    assert!(cells.iter().all(|cell| !near(cell.accuracy_percent, 87.46)));
    let pruned = cells.iter().filter(|c| c.coreset_percent == 100.0).map(|c| c.accuracy_percent);
    assert!(near(pruned.fold(0.0, f64::max), 86.86));
}

#[test]
fn table_2_holds_what_is_printed() {
    let found = table2();
    let rows: Vec<_> = found
        .iter()
        .map(|r| (&*r.setting, r.coreset_percent, r.accuracy_percent, r.time_s, r.params_million))
        .collect();
    let printed = [
        ("coreset-only", 10.0, 91.13, 2034.0, 44.5),
        ("coreset-only", 15.0, 92.97, 2738.0, 44.5),
        ("swast-cut", 10.0, 92.96, 2191.0, 31.2),
    ];
    assert_eq!(rows, printed);
}

#[test]
fn the_paper_is_below_its_own_baseline_in_some_cells_of_table_1() {
    let cells = JointTable::Table1.cells();
    let below = cells.iter().filter(|c| c.accuracy_percent < c.coreset_only_accuracy_percent);
    let (cut, rest): (Vec<_>, Vec<_>) = below.partition(|cell| cell.variant == "cut");
    let at_90 = |cell: &&swast_figures::read::paper::Joint| {
        (&*cell.model, cell.prune_percent) == ("resnet18", 90.0)
    };
    assert_eq!((cut.len(), cut.iter().filter(|cell| at_90(cell)).count(), rest.len()), (5, 5, 1));
}
