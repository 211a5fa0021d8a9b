//! No two modules beside each other use each other, directly or by way of others: what both need belongs in a third
//! one or in their parent.

use std::collections::BTreeMap;
use std::path::Path;

use swast_tests::root;

use crate::paths::Names;
use crate::source::{Crate, crates, planted};

/// By parent and module: the modules beside it that it uses, each with a place where it does.
type Graph = BTreeMap<Vec<String>, BTreeMap<String, BTreeMap<String, String>>>;

fn graph(parts: &Crate) -> Graph {
    let names = Names::of(parts);
    let mut graph = Graph::new();
    for module in &parts.modules {
        for reference in names.references(module) {
            let (from, to) = (&module.path, &reference.target);
            let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
            if let (Some(user), Some(used)) = (from.get(common), to.get(common)) {
                let beside = graph.entry(from[..common].to_vec()).or_default();
                let uses = beside.entry(user.clone()).or_default();
                let place = || format!("{}:{}", module.file, reference.line);
                uses.entry(used.clone()).or_insert_with(place);
            }
        }
    }
    graph
}

/// The shortest way from `start` back to itself, as modules.
fn way_back(uses: &BTreeMap<String, BTreeMap<String, String>>, start: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = Vec::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in uses.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    return Some([way, vec![start.to_owned()]].concat());
                }
                if !seen.contains(next) {
                    seen.push(next.clone());
                    longer.push([way.clone(), vec![next.clone()]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// Every cycle, with the places that make it; of those through the same modules, one.
fn cycles(workspace: &Path) -> Vec<String> {
    let mut found = BTreeMap::new();
    for parts in crates(workspace) {
        for (parent, uses) in graph(&parts) {
            for start in uses.keys() {
                let Some(way) = way_back(&uses, start) else { continue };
                let mut members = way[1..].to_vec();
                members.sort();
                let step = |pair: &[String]| {
                    format!("{} uses {} ({})", pair[0], pair[1], uses[&pair[0]][&pair[1]])
                };
                let steps: Vec<String> = way.windows(2).map(step).collect();
                let level = [&["crate".to_owned()], parent.as_slice()].concat().join("::");
                let text = format!("{} {level}: {}", parts.package, steps.join(", "));
                found.entry((parts.package.clone(), parent.clone(), members)).or_insert(text);
            }
        }
    }
    found.into_values().collect()
}

#[test]
fn no_two_modules_use_each_other() {
    let found = cycles(&root());
    assert!(found.is_empty(), "{} cycles:\n{}", found.len(), found.join("\n"));
}

#[test]
fn cycles_are_found_at_every_level_and_through_re_exports() {
    let check = |files: &[(&str, &str)]| cycles(planted(files).path());
    let lib = |text| ("lab/src/lib.rs", text);
    let straight = check(&[
        lib("mod a; mod b;"),
        ("lab/src/a.rs", "use std::fmt;\nuse crate::b::{self, C};"),
        ("lab/src/b.rs", "fn f() { super::a::g() }"),
    ]);
    assert_eq!(
        straight,
        ["lab crate: a uses b (lab/src/a.rs:2), b uses a (lab/src/b.rs:1)"],
        "one cycle, named once"
    );
    let three = check(&[lib(
        "mod a { mod x { use super::y::Y; } mod y { fn f() -> crate::a::z::Z {} } mod z { use super::{x}; } }",
    )]);
    assert!(three.len() == 1 && three[0].starts_with("lab crate::a: "), "{three:?}");
    let hidden = check(&[
        lib("mod a; mod b; pub use a::A as Renamed;"),
        ("lab/src/a.rs", "use crate::b::B;"),
        ("lab/src/b.rs", "use crate::Renamed;"),
    ]);
    assert_eq!(hidden.len(), 1, "{hidden:?}");
    let program = check(&[
        ("lab/src/main.rs", "mod a; mod b;"),
        ("lab/src/a.rs", "use crate::b;"),
        ("lab/src/b.rs", "use super::{a};"),
    ]);
    assert_eq!(program.len(), 1, "{program:?}");
}

#[test]
fn what_is_no_cycle_is_not_reported() {
    let found = cycles(
        planted(&[
            ("lab/src/lib.rs", "mod a; mod b; pub use a::A;"),
            (
                "lab/src/a.rs",
                "mod x; use crate::b::B; use x::X; #[cfg(test)] mod tests { use crate::b; }",
            ),
            ("lab/src/a/x.rs", "use super::A; use crate::b::B; // crate::a::y"),
            (
                "lab/src/b.rs",
                "const TEXT: &str = \"crate::a\"; #[cfg(test)] mod tests { use crate::a::A; }",
            ),
        ])
        .path(),
    );
    assert!(found.is_empty(), "{found:?}");
}
