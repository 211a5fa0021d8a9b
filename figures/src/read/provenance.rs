//! Where the numbers of a figure come from, as the first paragraph of its caption.

use std::collections::BTreeSet;

use crate::read::chance::has_learned;
use crate::read::results::Runs;
use crate::read::variant::percent;
use swast_tables::rows::RunRow;
use swast_tables::stats::summary;

/// Profile, data set, images, model, epochs, seeds and the settings all runs share.
pub fn provenance(runs: &Runs) -> String {
    let rows = &runs.rows;
    let each = |text: fn(&RunRow) -> String| distinct(rows.iter().map(text));
    let mut parts = vec![
        format!("profile {}", each(|r| r.profile.clone())),
        each(|r| data_set(&r.dataset)),
        format!("{} training images", each(images)),
        each(|r| r.model.clone()),
        format!("{} epochs", each(|r| r.epochs.to_string())),
        seeds(rows),
    ];
    let listed = |values: String, text: fn(&str) -> String| match values.as_str() {
        "" => None,
        some => Some(text(some)),
    };
    let rate =
        |r: &RunRow| if r.label_noise > 0.0 { percent(r.label_noise) } else { String::new() };
    let fraction = |r: &RunRow| r.fraction.map(percent).unwrap_or_default();
    parts.extend(listed(each(|r| r.selector.clone().unwrap_or_default()), |s| {
        format!("selector {s}")
    }));
    parts.extend(listed(each(|r| r.pruner.clone().unwrap_or_default()), |s| format!("pruner {s}")));
    parts.extend(listed(distinct(rows.iter().map(fraction)), |s| format!("coreset {s} %")));
    parts.extend(listed(distinct(rows.iter().map(rate)), |s| format!("label noise {s} %")));
    // Networks near chance say little about a claim: the reader must be able to see it.
    let accuracies: Vec<f64> = rows.iter().map(|r| 100.0 * r.test_accuracy).collect();
    parts.extend(summary(&accuracies).map(|s| match s.count {
        1 => format!("final test accuracy {:.1} %", s.mean),
        _ => format!("final test accuracies {:.1} to {:.1} %", s.low, s.high),
    }));
    if rows.iter().all(|run| !has_learned(run)) {
        parts.push("all networks within 10 points of chance".to_owned());
    }
    parts.extend(runs.planned.map(|planned| format!("{} of {planned} runs", rows.len())));
    // Not a number is what a diverged run gives: the reader must know that it is missing.
    let lost = rows.iter().filter(|r| r.test_accuracy.is_nan()).count();
    parts.extend((lost > 0).then(|| format!("{lost} of {} runs left out: no number", rows.len())));
    format!("{}.", capital(&parts.join(", ")))
}

/// The number of different seeds: `5 seeds`.
pub fn seeds(rows: &[RunRow]) -> String {
    match seed_count(rows) {
        1 => "1 seed".to_owned(),
        n => format!("{n} seeds"),
    }
}

/// The number of different seeds.
pub fn seed_count(rows: &[RunRow]) -> usize {
    rows.iter().map(|r| r.seed).collect::<BTreeSet<_>>().len()
}

fn images(run: &RunRow) -> String {
    run.limit_train.map_or("all".to_owned(), |n| n.to_string())
}

/// Synthetic data must never pass for a data set of photographs.
fn data_set(name: &str) -> String {
    match name {
        "synthetic" => "synthetic data".to_owned(),
        "synthetic16" => "synthetic data, 16 x 16 pixels".to_owned(),
        other => other.to_owned(),
    }
}

/// The different non-empty values, in ascending order; of numbers, as numbers.
pub(crate) fn distinct(values: impl Iterator<Item = String>) -> String {
    let set: BTreeSet<String> = values.filter(|v| !v.is_empty()).collect();
    let mut distinct: Vec<String> = set.into_iter().collect();
    let number = |text: &String| text.parse().unwrap_or(f64::INFINITY);
    distinct.sort_by(|a, b| number(a).total_cmp(&number(b)));
    distinct.join("/")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}
