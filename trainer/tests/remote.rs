//! Selectors that choose on the device choose there what they choose on the host.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::Array2;
use rand::RngExt;
use swast_selection::{Coreset, Evidence, Need, Pool, SelectError, Spec};
use swast_tables::stream::stream;
use swast_trainer::train::points::Points;
use tch::Tensor;

const CLASSES: usize = 4;

/// Features of classes around centres of their own, as those of networks: not below 0, many 0; every tenth sample is that
/// of the same class before it once more.
fn features(samples: usize, width: usize) -> (Array2<f32>, Vec<u16>) {
    let mut draw = stream(5, "features", 0);
    let labels: Vec<u16> = (0..samples).map(|i| (i % CLASSES) as u16).collect();
    let mut all = Array2::zeros((samples, width));
    for (sample, &label) in labels.iter().enumerate() {
        for column in 0..width {
            let centre = ((usize::from(label) * 7 + column) % 5) as f32 / 5.0;
            let value: f32 = centre + draw.random_range(-1.0..1.0);
            all[[sample, column]] = match sample % 10 {
                9 => all[[sample - CLASSES, column]],
                _ => value.max(0.0),
            };
        }
    }
    (all, labels)
}

fn on_device(features: &Array2<f32>) -> Points {
    let size = [features.nrows() as i64, features.ncols() as i64];
    Points::new(Tensor::from_slice(features.as_slice().unwrap()).reshape(size))
}

/// What `spec` chooses on the host, and on the device.
fn both(
    spec: &Spec,
    (features, labels): &(Array2<f32>, Vec<u16>),
    budget: usize,
) -> [Result<Coreset, SelectError>; 2] {
    let points = on_device(features);
    let here = Evidence { features: Some(features), ..Evidence::default() };
    let there = Evidence { remote: Some(&points), ..Evidence::default() };
    let selector = spec.selector();
    [here, there].map(|evidence| {
        selector.select(&Pool { evidence, ..Pool::labelled(labels, CLASSES) }, budget)
    })
}

/// All that can choose there, with the options that matter to it.
fn specs() -> Vec<Spec> {
    let able = Spec::all().into_iter().filter(|spec| spec.needs().has(Need::Remote));
    let options = ["", ":scope=global", ":scope=per-class", ":centre=mean"];
    let with = |spec: Spec| options.map(|option| format!("{spec}{option}").parse::<Spec>());
    able.flat_map(with).filter_map(Result::ok).collect()
}

#[test]
fn the_choices_are_those_of_the_host() {
    let specs = specs();
    assert!(specs.len() >= 9, "{specs:?}");
    for spec in specs {
        for (samples, width) in [(200, 3), (401, 64)] {
            let known = features(samples, width);
            for budget in [1, 37, samples] {
                let [here, there] = both(&spec, &known, budget);
                assert_eq!(here.unwrap(), there.unwrap(), "{spec}, {budget} of {samples}");
            }
        }
    }
}

#[test]
fn what_is_not_finite_is_refused_by_its_number() {
    for spec in specs() {
        let mut known = features(50, 3);
        known.0[[17, 2]] = f32::NAN;
        let [here, there] = both(&spec, &known, 5).map(|chosen| chosen.unwrap_err().to_string());
        assert_eq!(here, there, "{spec}");
        assert!(there.contains("17"), "{there}");
    }
}
