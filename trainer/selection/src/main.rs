//! The command `swast-select`: coresets of the rows of given files.

use std::process::ExitCode;

use clap::Parser;
use swast_selection::command::{self, Args};
use swast_tables::usage::{ended, parsed};

/// Select coresets of the rows of your own files
#[derive(Debug, Parser)]
#[command(name = "swast-select", version)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn main() -> ExitCode {
    match parsed::<Cli>() {
        Ok(cli) => ended(command::execute(&cli.args)),
        Err(code) => code,
    }
}
