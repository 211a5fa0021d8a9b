//! The pruners that can be chosen: the list of them, and what a choice becomes.

use super::magnitude::GradualMagnitude;
use super::probmask::ProbMask;
use super::rigl::Rigl;
use super::set::Set;
use super::setup::{Method, Pruner, PrunerSetup};
use super::snip::Snip;
use super::static_random::StaticRandom;
use crate::sparsity::distribution::Distribution;

/// Lists the pruners once, for all that depends on which there are.
macro_rules! pruners {
    ($($method:ident,)+) => {
        swast_tables::specs! {
            /// A pruner and its options.
            Spec of "pruner" { $($method,)+ }
        }

        impl Spec {
            /// Whether it starts with the whole network; see [`Method::STARTS_DENSE`].
            pub fn starts_dense(self) -> bool {
                match self {
                    $(Self::$method(_) => $method::STARTS_DENSE,)+
                }
            }

            /// How its authors spread the prune rate over the layers.
            pub fn distribution(self) -> Distribution {
                match self {
                    $(Self::$method(_) => $method::DISTRIBUTION,)+
                }
            }

            /// The pruner of a run.
            pub fn pruner(self, setup: PrunerSetup) -> Box<dyn Pruner> {
                match self {
                    $(Self::$method(options) => options.pruner(setup),)+
                }
            }
        }
    };
}

pruners! { Rigl, StaticRandom, Set, GradualMagnitude, Snip, ProbMask, }
