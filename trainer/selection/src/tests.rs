//! The selectors against NumPy and SciPy (`tests/golden/selector/make.py`), and what all of them share.

use std::path::PathBuf;

use ndarray::{Array1, Array2};
use ndarray_npy::read_npy;
use proptest::prelude::*;
use swast_tables::spec::SpecError;

use super::*;

mod parts;

/// What a network says of some samples.
#[derive(Debug, Clone)]
struct Outputs<E = f32> {
    features: Array2<E>,
    probabilities: Array2<E>,
}

impl<E> Outputs<E> {
    fn evidence(&self) -> Evidence<'_, E> {
        let (features, probabilities) = (Some(&self.features), Some(&self.probabilities));
        Evidence { features, probabilities, ..Evidence::default() }
    }
}

fn selector<E: crate::kernel::dot::Element>(spec: &str) -> Box<dyn Selector<E>> {
    spec.parse::<Spec>().unwrap().selector()
}

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

/// GradMatch over all samples, without a ridge.
const PLAIN: &str = "gradmatch:ridge=0,matching=global";

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
    let moment = Moment { seed: 1, epoch, epochs: 10, ..Moment::default() };
    Pool { evidence: outputs.evidence(), moment, ..Pool::labelled(labels, 4) }
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
    let rows = Evidence { gradients: Some(&gradients), ..Evidence::default() };
    let given = Pool { evidence: rows, ..pool };
    for (options, budget, file) in [
        ("ridge=0,matching=global", 20, "gradmatch_ridge_0.csv"),
        ("ridge=0.5,matching=global", 20, "gradmatch_ridge_half.csv"),
        ("ridge=0,matching=per-class", 26, "gradmatch_per_class_ridge_0.csv"),
        ("ridge=0.5,matching=per-class", 26, "gradmatch_per_class_ridge_half.csv"),
        ("ridge=0,matching=global", 50, "gradmatch_exhausted.csv"),
    ] {
        let selector = selector(&format!("gradmatch:{options},shortfall=weight-zero"));
        assert_close(&selector.select(&pool, budget).unwrap(), &expected(file));
        assert_close(&selector.select(&given, budget).unwrap(), &expected(file));
    }
}

#[test]
fn a_shortfall_in_training_is_made_up_by_random_samples_of_weight_one() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let selector = selector(PLAIN);
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
    let selector = selector(PLAIN);
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
    for (spec, name) in [
        ("moderate", "median"),
        ("moderate:scope=per-class", "median_per_class"),
        ("moderate:centre=mean", "mean"),
        ("moderate:centre=mean,scope=per-class", "mean_per_class"),
    ] {
        let coreset = selector(spec).select(&pool(&labels, &outputs, 1), 15);
        let expected = expected(&format!("moderate_{name}.csv"));
        assert_eq!(coreset.unwrap().indices, expected.indices, "{spec}");
    }
}

#[test]
fn el2n_agrees_with_numpy_and_turns_round_at_half_time() {
    let (labels, outputs) = (labels(), outputs());
    let el2n = selector::<f32>("el2n");
    for (epoch, file) in [(4, "el2n_highest.csv"), (5, "el2n_lowest.csv"), (10, "el2n_lowest.csv")]
    {
        let coreset = el2n.select(&pool(&labels, &outputs, epoch), 15).unwrap();
        assert_eq!(coreset.indices, expected(file).indices, "epoch {epoch}");
    }
}

#[test]
fn el2n_passes_over_the_ranks_below_its_offset() {
    let (labels, outputs) = (labels(), outputs());
    let select = |offset: usize, budget| {
        selector(&format!("el2n:offset={offset}")).select(&pool(&labels, &outputs, 1), budget)
    };
    let (samples, ascending) = (labels.len(), select(0, labels.len()).unwrap().indices);
    // The lowest are those that NumPy finds, the highest ones at the largest offset; the authors keep ascending order.
    assert_eq!(ascending[..15], expected("el2n_lowest.csv").indices);
    let mut highest = select(samples - 15, 15).unwrap().indices;
    assert_eq!(highest, ascending[samples - 15..]);
    highest.reverse();
    assert_eq!(highest, expected("el2n_highest.csv").indices);
    assert_eq!(select(7, 15).unwrap().indices, ascending[7..22]);
    let error = select(samples - 14, 15).unwrap_err();
    assert!(matches!(error, SelectError::Option(SpecError::Value { .. })));
    let words =
        "el2n:offset=46: it leaves less than the budget of 15 of 60 samples; choose one up to 45";
    assert_eq!(error.to_string(), words);
}

