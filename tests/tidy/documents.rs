//! Documents and reference values: short, with paths that exist, and with their origin beside them.

use std::fs;
use std::path::Path;

use swast_tests::{command, root, text};

use crate::source::{planted, read};

const DOCUMENTS: &[&str] = &[
    "ARCHITECTURE.md",
    "BENCHMARKS.md",
    "README.md",
    "analysis/README.md",
    "data/TABLES.md",
    "trainer/README.md",
    "trainer/selection/README.md",
];
/// A page.
const ARCHITECTURE: usize = 80;
/// Details are in the documents that it links.
const README: usize = 160;
const GOLDEN: u64 = 20 * 1024;
/// The smallest network of ours with its statistics is 313 KiB, and that an old one can be read is shown by one.
const GOLDEN_MODEL: u64 = 350 * 1024;

/// What `text`, a document, names in backticks that `workspace` does not have.
fn missing<'a>(workspace: &Path, text: &'a str) -> Vec<&'a str> {
    let folders = ["analysis/", "figures/", "trainer/", "tests/", "data/", "scripts/"];
    let made_later = ["data/results", "figures/out", "data/raw"];
    let is_path = |word: &&str| {
        folders.iter().any(|folder| word.starts_with(folder)) && !word.contains(['<', '*', ' '])
    };
    let words = text.split('`').skip(1).step_by(2).filter(is_path);
    words
        .filter(|path| !made_later.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !workspace.join(path).exists())
        .collect()
}

/// The links in `text`, a document in `folder`, to files that do not exist.
fn broken<'a>(folder: &Path, text: &'a str) -> Vec<&'a str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://"));
    files
        .map(|target| target.split('#').next().unwrap_or(target))
        .filter(|path| !folder.join(path).exists())
        .collect()
}

#[test]
fn every_path_the_documents_name_exists() {
    for document in DOCUMENTS {
        let path = root().join(document);
        let text = read(&path);
        let missing = missing(&root(), &text);
        assert!(missing.is_empty(), "{document} names {}", missing.join(", "));
        let broken = broken(path.parent().unwrap(), &text);
        assert!(broken.is_empty(), "{document} links {}", broken.join(", "));
    }
}

/// Number of lines of `text` without those between markers, which a test writes.
fn written(text: &str) -> usize {
    let generated = text.split_once("<!-- claims -->").map(|(_, rest)| rest);
    let generated = generated.and_then(|rest| rest.split_once("<!-- /claims -->"));
    text.lines().count() - generated.map_or(0, |(table, _)| table.lines().count())
}

#[test]
fn lines_between_markers_are_not_counted() {
    let text = "a\n<!-- claims -->\n| one |\n| two |\n<!-- /claims -->\nb\n";
    assert_eq!((written(text), written("a\nb\n")), (3, 2));
}

#[test]
fn documents_that_are_read_first_are_short() {
    for (document, limit) in [("ARCHITECTURE.md", ARCHITECTURE), ("README.md", README)] {
        let lines = written(&read(&root().join(document)));
        assert!(lines <= limit, "{document} has {lines} lines, {limit} at most");
    }
}

/// The commands that `text` shows after a prompt, with what continues them on further lines.
fn examples(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let shown = joined.lines().filter_map(|line| line.strip_prefix("$ "));
    shown.map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned()).collect()
}

/// What the command that `example` calls says of its flags; `None` for a command that is not ours.
fn help(example: &str) -> Option<String> {
    let mut words = example.split_whitespace();
    let program = words.next().filter(|program| program.starts_with("swast-"))?;
    let mut arguments: Vec<&str> = words.take_while(|word| !word.starts_with('-')).collect();
    let depth = match (program, arguments.first()) {
        ("swast-select", _) => 0,
        (_, Some(&"data")) => 2,
        _ => 1,
    };
    arguments.truncate(depth);
    let output = command(program).args(&arguments).arg("--help").output().unwrap();
    assert!(output.status.success(), "{example}: {}", text(&output.stderr));
    Some(text(&output.stdout))
}

