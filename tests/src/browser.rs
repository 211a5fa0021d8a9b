//! Pages in a real browser, where there is one: Chromium, driven by the scripts in `tests/browser`.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use crate::{root, text};

/// Browsers take turns: a page that waits for a core is late, not wrong.
static TURN: Mutex<()> = Mutex::new(());

/// Says so past the test harness, which keeps what the macros print of a test that passes.
fn skipped(script: &str, why: &str) {
    let _closed = writeln!(std::io::stderr(), "skipped: {script} in a browser: {why}");
}

/// Runs `script` of `tests/browser` on the page at `url`; it must succeed. Without a browser, says so and does nothing.
pub fn in_a_browser(script: &str, url: &str) {
    let _turn = TURN.lock();
    let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let Some(browser) = browser.into_iter().find(|path| Path::new(path).exists()) else {
        return skipped(script, "no Chromium is installed (Debian: apt install chromium)");
    };
    let folder = root().join("tests/browser");
    if !folder.join("node_modules/playwright-core").exists() {
        let cure = "playwright-core is absent (npm install --prefix tests/browser)";
        return skipped(script, cure);
    }
    if Command::new("node").arg("--version").output().is_err() {
        return skipped(script, "no Node is installed (Debian: apt install nodejs)");
    }
    let output = Command::new("node").args([script, url, browser]).current_dir(folder).output();
    let output = output.expect("Node starts, as it said its version");
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
