//! `swast-figures`: parse, draw, report.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command reports by printing")]

use std::process::ExitCode;

use anyhow::{Result, bail};
use swast_figures::cli::{Cli, Command, Draw};
use swast_figures::draw;
use swast_figures::results::Results;
use swast_figures::usage::parsed;

fn main() -> ExitCode {
    let Command::Draw(arguments) = match parsed::<Cli>() {
        Ok(cli) => cli.command,
        Err(code) => return code,
    };
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
    let mut drawn = 0;
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
                drawn += 1;
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
    if drawn == 0 {
        bail!("{}: holds no table to draw from; run `make figures`", arguments.results().display());
    }
    Ok(())
}
