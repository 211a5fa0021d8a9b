//! Gives our programs the run-time path of libtorch, and the revision they were built from.

use std::process::Command;

fn main() {
    // Set by torch-sys, which found libtorch.
    if let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    }
    println!("cargo:rustc-env=SWAST_REVISION={}", revision().unwrap_or_else(|| "unknown".into()));
    for path in ["../.git/HEAD", "../.git/index", "build.rs"] {
        println!("cargo:rerun-if-changed={path}");
    }
}

/// Short hash of the commit, with `+` where the sources of the trainer differ from it.
fn revision() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let clean = git(&["status", "--porcelain", "--", "src"])?.is_empty();
    Some(if clean { commit } else { commit + "+" })
}
