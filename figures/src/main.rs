//! `swast-figures`: parse, draw, report.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use swast_figures::cli::{Claims, Cli, Command, Draw, Report, Target};
use swast_figures::read::results::Results;
use swast_figures::{draw, report};
use swast_tables::folder::claim;
use swast_tables::usage::{ended, note, parsed};

fn main() -> ExitCode {
    match parsed::<Cli>() {
        Ok(Cli { command }) => ended(match command {
            Command::Draw(arguments) => execute(&arguments),
            Command::Report(arguments) => write_report(&arguments),
            Command::Claims(arguments) => print_claims(&arguments),
        }),
        Err(code) => code,
    }
}

fn execute(arguments: &Draw) -> Result<()> {
    let results = Results::new(&arguments.results());
    let Target { artifacts, required } = &arguments.target;
    let mut found = false;
    for artifact in artifacts {
        let figure = match (artifact.draw)(&results) {
            Err(e) if e.is_absence() && !*required => {
                note(format!("skipped: {e}"));
                continue;
            }
            other => other?,
        };
        let (out, formats) = (arguments.out(), &arguments.format);
        if !found {
            claim(&out)?;
        }
        found = true;
        let mut paths = Vec::new();
        for picture in &figure.pictures {
            paths.extend(draw::write(picture, &out, formats)?);
        }
        for table in &figure.tables {
            paths.extend(draw::write_table(table, &out, formats)?);
        }
        if paths.is_empty() && !figure.pictures.is_empty() {
            note(format!(
                "{}: has no table, which md, csv and tex are of; add svg or png",
                artifact.name
            ));
        }
        for path in &paths {
            writeln!(stdout(), "{}", path.display())?;
        }
        for claim in &figure.claims {
            writeln!(stdout(), "  {claim}")?;
        }
        for absence in figure.missing {
            if *required {
                return Err(absence.into());
            }
            note(format!("skipped: {absence}"));
        }
    }
    results.notes().iter().for_each(note);
    if !found {
        bail!("{}: holds no table to draw from; run `make figures`", arguments.results().display());
    }
    Ok(())
}

fn write_report(arguments: &Report) -> Result<()> {
    if arguments.out.is_none() {
        claim(&arguments.folder())?;
    }
    let out = arguments.out();
    report::write(&arguments.results(), &out)?.iter().for_each(note);
    writeln!(stdout(), "{}", out.display())?;
    Ok(())
}

fn print_claims(arguments: &Claims) -> Result<()> {
    let of = |folder: &PathBuf| report::Report::of(folder);
    let reports = arguments.results.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    if reports.iter().all(report::Report::is_empty) {
        let folders: Vec<String> =
            arguments.results.iter().map(|folder| folder.display().to_string()).collect();
        bail!("{}: holds no table to judge by; run `make figures`", folders.join(", "));
    }
    reports.iter().flat_map(report::Report::notes).for_each(note);
    write!(stdout(), "{}", report::claims::markdown(&reports))?;
    Ok(())
}
