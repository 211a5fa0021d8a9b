//! The selectors against NumPy and SciPy (`tests/golden/selector/make.py`), and what all of them share.

use std::path::PathBuf;

use clap::ValueEnum;
use ndarray::{Array1, Array2};
use ndarray_npy::read_npy;
use proptest::prelude::*;

use super::*;
use crate::gradients::LastLayer;
use crate::method::forgetting::History;
use crate::method::glister::Greedy;
use crate::method::gradmatch::{GradMatch, Matching, Shortfall};
use crate::method::moderate::{Centre, Moderate};
use crate::quota::Scope;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/selector").join(name)
}

fn labels() -> Vec<u16> {
    let labels: Array1<i64> = read_npy(golden("labels.npy")).unwrap();
    labels.iter().map(|&label| u16::try_from(label).unwrap()).collect()
}

fn outputs() -> Outputs {
    Outputs {
        features: read_npy(golden("features.npy")).unwrap(),
        probabilities: read_npy(golden("probabilities.npy")).unwrap(),
    }
}

fn widened(outputs: &Outputs) -> Outputs<f64> {
    Outputs {
        features: outputs.features.mapv(f64::from),
        probabilities: outputs.probabilities.mapv(f64::from),
    }
}

/// GradMatch over all samples, without a ridge and without random fillers.
const PLAIN: GradMatch = GradMatch {
    ridge: 0.0,
    matching: Matching::Global,
    batch_size: 7,
    shortfall: Shortfall::WeightZero,
    compat: None,
};

fn expected(name: &str) -> Coreset {
    let mut reader = csv::Reader::from_path(golden(name)).unwrap();
    let rows: Vec<(u32, f64)> = reader.deserialize().map(|row| row.unwrap()).collect();
    let (indices, weights) = rows.into_iter().unzip();
    Coreset { indices, weights }
}

fn pool<'a, E: crate::kernel::dot::Element>(
    labels: &'a [u16],
    outputs: &'a Outputs<E>,
    epoch: u32,
) -> Pool<'a, E> {
    let outputs = Some(outputs);
    Pool { outputs, seed: 1, epoch, epochs: 10, ..Pool::labelled(labels, 4) }
}

#[track_caller]
fn assert_close(found: &Coreset, expected: &Coreset) {
    assert_eq!(found.indices, expected.indices);
    for (found, expected) in found.weights.iter().zip(&expected.weights) {
        assert!((found - expected).abs() <= 1e-8 * expected.abs(), "{found} for {expected}");
    }
}

#[test]
fn gradmatch_agrees_with_scipy_from_gradients_and_from_their_factors() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let gradients: Array2<f64> = read_npy(golden("gradients.npy")).unwrap();
    assert!(!gradients.is_standard_layout(), "the file is in Fortran order");
    let pool = pool(&labels, &outputs, 1);
    let given = Pool { outputs: None, gradients: Some(&gradients), ..pool };
    for (ridge, matching, budget, file) in [
        (0.0, Matching::Global, 20, "gradmatch_ridge_0.csv"),
        (0.5, Matching::Global, 20, "gradmatch_ridge_half.csv"),
        (0.0, Matching::PerClass, 26, "gradmatch_per_class_ridge_0.csv"),
        (0.5, Matching::PerClass, 26, "gradmatch_per_class_ridge_half.csv"),
        (0.0, Matching::Global, 50, "gradmatch_exhausted.csv"),
    ] {
        let selector = GradMatch { ridge, matching, ..PLAIN };
        assert_close(&selector.select(&pool, budget).unwrap(), &expected(file));
        assert_close(&selector.select(&given, budget).unwrap(), &expected(file));
    }
}

#[test]
fn a_shortfall_in_training_is_made_up_by_random_samples_of_weight_one() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let selector = GradMatch { shortfall: Shortfall::RandomWeightOne, ..PLAIN };
    let select = |epoch| selector.select(&pool(&labels, &outputs, epoch), 50).unwrap();
    let expected = expected("gradmatch_exhausted.csv");
    let pursued = expected.weights.iter().filter(|weight| **weight > 0.0).count();
    let coreset = select(1);
    assert_eq!(coreset.indices[..pursued], expected.indices[..pursued]);
    assert!(coreset.weights[pursued..].iter().all(|weight| *weight == 1.0));
    assert_eq!(select(1), coreset);
    assert_ne!(select(2).indices[pursued..], coreset.indices[pursued..]);
}

