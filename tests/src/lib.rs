//! Runs the built commands. They stand beside the test's own executable; `make test` builds them first.

pub mod browser;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The built command `name`, to be run without a terminal.
pub fn command(name: &str) -> Command {
    let own = std::env::current_exe().expect("a test knows its own executable");
    let folder = own.ancestors().nth(2).expect("tests are built into target/<profile>/deps");
    let program = folder.join(name);
    assert!(program.exists(), "{} is not built; run `make test`", program.display());
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).env_remove("RUST_BACKTRACE").current_dir(root());
    command
}

/// Runs `name` with `arguments`, separated by single spaces.
pub fn run(name: &str, arguments: &str) -> Output {
    let words = arguments.split(' ').filter(|word| !word.is_empty());
    command(name).args(words).output().expect("a built command starts")
}

/// What a command wrote, as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must succeed, and returns what it printed.
pub fn succeed(name: &str, arguments: &str) -> String {
    let output = run(name, arguments);
    assert!(output.status.success(), "{name} {arguments}\n{}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs a command that must fail with `code` and one line on stderr that holds every one of `words`.
pub fn fail(name: &str, arguments: &str, code: i32, words: &[&str]) {
    let output = run(name, arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{name} {arguments}\n{said}");
    for word in words {
        assert!(said.contains(word), "{name} {arguments}: `{word}` is not in\n{said}");
    }
    if code == 1 {
        assert_eq!(said.trim_end().lines().count(), 1, "{name} {arguments}\n{said}");
    }
}
