//! A run whose steps are replayed, on buffers at fixed addresses and without any number of the host, is the run whose
//! steps are taken one by one, bit for bit: for every pruner and every preservation.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/flags.rs"]
mod flags;
#[path = "support/watch.rs"]
mod watch;

use std::path::Path;

use clap::Parser;
use swast_datasets::{DatasetKind, Request, Source, command, load};
use swast_selection::Spec as SelectorSpec;
use swast_trainer::model::Architecture;
use swast_trainer::pruner::Spec as PrunerSpec;
use swast_trainer::settings::Settings;
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::replay::Replay;
use swast_trainer::train::state::State;
use swast_trainer::train::step::Step;
use swast_trainer::train::swast::train;
use tch::Device;

use flags::described;
use watch::{Watch, listed};

/// A run of 4 epochs on 72 images, 4 full mini-batches and a short one each; selections before epochs 2 to 4, of 3 full
/// ones.
fn settings(flags: &str) -> Settings {
    let tiny = "--limit-train 80 --limit-test 20 --batch-size 16 --epochs 4 --interval 1 --warmup 1 \
                --eval-every 2 --fraction 0.7 --prune-rate 0.6 --label-noise 0.1";
    described(tiny.split_whitespace().chain(flags.split_whitespace())).unwrap()
}

fn data(settings: &Settings, source: impl Into<Source>) -> TrainingData {
    tch::set_num_threads(1);
    TrainingData::new(source, settings.holdout(), true, Device::Cpu)
}

fn fresh(settings: &Settings, data: &TrainingData) -> State {
    State::new(settings, Architecture::new(settings.model, data.classes, 32), data)
}

/// What a run shows and its last state; with replayed steps also how often one was captured.
fn run(settings: &Settings, data: &TrainingData, replay: bool) -> (Watch, State) {
    let (mut state, mut watch) = (fresh(settings, data), Watch::default());
    state.replay = replay.then(Replay::default);
    assert!(train(settings, data, &mut state, &mut watch).unwrap().is_continue());
    (watch, state)
}

/// Asserts that the run of `settings` is the same with replayed steps, of which so many are captured.
fn check(flags: &str, settings: &Settings, data: &TrainingData, captures: usize) {
    let (shown, mut state) = run(settings, data, false);
    let (replayed, mut own) = run(settings, data, true);
    assert_eq!(replayed.shown, shown.shown, "{flags}");
    let found = own.replay.as_ref().map_or(0, Replay::captures);
    assert_eq!(found, captures, "{flags}: captures");
    let (own, expected) = (listed(&mut own), listed(&mut state));
    for (own, expected) in own.iter().zip(&expected) {
        assert!(own == expected, "{flags}: {} differs", own.0);
    }
    assert_eq!(own.len(), expected.len(), "{flags}");
}

fn check_all(flags: &str, captures: usize) {
    let settings = settings(flags);
    let dataset = load(settings.dataset, None, settings.request()).unwrap();
    check(flags, &settings, &data(&settings, dataset), captures);
}

#[test]
fn every_pruner_gives_the_same_rows() {
    for pruner in PrunerSpec::all() {
        // The loss has another term from the first recording on. Masks are searched until the last epoch.
        let searches = pruner.to_string().starts_with("probmask");
        for (preserve, captures) in [("none", 1), ("complete", 2), ("selective", 2)] {
            let flags = format!("--variant cut --pruner {pruner} --preserve {preserve}");
            check_all(&flags, if searches { 1 } else { captures });
        }
        check_all(&format!("--variant prune-only --pruner {pruner}"), 1);
    }
}

#[test]
fn masks_that_change_often_give_the_same_rows() {
    for pruner in [
        "rigl:average-gradients=2,update-every=3",
        "rigl:update-every=1",
        "set:update-every=2",
        "gradual-magnitude:update-every=2",
    ] {
        check_all(&format!("--variant cut --pruner {pruner}"), 2);
    }
    check_all("--variant trim --pruner rigl:update-every=2 --preserve selective", 2);
}

#[test]
fn every_loss_and_history_gives_the_same_rows() {
    check_all("--variant dense", 1);
    check_all("--variant coreset-only --selector forgetting", 1);
    check_all("--variant coreset-only --weighting coreset --preserve complete", 2);
    check_all("--variant dense --precision bf16 --epochs 2", 1);
    check_all("--variant cut --precision fp16 --preserve complete", 2);
    check_all("--variant prune-only --pruner probmask --precision fp16", 1);
    // Mini-batches of all samples, and a coreset that is smaller than a mini-batch.
    check_all("--variant dense --batch-size 128", 1);
    check_all("--variant coreset-only --fraction 0.2 --batch-size 32", 1);
}

/// With replayed steps those that can choose on the device do so.
#[test]
fn every_selector_gives_the_same_rows() {
    for selector in SelectorSpec::all() {
        check_all(&format!("--variant coreset-only --selector {selector}"), 1);
    }
}

#[derive(Debug, Parser)]
struct Data {
    #[command(flatten)]
    args: command::Args,
}

#[test]
fn streamed_images_give_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("images").display().to_string();
    for words in [
        format!("synth --layout folder --train 80 --test 20 --out {images}"),
        format!("import {images} --cache 32 --raw"),
    ] {
        let data = Data::parse_from(["data"].into_iter().chain(words.split_whitespace()));
        command::execute(&data.args).unwrap();
    }
    let wanted = Request { resolution: Some(32), ..Request::default() };
    let cache = format!("{images}.cache");
    let source = Source::open(DatasetKind::Folder, Some(Path::new(&cache)), wanted).unwrap();
    let flags = "--dataset folder --resolution 32 --model resnet8 --variant cut";
    let settings = settings(flags);
    check(flags, &settings, &data(&settings, source), 2);
}

/// The numbers of the host that change from step to step are not in what a captured step may read.
#[test]
fn a_frozen_state_knows_no_number_of_the_host() {
    let settings = settings("--variant cut");
    let dataset = load(settings.dataset, None, settings.request()).unwrap();
    let data = data(&settings, dataset);
    let mut state = fresh(&settings, &data);
    state.begin_epoch(&settings);
    let step = Step { objective: settings.objective, sgd: settings.sgd, feed: &*data.images };
    // The first mini-batch is spent on the masks.
    step.take(&mut state, 16, |_| ()).unwrap();
    step.take(&mut state, 16, |_| ()).unwrap();
    let frozen = state.frozen();
    assert!(frozen.course.learning_rate.is_nan());
    assert_ne!(frozen.course.epoch, state.course.epoch);
    let counters = |state: &State| (state.step, state.network.batches_seen);
    assert_eq!(counters(&state), (1, 2));
    assert!(counters(&frozen).0 > 1 << 60 && counters(&frozen).1 < -1 << 60);
    // Its position and its number of samples too: what is left of the epoch is another number.
    assert!(frozen.course.plan.is_empty() && frozen.samples.is_empty());
    assert_eq!(frozen.course.places(16), state.course.places(16));
}
