//! What all commands share: a command line read with clap, help as clap writes it, a mistake as one line; notes, and
//! readers who have read enough.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use thiserror::Error;

/// The parsed command line; else, after saying why, the exit code: 0 for help and version, 2 for a mistake.
pub fn parsed<Cli: Parser>() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| explain(&error))
}

/// Flags that are missing, out of range or do not fit together; the exit code is 2.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// The exit code of a command that came to `outcome`, after reporting its error: 2 for a [`UsageError`], 1 for any
/// other, 0 where only the reader of the output has closed the pipe.
pub fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            note(format!("error: {error:#}"));
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}

/// Says `line` on stderr. Nobody listening is no failure.
pub fn note(line: impl Display) {
    let _closed = writeln!(io::stderr(), "{line}");
}

/// Returns true if `error` is a broken pipe: the reader of the output, such as `head`, has closed it.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().map(io::Error::kind)
    };
    error.chain().any(|cause| kind(cause) == Some(io::ErrorKind::BrokenPipe))
}

fn explain(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Who closes the pipe has read enough.
        let _closed = if io::stdout().is_terminal() || !asked {
            error.print()
        } else {
            write!(io::stdout(), "{}", error.render())
        };
        return ExitCode::from(if asked { 0 } else { 2 });
    }
    note(format!("error: {}; see --help", line(error)));
    ExitCode::from(2)
}

/// What is wrong, without the usage and in one line.
fn line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let line = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    line.trim_start_matches("error: ")
        .replace(" For more information, try '--help'.", "")
        .replace(" tip:", "; tip:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[arg(long)]
        seed: u32,
    }

    #[test]
    fn a_mistake_is_one_line_that_names_the_flag() {
        for words in [["", "--seed", "x"], ["", "--sed", "1"]] {
            let error = Cli::try_parse_from(words).unwrap_err();
            let line = line(&error);
            assert!(line.contains("--se") && !line.contains('\n'), "{line}");
            assert!(!line.contains("Usage") && !line.starts_with("error"), "{line}");
        }
    }
}
