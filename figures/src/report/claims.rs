//! The verdicts of several folders side by side, as a table in Markdown.

use std::fmt::Write as _;

use super::Report;
use crate::artifact::ALL;
use crate::figure::Claimed;
use crate::read::claim::Claim;
use crate::read::judge::Verdict;

/// The line before a table that is kept in a document.
pub const BEGIN: &str = "<!-- claims -->";
/// The line after it.
pub const END: &str = "<!-- /claims -->";

/// Artifacts whose panels are as many as a profile has settings: no two profiles have the same.
const OWN: &[&str] = &["selectors"];

/// How to read the table.
const READING: &str = "An effect is positive where it goes the claimed way; its 95 % interval, in parentheses, is clustered \
    by seed, for polynomials by draw.\nWith fewer than three seeds nothing is decided. Claims marked (ours) are not the paper's.";

/// A row a claim, a column a report: verdict, effect with its 95 % interval, and how many pairs and seeds.
pub fn markdown(reports: &[Report]) -> String {
    let names: String = reports.iter().map(|report| format!(" `{}` |", report.name)).collect();
    let mut table =
        format!("{READING}\n\n| claim |{names}\n|---|{}\n", "---|".repeat(reports.len()));
    for (panel, statement, source) in claims(reports) {
        let ours = if source.is_empty() { " (ours)" } else { "" };
        let cell = |report: &Report| {
            let found =
                claimed(report).find(|c| c.panel == panel && c.claim.statement == statement);
            format!(" {} |", found.map_or("not run".to_owned(), |found| cell(&found.claim)))
        };
        let cells: String = reports.iter().map(cell).collect();
        let _infallible = writeln!(table, "| {panel}: {statement}{ours} |{cells}");
    }
    table
}

/// `document` with `table` between the markers; `None` where it has none.
pub fn spliced(document: &str, table: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

/// Panel, statement and source of every claim, once, in the order of the artifacts.
fn claims(reports: &[Report]) -> Vec<(&str, &'static str, &'static str)> {
    let mut found = Vec::new();
    for artifact in ALL.iter().filter(|artifact| !OWN.contains(&artifact.name)) {
        let mut own: Vec<(&str, &'static str, &'static str)> = Vec::new();
        for report in reports {
            let drawn = report.drawn.iter().filter(|drawn| drawn.artifact.name == artifact.name);
            for Claimed { panel, claim } in drawn.flat_map(|drawn| &drawn.figure.claims) {
                let row = (&**panel, claim.statement, claim.source);
                if !own.contains(&row) {
                    own.push(row);
                }
            }
        }
        // In order, where one report lacks a panel that another has.
        own.sort_by(|a, b| a.0.cmp(b.0));
        found.extend(own);
    }
    found
}

fn claimed(report: &Report) -> impl Iterator<Item = &Claimed> {
    report.drawn.iter().flat_map(|drawn| &drawn.figure.claims)
}

/// Such as `does not hold: −1.2 points (−2.0 to −0.4), 0 of 3 pairs, 3 seeds`.
fn cell(claim: &Claim) -> String {
    let verdict = match claim.judged.verdict {
        Verdict::Holds => "**holds**",
        Verdict::Fails => "**does not hold**",
        Verdict::Undecided => "undecided",
        Verdict::TooFew => "not enough runs",
        Verdict::Unlearned => "no verdict: within 10 points of chance",
        Verdict::Nothing => "nothing to compare",
    };
    let Some(effect) = claim.effect() else { return verdict.to_owned() };
    let interval = claim.interval().map(|(low, high)| format!(" ({low} to {high})"));
    format!("{verdict}: {effect}{}, {}", interval.unwrap_or_default(), claim.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_replaces_the_one_between_the_markers() {
        let document = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let expected = format!("a\n{BEGIN}\nnew\n{END}\nb\n");
        assert_eq!(spliced(&document, "new\n"), Some(expected.clone()));
        assert_eq!(spliced(&expected, "new\n"), Some(expected));
        assert_eq!(spliced("a\n", "new\n"), None);
    }
}
