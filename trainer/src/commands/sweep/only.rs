//! `--only KEY=VALUE`: the runs of a plan with a value in a column.

use std::collections::BTreeSet;
use std::str::FromStr;

use swast_tables::usage::UsageError;

use crate::plan::Cell;

/// A column and the value that it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Only {
    key: String,
    value: String,
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((key, value)) = text.split_once('=') else {
            return Err("give KEY=VALUE, such as prune-rate=0.9".to_owned());
        };
        // Columns of tables and flags differ in this alone.
        Ok(Self { key: key.replace('_', "-"), value: value.to_owned() })
    }
}

/// Those of `cells` that have the values of all of `only`.
///
/// # Errors
/// When no cell has such a column, or none such values.
pub(super) fn those(cells: Vec<Cell>, only: &[Only]) -> Result<Vec<Cell>, UsageError> {
    if only.is_empty() {
        return Ok(cells);
    }
    let columns: Vec<Vec<(String, String)>> = cells.iter().map(Cell::columns).collect();
    let names: BTreeSet<&str> = columns.iter().flatten().map(|(key, _)| key.as_str()).collect();
    if let Some(Only { key, .. }) = only.iter().find(|only| !names.contains(&*only.key)) {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        return Err(UsageError(format!("--only {key}: no such column; there are {names}")));
    }
    let has = |columns: &[(String, String)], only: &Only| {
        columns.iter().any(|(key, value)| *key == only.key && is_same(value, &only.value))
    };
    let fits = |columns: &[(String, String)]| only.iter().all(|only| has(columns, only));
    let kept: Vec<Cell> =
        cells.into_iter().zip(&columns).filter(|(_, c)| fits(c)).map(|(cell, _)| cell).collect();
    if kept.is_empty() {
        return Err(UsageError("--only: no run of the plan is like this; see --list".to_owned()));
    }
    Ok(kept)
}

/// Whether two cells are equal, as numbers where both are.
fn is_same(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libtorch::arithmetic::Precision;
    use crate::plan::{Changes, Known, Profile, Sweep};

    #[test]
    fn runs_are_chosen_by_any_column() {
        let (dataset, changes) = (swast_datasets::DatasetKind::default(), Changes::default());
        let known = Known {
            profile: Profile::Quick,
            dataset,
            resolution: None,
            precision: Precision::Fp32,
            changes,
        };
        let cells: Vec<Cell> = (0..2).flat_map(|seed| known.cells(Sweep::Figure6, seed)).collect();
        let count = |only: &[&str]| {
            let only: Vec<Only> = only.iter().map(|text| text.parse().unwrap()).collect();
            those(cells.clone(), &only).map(|cells| cells.len()).map_err(|error| error.to_string())
        };
        assert_eq!(count(&[]), Ok(20));
        assert_eq!(count(&["prune_rate=0.90"]), Ok(8));
        assert_eq!(count(&["prune-rate=0.9", "seed=1", "variant=cut"]), Ok(2));
        assert_eq!(count(&["artifact=figure6"]), Ok(20));
        assert!(count(&["variant=trim"]).unwrap_err().contains("--list"));
        assert!(count(&["colour=red"]).unwrap_err().contains("prune-rate"));
        assert!("seed".parse::<Only>().is_err());
    }
}
