//! The names of the selectors, their options, and how a name becomes a selector.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;

use super::Selector;
use super::dot::Element;
use super::el2n::El2n;
use super::full::Full;
use super::gradmatch::{GradMatch, Shortfall};
use super::moderate::{Centre, Moderate};
use super::quota::Scope;
use super::random::{Random, RandomRedrawn};

/// A selector's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Kind {
    /// Weighted samples whose gradients add up to the gradient of all.
    #[value(name = "gradmatch")]
    GradMatch,
    /// Samples at a median distance from the centre of their class.
    Moderate,
    /// Samples with the largest error of the softmax, the smallest in the second half of training.
    El2n,
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

/// What the selectors can be told; each takes what concerns it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Ridge of the GradMatch least squares, in units of a squared gradient norm, >= 0.
    pub ridge: f64,
    /// Whether GradMatch matches the gradient of each class, or of all samples at once.
    pub gradmatch_scope: Scope,
    /// What GradMatch does with the places the pursuit leaves empty.
    pub gradmatch_shortfall: Shortfall,
    /// The centre Moderate measures distances from.
    pub moderate_centre: Centre,
    /// Whether Moderate keeps one band of distances over all samples, or one in each class.
    pub moderate_scope: Scope,
}

impl Options {
    /// What training uses unless told otherwise: the settings of the methods' authors.
    pub const TRAINING: Self = Self {
        ridge: 0.5,
        gradmatch_scope: Scope::PerClass,
        gradmatch_shortfall: Shortfall::RandomWeightOne,
        moderate_centre: Centre::Median,
        moderate_scope: Scope::Global,
    };
}

/// The selector called `kind`, set up with `options`.
pub fn build<E: Element>(kind: Kind, options: Options) -> Box<dyn Selector<E>> {
    match kind {
        Kind::GradMatch => Box::new(GradMatch {
            ridge: options.ridge,
            scope: options.gradmatch_scope,
            shortfall: options.gradmatch_shortfall,
        }),
        Kind::Moderate => {
            Box::new(Moderate { centre: options.moderate_centre, scope: options.moderate_scope })
        }
        Kind::El2n => Box::new(El2n),
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
