//! How long files and functions may be, and where a module's file is.

use std::path::Path;

use swast_tests::root;

use crate::source::{planted, read, relative, sources};
use crate::tokens::{Kind, close, tokens};

const FILE: usize = 450;
const FUNCTION: usize = 70;
/// Algorithm 1 fits on two screens.
const ALGORITHM: usize = 150;

/// Functions of `source` that are too long: name, first line and number of lines.
fn long_functions(source: &str) -> Vec<(String, usize, usize)> {
    let code = tokens(source);
    let mut found = Vec::new();
    for at in 0..code.len().saturating_sub(1) {
        if !(code[at].is_word("fn") && code[at + 1].kind == Kind::Word) {
            continue;
        }
        let mut open = at + 2;
        while open < code.len() && !code[open].is("{") && !code[open].is(";") {
            let bracket = code[open].is("(") || code[open].is("[");
            open = if bracket { close(&code, open) + 1 } else { open + 1 };
        }
        if code.get(open).is_some_and(|token| token.is("{")) {
            let lines = code[close(&code, open)].line - code[at].line + 1;
            if lines > FUNCTION {
                found.push((code[at + 1].text.clone(), code[at].line, lines));
            }
        }
    }
    found
}

fn too_long(workspace: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for path in sources(workspace) {
        let (name, text) = (relative(workspace, &path), read(&path));
        let lines = text.lines().count();
        if lines > FILE {
            found.push(format!("{name} has {lines} lines; one noun a file"));
        }
        for (function, line, lines) in long_functions(&text) {
            found.push(format!("{name}:{line} `{function}` has {lines} lines"));
        }
    }
    found
}

/// Files called `mod.rs`.
fn old_style(workspace: &Path) -> Vec<String> {
    let names = sources(workspace).into_iter().map(|path| relative(workspace, &path));
    names.filter(|name| name.ends_with("/mod.rs")).collect()
}

#[test]
fn files_and_functions_stay_small() {
    let found = too_long(&root());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn algorithm_1_is_readable_in_one_go() {
    let lines = read(&root().join("trainer/src/train/swast.rs")).lines().count();
    assert!(lines <= ALGORITHM, "trainer/src/train/swast.rs has {lines} lines");
}

#[test]
fn a_module_is_a_file_beside_the_folder_of_its_parts() {
    let found = old_style(&root());
    assert!(found.is_empty(), "name it after its folder: {}", found.join(", "));
}

#[test]
fn what_is_too_long_or_in_the_old_style_is_found() {
    let body = |lines: usize| "    x();\n".repeat(lines);
    let long = format!("fn a(f: fn(u8) -> [u8; 2])\nwhere\n    T: X,\n{{\n{}}}\n", body(66));
    assert_eq!(long_functions(&long), [("a".to_owned(), 1, 71)]);
    assert!(
        long_functions(&format!("trait T {{ fn b(); }}\nfn c() {{\n{}}}", body(68))).is_empty()
    );
    let workspace = planted(&[
        ("lab/src/lib.rs", long.as_str()),
        ("lab/src/a/mod.rs", "\n".repeat(FILE + 1).as_str()),
    ]);
    assert_eq!(too_long(workspace.path()).len(), 2);
    assert_eq!(old_style(workspace.path()), ["lab/src/a/mod.rs"]);
}
