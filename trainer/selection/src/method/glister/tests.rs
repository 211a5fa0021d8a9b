//! GLISTER against the definition: gradients written out, and validation logits computed again from the whole
//! step.

use ndarray::{Array1, Array2, Axis};
use proptest::prelude::*;
use rand::RngExt;

use super::*;
use crate::{Evidence, Moment, Selector, Validation};

const CLASSES: usize = 3;

/// What a network says of some samples.
struct Outputs {
    features: Array2<f64>,
    probabilities: Array2<f64>,
}

impl Outputs {
    fn evidence(&self) -> Evidence<'_, f64> {
        let (features, probabilities) = (Some(&self.features), Some(&self.probabilities));
        Evidence { features, probabilities, ..Evidence::default() }
    }
}

/// Random outputs of `count` samples with 4 features, and labels.
fn outputs(count: usize, seed: u64) -> (Vec<u16>, Outputs) {
    let mut draw = stream(seed, "test", 0);
    let labels = (0..count).map(|_| draw.random_range(0..CLASSES as u16)).collect();
    let features = Array2::from_shape_simple_fn((count, 4), || draw.random::<f64>() * 2.0 - 0.5);
    let mut probabilities =
        Array2::from_shape_simple_fn((count, CLASSES), || (draw.random::<f64>() * 4.0).exp());
    probabilities.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
    (labels, Outputs { features, probabilities })
}

/// The gradients `[r | r_0 h | r_1 h | ..]` or `r`, written out.
fn gradients(labels: &[u16], outputs: &Outputs, part: LastLayer) -> Array2<f64> {
    let mut errors = outputs.probabilities.clone();
    for (mut row, &label) in errors.rows_mut().into_iter().zip(labels) {
        row[usize::from(label)] -= 1.0;
    }
    if part == LastLayer::Bias {
        return errors;
    }
    let width = outputs.features.ncols();
    let products = Array2::from_shape_fn((labels.len(), CLASSES * width), |(sample, entry)| {
        errors[[sample, entry / width]] * outputs.features[[sample, entry % width]]
    });
    ndarray::concatenate![Axis(1), errors, products]
}

/// The definition, naively: v from `softmax(z - rate (G_b + G_W h))` with all of G, and all candidates.
fn reference(
    own: (&[u16], &Outputs),
    held_out: (&[u16], &Outputs),
    (part, rate, budget): (LastLayer, f64, usize),
) -> Vec<u32> {
    let candidates = gradients(own.0, own.1, part);
    let mut sum = Array1::<f64>::zeros(candidates.ncols());
    let mut chosen = Vec::new();
    for _ in 0..budget {
        let features = held_out.1.features.clone();
        let mut moved = Outputs { probabilities: held_out.1.probabilities.clone(), features };
        for (mut row, feature) in
            moved.probabilities.rows_mut().into_iter().zip(held_out.1.features.rows())
        {
            for class in 0..CLASSES {
                let mut step = sum[class];
                if part == LastLayer::Full {
                    let start = CLASSES + class * feature.len();
                    step += feature.dot(&sum.slice(ndarray::s![start..start + feature.len()]));
                }
                row[class] = (row[class].ln() - rate * step).exp();
            }
            row /= row.sum();
        }
        let direction = gradients(held_out.0, &moved, part).mean_axis(Axis(0)).unwrap();
        let gains = candidates.dot(&direction);
        let open = (0..own.0.len()).rev().filter(|sample| !chosen.contains(&(*sample as u32)));
        let best = open.max_by(|&a, &b| gains[a].total_cmp(&gains[b])).unwrap();
        sum += &candidates.row(best);
        chosen.push(best as u32);
    }
    chosen
}

fn pool<'a>(
    labels: &'a [u16],
    outputs: &'a Outputs,
    held_out: &'a (Vec<u16>, Outputs),
) -> Pool<'a, f64> {
    let validation = Some(Validation { labels: &held_out.0, evidence: held_out.1.evidence() });
    Pool { evidence: outputs.evidence(), validation, ..Pool::labelled(labels, CLASSES) }
}

const NAIVE: Glister = Glister {
    gradient: LastLayer::Bias,
    greedy: Greedy::Naive,
    scope: Scope::Global,
    compat: Compat::None,
};

/// `pool` in a run of this initial learning `rate`.
fn at(pool: Pool<f64>, rate: f64) -> Pool<f64> {
    Pool { moment: Moment { rate, ..pool.moment }, ..pool }
}

proptest! {
    #[test]
    fn every_step_is_that_of_the_definition(
        seed in any::<u64>(), count in 4usize..30, rate in 0.01..2.0f64, full in any::<bool>(),
    ) {
        let gradient = if full { LastLayer::Full } else { LastLayer::Bias };
        let ((labels, own), held_out) = (outputs(count, seed), outputs(17, !seed));
        let pool = pool(&labels, &own, &held_out);
        let budget = count / 2;
        let found = Glister { gradient, ..NAIVE }.select(&at(pool, rate), budget).unwrap();
        let expected =
            reference((&labels, &own), (&held_out.0, &held_out.1), (gradient, rate, budget));
        prop_assert_eq!(found.indices, expected);
        prop_assert!(found.weights.iter().all(|weight| *weight == 1.0));
    }
}

