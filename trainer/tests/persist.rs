//! A run that is stopped in the middle of an epoch, kept, restored into a fresh state and continued is the run that was
//! never stopped, bit for bit: for every pruner and every selector.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/flags.rs"]
mod flags;
#[path = "support/watch.rs"]
mod watch;

use swast_datasets::load;
use swast_selection::Spec as SelectorSpec;
use swast_trainer::model::Architecture;
use swast_trainer::persist::Snapshot;
use swast_trainer::pruner::Spec as PrunerSpec;
use swast_trainer::settings::Settings;
use swast_trainer::train::data::TrainingData;
use swast_trainer::train::state::State;
use swast_trainer::train::swast::train;
use tch::Device;

use flags::described;
use watch::{Watch, listed};

/// A run of 4 epochs on 72 images, 5 mini-batches or mask updates each; selections before epochs 2 to 4.
fn settings(flags: &str) -> Settings {
    let tiny = "--limit-train 80 --limit-test 20 --batch-size 16 --epochs 4 --interval 1 --warmup 1 \
                --eval-every 2 --fraction 0.6 --prune-rate 0.6 --label-noise 0.1";
    described(tiny.split_whitespace().chain(flags.split_whitespace())).unwrap()
}

fn data(settings: &Settings) -> TrainingData {
    let dataset = load(settings.dataset, None, settings.request()).unwrap();
    TrainingData::new(dataset, settings.holdout(), true, Device::Cpu)
}

fn fresh(settings: &Settings, data: &TrainingData) -> State {
    State::new(settings, Architecture::new(settings.model, data.classes, 32), data)
}

/// Asserts that the run of `flags`, stopped after each of `stops` mini-batches and restored, is the run in one go.
fn check(flags: &str, stops: &[usize]) {
    tch::set_num_threads(1);
    let settings = settings(flags);
    let data = data(&settings);
    let mut whole = (fresh(&settings, &data), Watch::default());
    assert!(train(&settings, &data, &mut whole.0, &mut whole.1).unwrap().is_continue());
    let mut parts = (fresh(&settings, &data), Watch::default());
    for &stop in stops {
        parts.1.left = Some(stop);
        assert!(train(&settings, &data, &mut parts.0, &mut parts.1).unwrap().is_break(), "{flags}");
        assert!(
            parts.0.course.begun && parts.0.course.next().is_some(),
            "{flags}: not within an epoch"
        );
        let kept = Snapshot::of(&mut parts.0);
        // What is restored must not depend on what the state holds already: this one has taken other steps.
        parts.0 = fresh(&settings, &data);
        let mut other = Watch { left: Some(9), ..Watch::default() };
        assert!(train(&settings, &data, &mut parts.0, &mut other).unwrap().is_break());
        kept.restore(&mut parts.0).unwrap();
    }
    parts.1.left = None;
    assert!(train(&settings, &data, &mut parts.0, &mut parts.1).unwrap().is_continue());
    assert_eq!(parts.1.shown, whole.1.shown, "{flags}");
    let (parts, whole) = (listed(&mut parts.0), listed(&mut whole.0));
    for (own, expected) in parts.iter().zip(&whole) {
        assert!(own == expected, "{flags}: {} differs", own.0);
    }
    assert_eq!(parts.len(), whole.len(), "{flags}");
}

#[test]
fn every_pruner_goes_on_where_it_was_stopped() {
    for pruner in PrunerSpec::all() {
        // In the warm-up, then between two selections; of 5 mini-batches on all samples and 3 on coresets.
        check(&format!("--variant cut --pruner {pruner} --preserve complete"), &[3, 4]);
        check(&format!("--variant prune-only --pruner {pruner}"), &[2]);
    }
}

#[test]
fn sums_of_gradients_and_schedules_go_on() {
    for pruner in [
        "rigl:average-gradients=3,update-every=4",
        "set:update-every=2",
        "gradual-magnitude:update-every=2",
    ] {
        // After each of several steps: in the middle of a collection too.
        for stop in [1, 2, 3, 4] {
            check(&format!("--variant prune-only --pruner {pruner}"), &[stop]);
        }
    }
    check("--variant prune-only --pruner probmask --distribution uniform", &[1, 6, 5]);
}

#[test]
fn every_selector_goes_on_where_it_was_stopped() {
    for selector in SelectorSpec::all() {
        check(&format!("--variant coreset-only --selector {selector}"), &[3, 4]);
    }
    check("--variant coreset-only --weighting coreset --preserve selective", &[6]);
    check("--variant dense", &[1]);
    check("--variant cut --precision fp16", &[3, 4]);
}

#[test]
fn a_snapshot_of_another_run_is_refused() {
    let (one, other) = (settings("--variant dense"), settings("--variant prune-only"));
    let data = data(&one);
    let kept = Snapshot::of(&mut fresh(&one, &data));
    let error = kept.restore(&mut fresh(&other, &data)).unwrap_err().to_string();
    assert!(error.contains("pruned") && error.contains("missing"), "{error}");
}
