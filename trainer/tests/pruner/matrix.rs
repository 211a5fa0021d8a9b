//! Whole runs, tiny ones: any pruner with any selector, variant, preservation and CIFAR-shaped data set.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;
use swast_datasets::{Dataset, LabelledImages};
use swast_selection::Spec as SelectorSpec;
use swast_tables::names::name_of;
use swast_tables::rows::{EpochRow, LayerRow, RunRow};
use swast_trainer::pruner::Spec as PrunerSpec;
use swast_trainer::run::record::{MASKS, MODEL};
use swast_trainer::settings::{Preserve, Settings, Variant};
use swast_trainer::sparsity::distribution::Distribution;
use tch::{Kind, Tensor};

use crate::support::{described, made_on, rows};
use crate::toy::scattered;

/// Settings of a run of 3 epochs; `flags` come last and win.
pub(crate) fn settings(flags: &str) -> Settings {
    let tiny =
        "--epochs 3 --batch-size 12 --interval 1 --eval-every 3 --fraction 0.5 --model resnet8";
    described(tiny.split(' ').chain(flags.split(' '))).unwrap()
}

/// 30 training and 10 test images of noise, 32 x 32, of as many of `classes` classes as there are images.
pub(crate) fn dataset(name: &str, classes: usize) -> Dataset {
    let samples = |count: usize, salt| LabelledImages {
        pixels: scattered(count * 3072, salt).iter().map(|v| (v * 255.0 + 127.5) as u8).collect(),
        labels: (0..count).map(|i| (i * 7 % classes) as u16).collect(),
    };
    Dataset {
        name: name.into(),
        seed: None,
        classes: (0..classes).map(|c| c.to_string()).collect(),
        height: 32,
        width: 32,
        mean: [0.5; 3],
        std: [0.25; 3],
        train: samples(30, 1),
        test: samples(10, 2),
        skipped: Default::default(),
    }
}

fn made(settings: &Settings, folder: &Path) -> RunRow {
    let name = name_of(settings.dataset);
    let classes = if name == "cifar100" { 100 } else { 10 };
    made_on(settings, dataset(&name, classes), folder)
}

/// What holds for every finished run: finite results; the prune rate met exactly, with masks that say so and
/// weights that are 0 where masked; rows that agree with each other.
fn check(settings: &Settings, row: &RunRow, folder: &Path) {
    let epochs: Vec<EpochRow> = rows(folder);
    let layers: Vec<LayerRow> = rows(folder);
    assert!(row.test_loss.is_finite() && row.relative_flops > 0.0);
    assert_eq!(epochs.len(), settings.epochs as usize);
    assert!(epochs.is_sorted_by(|a, b| a.flops_cumulative < b.flops_cumulative));
    let (weights, active) =
        layers.iter().fold((0, 0), |sum, l| (sum.0 + l.weights, sum.1 + l.active));
    let density = active as f64 / weights as f64;
    assert_eq!(epochs.last().unwrap().density, density);
    assert_eq!(row.params_total - row.params_active, weights - active);

    let (fc, backbone) = layers.split_last().unwrap();
    let rate_of_fc = settings.pruning.map_or(0.0, |p| p.classifier());
    assert_eq!(fc.weights - fc.active, (rate_of_fc * fc.weights as f64).floor() as u64);
    let backbone_of = settings.pruning.and_then(|p| p.backbone);
    // With `uniform` the first layer is dense and outside of the budget.
    let uniform = backbone_of.is_some_and(|b| b.distribution == Distribution::Uniform);
    let backbone = &backbone[usize::from(uniform)..];
    let sums = backbone.iter().fold((0, 0), |sum, l| (sum.0 + l.weights, sum.1 + l.active));
    let zeros = backbone_of.and(settings.pruning).map_or(0.0, |p| p.prune_rate) * sums.0 as f64;
    // Rounded in every layer, where each has a density of its own.
    let error = (sums.0 - sums.1) as f64 - zeros.floor();
    assert!(error.abs() <= backbone.len() as f64, "{error}");
    assert!(layers.iter().all(|l| l.active > 0));

    let model = Tensor::read_safetensors(folder.join(MODEL)).unwrap();
    let masks = Tensor::read_safetensors(folder.join(MASKS)).unwrap();
    assert_eq!(masks.len(), layers.iter().filter(|l| l.active < l.weights).count());
    for (name, mask) in &masks {
        let weight = &model.iter().find(|(n, _)| n == name).unwrap().1;
        assert!(mask.max().int64_value(&[]) <= 1);
        let masked: Tensor = weight * (1.0 - mask.to_kind(Kind::Float));
        assert_eq!(masked.abs().max().double_value(&[]), 0.0, "{name}");
        let layer = layers.iter().find(|l| format!("{}.weight", l.layer) == *name).unwrap();
        assert_eq!(mask.sum(Kind::Int64).int64_value(&[]) as u64, layer.active, "{name}");
    }
}

