//! Coreset selection: which samples to train on until the next selection, and with which weights.
//!
//! What is random about a selection comes from a stream of its own, named by the seed of the run, the purpose and the
//! epoch: a selection repeats whatever was drawn before it, and draws nothing from what comes after. (CORDS seeds the
//! global generator from the operating system at every draw of a random subset, and draws from it elsewhere, so that
//! nothing after it repeats.)
//!
//! Pure Rust on host memory; it knows no tensors, and only [`command`] knows files. A method is one file: its struct is
//! its options, read from and written as a [`Spec`], and becomes a [`Selector`]; adding one touches that file, its `mod`
//! line and the list in `spec.rs`. Sources: the paper's Algorithm 1 (line `X <- S(D, theta, a)`), and for each method
//! the paper named in its file.

// `s!` of ndarray allows itself what it checks, which `forbid` would refuse.
#![deny(unsafe_code)]

pub mod command;

pub mod error;
pub mod evidence;
pub mod guide;
pub mod history;
pub mod need;
pub mod parts;
pub mod pool;
mod progress;
pub mod quota;
pub mod ranking;
pub mod remote;

pub mod gradients;
pub mod kernel;
mod points;

pub mod facility;
pub mod method;
pub mod pursuit;
pub mod spec;

pub use error::SelectError;
pub use evidence::Evidence;
pub use history::History;
pub use need::{Need, Needs};
pub use parts::Parts;
pub use pool::{Coreset, Moment, Pool, Validation};
pub use remote::{Centre, Remote};
pub use spec::Spec;

#[cfg(test)]
mod tests;

/// A method of coreset selection, set up. `E` is the type that the evidence is stored in: `f32` in training, `f64`
/// where files of doubles are read.
pub trait Selector<E = f32>: Send + Sync {
    /// The name on the command line.
    fn name(&self) -> &'static str;

    /// What the pool must tell.
    fn needs(&self) -> Needs;

    /// The parts of a pool that it can look at by themselves, as it is set up.
    fn parts(&self) -> Parts;

    /// Scores of the samples of `part`, one of its [`Parts`]; those of all parts, in the order of the pool, may take the
    /// place of other evidence as [`Evidence::scores`]. None where samples are compared.
    ///
    /// # Errors
    /// When the part does not tell what the selector needs, or not as it must; samples are counted from its first.
    fn scores(&self, part: &Pool<E>) -> Result<Vec<f64>, SelectError>;

    /// Chooses `budget` distinct samples of `pool`, each with its weight in the loss.
    ///
    /// Equal arguments give equal coresets, whatever the number of threads.
    ///
    /// # Errors
    /// When the budget is 0 or exceeds the pool, or the pool is malformed (see [`SelectError`]).
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError>;

    /// As [`Selector::select`] of a class by itself, where those are its [`Parts`]. There may be fewer samples than `budget`.
    ///
    /// # Errors
    /// As for [`Selector::select`].
    fn select_class(&self, class: &Pool<E>, budget: usize) -> Result<Coreset, SelectError>;

    /// Fills the places up to `budget` that `coreset`, of all classes of `pool`, leaves empty, as [`Selector::select`] would.
    fn fill(&self, coreset: &mut Coreset, pool: &Pool<E>, budget: usize);
}
