//! CRAIG (Mirzasoleiman, Bilmes, Leskovec 2020): samples whose gradients are near those of all others, found
//! by facility location ([`crate::facility`]) and weighted by how many samples they stand for.
//!
//! The distance is the Euclidean one between last-layer gradients, as in the authors' code; CORDS squares
//! it. What the existing codes do wrong is not repeated, in any [`Compat`]: the first sample of each class
//! is no special case (craig), the rows of the distance matrix are those of the samples they are taken for
//! (CORDS, where a random sampler permutes them), and the gain is the sum over all rows (DeepCore without
//! balance, where only the first batch counts). DeepCore's cluster sizes plus one are a choice of theirs
//! that changes nothing but weights; it is kept under its name.

use swast_tables::options;
use swast_tables::spec::Options;

use super::compat::Compat;
use super::{Alone, Method};
use crate::facility::distances::{DOUBLE_SAMPLES, Distances, Metric};
use crate::facility::{Facilities, facilities};
use crate::gradients::{Gradients, LastLayer};
use crate::kernel::dot::Element;
use crate::quota::{Group, Rounding, Scope, class_groups, groups};
use crate::{Coreset, Need, Needs, Pool, SelectError};

options! {
    /// Samples whose last-layer gradients are near those of all others
    Craig "craig" {
        /// Which gradients are compared: bias, those by the bias, or full, by bias and weights
        gradient: LastLayer = LastLayer::Bias,
        /// Which samples they stand for: global, all, or per-class, those of their class; a code that is followed knows
        /// only classes
        scope: Scope = Scope::PerClass,
        /// Whose published code is followed where that is a matter of choice: cords, deepcore or craig; without it
        /// budgets are exact and weights are cluster sizes
        compat: Option<Compat> = None,
    }
}

impl Method for Craig {
    const NEEDS: Needs =
        Needs::NONE.with(Need::Features).with(Need::Probabilities).with(Need::Gradients);
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));
    const ALONE: &'static str = "gradient full where features are given";

    fn needs(&self) -> Needs {
        match self.gradient {
            LastLayer::Bias => Self::NEEDS.without(Need::Features),
            LastLayer::Full => Self::NEEDS,
        }
    }

    fn alone(asked: Self, case: Alone) -> Self {
        Self { gradient: LastLayer::known(case.features), scope: Scope::Global, ..asked }
    }

    /// Class after class in the order of choice; weights are cluster sizes.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let gradients = Gradients::of(pool, self.gradient, Self::NAME)?;
        let metric = match self.compat {
            Some(Compat::Cords) => Metric::Squared,
            Some(Compat::Craig | Compat::Deepcore) | None => Metric::Plain,
        };
        let groups = match self.compat {
            None => groups(pool.labels, pool.classes, self.scope, budget),
            Some(Compat::Cords | Compat::Craig) => {
                class_groups(pool.labels, pool.classes, Rounding::Up, budget)
            }
            Some(Compat::Deepcore) => {
                class_groups(pool.labels, pool.classes, Rounding::HalfEven, budget)
            }
        };
        let mut chosen: Vec<(u32, f64)> = Vec::with_capacity(budget);
        // One group at a time: its table of distances is by far the largest thing in memory.
        for group in groups {
            let Facilities { chosen: places, sizes } = if group.rows.len() <= DOUBLE_SAMPLES {
                located::<f64, E>(&gradients, &group, metric)?
            } else {
                located::<f32, E>(&gradients, &group, metric)?
            };
            chosen.extend(places.iter().zip(sizes).map(|(&p, size)| (group.rows[p], size as f64)));
        }
        self.follow(&mut chosen);
        let (indices, weights) = chosen.into_iter().unzip();
        Ok(Coreset { indices, weights })
    }
}

/// The facilities of a `group`.
fn located<S: Element, E: Element>(
    gradients: &Gradients<E>,
    group: &Group,
    metric: Metric,
) -> Result<Facilities, SelectError> {
    // On a thread of the pool, which starts its many small tasks faster than one outside.
    rayon::scope(|_| {
        let distances = Distances::<S>::new(gradients, &group.rows, metric)?;
        Ok(facilities(&distances, group.quota))
    })
}

impl Craig {
    /// Orders and weights the samples as the code that is followed does.
    fn follow(&self, chosen: &mut [(u32, f64)]) {
        match self.compat {
            None | Some(Compat::Cords) => {}
            Some(Compat::Deepcore) => {
                chosen.sort_by_key(|(sample, _)| *sample);
                chosen.iter_mut().for_each(|(_, weight)| *weight += 1.0);
            }
            Some(Compat::Craig) => {
                let mean =
                    chosen.iter().map(|(_, weight)| weight).sum::<f64>() / chosen.len() as f64;
                chosen.iter_mut().for_each(|(_, weight)| *weight /= mean);
            }
        }
    }
}
