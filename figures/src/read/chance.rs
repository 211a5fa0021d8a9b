//! How far a network is from guessing: a network near chance says nothing of a claim.

use crate::read::judge;
use swast_tables::rows::RunRow;

/// Number of classes of the data set called `name`; `None` for one that is not known here.
pub fn classes(name: &str) -> Option<usize> {
    Some(match name {
        "synthetic" | "synthetic16" | "cifar10" => 10,
        "cifar100" => 100,
        "cifar100-coarse" => 20,
        "tinyimagenet" => 200,
        "imagenet" => 1000,
        _ => return None,
    })
}

/// Whether the network of `run` has learned. One on a data set with an unknown number of classes is taken at its word.
pub fn has_learned(run: &RunRow) -> bool {
    classes(&run.dataset).is_none_or(|classes| judge::has_learned(run.test_accuracy, classes))
}
