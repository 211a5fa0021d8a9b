//! Pruners that move connections: RigL by the mean gradient, SET at random.

use swast_trainer::model::ops::Mode;
use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::pruner::rigl::{self, RiglPruner};
use swast_trainer::pruner::schedule::{UpdateSchedule, drop_count};
use swast_trainer::pruner::set::{SetPruner, update};
use swast_trainer::pruner::{Masks, PassKind, Pruner};
use swast_trainer::train::loss::cross_entropy;
use tch::{Device, Kind, Tensor};

use crate::toy::{FC, Toy, scattered};

/// Lets `rigl` spend `gradient` as it says itself, as a step of training does.
fn spent(rigl: &mut RiglPruner, step: u64, gradient: &mut Tensor, toy: &mut Toy) -> PassKind {
    let kind = rigl.kind(step);
    match kind {
        PassKind::Update => rigl.update(step, gradient, toy.model()),
        kind => rigl.observe(kind, gradient, toy.model()),
    }
    kind
}

#[test]
fn rigl_grows_by_the_signed_mean_of_the_last_gradients() {
    let schedule = UpdateSchedule { begin: 0, end: 1000, every: 4 };
    let mut toy = Toy::new(320, 3);
    let inactive: Vec<_> = (0..640).filter(|&i| !toy.active(FC)[i]).collect();
    let [steady, .., cancelled] = inactive[..] else { panic!("half of the weights are inactive") };
    // Two inactive places: one with large gradients that cancel, one with small ones that do not.
    let gradient = |toy: &Toy, sign: f32| {
        let mut values = [0.0; 640];
        (values[cancelled], values[steady]) = (9.0 * sign, 0.5);
        toy.gradient(FC, &values)
    };
    let mut rigl = RiglPruner::new(schedule, 2);
    let mut kinds = Vec::new();
    let (mut step, mut sign) = (0, 1.0);
    for _ in 0..7 {
        let mut dense = gradient(&toy, sign);
        let kind = spent(&mut rigl, step, &mut dense, &mut toy);
        // What the optimizer does to the gradient must not reach what was collected.
        let _ = dense.fill_(1e6);
        step += u64::from(kind != PassKind::Update);
        sign = -sign;
        kinds.push(kind);
        if step < 4 {
            // The first update has one gradient to go by; its growth is undone.
            toy.masks = Toy::new(320, 3).masks;
        }
    }
    use PassKind::{Dense, Step, Update};
    assert_eq!(kinds, [Update, Step, Step, Step, Dense, Update, Step]);
    assert!(toy.active(FC)[steady]);
    // Where they cancel the mean is no better than elsewhere, and ties go to lower places; the mean of the
    // magnitudes, or the last gradient alone, would be the best of all.
    assert!(!toy.active(FC)[cancelled]);
    assert_eq!(toy.counts()[FC], 320);
}

#[test]
fn without_averaging_every_gradient_counts_alone() {
    let schedule = UpdateSchedule { begin: 0, end: 10, every: 3 };
    let mut rigl = RiglPruner::new(schedule, 1);
    let mut toy = Toy::new(320, 3);
    let mut zero = toy.gradient(FC, &[]);
    let kinds = [0, 0, 1, 2, 3, 3].map(|step| spent(&mut rigl, step, &mut zero, &mut toy));
    use PassKind::{Step, Update};
    assert_eq!(kinds, [Update, Step, Step, Step, Update, Step]);
}

