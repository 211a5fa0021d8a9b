//! The command `swast-analysis`: parse, validate, call, report.

mod args;
mod commands;
mod degrees;
mod explore;
mod report;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            let usage = error.downcast_ref::<swast_analysis::Error>().is_some_and(|e| e.is_usage());
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Prune(args) => commands::prune(&args),
        Command::Epsilon(args) => commands::epsilon(&args),
        Command::Fit(args) => commands::fit(&args),
        Command::Map(args) => commands::map(&args),
        Command::BestCoreset(args) => commands::best_coreset(&args),
        Command::Explore(args) => commands::explore(&args),
    }
}

/// Help as clap writes it; a wrong command line as one line.
fn explain(error: &clap::Error) -> ExitCode {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        if std::io::stdout().is_terminal() || !asked {
            let _closed = error.print();
        } else {
            let _closed = write!(std::io::stdout(), "{}", error.render());
        }
        return ExitCode::from(if asked { 0 } else { 2 });
    }
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let line = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let line = line
        .trim_start_matches("error: ")
        .replace(" For more information, try '--help'.", "")
        .replace(" tip:", "; tip:");
    complain(&format!("{line}; see --help"));
    ExitCode::from(2)
}

fn complain(line: &str) {
    let _closed = writeln!(std::io::stderr(), "error: {line}");
}

/// Whoever closes the pipe early (`head`) has read enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
    };
    error.chain().any(|cause| io(cause) == Some(std::io::ErrorKind::BrokenPipe))
}
