//! Whole runs, tiny ones: what they leave, that they repeat, and what they are when parts are switched off.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/feed.rs"]
mod feed;
#[path = "support/plain.rs"]
mod plain;
mod support;

use std::path::Path;

use ndarray::Array2;
use swast_datasets::{DatasetKind, Request, load};
use swast_selection::{Coreset, Evidence, History, Moment, Pool};
use swast_tables::rows::{CoresetRow, EpochRow, LayerRow, NoiseRow, RunRow, SelectionRow};
use swast_trainer::libtorch::arithmetic::Precision;
use swast_trainer::model::network::prefers_channels_last;
use swast_trainer::model::ops::Mode;
use swast_trainer::model::{Architecture, ModelKind, Network};
use swast_trainer::plan::{Changes, Known, Profile, Sweep};
use swast_trainer::run::record::{MASKS, MODEL};
use swast_trainer::settings::{Preserve, Settings};
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::sgd::cosine_rate;
use tch::{Device, Kind, Reduction, Tensor};

use feed::{augmented, batches, drawn};
use plain::plain;
use support::{described, made_on, rows};

/// A part of the synthetic data set.
const FEW: Request =
    Request { limit_train: Some(100), limit_test: Some(40), resolution: None, skip_broken: 0 };

/// Settings of a run of 4 epochs on 90 training images.
fn settings(flags: &str) -> Settings {
    let tiny =
        "--limit-train 100 --limit-test 40 --batch-size 16 --epochs 4 --interval 2 --eval-every 2";
    described(tiny.split(' ').chain(flags.split(' '))).unwrap()
}

fn made(settings: &Settings, folder: &Path) -> RunRow {
    let dataset = load(settings.dataset, None, settings.request()).unwrap();
    made_on(settings, dataset, folder)
}

/// The rows of two runs, times aside.
fn timeless(folder: &Path) -> (Vec<EpochRow>, Vec<SelectionRow>, Vec<CoresetRow>, Vec<NoiseRow>) {
    let mut epochs: Vec<EpochRow> = rows(folder);
    let mut selections: Vec<SelectionRow> = rows(folder);
    epochs.iter_mut().for_each(|row| row.time_s = 0.0);
    selections.iter_mut().for_each(|row| row.time_s = 0.0);
    (epochs, selections, rows(folder), rows(folder))
}

#[test]
fn the_same_run_twice_gives_the_same_rows_and_the_same_model() {
    let settings = settings("--variant cut --label-noise 0.2 --fraction 0.3");
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    made(&settings, &first);
    made(&settings, &second);
    assert_eq!(timeless(&first), timeless(&second));
    let bytes = |run: &Path| std::fs::read(run.join(MODEL)).unwrap();
    assert_eq!(bytes(&first), bytes(&second));
    let other = Settings { seed: 1, ..settings };
    let third = folder.path().join("third");
    made(&other, &third);
    assert_ne!(rows::<EpochRow>(&first)[3].train_loss, rows::<EpochRow>(&third)[3].train_loss);
}

#[test]
fn masked_weights_are_exactly_zero_and_counts_are_exact() {
    let settings = settings("--variant cut --prune-rate 0.8 --fraction 0.3");
    let folder = tempfile::tempdir().unwrap();
    let row = made(&settings, folder.path());
    let model = Tensor::read_safetensors(folder.path().join(MODEL)).unwrap();
    let masks = Tensor::read_safetensors(folder.path().join(MASKS)).unwrap();
    let layers: Vec<LayerRow> = rows(folder.path());
    assert!(masks.len() > 5);
    for (name, mask) in &masks {
        let weight = &model.iter().find(|(n, _)| n == name).unwrap().1;
        let masked = weight * (mask.to_kind(Kind::Float) - 1.0);
        assert_eq!(masked.abs().max().double_value(&[]), 0.0, "{name}");
        let layer = layers.iter().find(|l| format!("{}.weight", l.layer) == *name).unwrap();
        assert_eq!(mask.sum(Kind::Int64).int64_value(&[]) as u64, layer.active, "{name}");
    }
    // floor(0.9 * 640) weights of the classifier are masked.
    assert_eq!(layers.last().unwrap().active, 64);
    let masked: u64 = layers.iter().map(|l| l.weights - l.active).sum();
    assert_eq!(row.params_total - row.params_active, masked);
}

