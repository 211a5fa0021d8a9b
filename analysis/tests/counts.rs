//! Numbers with digits too many are refused in one line, before anything is allocated or written.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn no_count_is_without_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &str, flag: &str| {
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_swast-analysis"))
            .args(arguments.split_whitespace())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {text}");
        assert!(text.starts_with("error: ") && text.contains(flag), "{arguments}: {text}");
        assert_eq!((text.lines().count(), output.stdout.len()), (1, 0), "{arguments}: {text}");
        assert!(start.elapsed() < Duration::from_secs(5), "{arguments}");
    };
    for huge in ["4294967296", "9223372036854775808", "18446744073709551615", "1000000000000000"] {
        for (arguments, flag) in [
            ("prune --trials", "--trials"),
            ("prune --points", "--points"),
            ("prune --prune", "--prune"),
            ("prune --degree", "--degree"),
            ("epsilon --trials", "--trials"),
            ("epsilon --noisy", "--noisy"),
            ("epsilon --clean", "--clean"),
            ("map --trials", "--trials"),
            ("map --points", "--points"),
            ("best-coreset --trials", "--trials"),
            ("best-coreset --points", "--points"),
            ("epsilon --degrees 1..", "--degrees"),
            ("map --degrees 1..", "--degrees"),
            ("map --sizes 1..", "--sizes"),
            ("best-coreset --sizes 1..", "--sizes"),
            ("best-coreset --threads", "--threads"),
        ] {
            let space = if arguments.ends_with("..") { "" } else { " " };
            refused(&format!("{arguments}{space}{huge}"), flag);
        }
    }
    // Each number alone could be served, and not all of them together.
    for (arguments, flag) in [
        ("prune --points 1000000 --degree 1000", "points"),
        ("epsilon --degrees 1..1000 --trials 1000000", "--trials"),
        ("map noise-degree --degrees 1..900 --trials 1000", "--trials"),
        ("map pruned-noisy --points 1000000 --trials 1", "--trials"),
        ("best-coreset --points 10000 --trials 1000", "--trials"),
    ] {
        refused(arguments, flag);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written");
}
