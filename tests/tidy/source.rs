//! The crates of the workspace as trees of modules, and the source files they are made of.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tokens::{Token, close, tokens, without_tests};

/// A module of a crate, without the modules inside it and without what only tests see.
#[derive(Debug)]
pub struct Module {
    /// Names from the crate's root down to this module; empty for the root.
    pub path: Vec<String>,
    /// The file, relative to the workspace.
    pub file: String,
    pub tokens: Vec<Token>,
}

/// A library or a program.
#[derive(Debug)]
pub struct Crate {
    /// The package's folder, relative to the workspace.
    pub package: String,
    pub modules: Vec<Module>,
}

impl Crate {
    /// The module at `path`.
    pub fn module(&self, path: &[String]) -> Option<&Module> {
        self.modules.iter().find(|module| module.path == path)
    }
}

/// The text of a file that must be there.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders of the workspace's packages, from its manifest.
pub fn packages(workspace: &Path) -> Vec<String> {
    let manifest = read(&workspace.join("Cargo.toml"));
    let (_, rest) = manifest.split_once("\nmembers = [").expect("the workspace has members");
    let (list, _) = rest.split_once(']').expect("the list of members ends");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every library and program of the workspace.
pub fn crates(workspace: &Path) -> Vec<Crate> {
    let mut found = Vec::new();
    for package in packages(workspace) {
        let src = workspace.join(&package).join("src");
        let programs = rust_files(&src.join("bin"));
        for root in [src.join("lib.rs"), src.join("main.rs")].into_iter().chain(programs) {
            if root.exists() {
                let mut modules = Vec::new();
                let folder = root.parent().expect("a file is in a folder").to_owned();
                let code = without_tests(&tokens(&read(&root)));
                visit(workspace, &mut modules, Vec::new(), &root, &folder, &code);
                found.push(Crate { package: package.clone(), modules });
            }
        }
    }
    found
}

/// Adds the module at `path` and those inside it, whose files are in `folder`.
fn visit(
    workspace: &Path,
    modules: &mut Vec<Module>,
    path: Vec<String>,
    file: &Path,
    folder: &Path,
    code: &[Token],
) {
    let (mut own, mut at) = (Vec::new(), 0);
    while at < code.len() {
        let inner = code.get(at + 1).filter(|_| code[at].is_word("mod"));
        let (Some(name), Some(after)) = (inner, code.get(at + 2)) else {
            own.push(code[at].clone());
            at += 1;
            continue;
        };
        let below = [path.clone(), vec![name.text.clone()]].concat();
        let deeper = folder.join(&name.text);
        if after.is("{") {
            let end = close(code, at + 2);
            visit(workspace, modules, below, file, &deeper, &code[at + 3..end]);
            at = end + 1;
        } else {
            let source = folder.join(format!("{}.rs", name.text));
            let text = without_tests(&tokens(&read(&source)));
            visit(workspace, modules, below, &source, &deeper, &text);
            at += 3;
        }
    }
    modules.push(Module { path, file: relative(workspace, file), tokens: own });
}

/// `path` from the workspace's root.
pub fn relative(workspace: &Path, path: &Path) -> String {
    path.strip_prefix(workspace).unwrap_or(path).display().to_string()
}

/// All Rust files under `folder`, sorted; none if it does not exist.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The source files of all packages, those with tests included.
pub fn sources(workspace: &Path) -> Vec<PathBuf> {
    let src = |package: &String| rust_files(&workspace.join(package).join("src"));
    packages(workspace).iter().flat_map(src).collect()
}

/// A workspace of one package `lab` with the given files, to plant violations in.
pub fn planted(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let manifest = ("Cargo.toml", "[workspace]\nmembers = [\"lab\"]\n");
    for (name, text) in files.iter().chain([&manifest]) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .and_then(|()| fs::write(&path, text))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    folder
}

#[test]
fn a_crate_is_the_tree_of_its_modules() {
    let workspace = planted(&[
        ("lab/src/lib.rs", "pub mod a;\nmod b { fn one() {} mod c; }\n#[cfg(test)]\nmod gone;"),
        ("lab/src/a.rs", "mod inner;\n#[cfg(test)]\nmod tests { fn two() {} }"),
        ("lab/src/a/inner.rs", "fn three() {}"),
        ("lab/src/b/c.rs", ""),
        ("lab/src/main.rs", "fn main() {}"),
    ]);
    let found = crates(workspace.path());
    let paths: Vec<String> = found[0].modules.iter().map(|m| m.path.join("::")).collect();
    assert_eq!(paths, ["a::inner", "a", "b::c", "b", ""]);
    let inner = found[0].module(&["a".to_owned(), "inner".to_owned()]).unwrap();
    assert_eq!((inner.file.as_str(), inner.tokens.len()), ("lab/src/a/inner.rs", 6));
    assert_eq!((found.len(), found[1].modules.len()), (2, 1));
}