/// The flags of `example` that `help` does not have.
fn unknown<'a>(example: &'a str, help: &str) -> Vec<&'a str> {
    let flags = example.split_whitespace().filter(|word| word.starts_with("--"));
    let names = flags.map(|flag| flag.split('=').next().unwrap_or(flag));
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let is_known = |flag: &&str| help.split(ends).any(|word| word == *flag);
    names.filter(|flag| !is_known(flag)).collect()
}

#[test]
fn the_examples_have_flags_and_targets_that_exist() {
    let makefile = read(&root().join("Makefile"));
    for document in DOCUMENTS {
        for example in examples(&read(&root().join(document))) {
            if let Some(target) = example.strip_prefix("make ") {
                let target = target.split_whitespace().next().unwrap_or_default();
                let is_there = makefile.lines().any(|line| line.starts_with(&format!("{target}:")));
                assert!(is_there, "{document}: no target for `{example}`");
            }
            let Some(help) = help(&example) else { continue };
            let unknown = unknown(&example, &help);
            assert!(unknown.is_empty(), "{document}: `{example}` has no {}", unknown.join(", "));
        }
    }
}

#[test]
fn the_document_of_the_trainer_names_every_variant_method_and_distribution() {
    let document = read(&root().join("trainer/README.md"));
    let help = help("swast-trainer train").unwrap();
    let (mut flag, mut count) = ("", 0);
    for line in help.lines().map(str::trim) {
        if line.starts_with("--") {
            flag = line.split_whitespace().next().unwrap_or_default();
        }
        let name = line.strip_prefix("- ").and_then(|rest| rest.split(':').next());
        let Some(name) = name else { continue };
        if ["--variant", "--selector", "--pruner", "--distribution"].contains(&flag) {
            count += 1;
            assert!(document.contains(&format!("`{name}`")), "trainer/README.md: name {name}");
        }
    }
    assert!(count >= 30, "the help lists {count} names");
}

#[test]
fn broken_links_and_unknown_flags_are_found() {
    let workspace = planted(&[("a/here.md", "")]);
    let text = "[x](here.md#part) [y](gone.md) [z](https://example.org)";
    assert_eq!(broken(&workspace.path().join("a"), text), ["gone.md"]);
    let shown =
        examples("text\n$ tool sub --one 1 \\\n    --two=2 --th 3   # --not\noutput --no\n");
    assert_eq!(shown, ["tool sub --one 1      --two=2 --th 3"]);
    assert_eq!(unknown(&shown[0], "  --one <N>\n  --two, --three"), ["--th"]);
}

#[test]
fn a_path_that_does_not_exist_is_found() {
    let workspace = planted(&[("tests/here.rs", "")]);
    let text = "`tests/here.rs`, `tests/gone.rs`, `tests/<any>.rs`, `data/results/x`, tests/no.rs, `other/x`";
    assert_eq!(missing(workspace.path(), text), ["tests/gone.rs"]);
}

/// What is wrong with a folder of reference values.
fn faults(topic: &Path) -> Vec<String> {
    let (mut origin, mut found) = (false, Vec::new());
    for file in fs::read_dir(topic).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        origin |= name.ends_with(".py") || name.starts_with("README");
        let limit = if name.ends_with(".safetensors") { GOLDEN_MODEL } else { GOLDEN };
        if !file.is_dir() && fs::metadata(&file).unwrap().len() > limit {
            found.push(format!("{} is over {} KiB", file.display(), limit / 1024));
        }
    }
    if !origin {
        found.push(format!("{} does not say where its values come from", topic.display()));
    }
    found
}

#[test]
fn golden_values_are_small_and_say_where_they_come_from() {
    for topic in fs::read_dir(root().join("tests/golden")).unwrap() {
        let found = faults(&topic.unwrap().path());
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

#[test]
fn large_values_and_values_of_unknown_origin_are_found() {
    let large = "x".repeat(21 * 1024);
    let workspace = planted(&[
        ("good/README.md", ""),
        ("good/model.safetensors", large.as_str()),
        ("large/make.py", ""),
        ("large/a.csv", large.as_str()),
        ("unknown/a.csv", ""),
    ]);
    let count = |topic: &str| faults(&workspace.path().join(topic)).len();
    assert_eq!([count("good"), count("large"), count("unknown")], [0, 1, 1]);
}
