//! Settings as the command line describes them.

use clap::Parser;
use swast_trainer::commands::train::Args;
use swast_trainer::settings::Settings;

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
