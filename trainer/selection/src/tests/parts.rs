//! Selectors that look at each sample by itself: a pool may be scored in parts.

use super::*;

#[test]
fn scores_of_parts_choose_what_the_whole_pool_does() {
    let (labels, outputs) = (labels(), outputs());
    let whole = pool(&labels, &outputs, 4);
    let mut found = 0;
    for spec in Spec::all() {
        let selector = spec.selector::<f32>();
        if !selector.is_by_sample() {
            continue;
        }
        found += 1;
        let mut scores = Vec::new();
        for first in (0..labels.len()).step_by(7) {
            let rows: Vec<usize> = (first..labels.len().min(first + 7)).collect();
            let part = Outputs {
                features: outputs.features.select(ndarray::Axis(0), &rows),
                probabilities: outputs.probabilities.select(ndarray::Axis(0), &rows),
            };
            let labels = &labels[first..first + rows.len()];
            let part = Pool { labels, evidence: part.evidence(), ..whole };
            scores.extend(selector.scores(&part).unwrap());
        }
        let evidence = Evidence { scores: Some(&scores), ..Evidence::default() };
        let of_scores = selector.select(&Pool { evidence, ..whole }, 15).unwrap();
        assert_eq!(of_scores, selector.select(&whole, 15).unwrap(), "{spec}");
        let evidence = Evidence { scores: Some(&scores[1..]), ..Evidence::default() };
        assert!(selector.select(&Pool { evidence, ..whole }, 15).is_err(), "{spec}");
    }
    assert_eq!(found, 5, "el2n, grand, margin, entropy, least-confidence");
}
