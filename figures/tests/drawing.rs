//! The command over plausible and over degenerate tables.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use support::write_all;

fn draw(target: &str, tables: &Path, out: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_swast-figures"))
        .args(["draw", target, "--results"])
        .arg(tables)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const PICTURES: [&str; 13] = [
    "figure1", "figure1a", "figure1b", "figure1c", "figure1d", "figure5", "figure5a", "figure5b",
    "figure5c", "figure6", "figure6a", "figure6b", "figure7",
];

#[test]
fn everything_is_drawn_and_drawn_the_same_twice() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plausible");
    write_all(&folder);
    let (one, two) = (folder.join("one"), folder.join("two"));
    let output = draw("all", &folder, &one, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(draw("all", &folder, &two, &[]).status.success());
    for name in PICTURES {
        let svg = fs::read_to_string(one.join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{name}");
        assert_eq!(svg, fs::read_to_string(two.join(format!("{name}.svg"))).unwrap());
    }
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("figure6a: Claim: cut beats prune-only at every prune rate"), "{said}");
    let caption = fs::read_to_string(one.join("figure7.svg")).unwrap();
    assert!(caption.contains("synthetic data") && caption.contains("2 seeds"));
}