#[test]
fn budgets_flips_and_phases_are_exact() {
    let settings =
        settings("--variant coreset-only --selector el2n --label-noise 0.2 --fraction 0.25");
    let folder = tempfile::tempdir().unwrap();
    made(&settings, folder.path());
    let (epochs, selections, coresets, noise) = timeless(folder.path());
    // 100 images, 10 held out: N = 90, k = floor(22.5), floor(18) flips; K = ceil(4 * 0.25 / 2) = 1.
    assert_eq!(noise.len(), 18);
    let phases: Vec<_> = epochs.iter().map(|e| (e.phase.as_str(), e.coreset_size)).collect();
    assert_eq!(phases, [("warmup", 90), ("coreset", 22), ("coreset", 22), ("coreset", 22)]);
    assert_eq!(
        selections.iter().map(|s| (s.epoch, s.size)).collect::<Vec<_>>(),
        [(2, 22), (4, 22)]
    );
    for selection in &selections {
        let own: Vec<_> = coresets.iter().filter(|c| c.epoch == selection.epoch).collect();
        let flipped = |c: &&&CoresetRow| noise.iter().any(|n| n.index == c.index);
        let noisy = own.iter().filter(flipped).count();
        assert_eq!(own.len(), 22);
        assert_eq!(selection.noise_share, Some(noisy as f64 / 22.0));
    }
    assert!(epochs.iter().all(|e| e.test_loss.is_some() == [1, 2, 3, 4].contains(&e.epoch)));
    assert!(epochs.iter().all(|e| e.loss_noisy.is_some() == e.test_loss.is_some()));
}

/// Algorithm 1 without pruning once more, written out with the optimizer of the textbook: a network trained
/// with `settings`, and the coresets chosen on the way.
fn by_hand(settings: &Settings) -> (Network, Vec<(u32, Coreset)>) {
    let dataset = load(DatasetKind::default(), None, FEW).unwrap();
    let architecture = Architecture::new(ModelKind::ResNet8, 10, 32);
    let layout = prefers_channels_last(Device::Cpu);
    let data = TrainingData::new(dataset, settings.holdout(), layout, Device::Cpu);
    let mut network = Network::new(architecture, settings.seed, Device::Cpu);
    let mut momenta: Vec<_> = network.parameters.views.iter().map(Tensor::zeros_like).collect();
    let mut samples = data.pool_indices.shallow_clone();
    let mut weights = Tensor::ones([90], (Kind::Float, Device::Cpu));
    let mut recorded = None;
    let mut coresets = Vec::new();
    // Whether each image was classified correctly whenever it was trained on.
    let mut correct = vec![Vec::new(); 100];
    for epoch in 1..=settings.epochs {
        if settings.is_due(epoch) {
            let coreset = chosen(&mut network, settings, &data, (epoch, &correct));
            let positions: Vec<i64> = coreset.indices.iter().map(|&i| i64::from(i)).collect();
            samples = data.pool_indices.index_select(0, &Tensor::from_slice(&positions));
            weights = Tensor::from_slice(&coreset.weights).to_kind(Kind::Float);
            let images = plain(&*data.images, &samples);
            recorded = Some(tch::no_grad(|| network.forward(&images, Mode::Evaluate).logits));
            coresets.push((epoch, coreset));
        }
        let len = samples.size()[0] as usize;
        let plan = drawn(len, settings.seed, epoch);
        for (first, len) in batches(len, settings.batch_size) {
            let batch = plan.order.narrow(0, first, len);
            let indices = samples.index_select(0, &batch);
            let labels = data.images.labels(&indices);
            let images = augmented(&*data.images, &indices, &plan, first);
            let logits = network.forward(&images, Mode::Train).logits;
            for (place, &index) in (0..).zip(&Vec::<i64>::try_from(&indices).unwrap()) {
                let answer = logits.get(place).argmax(-1, false).int64_value(&[]);
                correct[index as usize].push(answer == labels.int64_value(&[place]));
            }
            let each =
                logits.cross_entropy_loss(&labels, None::<&Tensor>, Reduction::None, -100, 0.0);
            let w = weights.index_select(0, &batch);
            let mut loss = (each * &w).sum(Kind::Float) / w.sum(Kind::Float);
            if let (Some(recorded), true) = (&recorded, settings.preserve == Preserve::Complete) {
                let target = recorded.index_select(0, &batch).softmax(-1, Kind::Float);
                let predicted = logits.log_softmax(-1, Kind::Float);
                let sum = predicted.kl_div(&target, Reduction::Sum, false);
                loss += settings.objective.lambda * sum / len;
            }
            loss.backward();
            let rate = cosine_rate(settings.learning_rate, epoch, settings.epochs);
            for (weight, momentum) in network.parameters.views.iter_mut().zip(&mut momenta) {
                let gradient: Tensor = weight.grad() + weight.detach() * settings.sgd.weight_decay;
                *momentum = &*momentum * 0.9 + &gradient;
                tch::no_grad(|| *weight -= (gradient + &*momentum * 0.9) * rate);
                weight.zero_grad();
            }
        }
    }
    (network, coresets)
}