#[test]
fn where_nothing_moves_the_best_aligned_are_chosen() {
    let ((labels, own), held_out) = (outputs(30, 3), outputs(17, 4));
    let direction =
        gradients(&held_out.0, &held_out.1, LastLayer::Full).mean_axis(Axis(0)).unwrap();
    let explicit = gradients(&labels, &own, LastLayer::Full);
    let gains = explicit.dot(&direction);
    let mut expected: Vec<u32> = (0..30).collect();
    expected.sort_by(|&a, &b| gains[b as usize].total_cmp(&gains[a as usize]));
    // From gradients given row by row.
    let held_out_rows = gradients(&held_out.0, &held_out.1, LastLayer::Full);
    let rows = |gradients| Evidence { gradients: Some(gradients), ..Evidence::default() };
    let validation = Validation { labels: &held_out.0, evidence: rows(&held_out_rows) };
    let given = Pool {
        evidence: rows(&explicit),
        validation: Some(validation),
        ..Pool::labelled(&labels, CLASSES)
    };
    assert_eq!(NAIVE.select(&given, 10).unwrap().indices, expected[..10]);
    // And with a step too small to matter.
    let full = Glister { gradient: LastLayer::Full, ..NAIVE };
    let small = at(pool(&labels, &own, &held_out), 1e-12);
    assert_eq!(full.select(&small, 10).unwrap().indices, expected[..10]);
    let narrow = Pool { validation: None, ..given };
    assert!(NAIVE.select(&narrow, 10).is_ok());
    let other = Validation { evidence: rows(&own.features), labels: &labels };
    let error = NAIVE.select(&Pool { validation: Some(other), ..given }, 10).unwrap_err();
    assert!(matches!(error, SelectError::ValidationColumns { columns: 4, expected: 15 }));
}

fn drawn(pool: &Pool<f64>, seed: u64) -> Vec<u32> {
    let selector = Glister { greedy: Greedy::Stochastic, ..NAIVE };
    selector.select(&Pool { moment: Moment { seed, ..pool.moment }, ..*pool }, 10).unwrap().indices
}

#[test]
fn a_drawn_candidate_is_among_the_best_hundredth_as_often_as_it_should() {
    // 600 draws of the first of 10 out of 1000: 460 candidates are drawn, so the best 10 are all missed with
    // probability C(990, 460) / C(1000, 460) = 0.0021.
    let (labels, own) = outputs(1000, 8);
    let held_out = outputs(40, 9);
    let pool = pool(&labels, &own, &held_out);
    let best = NAIVE.select(&pool, 1).unwrap().indices[0];
    let hits = (0..600).filter(|&seed| drawn(&pool, seed)[0] == best).count();
    // Expected 276 hits of the very best, deviation 12.2: within 5 sigma.
    assert!((215..=337).contains(&hits), "{hits}");
    assert_eq!(drawn(&pool, 1), drawn(&pool, 1));
    assert_ne!(drawn(&pool, 1), drawn(&pool, 2));
}

#[test]
fn a_class_looks_at_its_own_validation_samples_or_else_at_all() {
    let (labels, own) = outputs(40, 5);
    let (mut validation_labels, validation) = outputs(20, 6);
    validation_labels.iter_mut().for_each(|label| *label = (*label).min(1));
    let held_out = (validation_labels, validation);
    let per_class = Glister { scope: Scope::PerClass, ..NAIVE };
    let found = per_class.select(&pool(&labels, &own, &held_out), 12).unwrap().indices;
    let mut start = 0;
    for class in 0..CLASSES as u16 {
        let part = |labels: &[u16], outputs: &Outputs, keep: &dyn Fn(u16) -> bool| {
            let rows: Vec<usize> = (0..labels.len()).filter(|&row| keep(labels[row])).collect();
            let labels: Vec<u16> = rows.iter().map(|&row| labels[row]).collect();
            let features = outputs.features.select(Axis(0), &rows);
            let probabilities = outputs.probabilities.select(Axis(0), &rows);
            (rows, labels, Outputs { features, probabilities })
        };
        let (rows, own_labels, own) = part(&labels, &own, &|label| label == class);
        let (_, labels_out, out) =
            part(&held_out.0, &held_out.1, &|label| class == 2 || label == class);
        let quota = found[start..].iter().take_while(|&&s| labels[s as usize] == class).count();
        let expected =
            reference((&own_labels, &own), (&labels_out, &out), (LastLayer::Bias, 0.05, quota));
        let expected: Vec<u32> =
            expected.iter().map(|&place| rows[place as usize] as u32).collect();
        assert_eq!(found[start..start + quota], expected);
        start += quota;
    }
    assert_eq!(start, 12);
}
