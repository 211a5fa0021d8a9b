//! What can be chosen on the command line, and what is refused.

use swast_trainer::pruner::Spec;
use swast_trainer::settings::{BackbonePruning, Settings};
use swast_trainer::sparsity::distribution::{Distribution, FirstLayer};

use crate::support::described;

fn settings(text: &str) -> Result<Settings, String> {
    described(text.split(' '))
}

#[test]
fn flags_describe_every_pruner_and_its_options() {
    for pruner in Spec::NAMES {
        for rest in [
            "",
            "--distribution uniform --first-layer pruned",
            "--distribution er --first-layer dense",
            "--variant trim",
        ] {
            let given = settings(&format!("--pruner {pruner} {rest}")).unwrap();
            assert_eq!(described(given.flags()).unwrap(), given, "{pruner} {rest}");
        }
    }
    for pruner in [
        "rigl:update-every=7,average-gradients=3",
        "set:update-every=7",
        "gradual-magnitude:update-every=7",
    ] {
        let given = settings(&format!("--pruner {pruner}")).unwrap();
        assert_eq!(given.pruning.unwrap().pruner.to_string(), pruner);
        assert_eq!(described(given.flags()).unwrap(), given, "{pruner}");
    }
}

#[test]
fn defaults_are_those_of_the_authors() {
    let backbone = |text: &str| -> BackbonePruning {
        settings(text).unwrap().pruning.unwrap().backbone.unwrap()
    };
    assert_eq!(backbone("--pruner rigl").distribution, Distribution::Erk);
    assert_eq!(backbone("--pruner probmask").distribution, Distribution::Global);
    let own = backbone("--pruner probmask --distribution er").distribution;
    assert_eq!(own, Distribution::Er);
    // What is said twice is one setting, so the run keeps its name.
    for (longer, shorter) in [
        ("--distribution uniform --first-layer dense", "--distribution uniform"),
        ("--first-layer pruned --pruner rigl:average-gradients=1", ""),
    ] {
        assert_eq!(settings(longer).unwrap().id(), settings(shorter).unwrap().id());
    }
    let dense = backbone("--first-layer dense");
    assert_eq!(dense.first_layer, Some(FirstLayer::Dense));
    assert_ne!(settings("--first-layer dense").unwrap().id(), settings("").unwrap().id());
}

#[test]
fn what_makes_no_sense_is_refused_with_a_cure() {
    for pruner in ["rigl", "set", "static-random"] {
        let error = settings(&format!("--pruner {pruner} --distribution global")).unwrap_err();
        assert!(error.contains("--distribution global") && error.contains("give erk"), "{error}");
    }
    for (pruner, words) in [
        ("rigl:average-gradients=0", "rigl:average-gradients=0: give at least 1"),
        ("set:average-gradients=4", "set has no option `average-gradients`; it has update-every"),
        ("riggle", "`riggle` is no pruner; expected one of rigl, static-random, set"),
    ] {
        let error = settings(&format!("--pruner {pruner}")).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
