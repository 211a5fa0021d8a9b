//! The door to libtorch outside of tensors: loading CUDA, choosing the device, setting threads.

pub mod arithmetic;
pub mod failure;
pub mod kernels;

use std::sync::OnceLock;

use tch::{Cuda, Device};
use thiserror::Error;

/// Where a run shall take place, as asked for on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// CUDA when a device is there, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// A CUDA device; an error where there is none.
    Cuda(usize),
}

/// Why the device asked for cannot be had.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// Not a device.
    #[error("--device `{0}` is none of auto, cpu, cuda, cuda:N")]
    Unknown(String),
    /// libtorch has no CUDA, or it does not load.
    #[error(
        "--device cuda: libtorch_cuda does not load ({0}); install the full libtorch with a GPU present (`make setup`), or use --device cpu"
    )]
    NotLoaded(String),
    /// There is no such device.
    #[error(
        "--device cuda:{index}: {count} CUDA device(s) found; check the driver with nvidia-smi, or use --device cpu"
    )]
    Absent {
        /// The device asked for.
        index: usize,
        /// Devices found.
        count: i64,
    },
}

impl std::str::FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            other => other
                .strip_prefix("cuda:")
                .and_then(|index| index.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| DeviceError::Unknown(other.to_owned())),
        }
    }
}

impl DeviceChoice {
    /// The device to use. Loads libtorch's CUDA part first, before any tensor is made.
    pub fn open(self) -> Result<Device, DeviceError> {
        let index = match self {
            Self::Cpu => return Ok(Device::Cpu),
            Self::Auto => 0,
            Self::Cuda(index) => index,
        };
        let loaded = load_cuda();
        if self == Self::Auto && (loaded.is_err() || !Cuda::is_available()) {
            return Ok(Device::Cpu);
        }
        loaded.map_err(DeviceError::NotLoaded)?;
        let count = if Cuda::is_available() { Cuda::device_count() } else { 0 };
        if index as i64 >= count {
            return Err(DeviceError::Absent { index, count });
        }
        Ok(Device::Cuda(index))
    }
}

/// Name of `device` in tables and messages.
pub fn device_name(device: Device) -> String {
    match device {
        Device::Cuda(index) => format!("cuda:{index}"),
        _ => "cpu".to_owned(),
    }
}

/// Reads a number of CPU threads, 0 meaning all cores.
pub fn threads(text: &str) -> Result<usize, String> {
    let number: usize =
        text.parse().map_err(|_| "give a whole number, 0 for all cores".to_owned())?;
    if number > 1024 {
        return Err("give at most 1024, 0 for all cores".to_owned());
    }
    Ok(number)
}

/// Sets the number of threads of libtorch's operations and returns it; 0 takes all cores. To be called before the
/// first tensor is made.
pub fn prepare_cpu(threads: usize) -> usize {
    keep_freed_memory();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { cores } else { threads };
    tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
    threads
}

/// Lets the allocator keep the memory of one mini-batch for the next: by default glibc gives every large tensor back to
/// the system, which then clears its pages anew, a tenth of the time of a narrow network.
#[cfg(target_env = "gnu")]
#[allow(unsafe_code, reason = "mallopt sets two numbers of the allocator")]
fn keep_freed_memory() {
    const BYTES: i32 = 1 << 30;
    // SAFETY: both calls only change limits; an allocator that refuses them keeps its own.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, BYTES);
    }
}

#[cfg(not(target_env = "gnu"))]
fn keep_freed_memory() {}

/// Loads `libtorch_cuda` once for the life of the program: no symbol of ours refers to it, so the linker
/// dropped it, and libtorch finds CUDA only when its registration has run.
fn load_cuda() -> Result<(), String> {
    static LOADED: OnceLock<Result<(), String>> = OnceLock::new();
    LOADED.get_or_init(open_cuda_library).clone()
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "opening a shared library runs its initialisers")]
fn open_cuda_library() -> Result<(), String> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
    // SAFETY: libtorch_cuda's initialisers only register operators with the libtorch already loaded.
    let library = unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) };
    library.map(std::mem::forget).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
fn open_cuda_library() -> Result<(), String> {
    Err("CUDA is supported on Linux only".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_documented() {
        let read = |text: &str| text.parse::<DeviceChoice>().ok();
        assert_eq!(read("auto"), Some(DeviceChoice::Auto));
        assert_eq!(read("cpu"), Some(DeviceChoice::Cpu));
        assert_eq!(read("cuda"), Some(DeviceChoice::Cuda(0)));
        assert_eq!(read("cuda:3"), Some(DeviceChoice::Cuda(3)));
        assert!(["gpu", "cuda:", "cuda:x", ""].iter().all(|text| read(text).is_none()));
    }
}
