//! The residual networks: their description ([`architecture`]), and the weights with the forward pass
//! ([`network`]).

pub mod architecture;
pub mod inference;
pub mod network;
pub mod ops;
pub mod parameters;
pub mod recalibrate;
pub mod saved;
pub mod sparse;
pub mod weights;

pub use architecture::{Architecture, ModelKind};
pub use network::Network;
