//! Own points, as the command reads them: dialects of tables.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Exit code, stdout and stderr.
fn run(arguments: &str, folder: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_swast-analysis"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Every command that reads points says the same of a table that is not one.
#[test]
fn dialects_are_named_alike_everywhere() {
    let cases = [
        ("y;noisy;x\n0.5;0;1\n0.5;1;2\n", "row 1: cells are separated by `;`; separate"),
        ("x;y\n0,5;1\n", "row 1: cells are separated by `;` and numbers have decimal commas"),
        ("x\ty\n0\t1\n", "row 1: cells are separated by tabs; separate"),
        ("x,Y,noisy\n0,1,0\n", "row 1: columns Y: names are in small letters; write y"),
        ("x,y,NOISY\n0,1,0\n", "row 1: columns NOISY: names are in small letters; write noisy"),
        ("# of 3 May\nx,y\n0,1\n", "row 1: the row is a comment; delete it"),
        ("# y,x\n0,1\n", "row 1: the names of the columns are in a comment; delete the `#`"),
        ("x,y\n0,1\n\n1,5,2,5\n", "row 4: 4 cells where the header names 2: decimal commas"),
        ("x,y\r\n0,1\r\n# pause\r\n2,1\r\n", "row 3: the row is a comment; delete it"),
        ("x,y\n0,1\n1;2\n", "row 3: cells are separated by `;`; separate"),
        ("x,y\n0,\"1,25\"\n", "row 2, column `y`: `1,25` has a decimal comma; write 1.25"),
    ];
    for (text, expected) in cases {
        let folder = folder_with(&[("own.csv", text), ("plain.csv", "x,y\n0,1\n")]);
        for command in [
            "fit --data own.csv",
            "prune --data own.csv",
            "epsilon --data own.csv",
            "epsilon --full own.csv --coreset plain.csv",
            "epsilon --full plain.csv --coreset own.csv",
            "best-coreset --data own.csv",
            "explore --no-open --data own.csv",
        ] {
            let (code, stdout, stderr) = run(command, folder.path());
            assert!(stderr.contains(&format!("own.csv: {expected}")), "{command}: {stderr}");
            let seen = (code, stdout.as_str(), stderr.lines().count());
            assert_eq!(seen, (Some(1), "", 1), "{command}");
        }
    }
}