#[test]
fn every_sample_left_is_as_likely_to_make_up_a_shortfall_as_any_other() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let selector = GradMatch { shortfall: Shortfall::RandomWeightOne, ..PLAIN };
    let pursued = expected("gradmatch_exhausted.csv").weights.iter().filter(|w| **w > 0.0).count();
    let (draws, mut counts) = (1000, vec![0_u32; labels.len()]);
    for epoch in 1..=draws {
        let coreset = selector.select(&pool(&labels, &outputs, epoch), 50).unwrap();
        coreset.indices[pursued..].iter().for_each(|&index| counts[index as usize] += 1);
    }
    let free = labels.len() - pursued;
    let share = (50 - pursued) as f64 / free as f64;
    assert!(0.0 < share && share < 1.0, "{share}");
    let deviation = (f64::from(draws) * share * (1.0 - share)).sqrt();
    let drawn: Vec<u32> = counts.into_iter().filter(|count| *count > 0).collect();
    assert_eq!(drawn.len(), free);
    for count in drawn {
        let surprise = (f64::from(count) - f64::from(draws) * share) / deviation;
        assert!(surprise.abs() < 5.0, "{count} of {draws}, {share}");
    }
}

#[test]
fn moderate_agrees_with_numpy() {
    let (labels, outputs) = (labels(), outputs());
    for (centre, name) in [(Centre::Median, "median"), (Centre::Mean, "mean")] {
        for (scope, suffix) in [(Scope::Global, ""), (Scope::PerClass, "_per_class")] {
            let coreset = Moderate { centre, scope }.select(&pool(&labels, &outputs, 1), 15);
            let expected = expected(&format!("moderate_{name}{suffix}.csv"));
            assert_eq!(coreset.unwrap().indices, expected.indices, "{name}{suffix}");
        }
    }
}

#[test]
fn el2n_agrees_with_numpy_and_turns_round_at_half_time() {
    let (labels, outputs) = (labels(), outputs());
    let el2n = build::<f32>(Kind::El2n, Options::TRAINING);
    for (epoch, file) in [(4, "el2n_highest.csv"), (5, "el2n_lowest.csv"), (10, "el2n_lowest.csv")]
    {
        let coreset = el2n.select(&pool(&labels, &outputs, epoch), 15).unwrap();
        assert_eq!(coreset.indices, expected(file).indices, "epoch {epoch}");
    }
}

#[test]
fn el2n_passes_over_the_ranks_below_its_offset() {
    let (labels, outputs) = (labels(), outputs());
    let select = |el2n_offset, budget| {
        let options = Options { el2n_offset, ..Options::TRAINING };
        build::<f32>(Kind::El2n, options).select(&pool(&labels, &outputs, 1), budget)
    };
    let (samples, ascending) = (labels.len(), select(Some(0), labels.len()).unwrap().indices);
    // The lowest are those that NumPy finds, the highest ones at the largest offset; the authors keep ascending order.
    assert_eq!(ascending[..15], expected("el2n_lowest.csv").indices);
    let mut highest = select(Some(samples - 15), 15).unwrap().indices;
    assert_eq!(highest, ascending[samples - 15..]);
    highest.reverse();
    assert_eq!(highest, expected("el2n_highest.csv").indices);
    assert_eq!(select(Some(7), 15).unwrap().indices, ascending[7..22]);
    let error = select(Some(samples - 14), 15).unwrap_err();
    assert_eq!(error, SelectError::Offset { offset: samples - 14, budget: 15, samples });
    assert!(error.to_string().contains("up to 45"), "{error}");
}

