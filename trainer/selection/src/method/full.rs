//! All samples, each of weight 1: the baseline without selection.

use crate::kernel::dot::Element;
use crate::{Coreset, Pool, SelectError, Selector};

/// Takes every sample, in order, whatever the budget.
#[derive(Debug, Clone, Copy)]
pub struct Full;

impl<E: Element> Selector<E> for Full {
    fn name(&self) -> &'static str {
        "full"
    }

    fn needs_outputs(&self) -> bool {
        false
    }

    fn select(&self, pool: &Pool<E>, _budget: usize) -> Result<Coreset, SelectError> {
        let samples = pool.labels.len();
        pool.check(samples)?;
        Ok(Coreset::unweighted((0..samples as u32).collect()))
    }
}
