//! `swast-trainer help-method`: the selectors and pruners that there are, and their options.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args as ClapArgs;
use swast_selection::Spec as SelectorSpec;
use swast_tables::usage::UsageError;

use crate::pruner::Spec as PrunerSpec;

/// Explain the options of a selector or pruner
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer help-method                # all selectors and pruners
  swast-trainer help-method moderate       # then: train --selector moderate:centre=mean
  swast-trainer help-method rigl           # then: train --pruner rigl:update-every=50")]
pub struct Args {
    /// Name of the selector or pruner [default: a list of all]
    pub name: Option<String>,
}

/// Prints the options of the method that `args` name, or the list of all methods.
pub fn execute(args: &Args) -> Result<()> {
    let text = match &args.name {
        None => format!("{}\n\n{}\n", selectors(), pruners()),
        Some(name) => explained(name)?,
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn explained(name: &str) -> Result<String, UsageError> {
    if let Ok(selector) = SelectorSpec::named(name) {
        return Ok(selector.describe());
    }
    if let Ok(pruner) = PrunerSpec::named(name) {
        return Ok(pruner.help());
    }
    let names = [SelectorSpec::NAMES, PrunerSpec::NAMES].concat().join(", ");
    Err(UsageError(format!("`{name}` is no selector or pruner; expected one of {names}")))
}

/// The selectors, a line each, as help of a flag.
pub fn selectors() -> String {
    let lines = SelectorSpec::all().into_iter().map(|s| line(s.name(), s.about()));
    listed("How coresets are selected: NAME or NAME:KEY=VALUE,...", lines)
}

/// The pruners, a line each, as help of a flag.
pub fn pruners() -> String {
    let lines = PrunerSpec::all().into_iter().map(|p| line(p.name(), p.about()));
    listed("How weights are pruned: NAME or NAME:KEY=VALUE,...", lines)
}

fn line(name: &str, about: &str) -> String {
    format!("- {name}: {about}")
}

fn listed(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    format!("{heading}\n\n{}\n\n`swast-trainer help-method NAME` lists the keys.", lines.join("\n"))
}