#[test]
fn every_other_selector_agrees_with_numpy() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let pool = pool(&labels, &outputs, 1);
    let global = Options {
        craig_scope: Scope::Global,
        gradient: LastLayer::Full,
        greedy: Greedy::Naive,
        rate: 0.5,
        shortfall: Shortfall::WeightZero,
        ..Options::TRAINING
    };
    let bias = Options { gradient: LastLayer::Bias, ..global };
    let classes = Options { craig_scope: Scope::PerClass, ..bias };
    let matching = |matching, ridge| Options { matching, ridge, batch_size: 7, ..global };
    for (kind, options, budget, file) in [
        (Kind::Craig, global, 12, "craig"),
        (Kind::Craig, classes, 15, "craig_bias_per_class"),
        (Kind::Craig, Options { gradient: LastLayer::Full, ..classes }, 15, "craig_full_per_class"),
        (
            Kind::Craig,
            Options { compat: Some(Compat::Cords), ..bias },
            15,
            "craig_squared_per_class",
        ),
        (Kind::Glister, bias, 12, "glister_bias"),
        (Kind::Glister, global, 12, "glister_full"),
        (Kind::KCenter, global, 12, "k_center"),
        (Kind::Herding, global, 15, "herding_per_class"),
        (Kind::Grand, global, 15, "grand"),
        (Kind::Entropy, global, 15, "entropy"),
        (
            Kind::GradMatch,
            matching(Matching::PerClassGradient, 0.5),
            15,
            "gradmatch_per_class_gradient",
        ),
        (Kind::GradMatch, matching(Matching::PerBatch, 0.0), 20, "gradmatch_per_batch"),
        (
            Kind::GradMatch,
            Options { compat: Some(Compat::Deepcore), ..matching(Matching::PerClass, 1.0) },
            18,
            "gradmatch_deepcore",
        ),
    ] {
        let found = build(kind, options).select(&pool, budget).unwrap();
        assert_close(&found, &expected(&format!("{file}.csv")));
    }
}

#[test]
fn the_choices_of_other_codes_are_followed_where_they_are_choices() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let pool = pool(&labels, &outputs, 1);
    let craig = |compat| {
        build(Kind::Craig, Options { compat, ..Options::TRAINING }).select(&pool, 15).unwrap()
    };
    // DeepCore: plain distances, one more than the cluster sizes, in order of index.
    let (ours, deepcore) = (craig(None), craig(Some(Compat::Deepcore)));
    assert!(deepcore.indices.is_sorted());
    let weight = |index: &u32| ours.weights[ours.indices.iter().position(|i| i == index).unwrap()];
    let shared: Vec<&u32> = deepcore.indices.iter().filter(|i| ours.indices.contains(i)).collect();
    assert!(shared.len() > 10);
    assert_eq!(deepcore.weights.iter().sum::<f64>(), 60.0 + deepcore.indices.len() as f64);
    assert!(ours.weights.iter().sum::<f64>() == 60.0 && shared.iter().all(|i| weight(i) >= 0.0));
    // The authors': a mean weight of 1, and budgets rounded up.
    let authors = craig(Some(Compat::Craig));
    let sum: f64 = authors.weights.iter().sum();
    assert!((sum - authors.weights.len() as f64).abs() < 1e-9 && authors.weights.len() > 15);

    // The weights of the solver of CORDS that stops in time; then random samples of weight 1.
    let options = Options { compat: Some(Compat::Cords), ridge: 0.5, ..Options::TRAINING };
    let found = build(Kind::GradMatch, options).select(&pool, 12).unwrap();
    let expected = expected("gradmatch_cords.csv");
    for (index, weight) in expected.indices.iter().zip(&expected.weights) {
        let place = found.indices.iter().position(|i| i == index).unwrap();
        assert!((found.weights[place] / weight - 1.0).abs() < 1e-6, "row {index}");
    }
    let others = found.indices.iter().zip(&found.weights);
    let mut others = others.filter(|(index, _)| !expected.indices.contains(index));
    assert!(others.all(|(_, weight)| *weight == 1.0));
    assert!(found.indices.len() >= 12);
}

