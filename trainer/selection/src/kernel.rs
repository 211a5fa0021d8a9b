//! The inner loops: products and distances of rows, in vectors as wide as the processor has.

pub mod dot;
pub mod wide;
