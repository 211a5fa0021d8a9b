//! What can be chosen on the command line, and what is refused.

use clap::ValueEnum;
use swast_tables::names::name_of;
use swast_trainer::commands::train::flags;
use swast_trainer::pruner::PrunerKind;
use swast_trainer::sparsity::distribution::{Distribution, FirstLayer};

use crate::support::described;

fn settings(text: &str) -> Result<swast_trainer::settings::Settings, String> {
    described(text.split(' ')).map_err(|error| error.to_string())
}

#[test]
fn flags_describe_every_pruner_and_its_options() {
    for pruner in PrunerKind::value_variants() {
        for rest in [
            "",
            "--distribution uniform --first-layer pruned --update-every 7",
            "--distribution er --first-layer dense",
            "--average-gradients 3",
            "--variant trim",
        ] {
            let given = settings(&format!("--pruner {} {rest}", name_of(*pruner))).unwrap();
            assert_eq!(described(flags(&given)).unwrap(), given, "{pruner:?} {rest}");
        }
    }
}

#[test]
fn defaults_are_those_of_the_authors() {
    let pruning = |text: &str| settings(text).unwrap().pruning.unwrap();
    assert_eq!(pruning("--pruner rigl").distribution, Some(Distribution::Erk));
    assert_eq!(pruning("--pruner probmask").distribution, Some(Distribution::Global));
    let own = pruning("--pruner probmask --distribution er").distribution;
    assert_eq!(own, Some(Distribution::Er));
    // What is said twice is one setting, so the run keeps its name.
    for (longer, shorter) in [
        ("--distribution uniform --first-layer dense", "--distribution uniform"),
        ("--first-layer pruned --average-gradients 1", ""),
        ("--pruner set --average-gradients 4", "--pruner set"),
    ] {
        assert_eq!(settings(longer).unwrap().run(), settings(shorter).unwrap().run());
    }
    let dense = pruning("--first-layer dense");
    assert_eq!(dense.first_layer, Some(FirstLayer::Dense));
    assert_ne!(settings("--first-layer dense").unwrap().run(), settings("").unwrap().run());
}

#[test]
fn what_makes_no_sense_is_refused_with_a_cure() {
    for pruner in ["rigl", "set", "static-random"] {
        let error = settings(&format!("--pruner {pruner} --distribution global")).unwrap_err();
        assert!(error.contains("--distribution global") && error.contains("give erk"), "{error}");
    }
    let error = settings("--average-gradients 0").unwrap_err();
    assert_eq!(error, "--average-gradients 0: give at least 1");
}
