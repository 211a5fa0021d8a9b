//! Where and how a command computes: the flags that all commands with tensors share.

use anyhow::Result;
use clap::Args;
use tch::Device;

use crate::libtorch::arithmetic::{Precision, prepare_arithmetic};
use crate::libtorch::graph::{GraphError, prepare_capture};
use crate::libtorch::{DeviceChoice, prepare_cpu};
use crate::model::sparse::Kernels;

/// Threads, device and arithmetic, as given.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Machine")]
pub struct Machine {
    /// CPU threads; 0 takes all cores, which parallel runs share
    #[arg(long, default_value = "0", value_parser = crate::libtorch::threads)]
    pub threads: usize,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Precision of the network's arithmetic [default: bf16 on CUDA, fp32 on a CPU; of a saved model its own]
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    /// Make CUDA repeat its numbers exactly, by slower operations; a CPU always does
    #[arg(long)]
    pub deterministic: bool,
}

/// How steps are taken, as given.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Machine")]
pub struct Stepping {
    /// Which kernels train pruned networks on a CPU in fp32; they differ in rounding
    #[arg(long, value_enum, default_value_t)]
    pub kernels: Kernels,
    /// Replay training steps that are captured once in a CUDA graph: the same numbers, and the host hands over a step in
    /// one launch. Features stay on the device for the selectors that can choose there. Not seen on a GPU yet; on a CPU a
    /// test of both, no faster
    #[arg(long)]
    pub graph: bool,
}

impl Stepping {
    /// Makes ready for capturing on `device`, where that is asked for. To be called after [`Machine::prepare`] and before
    /// the first tensor is made.
    ///
    /// # Errors
    /// When nothing can be captured there.
    pub fn prepare(self, device: Device) -> Result<(), GraphError> {
        match device {
            Device::Cuda(index) if self.graph => prepare_capture(index),
            _ => Ok(()),
        }
    }
}

/// A machine that is ready for the first tensor.
#[derive(Debug, Clone, Copy)]
pub struct Prepared {
    /// The device.
    pub device: Device,
    /// Number of CPU threads.
    pub threads: usize,
    /// Precision of the network's arithmetic.
    pub precision: Precision,
}

impl Machine {
    /// Opens the device and sets threads and arithmetic. `usual` is the precision to use where none is given; absent
    /// for the device's own. To be called before the first tensor is made.
    ///
    /// # Errors
    /// When there is no such device, or it does not have the precision.
    pub fn prepare(&self, usual: Option<Precision>) -> Result<Prepared> {
        let device = self.device.open()?;
        let precision = Precision::resolve(self.precision.or(usual), device)?;
        let threads = prepare_cpu(self.threads);
        prepare_arithmetic(precision, self.deterministic);
        Ok(Prepared { device, threads, precision })
    }
}
