//! A command line read with clap: help as clap writes it, a mistake as one line.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

/// The parsed command line; else, after saying why, the exit code: 0 for help and version, 2 for a mistake.
pub fn parsed<Cli: Parser>() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| explain(&error))
}

fn explain(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Who closes the pipe has read enough.
        let _closed = if std::io::stdout().is_terminal() || !asked {
            error.print()
        } else {
            write!(std::io::stdout(), "{}", error.render())
        };
        return ExitCode::from(if asked { 0 } else { 2 });
    }
    let _closed = writeln!(std::io::stderr(), "error: {}; see --help", line(error));
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
