//! The names of the selectors, their options, and how a name becomes a selector.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;

use crate::Selector;
use crate::gradients::LastLayer;
use crate::kernel::dot::Element;
use crate::method::craig::Craig;
use crate::method::el2n::El2n;
use crate::method::forgetting::Forgetting;
use crate::method::full::Full;
use crate::method::glister::{Glister, Greedy};
use crate::method::gradmatch::{GradMatch, Matching, Shortfall};
use crate::method::grand::Grand;
use crate::method::herding::Herding;
use crate::method::k_center::KCenter;
use crate::method::moderate::{Centre, Moderate};
use crate::method::random::{Random, RandomRedrawn};
use crate::method::uncertainty::Uncertainty;
use crate::quota::Scope;

/// A selector's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Kind {
    /// Weighted samples whose gradients add up to the gradient of all.
    #[value(name = "gradmatch")]
    GradMatch,
    /// Samples whose gradients are near those of all others.
    Craig,
    /// Samples whose gradient step lowers the loss of held-out samples most.
    Glister,
    /// Samples at a median distance from the centre of their class.
    Moderate,
    /// Samples with the largest error of the softmax, the smallest in the second half of training.
    El2n,
    /// Samples with the largest gradients in the last layer.
    Grand,
    /// Samples whose two best classes are nearly as probable as each other.
    Margin,
    /// Samples whose class probabilities have the largest entropy.
    Entropy,
    /// Samples whose best class is the least probable.
    LeastConfidence,
    /// Samples that were unlearnt most often while they were trained on.
    Forgetting,
    /// Samples such that none is far from all of them.
    KCenter,
    /// Samples whose mean stays near the mean of all, or of their class.
    Herding,
    /// A uniformly random subset, drawn once for the run.
    Random,
    /// A uniformly random subset, drawn anew at every selection.
    RandomRedrawn,
    /// All samples.
    Full,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.pad(value.get_name()))
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(name, false)
    }
}

/// Whose published code a selector follows where that is a matter of choice; their errors are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Compat {
    /// decile-team/cords, by authors of GradMatch and GLISTER.
    Cords,
    /// PatrickZH/DeepCore.
    Deepcore,
    /// baharanm/craig, by the authors of CRAIG.
    Craig,
}

impl Compat {
    /// Whether there is anything of `kind` in it to follow.
    pub fn has(self, kind: Kind) -> bool {
        match self {
            Self::Cords | Self::Deepcore => {
                matches!(kind, Kind::GradMatch | Kind::Craig | Kind::Glister)
            }
            Self::Craig => kind == Kind::Craig,
        }
    }
}

/// What the selectors can be told; each takes what concerns it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Whose choices are followed.
    pub compat: Option<Compat>,
    /// Ridge of the GradMatch least squares, in units of a squared gradient norm, >= 0.
    pub ridge: f64,
    /// Whose sum of gradients GradMatch matches, by what.
    pub matching: Matching,
    /// Samples in a mini-batch of GradMatch per batch.
    pub batch_size: usize,
    /// What GradMatch does with the places the pursuit leaves empty.
    pub shortfall: Shortfall,
    /// Which gradients CRAIG and GLISTER compare.
    pub gradient: LastLayer,
    /// Whether samples of CRAIG stand for those of their class.
    pub craig_scope: Scope,
    /// Which candidates GLISTER looks at in each step.
    pub greedy: Greedy,
    /// Whether GLISTER selects in each class.
    pub glister_scope: Scope,
    /// Learning rate of GLISTER's step ahead.
    pub rate: f64,
    /// Number of samples of smaller scores that EL2N passes over; `None` where the epoch says which end is kept.
    pub el2n_offset: Option<usize>,
    /// The centre Moderate measures distances from.
    pub moderate_centre: Centre,
    /// Whether Moderate keeps one band of distances over all samples, or one in each class.
    pub moderate_scope: Scope,
    /// Whether k-center covers each class.
    pub k_center_scope: Scope,
    /// Whether herding follows the mean of each class.
    pub herding_scope: Scope,
}

impl Options {
    /// What training uses unless told otherwise: the settings of the methods' authors.
    pub const TRAINING: Self = Self {
        compat: None,
        ridge: 0.5,
        matching: Matching::PerClass,
        batch_size: 128,
        shortfall: Shortfall::RandomWeightOne,
        gradient: LastLayer::Bias,
        craig_scope: Scope::PerClass,
        greedy: Greedy::Stochastic,
        glister_scope: Scope::Global,
        rate: 0.05,
        el2n_offset: None,
        moderate_centre: Centre::Median,
        moderate_scope: Scope::Global,
        k_center_scope: Scope::Global,
        herding_scope: Scope::PerClass,
    };
}

/// The selector called `kind`, set up with `options`.
pub fn build<E: Element>(kind: Kind, options: Options) -> Box<dyn Selector<E>> {
    let Options { compat, gradient, .. } = options;
    match kind {
        Kind::GradMatch => Box::new(GradMatch {
            ridge: options.ridge,
            matching: options.matching,
            batch_size: options.batch_size,
            shortfall: options.shortfall,
            compat,
        }),
        Kind::Craig => Box::new(Craig { gradient, scope: options.craig_scope, compat }),
        Kind::Glister => Box::new(Glister {
            gradient,
            greedy: options.greedy,
            scope: options.glister_scope,
            rate: options.rate,
            compat,
        }),
        Kind::Moderate => {
            Box::new(Moderate { centre: options.moderate_centre, scope: options.moderate_scope })
        }
        Kind::El2n => Box::new(El2n { offset: options.el2n_offset }),
        Kind::Grand => Box::new(Grand),
        Kind::Margin => Box::new(Uncertainty::Margin),
        Kind::Entropy => Box::new(Uncertainty::Entropy),
        Kind::LeastConfidence => Box::new(Uncertainty::LeastConfidence),
        Kind::Forgetting => Box::new(Forgetting),
        Kind::KCenter => Box::new(KCenter { scope: options.k_center_scope }),
        Kind::Herding => Box::new(Herding { scope: options.herding_scope }),
        Kind::Random => Box::new(Random),
        Kind::RandomRedrawn => Box::new(RandomRedrawn),
        Kind::Full => Box::new(Full),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_every_place() {
        for kind in Kind::value_variants() {
            let name = kind.to_string();
            assert_eq!(name.parse(), Ok(*kind));
            assert_eq!(build::<f32>(*kind, Options::TRAINING).name(), name);
        }
    }
}