#[test]
fn another_batch_makes_up_for_a_last_one_of_fewer_samples() {
    // Batches of 4, 4 and 2 samples; the last one has the largest gradients.
    let rows = Array2::from_shape_fn((10, 3), |(sample, column)| {
        f64::from(u8::from(sample / 4 == column)) * if column == 2 { 9.0 } else { 1.0 }
    });
    let labels = [0; 10];
    let pool = Pool { gradients: Some(&rows), ..Pool::labelled(&labels, 1) };
    let options =
        Options { matching: Matching::PerBatch, batch_size: 4, ridge: 0.0, ..Options::TRAINING };
    let found = build(Kind::GradMatch, options).select(&pool, 4).unwrap();
    assert_eq!(found, Coreset { indices: vec![8, 9, 0, 1], weights: vec![1.0; 4] });
    let whole = build(Kind::GradMatch, options).select(&pool, 2).unwrap();
    assert_eq!(whole, Coreset { indices: vec![8, 9], weights: vec![1.0; 2] });
}

#[test]
fn what_is_malformed_is_named() {
    let (labels, outputs) = (labels(), outputs());
    let mut spoilt = outputs.clone();
    spoilt.features[[7, 2]] = f32::NAN;
    spoilt.probabilities[[7, 2]] = f32::INFINITY;
    let good = pool(&labels, &outputs, 1);
    let samples = labels.len();
    let error = |kind, pool: &Pool, budget| {
        build::<f32>(kind, Options::TRAINING).select(pool, budget).unwrap_err()
    };
    for &kind in Kind::value_variants().iter().filter(|kind| **kind != Kind::Full) {
        assert_eq!(error(kind, &good, 0), SelectError::Budget { budget: 0, samples });
        let over = SelectError::Budget { budget: samples + 1, samples };
        assert_eq!(error(kind, &good, samples + 1), over);
    }
    for &kind in Kind::value_variants() {
        let few = Pool { classes: 2, ..good };
        assert!(matches!(error(kind, &few, 5), SelectError::Label { classes: 2, .. }));
        let empty = Pool { labels: &[], ..good };
        assert_eq!(error(kind, &empty, 5), SelectError::EmptyPool);
    }
    let blind_ones = [Kind::Full, Kind::Random, Kind::RandomRedrawn, Kind::Forgetting];
    for &kind in Kind::value_variants().iter().filter(|kind| !blind_ones.contains(kind)) {
        let blind = Pool { outputs: None, ..good };
        assert!(matches!(error(kind, &blind, 5), SelectError::Missing { .. }));
        let short = Pool { labels: &labels[1..], ..good };
        assert!(matches!(error(kind, &short, 5), SelectError::Rows { rows: 60, samples: 59, .. }));
        let spoilt = Pool { outputs: Some(&spoilt), ..good };
        assert!(matches!(error(kind, &spoilt, 5), SelectError::NotFinite { sample: 7, .. }));
    }
    for kind in [Kind::GradMatch, Kind::El2n, Kind::Craig, Kind::Glister, Kind::Margin] {
        let more = Pool { classes: 5, ..good };
        assert_eq!(error(kind, &more, 5), SelectError::Columns { columns: 4, classes: 5 });
    }
    let negative = Options { ridge: -1.0, ..Options::TRAINING };
    let error = build::<f32>(Kind::GradMatch, negative).select(&good, 5).unwrap_err();
    assert_eq!(error, SelectError::Ridge { ridge: "-1".to_owned() });
}

#[test]
fn gradients_too_large_to_square_are_an_error() {
    let gradients = Array2::from_shape_fn((3, 2), |(row, _)| 1e300 * row as f64);
    let pool = Pool { gradients: Some(&gradients), ..Pool::labelled(&[0; 3], 1) };
    for kind in [Kind::GradMatch, Kind::Craig, Kind::Grand] {
        let found = build::<f64>(kind, Options::TRAINING).select(&pool, 2);
        assert_eq!(found, Err(SelectError::Overflow { what: "gradients" }), "{kind}");
    }
}

/// Outputs of up to 40 samples in up to 5 classes, some of them empty.
fn any_pool() -> impl Strategy<Value = (Vec<u16>, Outputs)> {
    (1usize..40, 1usize..6, 1usize..5).prop_flat_map(|(samples, classes, width)| {
        let labels = prop::collection::vec(0..classes as u16, samples);
        let features = prop::collection::vec(-3.0..3.0f32, samples * width);
        let logits = prop::collection::vec(-4.0..4.0f32, samples * classes);
        (labels, features, logits).prop_map(move |(labels, features, logits)| {
            let mut probabilities =
                Array2::from_shape_vec((samples, classes), logits).unwrap().mapv(f32::exp);
            for mut row in probabilities.rows_mut() {
                row /= row.sum();
            }
            let features = Array2::from_shape_vec((samples, width), features).unwrap();
            (labels, Outputs { features, probabilities })
        })
    })
}

