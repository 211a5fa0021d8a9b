//! What the documents say can be drawn, against the registry.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use swast_figures::artifact::{self, ALL};
use swast_figures::cli::Cli;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(path).expect("the document is there")
}

/// Words of letters, digits and hyphens that follow `before`, word by word up to anything else.
fn words_after<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let rests = text.match_indices(before).map(|(at, _)| &text[at + before.len()..]);
    rests.map(|rest| &rest[..rest.find(|c| !word(c)).unwrap_or(rest.len())]).collect()
}

/// Whether `name` is an artifact or one of its panels.
fn is_drawn(name: &str) -> bool {
    let letter = |rest: &str| rest.len() == 1 && rest.chars().all(|c| c.is_ascii_lowercase());
    let panel =
        |artifact: &artifact::Artifact| name.strip_prefix(artifact.name).is_some_and(letter);
    artifact::find(name).is_some() || ALL.iter().any(panel)
}

#[test]
fn the_readme_names_commands_that_exist() {
    let cli = Cli::command();
    let text = document("README.md");
    let commands = words_after(&text, "swast-figures ");
    assert!(!commands.is_empty());
    for command in commands {
        assert!(cli.find_subcommand(command).is_some(), "`swast-figures {command}`");
    }
}

#[test]
fn the_documents_name_artifacts_that_exist() {
    for name in ["README.md", "ARCHITECTURE.md", "Makefile"] {
        let text = document(name);
        let drawn = words_after(&text, "swast-figures draw ");
        let pictures = ["quick", "desk", "paper"]
            .map(|profile| words_after(&text, &format!("figures/published/{profile}/")));
        let sweeps =
            words_after(&text, "SWEEPS=").into_iter().chain(words_after(&text, "SWEEPS ?= "));
        let named = drawn.into_iter().chain(pictures.into_iter().flatten()).chain(sweeps);
        for word in named.filter(|word| !["", "all", "tables"].contains(word)) {
            assert!(is_drawn(word), "{name} names `{word}`, which cannot be drawn");
        }
    }
}

/// `make figures` runs the sweeps of the artifacts that say so, and no others.
#[test]
fn make_figures_makes_what_the_registry_says() {
    let text = document("Makefile");
    let line = text.lines().find_map(|line| line.strip_prefix("SWEEPS ?= "));
    let swept: Vec<&str> = line.expect("the Makefile lists sweeps").split_whitespace().collect();
    let of_make = ALL.iter().filter(|artifact| artifact.commands.contains(&"make figures"));
    let sweep = |name: &str| format!("swast-trainer sweep {name}");
    let expected = of_make.filter(|a| a.commands.contains(&&*sweep(a.name))).map(|a| a.name);
    assert_eq!(swept, expected.collect::<Vec<_>>());
}
