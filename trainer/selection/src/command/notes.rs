//! What a coreset lacks although it is as asked for: lines for stderr.

use super::inputs::classes_of;
use crate::quota::{class_sizes, quotas};
use crate::{Coreset, Spec};
use swast_tables::spec::Given;

/// Classes that are named; of more, their number.
const NAMED: usize = 5;

/// What the `coreset` that `spec` chose among rows with these `labels` lacks.
pub(super) fn notes(coreset: &Coreset, labels: &[u16], spec: &Spec) -> Vec<String> {
    weightless(coreset).into_iter().chain(absent(coreset, labels, spec)).collect()
}

/// Whether half the weights or more are 0.
fn weightless(coreset: &Coreset) -> Option<String> {
    let all = coreset.weights.len();
    let above = coreset.weights.iter().filter(|weight| **weight > 0.0).count();
    let zero = all - above;
    if zero == 0 || zero < above {
        return None;
    }
    Some(if above == 0 {
        format!(
            "note: all {all} weights are 0: the gradients sum to 0, nothing to match; give those of a network that \
             still errs, or take another --method"
        )
    } else {
        let rows = if above == 1 { "row has" } else { "rows have" };
        format!(
            "note: {zero} of {all} weights are 0: only {above} {rows} a weight above 0; the others train nothing, a \
             lower --budget is enough"
        )
    })
}

/// The classes with rows, but without a chosen one.
fn absent(coreset: &Coreset, labels: &[u16], spec: &Spec) -> Option<String> {
    let classes = classes_of(labels);
    let (sizes, mut chosen) = (class_sizes(labels, classes), vec![false; classes]);
    coreset.indices.iter().for_each(|&row| chosen[usize::from(labels[row as usize])] = true);
    let missing: Vec<usize> = (0..classes).filter(|&c| sizes[c] > 0 && !chosen[c]).collect();
    if missing.is_empty() {
        return None;
    }
    let named = |&class: &usize| {
        let rows = if sizes[class] == 1 { "row" } else { "rows" };
        format!("{class} ({} {rows})", sizes[class])
    };
    let mut list: Vec<String> = missing.iter().take(NAMED).map(named).collect();
    if missing.len() > NAMED {
        list.push(format!("{} more", missing.len() - NAMED));
    }
    let subject = if missing.len() == 1 { "class" } else { "classes" };
    let verb = if missing.len() == 1 { "gets" } else { "get" };
    let cure = cure(&sizes, coreset.indices.len(), spec);
    Some(format!("note: {subject} {} {verb} no row; {cure}", list.join(", ")))
}

/// What gives each of the classes of these `sizes` a row, where `budget` rows chosen by `spec` do not.
fn cure(sizes: &[usize], budget: usize, spec: &Spec) -> String {
    let text = spec.to_string();
    let rounds_otherwise = text.contains("compat=");
    let enough = if rounds_otherwise { due_to_each(sizes) } else { budget_for_each(sizes, budget) };
    let within = spec.per_class().and_then(|(key, value)| {
        let options = vec![(key.to_owned(), value.to_owned())];
        let given = Given { name: spec.name().to_owned(), options };
        spec.with(&given).and_then(Spec::settled).ok()
    });
    match within {
        Some(within) if within == *spec => format!("--budget {enough} gives each class one"),
        // Where the option is given, the flag would be refused.
        Some(_) if !rounds_otherwise && !text.contains("matching=") => {
            format!("--per-class with --budget {enough} gives each class one")
        }
        _ => "raise --budget".to_owned(),
    }
}

/// A budget that gives every class with rows at least one, however shares are rounded.
fn due_to_each(sizes: &[usize]) -> usize {
    let smallest = sizes.iter().copied().filter(|&size| size > 0).min().unwrap_or(1);
    sizes.iter().sum::<usize>().div_ceil(smallest)
}

/// A budget from `least` on, near the smallest, that gives every class with rows one.
fn budget_for_each(sizes: &[usize], least: usize) -> usize {
    let serves = |budget| sizes.iter().zip(quotas(sizes, budget)).all(|(&s, q)| s == 0 || q > 0);
    if serves(least) {
        return least;
    }
    let (mut less, mut enough) = (least, due_to_each(sizes));
    while enough - less > 1 {
        let middle = less.midpoint(enough);
        if serves(middle) {
            enough = middle;
        } else {
            less = middle;
        }
    }
    enough
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_0_are_counted_where_they_are_half_or_more() {
        let said = |weights: &[f64]| {
            let indices = (0..weights.len() as u32).collect();
            weightless(&Coreset { indices, weights: weights.to_vec() }).unwrap_or_default()
        };
        assert_eq!(said(&[1.0, 0.0, 2.0]), "");
        assert!(said(&[0.0, 3.0]).starts_with("note: 1 of 2 weights are 0: only 1 row has"));
        assert!(said(&[0.0; 3]).contains("all 3 weights are 0: the gradients sum to 0"));
    }

    #[test]
    fn classes_without_a_row_are_named_with_a_budget_that_serves_them() {
        let labels: Vec<u16> = [vec![0; 90], vec![2; 8], vec![3; 2]].concat();
        let coreset = Coreset::unweighted(vec![0, 1, 2]);
        let said = |spec: &str| {
            let given = Given::parse(spec).unwrap();
            let spec = Spec::named(&given.name).unwrap().with(&given).unwrap();
            notes(&coreset, &labels, &spec).join("\n")
        };
        let by_class = said("moderate:scope=per-class");
        assert!(by_class.starts_with("note: classes 2 (8 rows), 3 (2 rows) get no row; --budget "));
        let budget = budget_for_each(&[90, 0, 8, 2], 3);
        assert!(by_class.ends_with(&format!("--budget {budget} gives each class one")));
        assert!(quotas(&[90, 0, 8, 2], budget).iter().filter(|quota| **quota > 0).count() == 3);
        assert!(budget < due_to_each(&[90, 0, 8, 2]));
        assert!(said("moderate").contains("; --per-class with --budget "));
        assert!(said("margin").ends_with("; raise --budget"));
        assert!(said("craig:scope=per-class,compat=deepcore").contains("--budget 50 gives"));
        assert!(
            notes(&Coreset::unweighted(vec![0, 95, 99]), &labels, &Spec::named("random").unwrap())
                .is_empty()
        );
        let many: Vec<u16> = (0..9).collect();
        let random = Spec::named("random").unwrap();
        let line = notes(&coreset, &many, &random).remove(0);
        assert!(line.contains("7 (1 row), 1 more get no row"), "{line}");
    }
}