/// The selector's choice from features and probabilities of un-augmented images, one image at a time.
fn chosen(
    network: &mut Network,
    settings: &Settings,
    data: &TrainingData,
    (epoch, correct): (u32, &[Vec<bool>]),
) -> Coreset {
    let _guard = tch::no_grad_guard();
    let (mut features, mut probabilities) = (Vec::new(), Vec::new());
    for &index in &data.pool {
        let image = plain(&*data.images, &Tensor::from_slice(&[i64::from(index)]));
        let forward = network.forward(&image, Mode::Evaluate);
        features.extend(Vec::<f32>::try_from(forward.features.reshape([-1])).unwrap());
        let own = forward.logits.softmax(-1, Kind::Float).reshape([-1]);
        probabilities.extend(Vec::<f32>::try_from(own).unwrap());
    }
    let matrix = |values: Vec<f32>| Array2::from_shape_vec((90, values.len() / 90), values);
    let (features, probabilities) = (matrix(features).unwrap(), matrix(probabilities).unwrap());
    let own = |index: &u32| correct[*index as usize].as_slice();
    let lost = |row: &[bool]| row.windows(2).filter(|pair| pair[0] && !pair[1]).count() as u32;
    let history = History {
        forgotten: data.pool.iter().map(own).map(lost).collect(),
        learnt: data.pool.iter().map(own).map(|row| row.contains(&true)).collect(),
    };
    let pool = Pool {
        evidence: Evidence {
            features: Some(&features),
            probabilities: Some(&probabilities),
            history: Some(&history),
            ..Evidence::default()
        },
        moment: Moment {
            seed: settings.seed,
            epoch,
            epochs: settings.epochs,
            batch_size: settings.batch_size,
            rate: settings.learning_rate,
        },
        ..Pool::labelled(&data.pool_labels, data.classes)
    };
    let selector = settings.selection.unwrap().selector.selector();
    selector.select(&pool, settings.budget(90).unwrap()).unwrap()
}

fn assert_same_model(network: &Network, folder: &Path, tolerance: f64) {
    let saved = Tensor::read_safetensors(folder.join(MODEL)).unwrap();
    for (name, tensor) in network.tensors() {
        let found = &saved.iter().find(|(n, _)| *n == name).unwrap().1;
        let error = (found - tensor).abs().max().double_value(&[]);
        assert!(error < tolerance, "{name}: off by {error}");
    }
}

#[test]
fn with_everything_switched_off_a_run_is_plain_sgd() {
    let settings = settings("--variant dense --weight-decay 0.01");
    let folder = tempfile::tempdir().unwrap();
    made(&settings, folder.path());
    assert_same_model(&by_hand(&settings).0, folder.path(), 5e-5);
}

#[test]
fn a_coreset_run_selects_weighs_and_preserves_as_algorithm_1_says() {
    // A large lambda, so that states recorded from other images or at another time would show.
    let settings = settings(
        "--variant coreset-only --preserve complete --lambda 2 --fraction 0.3 --selector gradmatch:ridge=0",
    );
    let folder = tempfile::tempdir().unwrap();
    made(&settings, folder.path());
    let (network, coresets) = by_hand(&settings);
    let rows: Vec<CoresetRow> = rows(folder.path());
    let data = load(DatasetKind::default(), None, FEW).unwrap();
    let pool = TrainingData::new(data, settings.holdout(), true, Device::Cpu).pool;
    assert_eq!(coresets.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [2, 4]);
    for (epoch, coreset) in &coresets {
        let own: Vec<_> = rows.iter().filter(|row| row.epoch == *epoch).collect();
        let indices: Vec<u32> = own.iter().map(|row| row.index as u32).collect();
        let expected: Vec<u32> = coreset.indices.iter().map(|&i| pool[i as usize]).collect();
        assert_eq!(indices, expected, "epoch {epoch}");
        for (row, weight) in own.iter().zip(&coreset.weights) {
            assert!((row.weight - weight).abs() < 1e-2 * (1.0 + weight), "epoch {epoch}: {row:?}");
        }
    }
    // Weights of a coreset magnify what scoring image by image rounds otherwise.
    assert_same_model(&network, folder.path(), 1e-3);
}

