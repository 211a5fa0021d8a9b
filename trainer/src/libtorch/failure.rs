//! What libtorch cannot do ends its operations in a panic; here it becomes an error of one line with its cure.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use thiserror::Error;

/// An operation that libtorch could not carry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Failure {
    /// No memory was left.
    #[error("out of memory; lower --batch-size, choose a smaller --model or use fewer images")]
    Memory,
    /// The device does not answer any more.
    #[error(
        "the device was lost; see nvidia-smi and the system's log, then run the same command again"
    )]
    Device,
    /// A step does something that a CUDA graph cannot hold.
    #[error("a step could not be captured in a CUDA graph; run without --graph")]
    Capture,
}

/// How errors of libtorch begin in the message of a panic.
const MARK: &str = "Torch(\"";

impl Failure {
    /// What the `payload` of a panic tells of; `None` where it is no failure but a defect.
    fn of(payload: &(dyn Any + Send)) -> Option<Self> {
        let text = message(payload)?;
        if !text.contains(MARK) {
            return None;
        }
        let any = |needles: &[&str]| needles.iter().any(|needle| text.contains(needle));
        if any(&["out of memory", "not enough memory", "can't allocate memory", "bad_alloc"]) {
            Some(Self::Memory)
        } else if any(&["captur"]) {
            Some(Self::Capture)
        } else if any(&["CUDA error", "cuDNN error", "CUDNN_STATUS", "CUBLAS_STATUS"]) {
            Some(Self::Device)
        } else {
            None
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied())
}

/// Does not print panics that [`caught`] turns into errors.
pub fn keep_failures_quiet() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if Failure::of(info.payload()).is_none() {
            usual(info);
        }
    }));
}

/// Does `work`; a failure of libtorch on the way is returned, any other panic goes on.
///
/// # Errors
/// The failure. What `work` was changing is then half changed and must not be used.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    panic::catch_unwind(AssertUnwindSafe(work)).or_else(|payload| match Failure::of(&*payload) {
        Some(failure) => Err(failure),
        None => panic::resume_unwind(payload),
    })
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind, Tensor};

    use super::*;

    #[test]
    fn memory_that_no_machine_has_is_a_failure() {
        let zeros = || Tensor::zeros([1 << 50], (Kind::Double, Device::Cpu));
        assert_eq!(caught(zeros).unwrap_err(), Failure::Memory);
    }

    #[test]
    fn memory_that_our_own_operations_lack_is_a_failure() {
        let wide = || {
            Tensor::zeros([1, 1, 1, 1], (Kind::Float, Device::Cpu))
                .expand([1 << 20, 16, 1 << 12, 1 << 12], true)
        };
        let weight = Tensor::zeros([16, 16, 3, 3], (Kind::Float, Device::Cpu));
        let convolved = || crate::libtorch::kernels::convolve(&wide(), &weight);
        assert_eq!(caught(convolved).unwrap_err(), Failure::Memory);
    }

    #[test]
    fn what_is_no_failure_goes_on() {
        let defect = || caught(|| Tensor::from_slice(&[1, 2]).view([3]));
        assert!(panic::catch_unwind(defect).is_err());
        assert_eq!(caught(|| 3).unwrap(), 3);
    }

    #[test]
    fn a_lost_device_is_told_from_other_errors() {
        let failure = |text: &str| Failure::of(&text.to_owned());
        let error = "called `Result::unwrap()` on an `Err` value: Torch(\"CUDA error: unspecified launch failure\")";
        assert_eq!(failure(error), Some(Failure::Device));
        assert_eq!(failure("called `Result::unwrap()` on an `Err` value: Torch(\"shapes\")"), None);
        let error = "CUDA graph: Torch(\"CUDA error: operation failed due to a previous error during capture\")";
        assert_eq!(failure(error), Some(Failure::Capture));
        assert_eq!(failure("out of memory"), None);
    }
}
