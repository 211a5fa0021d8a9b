//! Which part of the workspace may know which: the packages, and the commands of the trainer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use swast_tests::root;

use crate::paths::Names;
use crate::source::{crates, planted, read};

/// The packages that build and are tested without libtorch.
const LIGHT: &[&str] =
    &["swast-tables", "swast-figures", "swast-analysis", "swast-selection", "swast-datasets"];
/// The libraries that need it.
const HEAVY: &[&str] = &["tch", "torch-sys"];

/// The packages that each package of a `Cargo.lock` needs, to be built or to be tested.
fn needs(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut needs = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let quoted = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
        let name = package.lines().find(|line| line.starts_with("name = "));
        let listed = package.split_once("dependencies = [").map_or("", |(_, rest)| rest);
        let listed = listed.lines().skip(1).take_while(|line| !line.starts_with(']'));
        // A name may be followed by a version.
        let names =
            listed.map(|line| quoted(line).split(' ').next().unwrap_or_default().to_owned());
        let entry: &mut BTreeSet<String> = needs.entry(quoted(name.unwrap_or(""))).or_default();
        entry.extend(names);
    }
    needs
}

/// How `package` comes to need one of `heavy`, package by package, if it does.
fn way_to(
    heavy: &[&str],
    package: &str,
    needs: &BTreeMap<String, BTreeSet<String>>,
) -> Option<String> {
    let (mut ways, mut seen) = (vec![vec![package.to_owned()]], BTreeSet::new());
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        if heavy.contains(&last.as_str()) {
            return Some(way.join(" -> "));
        }
        for next in needs.get(last).into_iter().flatten() {
            if seen.insert(next.clone()) {
                ways.push([way.clone(), vec![next.clone()]].concat());
            }
        }
    }
    None
}

#[test]
fn only_the_trainer_needs_libtorch() {
    let needs = needs(&read(&root().join("Cargo.lock")));
    for package in LIGHT {
        assert!(needs.contains_key(*package), "Cargo.lock has no {package}");
        let way = way_to(HEAVY, package, &needs);
        assert!(way.is_none(), "{} needs libtorch", way.unwrap_or_default());
    }
    assert!(way_to(HEAVY, "swast-trainer", &needs).is_some());
}

#[test]
fn a_way_to_libtorch_is_found() {
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [\n \"b 1.0\",\n \"c\",\n]\n
[[package]]\nname = \"b\"\nversion = \"1.0\"\ndependencies = [\n \"tch\",\n]\n\n[[package]]\nname = \"c\"\n";
    let needs = needs(lock);
    assert_eq!(way_to(HEAVY, "a", &needs).as_deref(), Some("a -> b -> tch"));
    assert_eq!(way_to(HEAVY, "c", &needs), None);
}

#[test]
fn analysis_and_trainer_know_figures_and_not_each_other() {
    let manifest = |package: &str| read(&root().join(package).join("Cargo.toml"));
    let (analysis, trainer, figures) =
        (manifest("analysis"), manifest("trainer"), manifest("figures"));
    assert!(!analysis.contains("swast-trainer") && !analysis.contains("tch"));
    assert!(!trainer.contains("swast-analysis") && !trainer.contains("plotters"));
    assert!(!figures.contains("swast-analysis") && !figures.contains("swast-trainer"));
}

/// Where a module of `package`'s library uses the module `commands` from outside of it.
fn uses_of_commands(workspace: &Path, package: &str) -> Vec<String> {
    let mut found = Vec::new();
    for parts in crates(workspace).iter().filter(|parts| parts.package == package) {
        let names = Names::of(parts);
        let is_command = |path: &[String]| path.first().is_some_and(|name| name == "commands");
        for module in parts.modules.iter().filter(|m| !m.path.is_empty() && !is_command(&m.path)) {
            let used = names.references(module).into_iter().filter(|r| is_command(&r.target));
            found.extend(used.map(|used| format!("{}:{}", module.file, used.line)));
        }
    }
    found
}

#[test]
fn nothing_that_commands_call_knows_commands() {
    let found = uses_of_commands(&root(), "trainer");
    assert!(found.is_empty(), "these use `commands`:\n{}", found.join("\n"));
}

#[test]
fn an_arrow_back_to_commands_is_found() {
    let workspace = planted(&[
        ("lab/src/lib.rs", "pub mod commands; mod run;"),
        ("lab/src/commands.rs", "pub mod train { use crate::commands::x; use crate::run; }"),
        ("lab/src/run.rs", "mod sweep;\nuse crate::commands::train::{self, flags};"),
        ("lab/src/run/sweep.rs", "fn f() { super::super::commands::train::flags() }"),
    ]);
    let found: BTreeSet<String> = uses_of_commands(workspace.path(), "lab").into_iter().collect();
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        ["lab/src/run.rs:2", "lab/src/run/sweep.rs:1"]
    );
}
