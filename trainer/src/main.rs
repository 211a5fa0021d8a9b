//! The command `swast-trainer`: parse, dispatch, report.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use swast_figures::usage::parsed;
use swast_trainer::commands::{bench, data, evaluate, is_usage, select, sparsity, sweep, train};

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
    Sweep(sweep::Args),
    Select(Box<select::Args>),
    Sparsity(sparsity::Args),
    Data(data::Args),
    Evaluate(evaluate::Args),
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let cli = match parsed::<Cli>() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let outcome = match &cli.command {
        Command::Train(args) => train::execute(args),
        Command::Sweep(args) => sweep::execute(args),
        Command::Select(args) => select::run(args),
        Command::Sparsity(args) => sparsity::execute(args),
        Command::Data(args) => data::run(args),
        Command::Evaluate(args) => evaluate::execute(args),
        Command::Bench(args) => bench::execute(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

#[allow(clippy::print_stderr, reason = "the one place where errors are reported")]
fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(if is_usage(error) { 2 } else { 1 })
}