#[test]
fn every_other_selector_agrees_with_numpy() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let pool = pool(&labels, &outputs, 1);
    let pool = Pool { moment: Moment { rate: 0.5, batch_size: 7, ..pool.moment }, ..pool };
    for (spec, budget, file) in [
        ("craig:gradient=full,scope=global", 12, "craig"),
        ("craig", 15, "craig_bias_per_class"),
        ("craig:gradient=full", 15, "craig_full_per_class"),
        ("craig:compat=cords", 15, "craig_squared_per_class"),
        ("glister:greedy=naive", 12, "glister_bias"),
        ("glister:gradient=full,greedy=naive", 12, "glister_full"),
        ("k-center", 12, "k_center"),
        ("herding", 15, "herding_per_class"),
        ("grand", 15, "grand"),
        ("entropy", 15, "entropy"),
        (
            "gradmatch:matching=per-class-gradient,shortfall=weight-zero",
            15,
            "gradmatch_per_class_gradient",
        ),
        ("gradmatch:ridge=0,matching=per-batch,shortfall=weight-zero", 20, "gradmatch_per_batch"),
        ("gradmatch:ridge=1,compat=deepcore", 18, "gradmatch_deepcore"),
    ] {
        let found = selector(spec).select(&pool, budget).unwrap();
        assert_close(&found, &expected(&format!("{file}.csv")));
    }
}

#[test]
fn the_choices_of_other_codes_are_followed_where_they_are_choices() {
    let (labels, outputs) = (labels(), widened(&outputs()));
    let pool = pool(&labels, &outputs, 1);
    let select = |spec, budget| selector(spec).select(&pool, budget).unwrap();
    // DeepCore: plain distances, one more than the cluster sizes, in order of index.
    let (ours, deepcore) = (select("craig", 15), select("craig:compat=deepcore", 15));
    assert!(deepcore.indices.is_sorted());
    let weight = |index: &u32| ours.weights[ours.indices.iter().position(|i| i == index).unwrap()];
    let shared: Vec<&u32> = deepcore.indices.iter().filter(|i| ours.indices.contains(i)).collect();
    assert!(shared.len() > 10);
    assert_eq!(deepcore.weights.iter().sum::<f64>(), 60.0 + deepcore.indices.len() as f64);
    assert!(ours.weights.iter().sum::<f64>() == 60.0 && shared.iter().all(|i| weight(i) >= 0.0));
    // The authors': a mean weight of 1, and budgets rounded up.
    let authors = select("craig:compat=craig", 15);
    let sum: f64 = authors.weights.iter().sum();
    assert!((sum - authors.weights.len() as f64).abs() < 1e-9 && authors.weights.len() > 15);

    // The weights of the solver of CORDS that stops in time; then random samples of weight 1.
    let found = select("gradmatch:compat=cords", 12);
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
    let evidence = Evidence { gradients: Some(&rows), ..Evidence::default() };
    let moment = Moment { batch_size: 4, ..Moment::default() };
    let pool = Pool { evidence, moment, ..Pool::labelled(&labels, 1) };
    let gradmatch = selector("gradmatch:ridge=0,matching=per-batch");
    let found = gradmatch.select(&pool, 4).unwrap();
    assert_eq!(found, Coreset { indices: vec![8, 9, 0, 1], weights: vec![1.0; 4] });
    let whole = gradmatch.select(&pool, 2).unwrap();
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
    let error = |spec: Spec, pool: &Pool, budget| spec.selector().select(pool, budget).unwrap_err();
    for spec in Spec::all() {
        if !spec.takes_all() {
            assert_eq!(error(spec, &good, 0), SelectError::Budget { budget: 0, samples });
            let over = SelectError::Budget { budget: samples + 1, samples };
            assert_eq!(error(spec, &good, samples + 1), over);
        }
        let few = Pool { classes: 2, ..good };
        assert!(matches!(error(spec, &few, 5), SelectError::Label { classes: 2, .. }));
        let empty = Pool { labels: &[], ..good };
        assert_eq!(error(spec, &empty, 5), SelectError::EmptyPool);
    }
    let outputs = [Need::Features, Need::Probabilities];
    let sees = |spec: &Spec| outputs.iter().any(|&need| spec.needs().has(need));
    let blind_ones = ["forgetting", "random", "random-redrawn", "full"];
    for spec in Spec::all() {
        assert_eq!(sees(&spec), !blind_ones.contains(&spec.name()), "{spec}");
        if sees(&spec) {
            let blind = Pool { evidence: Evidence::default(), ..good };
            assert!(matches!(error(spec, &blind, 5), SelectError::Missing { .. }));
            let short = Pool { labels: &labels[1..], ..good };
            let rows = error(spec, &short, 5);
            assert!(matches!(rows, SelectError::Rows { rows: 60, samples: 59, .. }));
            let spoilt = Pool { evidence: spoilt.evidence(), ..good };
            assert!(matches!(error(spec, &spoilt, 5), SelectError::NotFinite { sample: 7, .. }));
        }
    }
    for name in ["gradmatch", "el2n", "craig", "glister", "margin"] {
        let more = Pool { classes: 5, ..good };
        let found = error(Spec::named(name).unwrap(), &more, 5);
        assert_eq!(found, SelectError::Columns { columns: 4, classes: 5 });
    }
}

