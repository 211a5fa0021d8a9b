//! Pruners change the masks during training. Each is one file: its options, its [`Pruner`], and the fields that
//! survive a stop. Adding one touches its file, its `mod` line here, and the list in [`spec`].

pub mod masks;
pub mod region;
pub mod schedule;
pub mod setup;
pub mod spec;
pub mod tally;

mod rewire;

pub mod magnitude;
pub mod probmask;
pub mod rigl;
pub mod set;
pub mod snip;
pub mod static_random;

pub use masks::{MaskedModel, Masks};
pub use setup::{Method, PassKind, Pruner, PrunerSetup};
pub use spec::Spec;
