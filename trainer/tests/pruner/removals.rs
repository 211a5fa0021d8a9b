//! Pruners that start dense and remove weights, the regions they rank, and what the passes under their
//! changing masks cost.

use swast_trainer::pruner::magnitude::{MagnitudePruner, update};
use swast_trainer::pruner::schedule::UpdateSchedule;
use swast_trainer::pruner::snip::SnipPruner;
use swast_trainer::pruner::tally::Tally;
use swast_trainer::pruner::{PassKind, Pruner};
use swast_trainer::sparsity::flops::{Meter, forward};
use tch::{Device, Kind, Tensor};

use crate::toy::{FC, Toy, scattered};

/// Sets of the `count` positions with the largest magnitudes, lower positions first among equals.
fn largest(values: &[f32], count: usize) -> Vec<bool> {
    let mut order: Vec<_> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    let mut kept = vec![false; values.len()];
    order[..count].iter().for_each(|&i| kept[i] = true);
    kept
}

#[test]
fn magnitude_keeps_the_largest_of_a_layer_along_the_ramp() {
    let weights = scattered(640, 1);
    let mut toy = Toy::new(640, 0).with_weights(FC, &weights);
    let _ = toy.momentum.fill_(0.25);
    let regions = [toy.region(&[FC], 64)];
    for (ramp, active) in [(0.0, 640), (0.25, 496), (0.9, 122), (0.9999, 65), (1.0, 64)] {
        update(&regions, ramp, toy.model());
        assert_eq!(toy.counts()[FC], active, "{ramp}");
        assert_eq!(toy.active(FC), largest(&weights, active as usize), "{ramp}");
        assert_eq!(toy.hidden(), 0.0);
    }
    // The other layers were no part of it.
    let layers = toy.network.architecture.layers();
    assert!(toy.counts()[..FC].iter().zip(&layers).all(|(c, l)| *c == l.weights() as i64));
}

#[test]
fn a_masked_weight_does_not_come_back_and_ties_go_to_the_lower_position() {
    let mut toy = Toy::new(640, 0).with_weights(FC, &[0.5, -0.1, 0.3, 0.3, 0.3]);
    let region = |toy: &Toy, active| [toy.region(&[FC], active)];
    update(&region(&toy, 3), 1.0, toy.model());
    assert_eq!(toy.active(FC)[..6], [true, false, true, true, false, false]);
    // All that is left shrinks to 0: still the same weights are the active ones.
    toy.put(&toy.network.parameters.flat, FC, &[0.0; 640]);
    update(&region(&toy, 3), 1.0, toy.model());
    assert_eq!(toy.active(FC)[..6], [true, false, true, true, false, false]);
}

#[test]
fn one_ranking_over_layers_is_exact_and_empties_none() {
    // The classifier's weights are all smaller than those of the first convolution (432 weights).
    let small: Vec<f32> = scattered(640, 1).iter().map(|w| w * 1e-3).collect();
    let large: Vec<f32> = scattered(432, 2).iter().map(|w| w + w.signum()).collect();
    let mut toy = Toy::new(640, 0).with_weights(FC, &small).with_weights(0, &large);
    let regions = [toy.region(&[0, FC], 100)];
    update(&regions, 1.0, toy.model());
    assert_eq!((toy.counts()[0], toy.counts()[FC]), (99, 1));
    assert_eq!(toy.active(0), largest(&large, 99));
    assert_eq!(toy.active(FC), largest(&small, 1));
}

#[test]
fn gradual_magnitude_prunes_on_its_schedule_and_ends_exactly() {
    let schedule = UpdateSchedule { begin: 2, end: 12, every: 4 };
    let mut toy = Toy::new(640, 0).with_weights(FC, &scattered(640, 1));
    let mut pruner = MagnitudePruner::new(schedule, vec![toy.region(&[FC], 64)]);
    let mut counts = Vec::new();
    for step in 1..=14 {
        assert_eq!(pruner.kind(step - 1), PassKind::Step);
        pruner.stepped(step, toy.model());
        counts.push(toy.counts()[FC]);
    }
    // At 2, 6, 10 and, off the interval, at the end: 576 * (1 - (1 - p)^3) removed for p = 0, .4, .8, 1.
    let at = |p: f64| 640 - (576.0 * (1.0 - (1.0 - p).powi(3))).floor() as i64;
    let expected = [640; 5].into_iter().chain([at(0.4); 4]).chain([at(0.8); 2]).chain([64; 3]);
    assert_eq!(counts, expected.collect::<Vec<_>>());
}

