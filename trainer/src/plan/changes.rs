//! What is changed in a plan: the same runs with another selector, pruner, coreset size or other prune rates.

use swast_selection::Spec as SelectorSpec;

use crate::pruner::Spec as PrunerSpec;

/// What to change; what is absent stays as the plan has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// How coresets are selected.
    pub selector: Option<SelectorSpec>,
    /// How weights are pruned.
    pub pruner: Option<PrunerSpec>,
    /// Coreset size as a fraction of the training set.
    pub fraction: Option<f64>,
    /// Prune rates of the backbone, instead of all that the plan has.
    pub rates: Option<Vec<f64>>,
}

impl Changes {
    /// The prune rates to take in place of `planned`.
    pub(super) fn rates(&self, planned: &[f64]) -> Vec<f64> {
        self.rates.clone().unwrap_or_else(|| planned.to_vec())
    }

    /// The fraction to take in place of `planned`.
    pub(super) fn fraction(&self, planned: f64) -> f64 {
        self.fraction.unwrap_or(planned)
    }

    /// A name for what is changed, fit for a folder; empty where nothing is.
    pub fn name(&self) -> String {
        let rates = self
            .rates
            .as_ref()
            .map(|rates| rates.iter().map(f64::to_string).collect::<Vec<_>>().join("-"));
        let parts = [
            self.selector.map(|selector| selector.to_string()),
            self.pruner.map(|pruner| pruner.to_string()),
            self.fraction.map(|fraction| format!("fraction-{fraction}")),
            rates.map(|rates| format!("rates-{rates}")),
        ];
        let name: Vec<String> = parts.into_iter().flatten().collect();
        name.join("-").replace([':', ',', '='], "-")
    }
}
