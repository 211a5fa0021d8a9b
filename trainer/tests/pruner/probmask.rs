//! ProbMask against values computed in PyTorch (`tests/golden/pruner/make.py`), its projection against the
//! closed form from sorted scores, and whole searches.

use proptest::prelude::*;
use serde_json::Value;
use swast_trainer::model::parameters::{Parameters, Slot};
use swast_trainer::model::{Architecture, ModelKind};
use swast_trainer::pruner::probmask::MaskSearch;
use swast_trainer::pruner::probmask::annealing::CEILING;
use swast_trainer::pruner::probmask::projection::project;
use swast_trainer::pruner::probmask::scores::{Scores, relax};
use swast_trainer::pruner::region::Region;
use swast_trainer::pruner::{PassKind, Pruner, PrunerSetup};
use swast_trainer::sparsity::budget::Group;
use tch::{Device, Kind, Tensor};

use crate::toy::{FC, Toy, scattered};

fn golden(name: &str) -> Value {
    let path = format!("{}/../tests/golden/pruner/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

fn tensor(values: &[f64]) -> Tensor {
    Tensor::from_slice(&single(values))
}

fn close(found: &[f32], expected: &[f64], relative: f64, absolute: f64, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (place, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= relative * expected.abs() + absolute,
            "{what} {place}: {found} for {expected}"
        );
    }
}

#[test]
fn soft_masks_and_their_slopes_are_autograds() {
    let golden = golden("relaxation");
    let (scores, noise) = (tensor(&numbers(&golden["scores"])), tensor(&numbers(&golden["noise"])));
    for case in golden["cases"].as_array().unwrap() {
        let sharpness = case["sharpness"].as_f64().unwrap();
        let relaxed = relax(&scores, &noise, sharpness);
        let found = |t: Tensor| Vec::<f32>::try_from(t).unwrap();
        close(&found(relaxed.mask), &numbers(&case["mask"]), 2e-4, 1e-12, "mask");
        close(&found(relaxed.slope), &numbers(&case["slope"]), 5e-4, 1e-12, "slope");
    }
}

/// Half the squared distance of `matrix` times the weights from `target`, differentiated by hand.
fn gradient_of(matrix: &Tensor, target: &Tensor, weights: &Tensor) -> Tensor {
    let apart = matrix.mv(&weights.to_kind(Kind::Double)) - target;
    matrix.tr().mv(&apart).to_kind(Kind::Float)
}

/// A network of nothing but 12 weights, as far as a region can see.
fn twelve(weights: &[f32]) -> Parameters {
    let slot = Slot { name: "fc.weight".into(), shape: vec![12], offset: 0, len: 12 };
    Parameters { flat: Tensor::from_slice(weights), views: Vec::new(), slots: vec![slot] }
}

#[test]
fn a_search_takes_the_steps_that_pytorch_takes() {
    let golden = golden("search");
    let double = |name: &str| Tensor::from_slice(&numbers(&golden[name]));
    let (matrix, target) = (double("matrix").reshape([-1, 12]), double("target"));
    let (active, rate) = (golden["active"].as_u64().unwrap(), golden["rate"].as_f64().unwrap());
    let weights = single(&numbers(&golden["weights"]));
    let mut flat = twelve(&weights).flat;
    let group = Group { layers: vec![FC], active: active as usize };
    let architecture = Architecture::new(ModelKind::ResNet8, 10, 32);
    let mut scores = Scores::new(Region::new(&group, &architecture, &twelve(&weights)));
    let host = |t: &Tensor| Vec::<f32>::try_from(t).unwrap();
    for step in golden["steps"].as_array().unwrap() {
        let noise = tensor(&numbers(&step["noise"])).reshape([2, 12]);
        let sharpness = step["sharpness"].as_f64().unwrap();
        let mut sum = flat.zeros_like();
        for pass in 0..2 {
            scores.draw(&mut flat, &noise.get(pass), sharpness);
            let mut gradient = gradient_of(&matrix, &target, &flat);
            scores.learn(&mut gradient, 0.5);
            scores.restore(&mut flat);
            sum += gradient / 2.0;
        }
        let norm = scores.gradient().norm().double_value(&[]);
        let expected = step["score_gradient_norm"].as_f64().unwrap();
        assert!((norm / expected - 1.0).abs() < 1e-3, "{norm} for {expected}");
        let clipped = &sum * (3.0 / sum.norm().double_value(&[])).min(1.0);
        close(&host(&clipped), &numbers(&step["weight_gradient"]), 1e-3, 1e-5, "gradient");
        let factor = Tensor::from((3.0 / norm).min(1.0) as f32);
        scores.step(&factor, rate, step["left"].as_f64().unwrap());
        close(&host(scores.scores()), &numbers(&step["scores"]), 1e-4, 1e-5, "scores");
        assert_eq!(host(&flat), weights, "the weights themselves are put back");
    }
}

/// The projection in closed form: the sum of `clamp(x - v, 0, ceiling)` is linear between the sorted values
/// of x and x - ceiling.
fn sorted_projection(x: &[f64], ceiling: f64, budget: f64) -> Vec<f64> {
    let at = |v: f64| x.iter().map(move |x| (x - v).clamp(0.0, ceiling));
    let sum = |v: f64| at(v).sum::<f64>();
    if sum(0.0) <= budget {
        return at(0.0).collect();
    }
    let mut knots: Vec<_> = x.iter().flat_map(|&x| [x, x - ceiling]).chain([0.0]).collect();
    knots.sort_by(f64::total_cmp);
    let after = knots.iter().position(|&v| v >= 0.0 && sum(v) <= budget).unwrap();
    let (low, high) = (knots[after - 1], knots[after]);
    let v = low + (high - low) * (sum(low) - budget) / (sum(low) - sum(high));
    at(v).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn projection_is_the_closed_form(
        mut x in prop::collection::vec(
            prop_oneof![
                4 => -0.3..1.3_f32,
                // Scores crowd at the ends, and moves of Adam go in equal strides.
                1 => Just(0.0_f32), 1 => Just(CEILING as f32), 1 => Just(1.2_f32), 1 => Just(-0.2_f32),
                1 => 0.0..1e-5_f32,
            ],
            1..300,
        ),
        share in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64, 0.0..0.02_f64],
        offset in prop_oneof![Just(0.0_f32), -1.0..1.0_f32],
    ) {
        x.iter_mut().for_each(|x| *x += offset);
        let budget = share * x.len() as f64;
        let found = Vec::<f32>::try_from(project(&Tensor::from_slice(&x), CEILING, budget)).unwrap();
        let exact: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        let expected = sorted_projection(&exact, CEILING, budget);
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert!((f64::from(*found) - expected).abs() < 3e-7, "{found} for {expected}");
        }
        let sum: f64 = found.iter().map(|&s| f64::from(s)).sum();
        prop_assert!(sum <= budget + 1e-12, "{sum} exceeds {budget}");
        prop_assert!(found.iter().all(|s| (0.0..=CEILING as f32).contains(s)));
    }
}

