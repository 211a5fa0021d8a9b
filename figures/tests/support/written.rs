//! What the command writes of a table, in every format.
#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use super::tables::Study;
use super::{draw, folder, stderr};
use swast_tables::table;

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder with the tables of `study`, kept for a look at what is drawn.
pub(crate) fn tables_of(name: &str, study: &Study) -> PathBuf {
    let folder = folder(&format!("tables-{name}"));
    table::write(&folder.join("runs.csv"), &study.runs).expect("written");
    table::write(&folder.join("epochs.csv"), &study.epochs).expect("written");
    table::write(&folder.join("selections.csv"), &study.selections).expect("written");
    folder
}

/// What is written of the only table of `name`, drawn from `study`: Markdown, CSV by cell, LaTeX and SVG.
pub(crate) struct Written {
    pub(crate) said: String,
    pub(crate) markdown: String,
    pub(crate) cells: Vec<csv::StringRecord>,
    pub(crate) heads: csv::StringRecord,
    pub(crate) latex: String,
    pub(crate) svg: String,
}

impl Written {
    pub(crate) fn of(name: &str, target: &str, study: &Study) -> Self {
        Self::named(name, (target, target), study)
    }

    /// The same of a table that has another name than its artifact.
    pub(crate) fn named(name: &str, (target, table): (&str, &str), study: &Study) -> Self {
        let folder = tables_of(name, study);
        let output = draw(target, &folder, &folder, &[]);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        let read = |ending: &str| {
            fs::read_to_string(folder.join(format!("{table}.{ending}"))).expect("written")
        };
        assert!(
            fs::read(folder.join(format!("{table}.png"))).expect("written").starts_with(b"\x89PNG")
        );
        let text = read("csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let heads = reader.headers().expect("a header").clone();
        let cells = reader.records().map(|record| record.expect("a row")).collect();
        let (said, markdown, latex, svg) = (stdout(&output), read("md"), read("tex"), read("svg"));
        let written = Self { said, markdown, cells, heads, latex, svg };
        written.check();
        written
    }

    /// What holds of every table.
    fn check(&self) {
        let lines = self.markdown.lines().filter(|line| line.starts_with('|'));
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let counts: Vec<usize> = lines.map(bars).collect();
        assert!(counts.len() > 2 && counts.iter().all(|n| *n == counts[0]), "{}", self.markdown);
        let rows = self.latex.lines().filter(|line| line.ends_with(" \\\\"));
        let rows = rows.filter(|line| !line.contains("\\multicolumn"));
        let signs = |line: &str| line.replace("\\&", "").matches('&').count();
        let counts: Vec<usize> = rows.map(signs).collect();
        assert!(!counts.is_empty() && counts.iter().all(|n| *n == counts[0]), "{}", self.latex);
        for (open, close) in [("\\begin{", "\\end{"), ("{", "}")] {
            assert_eq!(self.latex.matches(open).count(), self.latex.matches(close).count());
        }
        assert!(self.latex.is_ascii(), "{}", self.latex);
        assert!(!self.svg.contains("NaN") && self.svg.trim_end().ends_with("</svg>"));
    }

    /// The field `head` of the one cell in which every given field has the given text.
    pub(crate) fn cell(&self, wanted: &[(&str, &str)], head: &str) -> &str {
        let at = |name: &str| {
            let found = self.heads.iter().position(|head| head == name);
            found.unwrap_or_else(|| panic!("{name} among {:?}", self.heads))
        };
        let holds =
            |row: &&csv::StringRecord| wanted.iter().all(|(name, text)| &row[at(name)] == *text);
        let found: Vec<_> = self.cells.iter().filter(holds).collect();
        assert_eq!(found.len(), 1, "{wanted:?}: {found:?}");
        &found[0][at(head)]
    }

    pub(crate) fn number(&self, wanted: &[(&str, &str)], head: &str) -> f64 {
        let text = self.cell(wanted, head);
        text.parse().unwrap_or_else(|_| panic!("{wanted:?}: {head} is `{text}`"))
    }
}
