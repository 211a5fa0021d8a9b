//! All samples, each of weight 1: the baseline without selection.

use swast_tables::options;

use super::Method;
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::Element;
use crate::{Coreset, Needs, Pool, SelectError};

options! {
    /// All samples
    Full "full" {}
}

impl Method for Full {
    const NEEDS: Needs = Needs::NONE;
    const GUIDE: Guide = Guide {
        needs: "nothing",
        good_for: "knowing what any coreset loses",
        spoiled_by: "nothing",
        weights: ALL_ONE,
    };
    const TAKES_ALL: bool = true;

    fn choose<E: Element>(&self, pool: &Pool<E>, _budget: usize) -> Result<Coreset, SelectError> {
        Ok(Coreset::unweighted((0..pool.labels.len() as u32).collect()))
    }
}
