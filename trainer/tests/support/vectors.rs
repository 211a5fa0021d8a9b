//! The tests of a binary again, with narrower vectors than the processor has.

use std::env;
use std::process::Command;

/// The variable that names the widest vectors to use (`generation.h`).
const VECTORS: &str = "SWAST_VECTORS";

/// Runs the other tests of this binary as processors without AVX-512, and without AVX2, would.
pub(crate) fn narrower(this_test: &str) {
    if env::var_os(VECTORS).is_some() {
        return;
    }
    for vectors in ["base", "avx2"] {
        let mut again = Command::new(env::current_exe().unwrap());
        let output = again.env(VECTORS, vectors).args(["--skip", this_test]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{vectors}: {said}");
        assert!(said.contains("test result: ok") && !said.contains(" 0 passed"), "{said}");
    }
}