#[test]
fn snip_prunes_once_by_weight_times_gradient() {
    let mut toy = Toy::new(640, 0).with_weights(FC, &[0.5, -0.1, 0.3, 2.0, 0.0, -0.2]);
    let gradient = toy.gradient(FC, &[0.2, 5.0, 0.1, 0.0, 9.0, 1.0]);
    // |w g| = .1, .5, .03, 0, 0, .2
    let mut snip = SnipPruner::new(vec![toy.region(&[FC], 3)]);
    assert_eq!(snip.kind(0), PassKind::Update);
    snip.update(0, &gradient, toy.model());
    assert_eq!(toy.active(FC)[..7], [true, true, false, false, false, true, false]);
    assert_eq!(toy.weights(FC)[..6], [0.5, -0.1, 0.0, 0.0, 0.0, -0.2]);
    assert_eq!(toy.counts()[FC], 3);
    assert_eq!(snip.kind(0), PassKind::Step);
    assert_eq!(toy.counts()[FC], 3);
}

#[test]
fn snip_among_all_layers_empties_none() {
    // All saliency is in the first convolution, but for one weight of the classifier.
    let mut toy = Toy::new(640, 0).with_weights(0, &vec![1.0; 432]).with_weights(FC, &[0.5; 640]);
    let gradient = toy.gradient(0, &scattered(432, 3));
    toy.put(&gradient, FC, &[0.0, 0.0, 1e-6]);
    let mut snip = SnipPruner::new(vec![toy.region(&[0, FC], 100)]);
    assert_eq!(snip.kind(0), PassKind::Update);
    snip.update(0, &gradient, toy.model());
    assert_eq!((toy.counts()[0], toy.counts()[FC]), (99, 1));
    assert_eq!(toy.active(0), largest(&scattered(432, 3), 99));
    assert!(toy.active(FC)[2]);
    assert_eq!(toy.hidden(), 0.0);
}

#[test]
fn passes_are_priced_with_the_masks_they_were_made_under() {
    let mut toy = Toy::new(640, 0).with_weights(FC, &scattered(640, 1));
    let layers = toy.network.architecture.layers();
    let mut counts: Vec<_> = layers.iter().map(|l| l.weights()).collect();
    let mut meter = Meter::new(&layers);
    let mut tally = Tally::new(&toy.masks);
    let mut expected = 0.0;
    for active in [640_usize, 300, 300, 64] {
        let regions = [toy.region(&[FC], active)];
        update(&regions, 1.0, toy.model());
        tally.follow(&toy.masks, &mut meter);
        meter.step(10);
        meter.forward(7);
        counts[FC] = active;
        expected += 37.0 * forward(&layers, &counts);
    }
    tally.settle(&mut toy.masks, &mut meter);
    assert_eq!(meter.total(), expected);
    assert_eq!(toy.masks.layers[FC].active, 64);
    let total: usize = layers.iter().map(|l| l.weights()).sum();
    assert_eq!(toy.masks.density(), (total - 576) as f64 / total as f64);
    // Nothing is priced twice.
    tally.settle(&mut toy.masks, &mut meter);
    assert_eq!(meter.total(), expected);
}

#[test]
fn regions_read_and_write_their_own_weights_only() {
    let toy = Toy::new(640, 0);
    let region = toy.region(&[0, FC], 100);
    let mut flat = toy.network.parameters.like(1.0);
    let values = Tensor::arange(1072, (Kind::Float, Device::Cpu));
    region.put(&mut flat, &values);
    assert_eq!(region.of(&flat), values);
    let others = toy.network.parameters.flat.numel() as f64 - 1072.0;
    assert_eq!(flat.sum(Kind::Double).double_value(&[]), others + 1071.0 * 1072.0 / 2.0);
}
