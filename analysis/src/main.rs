//! The command `swast-analysis`: parse, validate, call, report.

mod args;
mod commands;
mod degrees;
mod explore;
mod report;

use std::io::Write;
use std::process::ExitCode;

use swast_figures::usage::parsed;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = match parsed::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
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
