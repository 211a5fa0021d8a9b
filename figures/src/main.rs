//! `swast-figures`: parse, draw, report.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command reports by printing")]

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use swast_figures::cli::{Cli, Command, Draw};
use swast_figures::draw;
use swast_figures::results::Results;

fn main() -> ExitCode {
    let Command::Draw(arguments) = Cli::parse().command;
    match draw_all(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn draw_all(arguments: &Draw) -> Result<()> {
    let results = Results::new(&arguments.results());
    let (figures, required) = arguments.target.figures();
    for which in figures {
        let figure = match which.figure(&results) {
            Err(e) if e.is_absence() && !required => {
                eprintln!("skipped: {e}");
                continue;
            }
            other => other?,
        };
        for picture in &figure.pictures {
            for path in draw::write(picture, &arguments.out(), &arguments.format)? {
                println!("{}", path.display());
            }
        }
        let claims = figure.pictures.first().map_or(&[][..], |p| &p.claims);
        draw::sentences(claims).iter().for_each(|sentence| println!("  {sentence}"));
        for absence in figure.missing {
            if required {
                return Err(absence.into());
            }
            eprintln!("skipped: {absence}");
        }
    }
    Ok(())
}
