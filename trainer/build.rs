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
    println!("cargo:rerun-if-changed=build.rs");
    // Where git keeps them: elsewhere than in `.git` for a second working tree.
    for name in ["HEAD", "index"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

/// Compiles the C++ of `libtorch` against the headers beside libtorch's folder `lib`, and the inner loops of batch norm
/// and convolutions once for each generation of vector units.
fn compile(lib: &Path) {
    const SOURCES: &str = "src/libtorch";
    println!("cargo:rerun-if-changed={SOURCES}");
    let x86 = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    let build = || {
        let mut build = cc::Build::new();
        // Debug information of templates takes longer than their code.
        build.cpp(true).std("c++17").opt_level(3).debug(false).pic(true).warnings(false);
        if x86 {
            build.define("SWAST_X86", None);
        }
        build
    };
    let mut generations: Vec<(&str, &[&str])> = vec![("base", &[])];
    if x86 {
        generations.push(("avx2", &["-mavx2", "-mfma"]));
        generations.push(("avx512", &["-mavx512f", "-mprefer-vector-width=512"]));
    }
    let all = generations.len();
    let loops = [
        ("norm_kernels", "kernels", all),
        ("winograd_kernels", "winograd", all),
        ("sparse_kernels", "sparse", all),
        ("plane_kernels", "plane", all.min(2)),
    ];
    for (loops, prefix, narrowest) in loops {
        for (generation, flags) in &generations[..narrowest] {
            let name = format!("{prefix}_{generation}");
            let mut kernels = build();
            kernels.file(format!("{SOURCES}/{loops}.cpp")).define("SWAST_KERNELS", name.as_str());
            for flag in *flags {
                kernels.flag(flag);
            }
            kernels.compile(&name);
        }
    }
    let abi = std::env::var("LIBTORCH_CXX11_ABI").unwrap_or_else(|_| "1".into());
    let include = lib.parent().map(|torch| torch.join("include")).unwrap_or_default();
    // Without it libtorch's loops over all threads run on one, and say nothing.
    println!("cargo:rustc-link-lib=gomp");
    let folded = ["folded", "folded_lanes", "folded_planes"];
    for name in ["conv", "norm", "sparse", "sparse_lists", "arithmetic", "sgd", "reduced"]
        .iter()
        .chain(&folded)
    {
        build()
            .flag("-fopenmp")
            // As libtorch's separate operations: sums of products are not fused.
            .flag("-ffp-contract=off")
            .file(format!("{SOURCES}/{name}.cpp"))
            .include(&include)
            .define("_GLIBCXX_USE_CXX11_ABI", abi.as_str())
            .compile(name);
    }
    graph(lib, &include, &abi);
}

/// Builds the shared object that captures steps in CUDA graphs, wherever the headers of CUDA are, with or without a GPU.
/// Empty where they are not: the program then says so when it is asked for it.
fn graph(lib: &Path, include: &Path, abi: &str) {
    let made = Path::new(&std::env::var("OUT_DIR").unwrap_or_default()).join("graph.so");
    let home = std::env::var("CUDA_HOME").unwrap_or_else(|_| "/usr/local/cuda".into());
    println!("cargo:rerun-if-env-changed=CUDA_HOME");
    // Beside the Python package torch, as `make setup` has it, or CUDA's own place.
    let beside = lib.join("../../nvidia/cu13/include");
    let places = [beside, Path::new(&home).join("include")];
    let headers = places.iter().find(|place| place.join("cuda_runtime_api.h").exists());
    let built = headers.is_some_and(|headers| {
        let mut build = cc::Build::new();
        build.cpp(true).std("c++17").opt_level(2).pic(true).warnings(false);
        build.include(include).include(headers).define("_GLIBCXX_USE_CXX11_ABI", abi);
        let mut compiler = build.get_compiler().to_command();
        compiler.args(["-shared", "-o"]).arg(&made).arg("src/libtorch/graph.cpp");
        compiler.status().is_ok_and(|status| status.success())
    });
    if !built {
        if headers.is_some() {
            println!(
                "cargo:warning=graph.cpp does not compile against these headers of CUDA: --graph is left out"
            );
        }
        std::fs::write(&made, []).expect("cargo's folder for our output can be written to");
    }
}

/// Short hash of the commit, with `+` where the sources of the trainer differ from it.
fn revision() -> Option<String> {
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let clean = git(&["status", "--porcelain", "--", "src"])?.is_empty();
    Some(if clean { commit } else { commit + "+" })
}

/// What git answers; `None` outside of a checkout.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