/// Pruners, selectors, variants, ways of preservation and data sets: every two choices of different kinds meet in a
/// run, and every pruner with every selector. Distributions take turns.
#[test]
fn any_pruner_goes_with_any_selector_variant_preservation_and_data() {
    let folder = tempfile::tempdir().unwrap();
    let (pruners, selectors) = (PrunerSpec::all(), SelectorSpec::all());
    let variants = [Variant::Cut, Variant::Trim, Variant::CoresetOnly, Variant::PruneOnly];
    let preserved = Preserve::value_variants();
    let data = ["cifar10", "cifar100"];
    let mut met = BTreeSet::new();
    for (p, &pruner) in pruners.iter().enumerate() {
        let distributions: &[&str] = if pruner.starts_dense() {
            &["erk", "global", "uniform", "er"]
        } else {
            &["erk", "uniform", "er"]
        };
        for (s, &selector) in selectors.iter().enumerate() {
            let choices = [
                pruner.to_string(),
                selector.to_string(),
                name_of(variants[(s + p) % variants.len()]),
                name_of(preserved[(s / 2 + p) % preserved.len()]),
                data[(s / 3 + p) % data.len()].to_owned(),
            ];
            let [pruner, selector, variant, preserve, data] = &choices;
            let settings = settings(&format!(
                "--pruner {pruner} --selector {selector} --variant {variant} --preserve {preserve} \
                 --dataset {data} --distribution {} --prune-rate 0.8",
                distributions[(s + p) % distributions.len()]
            ));
            let own = folder.path().join(format!("{p}-{s}"));
            let row = made(&settings, &own);
            check(&settings, &row, &own);
            for (i, one) in choices.iter().enumerate() {
                met.extend(choices[..i].iter().map(|other| (one.clone(), other.clone())));
            }
        }
    }
    let sizes = [pruners.len(), selectors.len(), variants.len(), preserved.len(), data.len()];
    let pairs = (0..sizes.len()).flat_map(|i| sizes[..i].iter().map(move |size| size * sizes[i]));
    assert_eq!(met.len(), pairs.sum::<usize>(), "{met:?}");
}

#[test]
fn runs_that_prune_at_random_repeat_and_depend_on_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    for pruner in ["set", "probmask"] {
        let bytes = |name: &str, seed: u64| {
            let settings = settings(&format!("--pruner {pruner} --dataset cifar10 --seed {seed}"));
            let own = folder.path().join(format!("{pruner}-{name}"));
            made(&settings, &own);
            [MODEL, MASKS].map(|file| std::fs::read(own.join(file)).unwrap())
        };
        let first = bytes("first", 1);
        assert!(first == bytes("second", 1), "{pruner}");
        assert!(first != bytes("third", 2), "{pruner}");
    }
}

#[test]
fn density_and_operations_follow_the_masks() {
    let folder = tempfile::tempdir().unwrap();
    let made = |flags: &str| {
        let settings = settings(&format!(
            "--variant prune-only --dataset cifar10 --epochs 6 --prune-rate 0.8 {flags}"
        ));
        let own = folder.path().join(flags.replace(' ', ""));
        let row = made(&settings, &own);
        (rows::<EpochRow>(&own), row)
    };
    let dense_step = made("--variant dense").0[0].flops_cumulative;
    let costs = |epochs: &[EpochRow]| -> Vec<f64> {
        let totals: Vec<_> = epochs.iter().map(|e| e.flops_cumulative).collect();
        let before = std::iter::once(0.0).chain(totals.iter().copied());
        totals.iter().zip(before).map(|(total, before)| (total - before) / dense_step).collect()
    };
    let (epochs, row) = made("--pruner gradual-magnitude:update-every=1");
    let (costs_of_ramp, densities) =
        (costs(&epochs), epochs.iter().map(|e| e.density).collect::<Vec<_>>());
    // 3 mini-batches an epoch, 18 in all: nothing is removed up to the third step, everything from the 13th.
    assert_eq!(densities[0], 1.0);
    assert_eq!(costs_of_ramp[0], 1.0);
    assert!(densities[..4].is_sorted_by(|a, b| a > b) && densities[4] == densities[5]);
    assert!(costs_of_ramp[..5].is_sorted_by(|a, b| a > b));
    assert_eq!(row.update_end, Some(13));
    let (epochs, row) = made("--pruner static-random");
    let sparse = costs(&epochs);
    assert!((costs_of_ramp[5] - sparse[0]).abs() < 1e-12);
    assert_eq!(row.update_every, None);
    // SNIP spends the first of 3 mini-batches (12 of 27 images) on a dense pass, then costs what masks do.
    let snip = costs(&made("--pruner snip").0);
    assert!((snip[0] - (12.0 + 15.0 * sparse[0]) / 27.0).abs() < 1e-12);
    assert!((snip[1] - sparse[0]).abs() < 1e-12);
    // ProbMask: two dense passes while it searches, 5 of 6 epochs; its density is what it expects.
    let (epochs, _) = made("--pruner probmask");
    let search = costs(&epochs);
    assert_eq!(search[..4], [2.0; 4]);
    assert!(search[5] < 1.0);
    // When the masks become hard, a forward pass gathers their statistics: a third of a step.
    assert!((search[4] - 2.0 - search[5] / 3.0).abs() < 1e-12);
    let densities: Vec<_> = epochs.iter().map(|e| e.density).collect();
    assert!(densities[..4].is_sorted_by(|a, b| a > b), "{densities:?}");
    assert!((densities[3] - densities[5]).abs() < 1e-4, "{densities:?}");
}
