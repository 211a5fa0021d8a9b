//! GraNd (Paul, Ganguli, Dziugaite 2021), of the last layer: samples with the largest gradients.
//!
//! The norm of the last layer's gradient is `|r| sqrt(1 + |h|^2)` (DeepCore's reading; the paper takes the
//! gradient by all parameters, whose scores at initialisation do not reproduce: Kirsch 2023).

use swast_tables::options;
use swast_tables::spec::Options;

use super::Method;
use crate::gradients::{Gradients, LastLayer};
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::{Element, row, square};
use crate::ranking::{Keep, ranked};
use crate::{Coreset, Need, Needs, Parts, Pool, SelectError};

options! {
    /// Samples with the largest gradients in the last layer
    Grand "grand" {}
}

impl Method for Grand {
    const NEEDS: Needs =
        Needs::NONE.with(Need::Features).with(Need::Probabilities).with(Need::Gradients);
    const GUIDE: Guide = Guide {
        needs: "features and probabilities, or gradients",
        good_for: "dropping the easy rows of much clean data",
        spoiled_by: "wrong labels and outliers, taken first; small budgets",
        weights: ALL_ONE,
    };

    fn parts(&self) -> Parts {
        Parts::Samples
    }

    fn scores<E: Element>(&self, pool: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        let norms = squared_norms(&pool.last_layer(LastLayer::Full, Self::NAME)?);
        if norms.iter().any(|norm| !norm.is_finite()) {
            return Err(SelectError::Overflow { what: "gradients" });
        }
        Ok(norms)
    }

    /// The largest first; weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        Ok(Coreset::unweighted(ranked(&super::scores(self, pool)?, Keep::Largest, budget)))
    }
}

/// The squared norm of every gradient.
pub fn squared_norms<E: Element>(gradients: &Gradients<E>) -> Vec<f64> {
    match gradients {
        Gradients::Rows(rows) => {
            (0..rows.nrows()).map(|sample| square(row(&rows.view(), sample))).collect()
        }
        Gradients::Bias(errors) => {
            (0..errors.nrows()).map(|sample| square(row(&errors.view(), sample))).collect()
        }
        Gradients::Full(errors, features) => (0..errors.nrows())
            .map(|sample| {
                let feature = square(row(&features.view(), sample));
                square(row(&errors.view(), sample)) * (1.0 + feature)
            })
            .collect(),
    }
}
