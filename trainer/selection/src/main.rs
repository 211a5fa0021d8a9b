//! The command `swast-select`: coresets of the rows of given files.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use swast_selection::command::{self, Args};
use swast_tables::usage::{ended, parsed};

/// Select coresets of the rows of your own files
#[derive(Debug, Parser)]
#[command(name = "swast-select", version)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    args: Option<Args>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Describe the methods, or one with its options
    Help {
        /// Name of a method
        name: Option<String>,
    },
}

fn main() -> ExitCode {
    match parsed::<Cli>() {
        Ok(cli) => ended(execute(&cli)),
        Err(code) => code,
    }
}

fn execute(cli: &Cli) -> Result<()> {
    let name = match (&cli.command, &cli.args) {
        (None, Some(args)) => return command::execute(args),
        (Some(Command::Help { name }), _) => name.as_deref(),
        (None, None) => None,
    };
    io::stdout().lock().write_all(command::help(name)?.as_bytes()).context("stdout")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        assert!(
            parse("swast-select --selector random --budget 1 --labels y.npy")
                .unwrap()
                .args
                .is_some()
        );
        assert!(parse("swast-select help").unwrap().args.is_none());
        assert!(parse("swast-select help random").is_ok());
        for line in ["swast-select --budget 1", "swast-select help random margin"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