/// Every way of setting a selector up that keeps to the budget.
fn every_option() -> Vec<Options> {
    use crate::method::gradmatch::Matching::{Global, PerBatch, PerClass, PerClassGradient};
    let base = Options { batch_size: 5, ..Options::TRAINING };
    let scoped = |scope, matching, gradient, greedy| Options {
        matching,
        gradient,
        greedy,
        craig_scope: scope,
        glister_scope: scope,
        moderate_scope: scope,
        k_center_scope: scope,
        herding_scope: scope,
        ..base
    };
    vec![
        scoped(Scope::Global, Global, LastLayer::Full, Greedy::Naive),
        scoped(Scope::PerClass, PerClass, LastLayer::Full, Greedy::Stochastic),
        scoped(Scope::Global, PerBatch, LastLayer::Bias, Greedy::Stochastic),
        scoped(Scope::PerClass, PerClassGradient, LastLayer::Bias, Greedy::Naive),
    ]
}

proptest! {
    #[test]
    fn every_selector_keeps_the_budget_with_distinct_samples(
        (labels, outputs) in any_pool(), share in 0.0..1.0f64, epoch in 1u32..11,
    ) {
        let budget = 1 + (share * labels.len() as f64) as usize;
        let classes = outputs.probabilities.ncols();
        let answers = outputs.features.mapv(|feature| f32::from(u8::from(feature > 0.0)));
        let history = History::of(&answers.view());
        let history = Some(&history);
        let pool = Pool { classes, history, ..pool(&labels, &outputs, epoch) };
        for &kind in Kind::value_variants() {
            for options in every_option() {
                let selector = build::<f32>(kind, options);
                let coreset = selector.select(&pool, budget).unwrap();
                let size = if kind == Kind::Full { labels.len() } else { budget };
                prop_assert_eq!(coreset.indices.len(), size);
                prop_assert_eq!(coreset.weights.len(), size);
                prop_assert!(coreset.weights.iter().all(|weight| *weight >= 0.0));
                let mut distinct = coreset.indices.clone();
                distinct.sort_unstable();
                distinct.dedup();
                prop_assert_eq!(distinct.len(), size);
                prop_assert_eq!(selector.select(&pool, budget).unwrap(), coreset);
            }
        }
    }

    #[test]
    fn the_order_of_the_samples_does_not_matter(
        (labels, outputs) in any_pool(), share in 0.0..1.0f64, shift in 1usize..40,
    ) {
        let samples = labels.len();
        let budget = 1 + (share * samples as f64) as usize;
        let order: Vec<usize> = (0..samples).map(|place| (place + shift) % samples).collect();
        let moved_labels: Vec<u16> = order.iter().map(|&index| labels[index]).collect();
        let moved = Outputs {
            features: outputs.features.select(ndarray::Axis(0), &order),
            probabilities: outputs.probabilities.select(ndarray::Axis(0), &order),
        };
        let classes = outputs.probabilities.ncols();
        // Random fillers depend on the order, by design; ties would be broken by it.
        let scores = crate::method::el2n::scores(&outputs.probabilities.view(), &labels);
        let tied = |a: usize, b: usize| (scores[a] - scores[b]).abs() < 1e-6;
        prop_assume!((0..samples).all(|a| (0..a).all(|b| !tied(a, b))));
        let el2n = build::<f32>(Kind::El2n, Options::TRAINING);
        let here = el2n.select(&Pool { classes, ..pool(&labels, &outputs, 1) }, budget).unwrap();
        let there = el2n.select(&Pool { classes, ..pool(&moved_labels, &moved, 1) }, budget).unwrap();
        let back: Vec<u32> = there.indices.iter().map(|&place| order[place as usize] as u32).collect();
        prop_assert_eq!(back, here.indices);
    }
}
