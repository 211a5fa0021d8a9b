//! Choosing the device, and loading libtorch's CUDA part.

use std::fmt;
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
    #[error("--device `{0}`: expected auto, cpu, cuda or cuda:N")]
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

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
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
