//! The door to libtorch outside of tensors: devices, threads, precision, failures, and all our C++. It knows no model.

pub mod arithmetic;
pub mod device;
pub mod failure;
pub mod folded;
pub mod graph;
pub mod kernels;
pub mod reduced;
pub mod sgd;
pub mod sparse;
pub mod threads;

pub use device::{DeviceChoice, DeviceError, device_name};
pub use threads::{prepare_cpu, threads};
