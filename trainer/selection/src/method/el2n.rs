//! EL2N (Paul, Ganguli, Dziugaite 2021), modified for training under way: the hardest samples in the
//! first half of the run, the easiest in the second (the paper's section on selection methods).
//!
//! The authors choose once, before the training proper, by scores averaged over ten networks or more after 20 epochs: the
//! largest, or with an offset the ranks from it on, which passes over the hardest. In a run there is one network, the one
//! that is trained, so its scores stand alone; the offset is for selections from files, where averages can be taken
//! beforehand. The authors sort the samples by class first, with an unstable sort, so that their published scores
//! belong to no order that others know; here the order is that of the data, and among equals the lower index is first.

use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use swast_tables::options;
use swast_tables::spec::Options;

use super::{Method, conflict};
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::{Element, TASK_ROWS, row, square};
use crate::ranking::{Keep, ranked};
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

/// How many samples of smaller scores are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "give a whole number, or none")]
pub enum Offset {
    /// None, and the epoch says which end is kept.
    None,
    /// So many; the ranks from there on are kept.
    #[serde(untagged)]
    Of(usize),
}

options! {
    /// Samples with the largest error of the softmax; in the second half of training the smallest
    El2n "el2n" {
        /// Number of samples with smaller scores to pass over, then to keep the ranks from there on, smallest first;
        /// without it the epoch says which end is kept
        offset: Offset = Offset::None,
    }
}

impl Method for El2n {
    const NEEDS: Needs = Needs::NONE.with(Need::Probabilities);
    const GUIDE: Guide = Guide {
        needs: "probabilities",
        good_for: "dropping the easy rows of much clean data",
        spoiled_by: "wrong labels, which it takes first; small budgets",
        weights: ALL_ONE,
    };

    fn check(&self, sizes: &[usize], budget: usize) -> Result<(), SelectError> {
        let samples: usize = sizes.iter().sum();
        let last = samples - budget;
        match self.offset {
            Offset::Of(offset) if offset > last => {
                let reason = format!(
                    "it leaves less than the budget of {budget} of {samples} samples; choose one up to {last}"
                );
                Err(conflict::<Self>(("offset", &offset.to_string()), &reason).into())
            }
            _ => Ok(()),
        }
    }

    fn parts(&self) -> Parts {
        Parts::Samples
    }

    fn scores<E: Element>(&self, pool: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        Ok(scores(&pool.probabilities(Self::NAME)?.view(), pool.labels))
    }

    /// The highest scores while `2 epoch < epochs`, the lowest from there on, or the lowest from the offset on; in
    /// order of rank, lower index first among equals, weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let scores = super::scores(self, pool)?;
        if let Offset::Of(offset) = self.offset {
            let lowest = ranked(&scores, Keep::Smallest, offset + budget);
            return Ok(Coreset::unweighted(lowest[offset..].to_vec()));
        }
        let early = 2 * u64::from(pool.moment.epoch) < u64::from(pool.moment.epochs);
        let keep = if early { Keep::Largest } else { Keep::Smallest };
        Ok(Coreset::unweighted(ranked(&scores, keep, budget)))
    }
}

/// `|p - y|_2` of every row p of `probabilities` (N x C), with y its one-hot label; in [0, sqrt 2].
///
/// # Panics
/// When a label is not below C, or the rows are not stored one after another.
pub fn scores<E: Element>(probabilities: &ArrayView2<E>, labels: &[u16]) -> Vec<f64> {
    let mut scores = vec![0.0; labels.len()];
    let tasks = scores.par_chunks_mut(TASK_ROWS).zip(labels.par_chunks(TASK_ROWS)).enumerate();
    tasks.for_each(|(task, (scores, labels))| {
        for (place, (score, &label)) in scores.iter_mut().zip(labels).enumerate() {
            let (below, rest) =
                row(probabilities, task * TASK_ROWS + place).split_at(usize::from(label));
            let (own, above) = rest.split_first().expect("a label is below the number of classes");
            let error = Into::<f64>::into(*own) - 1.0;
            *score = (square(below) + error * error + square(above)).sqrt();
        }
    });
    scores
}
