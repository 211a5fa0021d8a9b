//! The command `swast-trainer`: parse, dispatch, report.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use swast_datasets::command as data;
use swast_selection::command as select;
use swast_tables::usage::{is_closed_pipe, note, parsed};
use swast_trainer::commands::{
    bench, evaluate, is_usage, methods, predict, sparsity, sweep, train,
};
use swast_trainer::libtorch::failure::{caught, keep_failures_quiet};
use swast_trainer::run::stop::Stopped;

/// Train networks while pruning their weights and selecting coresets (SWaST)
#[derive(Debug, Parser)]
#[command(name = "swast-trainer", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<train::Args>),
    Sweep(Box<sweep::Args>),
    Select(Box<select::Args>),
    #[command(name = "help-method")]
    HelpMethod(methods::Args),
    Sparsity(sparsity::Args),
    Data(data::Args),
    Evaluate(evaluate::Args),
    Predict(predict::Args),
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let cli = match parsed::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    keep_failures_quiet();
    let outcome = caught(|| execute(&cli.command)).unwrap_or_else(|failure| Err(failure.into()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

fn execute(command: &Command) -> Result<()> {
    match command {
        Command::Train(args) => train::execute(args),
        Command::Sweep(args) => sweep::execute(args),
        Command::Select(args) => select::execute(args),
        Command::HelpMethod(args) => methods::execute(args),
        Command::Sparsity(args) => sparsity::execute(args),
        Command::Data(args) => data::execute(args),
        Command::Evaluate(args) => evaluate::execute(args),
        Command::Predict(args) => predict::execute(args),
        Command::Bench(args) => bench::execute(args),
    }
}

fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(stopped) = error.downcast_ref::<Stopped>() {
        note(stopped);
        return ExitCode::from(stopped.code());
    }
    note(format!("error: {error:#}"));
    ExitCode::from(if is_usage(error) { 2 } else { 1 })
}
