//! One file over the network, by `curl`, which knows TLS, proxies and redirects.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for a server, and how often to try again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// So many seconds without a byte end an attempt.
    pub(super) stall_s: u32,
    /// Time between two attempts.
    pub(super) pause: Duration,
    /// So many attempts in a row may break off.
    pub(super) attempts: u32,
}

impl Patience {
    pub(super) const USUAL: Self = Self { stall_s: 30, pause: Duration::from_secs(2), attempts: 4 };
}

/// Time between two reports of how much there is.
const REDRAW: Duration = Duration::from_millis(200);

/// `curl` ends so if the server closed early, went silent, sent nothing, or was cut off.
const BROKEN_OFF: [i32; 4] = [18, 28, 52, 56];
/// `curl` ends so if the server cannot go on in the middle of a file.
const NO_RANGES: i32 = 33;
/// `curl` ends so if the server answers with an error.
const REFUSED: i32 = 22;
/// `curl` ends so if the server declares a file that is larger than allowed.
const TOO_LARGE: i32 = 63;

/// A download into a file, after what the file has already.
pub(super) struct Transfer<'a> {
    pub(super) url: &'a str,
    pub(super) part: &'a Path,
    /// The file at `part`.
    pub(super) file: &'a File,
    pub(super) size_max: u64,
    pub(super) patience: Patience,
}

/// How an attempt failed.
struct Failure {
    code: i32,
    reason: String,
}

impl Transfer<'_> {
    /// Downloads the rest of the file. On failure, why in one line; what came is kept for the next time.
    pub(super) fn run(&self) -> Result<(), String> {
        let mut left = self.patience.attempts;
        loop {
            let before = self.received();
            let Err(failure) = self.attempt() else { return Ok(()) };
            if before > 0 && failure.code == REFUSED && failure.reason.ends_with(" 416") {
                // The server has no more than what is here; the check shows whether that is all.
                return Ok(());
            }
            if failure.code == NO_RANGES && before > 0 {
                self.file.set_len(0).map_err(|error| error.to_string())?;
                continue;
            }
            if failure.code == TOO_LARGE {
                self.file.set_len(0).map_err(|error| error.to_string())?;
            }
            left = if self.received() > before { self.patience.attempts } else { left - 1 };
            if left == 0 || !BROKEN_OFF.contains(&failure.code) {
                return Err(self.kept(failure.reason));
            }
            thread::sleep(self.patience.pause);
        }
    }

    fn received(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// `reason` and what is left of the download.
    fn kept(&self, reason: String) -> String {
        let received = self.received();
        if received > 0 {
            let part = self.part.display();
            return format!(
                "{reason}; {received} bytes are in {part}, and the same command goes on from there"
            );
        }
        // An empty file helps nobody; that it stays is no failure.
        let _ = fs::remove_file(self.part);
        reason
    }

    /// One request. `curl` writes to a pipe, so that it ends when this process does.
    fn attempt(&self) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure { code: 0, reason: error.to_string() };
        let mut child = Command::new("curl")
            .args(["--fail", "--location", "--silent", "--show-error", "--globoff"])
            .args(["--connect-timeout", "30", "--speed-limit", "1"])
            .args(["--speed-time", &self.patience.stall_s.to_string()])
            .args(["--max-filesize", &self.size_max.to_string()])
            .args(["--continue-at", &self.received().to_string(), "--url", self.url])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Failure {
                code: 0,
                reason: format!("`curl` does not start ({error}), install it"),
            })?;
        let fits = self.receive(&mut child);
        if !matches!(fits, Ok(true)) {
            // It may have ended already.
            let _ = child.kill();
        }
        let output = child.wait_with_output().map_err(failed)?;
        let code =
            if fits.map_err(failed)? { output.status.code().unwrap_or(-1) } else { TOO_LARGE };
        let text = String::from_utf8_lossy(&output.stderr);
        let reason = match (code, text.lines().rfind(|line| !line.is_empty())) {
            (0, _) => return Ok(()),
            (TOO_LARGE, _) => {
                format!("more than {} bytes, too large for this archive", self.size_max)
            }
            (_, Some(line)) => line.to_owned(),
            (_, None) => format!("curl failed with code {code}"),
        };
        Err(Failure { code, reason })
    }

    /// Appends what `child` sends to the file, and shows on a terminal how much there is. Returns whether that is
    /// no more than allowed, whatever the server declared.
    fn receive(&self, child: &mut Child) -> io::Result<bool> {
        let Some(stdout) = &mut child.stdout else { return Ok(true) };
        let terminal = io::stderr().is_terminal();
        let name = self.part.file_stem().unwrap_or_default().display();
        let (mut received, mut shown) = (self.received(), Instant::now());
        let mut buffer = vec![0; 1 << 16];
        let mut file = self.file;
        let fits = loop {
            let count = stdout.read(&mut buffer)?;
            received += count as u64;
            if count == 0 || received > self.size_max {
                break count == 0;
            }
            file.write_all(&buffer[..count])?;
            if terminal && shown.elapsed() > REDRAW {
                shown = Instant::now();
                write!(io::stderr(), "\r{name}: {:.1} MB\x1b[K", received as f64 / 1e6)?;
            }
        };
        if terminal {
            write!(io::stderr(), "\r\x1b[K")?;
        }
        Ok(fits)
    }
}