#[test]
fn what_is_needed_is_asked_for_and_what_is_not_may_be_absent() {
    let (labels, outputs) = (labels(), outputs());
    let all = outputs.evidence();
    for text in [
        "craig",
        "craig:gradient=full",
        "glister",
        "glister:gradient=full",
        "gradmatch:matching=per-class-gradient",
        "moderate",
        "el2n",
        "full",
    ] {
        let spec: Spec = text.parse().unwrap();
        let selects = |evidence| {
            let pool = Pool { evidence, ..Pool::labelled(&labels, 4) };
            spec.selector::<f32>().select(&pool, 9).is_ok()
        };
        let blind = Evidence { features: None, ..all };
        assert_eq!(selects(blind), !spec.needs().has(Need::Features), "{text}");
        let unsure = Evidence { probabilities: None, ..all };
        assert_eq!(selects(unsure), !spec.needs().has(Need::Probabilities), "{text}");
        let gradients = Some(&outputs.features);
        let rows = Evidence { gradients, ..Evidence::default() };
        let blind = ["full"].contains(&text);
        assert_eq!(selects(rows), blind || spec.needs().has(Need::Gradients), "{text}");
    }
}

#[test]
fn gradients_too_large_to_square_are_an_error() {
    let gradients = Array2::from_shape_fn((3, 2), |(row, _)| 1e300 * row as f64);
    let evidence = Evidence { gradients: Some(&gradients), ..Evidence::default() };
    let pool = Pool { evidence, ..Pool::labelled(&[0; 3], 1) };
    for name in ["gradmatch", "craig", "grand"] {
        let found = selector::<f64>(name).select(&pool, 2);
        assert_eq!(found, Err(SelectError::Overflow { what: "gradients" }), "{name}");
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
fn every_spec() -> Vec<Spec> {
    let texts = [
        "gradmatch:matching=global",
        "gradmatch",
        "gradmatch:matching=per-batch",
        "gradmatch:matching=per-class-gradient",
        "craig:gradient=full,scope=global",
        "craig:gradient=full",
        "craig:scope=global",
        "craig",
        "glister:gradient=full,greedy=naive",
        "glister:gradient=full,scope=per-class",
        "glister",
        "glister:greedy=naive,scope=per-class",
        "moderate:scope=per-class",
        "k-center:scope=per-class",
        "herding:scope=global",
    ];
    Spec::all().into_iter().chain(texts.iter().map(|text| text.parse().unwrap())).collect()
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
        let evidence = Evidence { history: Some(&history), ..outputs.evidence() };
        let pool = Pool { classes, evidence, ..pool(&labels, &outputs, epoch) };
        let pool = Pool { moment: Moment { batch_size: 5, ..pool.moment }, ..pool };
        for spec in every_spec() {
            let selector = spec.selector::<f32>();
            let coreset = selector.select(&pool, budget).unwrap();
            let size = if spec.takes_all() { labels.len() } else { budget };
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
        let el2n = selector::<f32>("el2n");
        let here = el2n.select(&Pool { classes, ..pool(&labels, &outputs, 1) }, budget).unwrap();
        let there = el2n.select(&Pool { classes, ..pool(&moved_labels, &moved, 1) }, budget).unwrap();
        let back: Vec<u32> = there.indices.iter().map(|&place| order[place as usize] as u32).collect();
        prop_assert_eq!(back, here.indices);
    }
}
