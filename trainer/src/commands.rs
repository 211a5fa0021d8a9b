//! The commands, one file each: arguments in, a report out.

pub mod bench;
pub mod data;
pub mod evaluate;
pub mod sparsity;
pub mod sweep;
pub mod train;

use crate::libtorch::arithmetic::PrecisionError;
use crate::settings::SettingsError;
use swast_datasets::DatasetError;
use swast_tables::usage::UsageError;

/// Whether `error` is about how the command was used, rather than about what it met.
pub fn is_usage(error: &anyhow::Error) -> bool {
    use DatasetError::{DataMissing, DataNeedless, LimitZero, Unsupported};
    let dataset = error.downcast_ref::<DatasetError>();
    let flags = |e: &DatasetError| {
        matches!(
            e,
            DataMissing { .. } | DataNeedless { .. } | LimitZero { .. } | Unsupported { .. }
        )
    };
    error.is::<UsageError>()
        || error.is::<SettingsError>()
        || error.is::<PrecisionError>()
        || dataset.is_some_and(flags)
}
