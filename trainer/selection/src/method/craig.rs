//! CRAIG (Mirzasoleiman, Bilmes, Leskovec 2020): samples whose gradients are near those of all others, found
//! by facility location ([`crate::facility`]) and weighted by how many samples they stand for.
//!
//! The distance is the Euclidean one between last-layer gradients, as in the authors' code; CORDS squares
//! it. What the existing codes do wrong is not repeated, whichever [`Code`] is followed: the first sample of each class
//! is no special case (craig), the rows of the distance matrix are those of the samples they are taken for
//! (CORDS, where a random sampler permutes them), and the gain is the sum over all rows (DeepCore without
//! balance, where only the first batch counts). DeepCore's cluster sizes plus one are a choice of theirs
//! that changes nothing but weights; it is kept under its name.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};
use swast_tables::options;
use swast_tables::spec::{Options, SpecError};

use super::{Alone, Method, conflict};
use crate::facility::distances::{DOUBLE_SAMPLES, Distances, Metric};
use crate::facility::{Facilities, facilities};
use crate::gradients::{Gradients, LastLayer, errors};
use crate::guide::Guide;
use crate::kernel::dot::Element;
use crate::quota::{Group, Rounding, Scope, check_rounded, class_groups, groups};
use crate::remote::Remote;
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

/// Published code of CRAIG; its errors are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Code {
    /// Nobody's: ours.
    None,
    /// decile-team/cords.
    Cords,
    /// PatrickZH/DeepCore.
    Deepcore,
    /// baharanm/craig, by the authors.
    Craig,
}

impl TryFrom<String> for Code {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "none" => Ok(Self::None),
            "cords" => Ok(Self::Cords),
            "deepcore" => Ok(Self::Deepcore),
            "craig" => Ok(Self::Craig),
            _ => Err("give none, cords, deepcore or craig"),
        }
    }
}

options! {
    /// Samples whose last-layer gradients are near those of all others
    Craig "craig" {
        /// Which gradients are compared: bias, those by the bias, or full, by bias and weights
        gradient: LastLayer = LastLayer::Bias,
        /// Which samples they stand for: global, all, or per-class, those of their class, which is all that a code that
        /// is followed knows
        scope: Scope = Scope::PerClass,
        /// Whose published code is followed where that is a matter of choice: cords, deepcore or craig; without it
        /// budgets are exact and weights are cluster sizes
        compat: Code = Code::None,
    }
}

impl Method for Craig {
    const NEEDS: Needs = Needs::NONE
        .with(Need::Features)
        .with(Need::Probabilities)
        .with(Need::Gradients)
        .with(Need::Remote);
    const GUIDE: Guide = Guide {
        needs: "probabilities (and features), or gradients",
        good_for: "many alike rows: a few of every kind stand for the others",
        spoiled_by: "wrong labels, which look like rare kinds; memory (use --per-class)",
        weights: "how many rows each stands for; they add up to all",
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));
    const ALONE: &'static str = "gradient full where features are given";

    fn needs(&self) -> Needs {
        match self.gradient {
            LastLayer::Bias => Self::NEEDS.without(Need::Features),
            LastLayer::Full => Self::NEEDS,
        }
    }

    fn alone(asked: Self, case: Alone) -> Self {
        let scope = if asked.compat == Code::None { Scope::Global } else { Scope::PerClass };
        Self { gradient: LastLayer::known(case.features), scope, ..asked }
    }

    fn settled(self) -> Result<Self, SpecError> {
        if self.compat != Code::None && self.scope == Scope::Global {
            let reason =
                "a code that is followed selects within each class; leave out scope or compat";
            return Err(conflict::<Self>(("scope", "global"), reason));
        }
        Ok(self)
    }

    fn parts(&self) -> Parts {
        if self.rounding().is_none() { self.scope.parts() } else { Parts::Whole }
    }

    fn check(&self, sizes: &[usize], budget: usize) -> Result<(), SelectError> {
        self.rounding().map_or(Ok(()), |rounding| check_rounded(sizes, rounding, budget))
    }

    /// Class after class in the order of choice; weights are cluster sizes.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let gradients = Known::of(pool, self.gradient)?;
        let metric = match self.compat {
            Code::Cords => Metric::Squared,
            Code::None | Code::Deepcore | Code::Craig => Metric::Plain,
        };
        let groups = match self.rounding() {
            None => groups(pool.labels, pool.classes, self.scope, budget),
            Some(rounding) => class_groups(pool.labels, pool.classes, rounding, budget),
        };
        let mut chosen: Vec<(u32, f64)> = Vec::with_capacity(budget);
        // One group at a time: its table of distances is by far the largest thing in memory.
        for group in groups {
            let Facilities { chosen: places, sizes } = gradients.facilities(&group, metric)?;
            chosen.extend(places.iter().zip(sizes).map(|(&p, size)| (group.rows[p], size as f64)));
        }
        self.follow(&mut chosen);
        let (indices, weights) = chosen.into_iter().unzip();
        Ok(Coreset { indices, weights })
    }
}

/// The gradients of a pool.
enum Known<'a, E> {
    /// In the memory of this machine.
    Here(Gradients<'a, E>),
    /// Elsewhere; their errors are here.
    There { features: &'a dyn Remote, errors: Array2<E> },
}

impl<'a, E: Element> Known<'a, E> {
    fn of(pool: &Pool<'a, E>, part: LastLayer) -> Result<Self, SelectError> {
        let (None, Some(features)) = (pool.evidence.gradients, pool.remote()?) else {
            return Ok(Self::Here(pool.last_layer(part, Craig::NAME)?));
        };
        let errors = errors(&pool.probabilities(Craig::NAME)?.view(), pool.labels);
        Ok(Self::There { features, errors })
    }

    fn facilities(&self, group: &Group, metric: Metric) -> Result<Facilities, SelectError> {
        match self {
            Self::Here(gradients) if group.rows.len() <= DOUBLE_SAMPLES => {
                located::<f64, E>(gradients, group, metric)
            }
            Self::Here(gradients) => located::<f32, E>(gradients, group, metric),
            Self::There { features, errors } => {
                let rows: Vec<usize> = group.rows.iter().map(|&row| row as usize).collect();
                let errors = errors.select(Axis(0), &rows).mapv(Into::into);
                features.facilities(&group.rows, &errors, metric, group.quota)
            }
        }
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
    /// How the code that is followed rounds the budgets of classes.
    fn rounding(&self) -> Option<Rounding> {
        match self.compat {
            Code::None => None,
            Code::Cords | Code::Craig => Some(Rounding::Up),
            Code::Deepcore => Some(Rounding::HalfEven),
        }
    }

    /// Orders and weights the samples as the code that is followed does.
    fn follow(&self, chosen: &mut [(u32, f64)]) {
        match self.compat {
            Code::None | Code::Cords => {}
            Code::Deepcore => {
                chosen.sort_by_key(|(sample, _)| *sample);
                chosen.iter_mut().for_each(|(_, weight)| *weight += 1.0);
            }
            Code::Craig => {
                let mean =
                    chosen.iter().map(|(_, weight)| weight).sum::<f64>() / chosen.len() as f64;
                chosen.iter_mut().for_each(|(_, weight)| *weight /= mean);
            }
        }
    }
}
