//! Making whole runs in tests, as the command line would.

mod flags;

use std::path::Path;

use swast_datasets::{Dataset, Digests};
use swast_tables::rows::RunRow;
use swast_tables::table::{self, Row};
use swast_trainer::run::{Keeping, RunContext, run};
use swast_trainer::settings::Settings;
use tch::Device;

pub(crate) use flags::described;

use swast_trainer::model::sparse::Kernels;

/// Makes the run of `settings` on `dataset` in `folder`, on one thread of the CPU.
pub(crate) fn made_on(settings: &Settings, dataset: Dataset, folder: &Path) -> RunRow {
    tch::set_num_threads(1);
    let context = RunContext {
        device: Device::Cpu,
        threads: 1,
        kernels: Kernels::default(),
        graph: false,
        artifact: "train",
        profile: "custom",
        command: String::new(),
        data: Digests::of(&dataset),
        weights: None,
        keeping: Keeping::default(),
    };
    run(settings, dataset, &context, folder).unwrap()
}

/// The rows that a run left in `folder`.
pub(crate) fn rows<R: Row>(folder: &Path) -> Vec<R> {
    table::read(&folder.join(R::FILE)).unwrap()
}