#[test]
fn projection_of_millions_meets_the_budget() {
    let count = 2_000_000;
    let x = swast_trainer::draws::uniform(3, count, Device::Cpu) * 1.1;
    for share in [0.5, 0.3, 0.02] {
        let budget = share * count as f64;
        let sum = project(&x, CEILING, budget).sum(Kind::Double).double_value(&[]);
        assert!(sum <= budget && sum > budget - 0.2, "{sum} for {budget}");
    }
}

/// Runs a search of `epochs`, `steps` mini-batches each, over the classifier and the first convolution, which
/// compete; the loss of a weight is half its squared distance from `wanted`. Returns the share of active
/// weights after every epoch.
fn searched(toy: &mut Toy, wanted: &Tensor, epochs: u32, steps: u64, active: usize) -> Vec<f64> {
    let region = toy.region(&[0, FC], active);
    let weights = toy.masks.weights();
    let mut pruner = MaskSearch::new(PrunerSetup {
        seed: 1,
        epochs,
        steps: u64::from(epochs) * steps,
        regions: vec![region],
        weights,
    });
    let mut densities = Vec::new();
    for epoch in 1..=epochs {
        pruner.begin_epoch(epoch, toy.model());
        for step in 0..steps {
            let step = u64::from(epoch - 1) * steps + step;
            let mut sum = toy.network.parameters.like(0.0);
            for pass in 0..pruner.passes() {
                pruner.begin_pass(step, pass, toy.model());
                let mut gradient = toy.network.parameters.flat.detach() - wanted;
                pruner.end_pass(&mut gradient, toy.model());
                sum += gradient / f64::from(pruner.passes());
            }
            assert_eq!(pruner.kind(step), PassKind::Step);
            pruner.observe(PassKind::Step, &mut sum, toy.model());
        }
        pruner.end_epoch(epoch, toy.model());
        let counts: Vec<_> = toy.counts().iter().map(|&c| c as usize).collect();
        toy.masks.recount(&counts);
        densities.push(pruner.density(toy.masks.density()));
    }
    densities
}

