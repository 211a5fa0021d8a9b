//! Builds our C++ against libtorch, and gives our programs its run-time path and the revision they were built from.

use std::path::Path;
use std::process::Command;

fn main() {
    // Set by torch-sys, which found libtorch.
    if let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
        compile(Path::new(&lib));
    }
    println!("cargo:rustc-env=SWAST_REVISION={}", revision().unwrap_or_else(|| "unknown".into()));
    for path in ["../.git/HEAD", "../.git/index", "build.rs"] {
        println!("cargo:rerun-if-changed={path}");
    }
}

/// Compiles the C++ of `libtorch` against the headers beside libtorch's folder `lib`, and the inner loops of batch norm
/// once for each generation of vector units.
fn compile(lib: &Path) {
    const SOURCES: &str = "src/libtorch";
    for file in ["arithmetic.cpp", "norm.cpp", "norm_kernels.cpp", "norm_kernels.h"] {
        println!("cargo:rerun-if-changed={SOURCES}/{file}");
    }
    let x86 = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    let build = || {
        let mut build = cc::Build::new();
        build.cpp(true).std("c++17").opt_level(3).pic(true).warnings(false);
        if x86 {
            build.define("SWAST_X86", None);
        }
        build
    };
    let mut generations: Vec<(&str, &[&str])> = vec![("kernels_base", &[])];
    if x86 {
        generations.push(("kernels_avx2", &["-mavx2", "-mfma"]));
        generations.push(("kernels_avx512", &["-mavx512f", "-mprefer-vector-width=512"]));
    }
    for (name, flags) in generations {
        let mut kernels = build();
        kernels.file(format!("{SOURCES}/norm_kernels.cpp")).define("SWAST_KERNELS", name);
        for flag in flags {
            kernels.flag(flag);
        }
        kernels.compile(name);
    }
    let abi = std::env::var("LIBTORCH_CXX11_ABI").unwrap_or_else(|_| "1".into());
    let include = lib.parent().map(|torch| torch.join("include")).unwrap_or_default();
    for name in ["norm", "arithmetic"] {
        build()
            .file(format!("{SOURCES}/{name}.cpp"))
            .include(&include)
            .define("_GLIBCXX_USE_CXX11_ABI", abi.as_str())
            .compile(name);
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
