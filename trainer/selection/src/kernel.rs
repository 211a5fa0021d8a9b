//! What methods compute on rows: the trait [`matrix::Matrix`], and its implementation in the memory of this machine, by
//! products and distances in vectors as wide as the processor has.

pub mod dot;
pub mod host;
pub mod matrix;
mod screen;
pub mod wide;
