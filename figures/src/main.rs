//! `swast-figures`: parse, draw, report.

use std::io::{Write, stdout};
use std::process::ExitCode;

use anyhow::{Result, bail};
use swast_figures::cli::{Cli, Command, Draw};
use swast_figures::draw;
use swast_figures::results::Results;
use swast_tables::usage::{is_closed_pipe, note, parsed};

fn main() -> ExitCode {
    let Command::Draw(arguments) = match parsed::<Cli>() {
        Ok(cli) => cli.command,
        Err(code) => return code,
    };
    match draw_all(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            note(format!("error: {error:#}"));
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
                note(format!("skipped: {e}"));
                continue;
            }
            other => other?,
        };
        for picture in &figure.pictures {
            for path in draw::write(picture, &arguments.out(), &arguments.format)? {
                writeln!(stdout(), "{}", path.display())?;
                drawn += 1;
            }
        }
        let claims = figure.pictures.first().map_or(&[][..], |p| &p.claims);
        for sentence in draw::sentences(claims) {
            writeln!(stdout(), "  {sentence}")?;
        }
        for absence in figure.missing {
            if required {
                return Err(absence.into());
            }
            note(format!("skipped: {absence}"));
        }
    }
    if drawn == 0 {
        bail!("{}: holds no table to draw from; run `make figures`", arguments.results().display());
    }
    Ok(())
}