#[test]
fn forgetting_sees_every_mini_batch_of_the_training() {
    // Selections before epochs 3, 5 and 7: the later ones know some samples longer than others.
    let settings = settings(
        "--variant coreset-only --selector forgetting --fraction 0.4 --epochs 8 --warmup 2 --learning-rate 0.02",
    );
    let folder = tempfile::tempdir().unwrap();
    made(&settings, folder.path());
    let (network, coresets) = by_hand(&settings);
    let rows: Vec<CoresetRow> = rows(folder.path());
    let data = load(DatasetKind::default(), None, FEW).unwrap();
    let pool = TrainingData::new(data, settings.holdout(), true, Device::Cpu).pool;
    assert_eq!(coresets.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [3, 5, 7]);
    for (epoch, coreset) in &coresets {
        let own = rows.iter().filter(|row| row.epoch == *epoch);
        let indices: Vec<u32> = own.map(|row| row.index as u32).collect();
        let expected: Vec<u32> = coreset.indices.iter().map(|&i| pool[i as usize]).collect();
        assert_eq!(indices, expected, "epoch {epoch}");
    }
    // Weights of a coreset magnify what scoring image by image rounds otherwise.
    assert_same_model(&network, folder.path(), 1e-3);
}

#[test]
fn selections_and_the_time_of_a_coreset_epoch_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let made = |flags: &str| made(&settings(flags), &folder.path().join(flags.replace(' ', "")));
    let row = made("--variant coreset-only --selector el2n --fraction 0.3");
    assert_eq!(row.selections, Some(2));
    let epoch = row.time_coreset_epoch_s.unwrap();
    // Three of the four epochs are on coresets.
    assert!(epoch > 0.0 && 3.0 * epoch + row.time_select_s < row.time_s);
    let row = made("--variant dense");
    assert_eq!((row.selections, row.time_coreset_epoch_s), (None, None));
}

#[test]
fn any_selector_goes_with_any_variant_pruner_and_preservation() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    for selector in ["gradmatch", "moderate", "el2n", "random", "random-redrawn", "full"] {
        for (variant, rest) in [
            ("cut", "--pruner rigl --preserve complete --distribution er"),
            ("trim", "--pruner rigl --preserve selective"),
            ("coreset-only", "--weighting coreset --selection-start aligned"),
            ("cut", "--pruner static-random --preserve none --distribution uniform"),
        ] {
            let settings = settings(&format!(
                "--variant {variant} --selector {selector} {rest} --epochs 2 --interval 1 --limit-train 60 --fraction 0.3"
            ));
            number += 1;
            let row = made(&settings, &folder.path().join(number.to_string()));
            assert!(row.test_loss.is_finite() && row.relative_flops > 0.0, "{selector} {variant}");
        }
    }
    for rest in
        ["--variant prune-only", "--variant prune-only --preserve complete", "--variant dense"]
    {
        let settings = settings(&format!("{rest} --epochs 2 --limit-train 60"));
        number += 1;
        made(&settings, &folder.path().join(number.to_string()));
    }
}

#[test]
fn random_is_drawn_once_and_random_redrawn_at_every_selection() {
    let folder = tempfile::tempdir().unwrap();
    let overlap = |selector: &str| {
        let settings =
            settings(&format!("--variant coreset-only --fraction 0.3 --selector {selector}"));
        let own = folder.path().join(selector);
        made(&settings, &own);
        rows::<SelectionRow>(&own).last().unwrap().overlap_previous.unwrap()
    };
    assert_eq!(overlap("random"), 1.0);
    assert!(overlap("random-redrawn") < 0.8);
}

#[test]
fn flags_describe_the_settings_of_every_planned_run() {
    for (profile, sweep) in [
        (Profile::Quick, Sweep::Figure5),
        (Profile::Desk, Sweep::Figure6),
        (Profile::Paper, Sweep::Figure7),
        (Profile::Paper, Sweep::Figure5),
    ] {
        let (dataset, precision) = ("cifar10".parse().unwrap(), Precision::Fp32);
        for cell in
            (Known { profile, dataset, resolution: None, precision, changes: Changes::default() })
                .cells(sweep, 7)
        {
            assert_eq!(described(cell.settings.flags()).unwrap(), cell.settings);
        }
    }
}

#[test]
fn what_a_run_does_not_use_is_no_part_of_its_identity() {
    let id = |flags: &str| settings(flags).id();
    let dense = id("--variant dense");
    for unused in [
        "--lambda 0.3",
        "--weighting coreset",
        "--validation clean",
        "--selector moderate --fraction 0.5",
        "--pruner set --prune-rate 0.5",
    ] {
        assert_eq!(id(&format!("--variant dense {unused}")), dense, "{unused}");
    }
    let cut = id("--variant cut");
    assert_eq!(id("--variant cut --selector gradmatch:ridge=0.50 --pruner rigl"), cut);
    for used in ["--lambda 0.3", "--selector gradmatch:ridge=0.4", "--pruner rigl:update-every=9"] {
        assert_ne!(id(&format!("--variant cut {used}")), cut, "{used}");
    }
    assert_ne!(id("--variant dense --label-noise 0.1"), dense);
}
