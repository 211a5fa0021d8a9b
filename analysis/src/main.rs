//! The command `swast-analysis`: parse, validate, call, report.

mod args;
mod commands;
mod degrees;
mod pictures;
mod report;
mod serve;

use std::process::ExitCode;

use swast_tables::usage::{is_closed_pipe, note, parsed};

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
            note(format!("error: {error}"));
            let usage = error.downcast_ref::<swast_analysis::Error>().is_some_and(|e| e.is_usage());
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Prune(args) => commands::prune::execute(&args),
        Command::Epsilon(args) => commands::epsilon::execute(&args),
        Command::Fit(args) => commands::fit::execute(&args),
        Command::Map(args) => commands::map::execute(&args),
        Command::BestCoreset(args) => commands::best_coreset::execute(&args),
        Command::Explore(args) => commands::explore::execute(&args),
    }
}