#[test]
fn set_updates_after_the_first_step_and_keeps_counts_and_values() {
    let schedule = UpdateSchedule { begin: 0, end: 8, every: 3 };
    let mut toy = Toy::new(320, 5).with_weights(FC, &scattered(640, 1));
    let _ = toy.momentum.fill_(0.25);
    toy.masks.apply(&mut toy.network.parameters.flat);
    toy.masks.apply(&mut toy.momentum);
    let mut set = SetPruner::new(schedule, 1);
    let mut changed = Vec::new();
    for step in 1..=9 {
        let (mask, weights) = (toy.active(FC), toy.weights(FC));
        assert_eq!(set.kind(step - 1), PassKind::Step);
        set.stepped(step, toy.model());
        let (now, after) = (toy.active(FC), toy.weights(FC));
        if now != mask {
            changed.push(step);
        }
        assert_eq!((toy.counts()[FC], toy.hidden()), (320, 0.0));
        for i in 0..640 {
            // What stayed, or was dropped and grew back, has its value; what grew for the first time starts at 0.
            let expected = if mask[i] && now[i] { weights[i] } else { 0.0 };
            assert_eq!(after[i], expected, "{step} {i}");
        }
        // The cosine of the drop fraction: trunc(320 * 0.3 / 2 * (1 + cos(pi step / 8))) move at most.
        let share = 0.15 * (1.0 + (std::f64::consts::PI * step as f64 / 8.0).cos());
        let moved = (0..640).filter(|&i| now[i] && !mask[i]).count();
        assert!(moved <= (320.0 * share) as usize, "{step}: {moved}");
    }
    assert_eq!(changed, [1, 4, 7]);
}

#[test]
fn set_grows_uniformly_among_what_is_not_kept() {
    // 320 active weights of magnitudes 1..=320 in order; 96 are dropped, so 416 places compete for 96.
    let mut grown = [0_u32; 640];
    let (active, dropped, repeats) = (320, 96, 600);
    let mask = Toy::new(active, 5).active(FC);
    let mut size = 0.0;
    let weights: Vec<f32> = mask
        .iter()
        .map(|&active| {
            size += f32::from(u8::from(active));
            if active { size } else { 0.0 }
        })
        .collect();
    let mut toy = Toy::new(active, 5);
    for step in 0..repeats {
        let masks = Toy::new(active, 5).masks;
        toy = Toy { masks, ..toy }.with_weights(FC, &weights);
        update(0.3, 17, step, toy.model());
        for (count, (now, weight)) in grown.iter_mut().zip(toy.active(FC).iter().zip(&weights)) {
            let candidate = *weight <= dropped as f32;
            assert!(candidate || *now, "a large weight was dropped");
            *count += u32::from(candidate && *now);
        }
    }
    let share = f64::from(dropped) / (640.0 - (active - dropped as usize) as f64);
    let deviation = (f64::from(repeats as u32) * share * (1.0 - share)).sqrt();
    for (place, &count) in grown.iter().enumerate().filter(|(i, _)| weights[*i] <= dropped as f32) {
        let surprise = (f64::from(count) - f64::from(repeats as u32) * share) / deviation;
        assert!(surprise.abs() < 5.0, "{place}: {count}");
    }
}

#[test]
fn as_many_are_dropped_as_single_precision_says() {
    // NumPy: trunc(float32(100) * float32(0.29)) is 29, where doubles give 28.
    assert_eq!(drop_count(100, 0.29), 29);
    assert_eq!((drop_count(3, 0.34), drop_count(3, 0.67), drop_count(3, 0.33)), (1, 2, 0));
    assert_eq!((drop_count(100, 0.0), drop_count(100, 1e-17)), (0, 0));
}

#[test]
fn at_the_end_of_the_schedule_an_update_moves_nothing() {
    let schedule = UpdateSchedule { begin: 0, end: 40, every: 10 };
    let mut toy = Toy::new(320, 5).with_weights(FC, &scattered(640, 1));
    toy.masks.apply(&mut toy.network.parameters.flat);
    let before = (toy.active(FC), toy.weights(FC));
    let gradient = toy.gradient(FC, &scattered(640, 2));
    rigl::update(schedule.drop_fraction(40), &gradient, toy.model());
    assert!((toy.active(FC), toy.weights(FC)) == before);
    rigl::update(schedule.drop_fraction(30), &gradient, toy.model());
    assert_ne!(toy.active(FC), before.0);
    assert_eq!(toy.counts()[FC], 320);
}

