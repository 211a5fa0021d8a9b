//! Selectors that choose on the device choose there what they choose on the host: the same samples on a CPU; on a GPU, where
//! there is one, at least 99 % of them, and an objective that is the same to 1e-4.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::{Array2, Axis};
use rand::RngExt;
use swast_selection::gradients::errors;
use swast_selection::{Centre, Coreset, Evidence, Need, Pool, Remote, SelectError, Spec};
use swast_tables::stream::stream;
use swast_trainer::model::network::Network;
use swast_trainer::model::{Architecture, ModelKind};
use swast_trainer::run::bench::{Shape, images};
use swast_trainer::settings::{Holdout, ValidationLabels};
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::measure::{scored, scored_there};
use swast_trainer::train::points::Points;
use tch::{Device, Tensor};

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

/// Probabilities of samples with these labels, most of them right; alike where features are.
fn probabilities(features: &Array2<f32>, labels: &[u16]) -> Array2<f32> {
    let mut all = Array2::zeros((labels.len(), CLASSES));
    for ((mut row, features), &label) in all.rows_mut().into_iter().zip(features.rows()).zip(labels)
    {
        for class in 0..CLASSES {
            let towards = features[(class * 5 + 1) % features.len()];
            let own = if usize::from(label) == class { 1.0 } else { 0.0 };
            row[class] = (own + 2.0 * towards).exp();
        }
        let sum: f32 = row.sum();
        row /= sum;
    }
    all
}

/// The features on the device; those of selectors that need none have no coordinates.
fn on_device(spec: &Spec, features: &Array2<f32>) -> Points {
    let size = [features.nrows() as i64, features.ncols() as i64];
    let all = Tensor::from_slice(features.as_slice().unwrap()).reshape(size);
    let known = if spec.needs().has(Need::Features) { all } else { all.narrow(1, 0, 0) };
    Points::new(known.to_device(Device::cuda_if_available()))
}

/// What `spec` chooses on the host, and on the device.
fn both(
    spec: &Spec,
    (features, labels): &(Array2<f32>, Vec<u16>),
    budget: usize,
) -> [Result<Coreset, SelectError>; 2] {
    let points = on_device(spec, features);
    let probabilities = probabilities(features, labels);
    let both = Evidence { probabilities: Some(&probabilities), ..Evidence::default() };
    let here = Evidence { features: Some(features), ..both };
    let there = Evidence { remote: Some(&points), ..both };
    let selector = spec.selector();
    [here, there].map(|evidence| {
        selector.select(&Pool { evidence, ..Pool::labelled(labels, CLASSES) }, budget)
    })
}

/// The largest difference of two weights, in units of the first or of 1.
fn largest_gap(here: &[f64], there: &[f64]) -> f64 {
    let gap = |(here, there): (&f64, &f64)| (here - there).abs() / here.abs().max(1.0);
    here.iter().zip(there).map(gap).fold(0.0, f64::max)
}

/// Share of the samples of one coreset that the other has too.
fn overlap(here: &Coreset, there: &Coreset) -> f64 {
    let same = here.indices.iter().filter(|index| there.indices.contains(index)).count();
    same as f64 / here.indices.len() as f64
}

/// The norm of what the weighted gradients of a `coreset` leave of the sum of all.
fn left((features, labels): &(Array2<f32>, Vec<u16>), coreset: &Coreset) -> f64 {
    let errors = errors(&probabilities(features, labels).view(), labels);
    let mut rest = Array2::<f64>::zeros((CLASSES, 1 + features.ncols()));
    let mut add = |sample: usize, weight: f64| {
        for class in 0..CLASSES {
            let error = weight * f64::from(errors[[sample, class]]);
            rest[[class, 0]] += error;
            for (column, &feature) in features.row(sample).iter().enumerate() {
                rest[[class, 1 + column]] += error * f64::from(feature);
            }
        }
    };
    (0..labels.len()).for_each(|sample| add(sample, 1.0));
    let weighted = coreset.indices.iter().zip(&coreset.weights);
    weighted.for_each(|(&sample, &weight)| add(sample as usize, -weight));
    rest.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// All that can choose there, with the options that matter to it.
fn specs() -> Vec<Spec> {
    let able = Spec::all().into_iter().filter(|spec| spec.needs().has(Need::Remote));
    let options = [
        "",
        ":scope=global",
        ":scope=per-class",
        ":centre=mean",
        ":gradient=full",
        ":gradient=full,scope=global",
        ":compat=cords",
        ":compat=deepcore",
        ":matching=global",
        ":matching=per-class-gradient",
        ":ridge=0",
    ];
    let with = |spec: Spec| options.map(|option| format!("{spec}{option}").parse::<Spec>());
    able.flat_map(with).filter_map(Result::ok).collect()
}

#[test]
fn the_choices_are_those_of_the_host() {
    let specs = specs();
    assert!(specs.len() >= 23, "{specs:?}");
    for spec in specs {
        for (samples, width) in [(200, 3), (401, 64)] {
            let known = features(samples, width);
            for budget in [1, 37, samples] {
                let context = format!("{spec}, {budget} of {samples}");
                match both(&spec, &known, budget) {
                    [Ok(here), Ok(there)] if Device::cuda_if_available() == Device::Cpu => {
                        assert_eq!(here.indices, there.indices, "{context}");
                        let gap = largest_gap(&here.weights, &there.weights);
                        assert!(gap < 1e-9, "{context}: {gap}");
                    }
                    [Ok(here), Ok(there)] => {
                        let shared = overlap(&here, &there);
                        assert!(shared >= 0.99, "{context}: {shared} of the samples are the same");
                        let [own, other] = [&here, &there].map(|coreset| left(&known, coreset));
                        assert!((own - other).abs() <= 1e-4 * own, "{context}: {own}, {other}");
                    }
                    [here, there] => assert_eq!(here, there, "{context}"),
                }
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

#[test]
fn features_stay_on_the_device_and_probabilities_come_back() {
    let shape = Shape { side: 32, classes: CLASSES, images: 70 };
    let holdout = Holdout { seed: 0, noise: 0.0, validation: ValidationLabels::Clean };
    let data = TrainingData::new(images(shape), holdout, true, Device::Cpu);
    let network = Network::new(Architecture::new(ModelKind::ResNet8, CLASSES, 32), 1, Device::Cpu);
    let rows: Vec<u32> = (0..data.pool.len() as u32).collect();
    for spec in specs() {
        let needs = spec.needs();
        let (images, indices) = (&*data.images, &data.pool_indices);
        let here = scored(&network, images, indices, needs).unwrap();
        let there = scored_there(&network, images, indices, needs).unwrap();
        assert_eq!((&here.probabilities, None), (&there.probabilities, there.features), "{spec}");
        let points = there.points.unwrap();
        assert_eq!(points.len(), rows.len(), "{spec}");
        let distances = points.distances(&rows, Centre::Mean);
        let Some(features) = here.features else {
            assert!(distances.iter().all(|distance| *distance == 0.0), "{spec}");
            continue;
        };
        let features = features.mapv(f64::from);
        let gaps = &features - &features.mean_axis(Axis(0)).unwrap();
        for (gap, distance) in gaps.rows().into_iter().zip(distances) {
            let expected = gap.dot(&gap).sqrt();
            assert!(
                (distance - expected).abs() < 1e-12 * expected,
                "{spec}: {distance}, {expected}"
            );
        }
    }
}
