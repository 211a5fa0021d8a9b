//! The interplay of redundant weights and samples, studied on polynomials: the computation behind
//! Figure 1 of the SWaST paper (section "Interplay of Redundant Samples and Weights", Appendix B).
//!
//! - Does pruning hurt a fit to all points, half of them noisy, more than a fit to the clean ones?
//!   [`study`], on top of [`fit`] and [`prune`].
//! - How well can a coreset stand in for the full set, whatever the polynomial? [`epsilon`], the
//!   supremum of Eq. (2) in closed form, [`ascent`], the same by numerical maximisation, and
//!   [`trials`], both over many draws.
//! - How do the settings work together, and which points should one keep? [`map`] and [`best`].
//! - What happens if a point is moved? [`lab`], which a browser can ask.
//!
//! The crate knows nothing of neural networks and of drawing: it hands over rows of the tables
//! in `swast-figures`. It prints nothing; the command of the same name does.

#![forbid(unsafe_code)]

pub mod draw;
pub mod error;

pub mod design;
pub mod formula;
pub mod generate;
pub mod points;
pub mod poly;
pub mod reference;
pub mod scale;
pub mod target;

mod extreme;
mod svd;

pub mod fit;
pub mod prune;
pub mod study;

pub mod ascent;
pub mod at_fit;
pub mod epsilon;
pub mod trials;

pub mod best;
pub mod map;

pub mod text;

pub mod lab;

pub use error::Error;
