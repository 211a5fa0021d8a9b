//! The commands, one file each: arguments in, a report out.

pub mod bench;
pub mod evaluate;
pub mod machine;
pub mod methods;
pub mod predict;
pub mod sparsity;
pub mod sweep;
pub mod train;

use swast_datasets::DatasetError;
use swast_tables::usage::UsageError;

use crate::libtorch::arithmetic::PrecisionError;
use crate::settings::SettingsError;

/// Whether `error` is about how the command was used, rather than about what it met.
pub fn is_usage(error: &anyhow::Error) -> bool {
    error.is::<UsageError>()
        || error.is::<SettingsError>()
        || error.is::<PrecisionError>()
        || error.downcast_ref::<DatasetError>().is_some_and(DatasetError::is_usage)
}
