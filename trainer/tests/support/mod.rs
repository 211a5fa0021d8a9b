//! Making whole runs in tests, as the command line would.

use std::path::Path;

use clap::Parser;
use swast_datasets::Dataset;
use swast_tables::rows::RunRow;
use swast_tables::table::{self, Row};
use swast_trainer::commands::train::Args;
use swast_trainer::run::{RunContext, run};
use swast_trainer::settings::Settings;
use tch::Device;

#[derive(Parser)]
#[command(args_override_self = true)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

/// The settings that `words`, the flags of `swast-trainer train`, describe; of a repeated flag the last counts.
pub(crate) fn described<W: Into<String>>(
    words: impl IntoIterator<Item = W>,
) -> Result<Settings, String> {
    let words = std::iter::once("train".to_owned()).chain(words.into_iter().map(Into::into));
    let words = words.filter(|word| !word.is_empty());
    let parsed = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
    parsed.args.settings().map_err(|error| error.to_string())
}

/// Makes the run of `settings` on `dataset` in `folder`, on one thread of the CPU.
pub(crate) fn made_on(settings: &Settings, dataset: Dataset, folder: &Path) -> RunRow {
    tch::set_num_threads(1);
    let context = RunContext {
        device: Device::Cpu,
        threads: 1,
        artifact: "train",
        profile: "custom",
        command: String::new(),
    };
    run(settings, dataset, &context, folder).unwrap()
}

/// The rows that a run left in `folder`.
pub(crate) fn rows<R: Row>(folder: &Path) -> Vec<R> {
    table::read(&folder.join(R::FILE)).unwrap()
}