#[test]
fn every_place_is_as_likely_to_start_active_as_any_other() {
    let network = Network::new(Architecture::new(ModelKind::ResNet8, 10, 32), 0, Device::Cpu);
    let mut counts: Vec<_> = network.architecture.layers().iter().map(|l| l.weights()).collect();
    (counts[0], counts[FC]) = (108, 160);
    let (repeats, mut first, mut last) = (1000, vec![0_u32; 432], vec![0_u32; 640]);
    // Pairs of neighbours within a layer, and of equal places in two: drawn apart, both are active 1/16 of the time.
    let (mut neighbours, mut partners) = (0_u32, 0_u32);
    for seed in 0..repeats {
        let masks = Masks::random(&network.architecture, &network.parameters, &counts, seed);
        let of = |number: usize| {
            Vec::<f32>::try_from(Masks::part(&masks.flat, &masks.layers[number])).unwrap()
        };
        let (own, other) = (of(0), of(FC));
        first.iter_mut().zip(&own).for_each(|(sum, m)| *sum += u32::from(*m == 1.0));
        last.iter_mut().zip(&other).for_each(|(sum, m)| *sum += u32::from(*m == 1.0));
        neighbours += u32::from(own[0] * own[1] == 1.0);
        partners += u32::from(own[0] * other[0] == 1.0);
    }
    let (repeats, share) = (repeats as f64, 0.25);
    let deviation = (repeats * share * (1.0 - share)).sqrt();
    for count in first.into_iter().chain(last) {
        assert!((f64::from(count) - repeats * share).abs() < 5.0 * deviation, "{count}");
    }
    let deviation = (repeats / 16.0 * 15.0 / 16.0).sqrt();
    for count in [neighbours, partners] {
        assert!((f64::from(count) - repeats / 16.0).abs() < 5.0 * deviation, "{count}");
    }
}

/// What RigL and SNIP go by: at a masked weight, too, the gradient is the slope of the loss, without the
/// penalty of the optimizer.
#[test]
fn gradients_of_masked_weights_are_finite_differences() {
    let mut network = Network::new(Architecture::new(ModelKind::ResNet8, 10, 32), 4, Device::Cpu);
    let active: Vec<_> =
        network.architecture.layers().iter().map(|l| l.weights().div_ceil(2)).collect();
    let masks = Masks::random(&network.architecture, &network.parameters, &active, 4);
    masks.apply(&mut network.parameters.flat);
    let images = Tensor::from_slice(&scattered(16 * 3 * 32 * 32, 2)).reshape([16, 3, 32, 32]) * 4.0;
    let labels = swast_trainer::draws::permutation(1, 16, Device::Cpu).remainder(10);
    let loss = |network: &mut Network| {
        let logits = network.forward(&images, Mode::Train).logits;
        cross_entropy(&logits, &labels).mean(Kind::Double)
    };
    let value = loss(&mut network);
    let gradient = network.parameters.gradient(&value);
    for layer in &masks.layers {
        let mask = Masks::part(&masks.flat, layer);
        let slopes: Tensor = Masks::part(&gradient, layer) * (1.0 - &mask);
        // The steepest masked weight of the layer stands out of the rounding of the loss.
        let place = layer.offset + slopes.abs().argmax(0, false).int64_value(&[]);
        let slope = gradient.double_value(&[place]);
        let mut at = |change: f64| {
            let _guard = tch::no_grad_guard();
            let mut weight = network.parameters.flat.narrow(0, place, 1);
            let _ = weight.fill_(change);
            let value = loss(&mut network).double_value(&[]);
            let _ = weight.fill_(0.0);
            value
        };
        let step = 2e-3;
        let found = (at(step) - at(-step)) / (2.0 * step);
        let error = (found - slope).abs();
        assert!(error < 0.05 * slope.abs() + 1e-4, "{}: {found} for {slope}", layer.layer.name);
    }
}
