//! `data/TABLES.md`: the page that describes every column of every table, written from the row types.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use swast_tables::rows::lab::{BestCoresetRow, CoefficientRow, PointRow, PruneMapRow};
use swast_tables::rows::{
    CoresetRow, EpochRow, EpsilonRow, LayerRow, NoiseRow, PlanRow, PruneCurveRow, PrunePointRow,
    PruneStudyRow, RunRow, SelectionRow,
};
use swast_tables::table::Row;

/// What the page says before and after the tables that have a row type.
const HEAD: &str = include_str!("page/head.md");
const TAIL: &str = include_str!("page/tail.md");
/// Set to write the page instead of comparing it.
const UPDATE: &str = "UPDATE_TABLES";

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What is known of one column.
struct Column {
    name: &'static str,
    kind: &'static str,
    is_optional: bool,
    meaning: String,
    unit: String,
}

/// What is known of one table.
struct Table {
    file: &'static str,
    about: &'static str,
    columns: Vec<Column>,
}

fn table<R: Row>() -> Table {
    let column = |((name, ty), text): ((&&'static str, &str), &&str)| {
        let ty = ty.replace(' ', "");
        let inner = ty.strip_prefix("Option<").and_then(|ty| ty.strip_suffix('>'));
        let (meaning, unit) = text.split_once("Unit: ").unwrap_or((text, ""));
        Column {
            name,
            kind: match inner.unwrap_or(&ty) {
                "String" => "text",
                "bool" => "`true` or `false`",
                "f64" => "number",
                "u8" | "u16" | "u32" | "u64" | "usize" => "integer",
                other => panic!("{}: say here what a column of type {other} holds", R::FILE),
            },
            // Some numbers are NaN in a row where the table has an empty cell.
            is_optional: inner.is_some() || meaning.contains("empty where"),
            meaning: meaning.trim().to_owned(),
            unit: unit.trim().trim_end_matches('.').to_owned(),
        }
    };
    let columns = R::COLUMNS.iter().zip(R::TYPES.iter().copied()).zip(R::DESCRIPTIONS);
    Table { file: R::FILE, about: R::ABOUT.trim(), columns: columns.map(column).collect() }
}

/// All tables, in the order of the page.
fn tables() -> Vec<Table> {
    vec![
        table::<RunRow>(),
        table::<EpochRow>(),
        table::<SelectionRow>(),
        table::<LayerRow>(),
        table::<CoresetRow>(),
        table::<NoiseRow>(),
        table::<PlanRow>(),
        table::<PruneStudyRow>(),
        table::<PruneCurveRow>(),
        table::<PrunePointRow>(),
        table::<EpsilonRow>(),
        table::<PruneMapRow>(),
        table::<BestCoresetRow>(),
        table::<PointRow>(),
        table::<CoefficientRow>(),
    ]
}

fn page(tables: &[Table]) -> String {
    let mut page = HEAD.to_owned();
    for Table { file, about, columns } in tables {
        write!(page, "\n## `{file}`\n\n{about}\n\n").unwrap();
        page += "| column | type | meaning | unit and range |\n|---|---|---|---|\n";
        for Column { name, kind, is_optional, meaning, unit } in columns {
            let or = if *is_optional { " or empty" } else { "" };
            writeln!(page, "| `{name}` | {kind}{or} | {meaning} | {unit} |").unwrap();
        }
    }
    page + "\n" + TAIL
}

#[test]
fn the_page_is_that_of_the_row_types() {
    let (path, page) = (workspace().join("data/TABLES.md"), page(&tables()));
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &page).unwrap();
    }
    let cure =
        format!("regenerate it with `{UPDATE}=1 cargo test --release -p swast-tables --test page`");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(page.lines()).find(|(old, new)| old != new);
    assert!(committed == page, "data/TABLES.md does not match the row types ({differs:?}); {cure}");
}

/// The numbers of `tables` without a unit, and the columns without a description.
fn undescribed(tables: &[Table]) -> Vec<String> {
    let mut found = Vec::new();
    for Table { file, columns, .. } in tables {
        for Column { name, kind, meaning, unit, .. } in columns {
            let is_number = ["number", "integer"].contains(kind);
            // A unit and a range, such as `seconds, 0 and up`.
            if meaning.is_empty() || (is_number && !unit.contains([',', ';'])) {
                found.push(format!("{file}: {name}"));
            }
        }
    }
    found
}

#[test]
fn every_number_has_its_unit_and_range() {
    assert!(undescribed(&tables()).is_empty(), "{:?}", undescribed(&tables()));
    let column = |name, meaning: &str, unit: &str| Column {
        name,
        kind: "number",
        is_optional: false,
        meaning: meaning.to_owned(),
        unit: unit.to_owned(),
    };
    let columns = vec![
        column("good", "A time.", "seconds, 0 and up"),
        column("no_range", "A time.", "seconds"),
        column("no_unit", "A time.", ""),
        column("no_meaning", "", "seconds, 0 and up"),
    ];
    let planted = [Table { file: "a.csv", about: "", columns }];
    assert_eq!(undescribed(&planted), ["a.csv: no_range", "a.csv: no_unit", "a.csv: no_meaning"]);
}

#[test]
fn every_row_type_is_on_the_page() {
    let sources = ["src/rows.rs", "src/rows/lab.rs"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text: String = sources.map(|path| fs::read_to_string(folder.join(path)).unwrap()).concat();
    let files = text.split("Row in \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut declared: Vec<&str> = files.collect();
    let mut described: Vec<&str> = tables().iter().map(|table| table.file).collect();
    declared.sort_unstable();
    described.sort_unstable();
    assert_eq!(described, declared);
}

#[test]
fn every_column_of_the_papers_numbers_is_on_the_page() {
    for table in fs::read_dir(workspace().join("data/paper")).unwrap() {
        let path = table.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for column in text.lines().next().unwrap().split(',') {
            let named = TAIL.contains(&format!("| `{column}` |"));
            assert!(named, "{}: describe {column} in tests/page/tail.md", path.display());
        }
    }
}