/// Weights: `important` of each searched layer matter to the loss, and the others are noise that it
/// wants at 0.
fn planted(important: usize) -> (Toy, Tensor, [Vec<f32>; 2]) {
    let noisy = |count: usize, salt| -> Vec<f32> {
        let size = |i: usize| if i.is_multiple_of(count / important) { 3.0 } else { 1.0 };
        scattered(count, salt).iter().enumerate().map(|(i, w)| (w + w.signum()) * size(i)).collect()
    };
    let weights = [noisy(432, 2), noisy(640, 1)];
    let toy = Toy::new(640, 0).with_weights(0, &weights[0]).with_weights(FC, &weights[1]);
    let wanted = toy.network.parameters.like(0.0);
    for (number, weights) in [(0, &weights[0]), (FC, &weights[1])] {
        let kept: Vec<f32> = weights.iter().map(|&w| if w.abs() > 2.5 { w } else { 0.0 }).collect();
        toy.put(&wanted, number, &kept);
    }
    (toy, wanted, weights)
}

#[test]
fn a_search_finds_the_weights_that_matter_and_leaves_exactly_the_budget() {
    let (mut toy, wanted, weights) = planted(16);
    let important: usize = weights.iter().flatten().filter(|w| w.abs() > 2.5).count();
    let epochs = 32;
    let densities = searched(&mut toy, &wanted, epochs, 20, important);
    let (total, searched) = (toy.masks.weights() as f64, 432.0 + 640.0);
    let at = |expected: f64| (total - searched + expected) / total;
    // 30 epochs of search: from the 19th at most the budget is expected to stay, from the 30th exactly it does.
    assert!(densities.iter().all(|d| *d <= at(searched)), "{densities:?}");
    assert!(densities[18..29].iter().all(|d| *d <= at(important as f64) + 1e-12), "{densities:?}");
    assert_eq!(densities[29..], [at(important as f64); 3]);
    for (number, weights) in [(0, &weights[0]), (FC, &weights[1])] {
        let active = toy.active(number);
        let right = weights.iter().zip(&active).filter(|(w, a)| (w.abs() > 2.5) == **a).count();
        assert!(right as f64 >= 0.98 * weights.len() as f64, "{number}: {right}");
        // Hard masks: a weight is itself or 0.
        for (found, (weight, active)) in toy.weights(number).iter().zip(weights.iter().zip(&active))
        {
            assert_eq!(*found, if *active { *weight } else { 0.0 });
        }
    }
    assert_eq!(toy.counts()[0] + toy.counts()[FC], important as i64);
    assert_eq!(toy.hidden(), 0.0);
}

#[test]
fn between_epochs_of_a_search_weights_are_weighed_with_their_scores() {
    let (mut toy, wanted, weights) = planted(16);
    let before = toy.weights(FC);
    assert_eq!(before, weights[1]);
    let region = toy.region(&[0, FC], 90);
    let mut pruner = MaskSearch::new(PrunerSetup {
        seed: 1,
        epochs: 8,
        steps: 8,
        regions: vec![region],
        weights: toy.masks.weights(),
    });
    pruner.begin_epoch(6, toy.model());
    let mut gradient = wanted.copy();
    // At first all scores are next to 1; the first step brings them down to the budget.
    pruner.observe(PassKind::Step, &mut gradient, toy.model());
    pruner.begin_pass(0, 0, toy.model());
    let drawn = toy.weights(FC);
    assert!(drawn != before);
    pruner.end_pass(&mut gradient, toy.model());
    assert_eq!(toy.weights(FC), before);
    // Another pass and another step draw other masks; the same ones repeat.
    for (step, pass, same) in [(0, 1, false), (1, 0, false), (0, 0, true)] {
        pruner.begin_pass(step, pass, toy.model());
        assert_eq!(toy.weights(FC) == drawn, same, "{step} {pass}");
        pruner.end_pass(&mut gradient.copy(), toy.model());
    }
    pruner.observe(PassKind::Step, &mut gradient, toy.model());
    pruner.end_epoch(6, toy.model());
    let weighed = toy.weights(FC);
    let ratios: f64 = weighed.iter().zip(&before).map(|(a, b)| f64::from(a / b)).sum::<f64>();
    let others: f64 = toy.weights(0).iter().zip(&weights[0]).map(|(a, b)| f64::from(a / b)).sum();
    // They add up to what is expected to stay: in the sixth of seven epochs no more than the final budget.
    let elsewhere = (toy.masks.weights() - 1072) as f64;
    let expected = pruner.density(1.0) * toy.masks.weights() as f64 - elsewhere;
    assert!((ratios + others - expected).abs() < 1e-3, "{ratios} {others} {expected}");
    assert!(expected < 90.0 + 1e-6 && expected > 80.0, "{expected}");
    pruner.begin_epoch(7, toy.model());
    assert_eq!(toy.weights(FC), before);
    pruner.end_epoch(7, toy.model());
    assert_eq!(toy.counts()[0] + toy.counts()[FC], 90);
    assert_eq!(pruner.passes(), 1);
}
