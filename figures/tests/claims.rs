//! The table of claims in the README is that of the published tables.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{folder, run, stderr};
use swast_figures::report::Report;
use swast_figures::report::claims::{markdown, spliced};
use swast_tables::rows::RunRow;
use swast_tables::table;

/// Set to write the table instead of comparing it.
const UPDATE: &str = "UPDATE_CLAIMS";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn reports(folders: &[PathBuf]) -> Vec<Report> {
    let report = |folder: &PathBuf| Report::of(folder).expect("the tables can be drawn");
    folders.iter().map(report).collect()
}

#[test]
fn the_readme_has_the_verdicts_of_the_published_tables() {
    let published =
        ["desk", "quick"].map(|profile| workspace().join("data/published").join(profile));
    let path = workspace().join("README.md");
    let text = fs::read_to_string(&path).expect("the document is there");
    let expected =
        spliced(&text, &markdown(&reports(&published))).expect("the document has the markers");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &expected).expect("the document can be written");
        return;
    }
    let cure = format!(
        "regenerate it with `{UPDATE}=1 cargo test --release -p swast-figures --test claims`"
    );
    let differs = text.lines().zip(expected.lines()).find(|(old, new)| old != new);
    assert!(
        text == expected,
        "README.md has other verdicts than data/published ({differs:?}); {cure}"
    );
}

#[test]
fn a_claim_has_one_row_and_a_cell_a_folder() {
    let tables = |name: &str, seeds: u64, lift: f64| {
        let folder = folder(name);
        let pair = |seed: u64| {
            let accuracy = |lift: f64| 0.5 + lift + 0.001 * seed as f64;
            let of = |variant| run("figure6", variant, Some(0.5), Some(0.9), seed);
            let cut =
                RunRow { test_accuracy: accuracy(lift * (1.0 + 0.01 * seed as f64)), ..of("cut") };
            [cut, RunRow { test_accuracy: accuracy(0.0), ..of("prune-only") }]
        };
        let rows: Vec<RunRow> = (1..=seeds).flat_map(pair).collect();
        table::write(&folder.join("runs.csv"), &rows).expect("the folder can be written");
        folder
    };
    let none = folder("claims-none");
    let folders = [
        tables("claims-up", 3, 0.1),
        tables("claims-down", 3, -0.1),
        tables("claims-one", 1, 0.1),
        none,
    ];
    let table = markdown(&reports(&folders));
    let row =
        table.lines().filter(|line| line.contains("cut beats prune-only at equal prune rate"));
    let [row] = row.collect::<Vec<_>>()[..] else { panic!("{table}") };
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    assert_eq!(cells[1], "figure6a: cut beats prune-only at equal prune rate");
    assert!(
        cells[2].starts_with("**holds**: +10.2 points (+10.0 to +10.4), 3 of 3 seeds"),
        "{row}"
    );
    assert!(cells[3].starts_with("**does not hold**: \u{2212}10.2 points"), "{row}");
    assert_eq!(cells[4], "not enough runs: +10.1 points, 1 of 1 seed");
    assert_eq!(cells[5], "not run");
    assert!(!table.contains("random coresets"), "{table}");
}

#[test]
fn folders_without_any_table_are_an_error() {
    let claims = |folders: &[&Path]| {
        let program = env!("CARGO_BIN_EXE_swast-figures");
        Command::new(program).arg("claims").args(folders).output().expect("the command runs")
    };
    let none = folder("claims-empty");
    let output = claims(&[&none, &none]);
    assert!(output.stdout.is_empty() && output.status.code() == Some(1));
    assert!(stderr(&output).contains("run `make figures`"), "{}", stderr(&output));
    let published = workspace().join("data/published/quick");
    assert!(claims(&[&none, &published]).status.success());
}
