//! How much of each layer stays: the densities a prune rate gives to the layers, and the FLOPs they cost.

pub mod budget;
pub mod distribution;
pub mod flops;
