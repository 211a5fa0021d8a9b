//! A pool may be seen in parts, where a selector says so.

use ndarray::Axis;

use super::*;
use crate::Parts;
use crate::quota::{Scope, groups};

/// The rows of a part of a pool: their labels and what is known of them.
struct Part {
    labels: Vec<u16>,
    outputs: Outputs,
}

impl Part {
    fn of(labels: &[u16], outputs: &Outputs, rows: &[usize]) -> Self {
        let features = outputs.features.select(Axis(0), rows);
        let probabilities = outputs.probabilities.select(Axis(0), rows);
        let labels = rows.iter().map(|&row| labels[row]).collect();
        Self { labels, outputs: Outputs { features, probabilities } }
    }

    fn pool<'a>(&'a self, whole: &Pool<'a>) -> Pool<'a> {
        Pool { labels: &self.labels, evidence: self.outputs.evidence(), ..*whole }
    }
}

/// The rows of each class.
fn classes(labels: &[u16]) -> Vec<(Vec<usize>, usize)> {
    let groups = groups(labels, 4, Scope::PerClass, 15);
    let rows = |rows: Vec<u32>| rows.into_iter().map(|row| row as usize).collect();
    groups.into_iter().map(|group| (rows(group.rows), group.quota)).collect()
}

fn selectors(parts: Parts) -> Vec<(String, Box<dyn Selector>)> {
    let specs = ["craig:scope=global", "herding:scope=global", "k-center:scope=per-class"];
    let more = specs.map(|text| text.parse::<Spec>().unwrap());
    let matching =
        ["moderate:scope=per-class,centre=mean", "gradmatch:matching=per-class-gradient"];
    let more = more.into_iter().chain(matching.map(|text| text.parse().unwrap()));
    let all = Spec::all().into_iter().chain(more).map(|spec| (spec.to_string(), spec.selector()));
    all.filter(|(_, selector)| selector.parts() == parts).collect()
}

#[test]
fn scores_of_parts_choose_what_the_whole_pool_does() {
    let (labels, outputs) = (labels(), outputs());
    let whole = pool(&labels, &outputs, 4);
    let any: Vec<Vec<usize>> =
        (0..labels.len()).collect::<Vec<_>>().chunks(7).map(<[_]>::to_vec).collect();
    let by_class: Vec<Vec<usize>> = classes(&labels).into_iter().map(|(rows, _)| rows).collect();
    for (parts, split, count) in [(Parts::Samples, any, 5), (Parts::ScoredClasses, by_class, 2)] {
        let selectors = selectors(parts);
        assert_eq!(
            selectors.len(),
            count,
            "el2n, grand, margin, entropy, least-confidence; moderate"
        );
        for (spec, selector) in selectors {
            let mut scores = vec![f64::NAN; labels.len()];
            for rows in &split {
                let part = Part::of(&labels, &outputs, rows);
                let own = selector.scores(&part.pool(&whole)).unwrap();
                rows.iter().zip(own).for_each(|(&row, score)| scores[row] = score);
            }
            let evidence = Evidence { scores: Some(&scores), ..Evidence::default() };
            let of_scores = selector.select(&Pool { evidence, ..whole }, 15).unwrap();
            assert_eq!(of_scores, selector.select(&whole, 15).unwrap(), "{spec}");
            let evidence = Evidence { scores: Some(&scores[1..]), ..Evidence::default() };
            assert!(selector.select(&Pool { evidence, ..whole }, 15).is_err(), "{spec}");
        }
    }
}

#[test]
fn coresets_of_classes_make_up_that_of_the_whole_pool() {
    let (labels, outputs) = (labels(), outputs());
    let selectors = selectors(Parts::Classes);
    assert_eq!(selectors.len(), 5, "craig, herding, k-center per class, gradmatch in two ways");
    for (spec, selector) in selectors {
        check_classes(&spec, &*selector, &labels, &outputs);
    }
    // Gradients of 0 make up nothing, so that places are left empty in three of the classes.
    let mut settled = outputs;
    for (mut row, &label) in settled.probabilities.rows_mut().into_iter().zip(&labels) {
        if label > 0 {
            row.fill(0.0);
            row[usize::from(label)] = 1.0;
        }
    }
    let selector = "gradmatch".parse::<Spec>().unwrap().selector();
    let coreset = check_classes("gradmatch", &*selector, &labels, &settled);
    assert!(coreset.weights.ends_with(&[1.0; 5]), "{coreset:?}");
}

/// Checks that coresets of the classes, joined and filled up, are that of the whole pool, which it answers.
fn check_classes(
    spec: &str,
    selector: &dyn Selector,
    labels: &[u16],
    outputs: &Outputs,
) -> Coreset {
    let whole = pool(labels, outputs, 4);
    let mut joined = Coreset { indices: Vec::new(), weights: Vec::new() };
    for (rows, quota) in classes(labels) {
        let part = Part::of(labels, outputs, &rows);
        let own = selector.select_class(&part.pool(&whole), quota).unwrap();
        joined.indices.extend(own.indices.iter().map(|&place| rows[place as usize] as u32));
        joined.weights.extend(own.weights);
    }
    selector.fill(&mut joined, &whole, 15);
    assert_eq!(joined, selector.select(&whole, 15).unwrap(), "{spec}");
    joined
}
