//! A run in a process of its own.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{self, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::run::attempt::epochs_done;
use crate::run::failed;
use crate::run::stop::Stop;

/// Exit code of a run that another process holds; those that run commands by hand never see it.
pub const BUSY: u8 = 75;
/// How often a run is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How many looks pass between two looks at how far it has come.
const LOOKS: u32 = 20;

/// How a run ended.
pub(super) enum Ended {
    /// It is finished.
    Well,
    /// Another process holds it.
    Busy,
    /// It was asked to stop and has.
    Stopped,
    /// It failed, for this reason.
    Failed(String),
}

/// A run under way. It stops when its standard input ends, so it never outlives this process by more than a step.
pub(super) struct Child {
    process: process::Child,
    input: Option<ChildStdin>,
    said: Option<JoinHandle<String>>,
}

impl Child {
    /// Starts `program` with `arguments`; its stderr is ours where it is `shown`.
    pub(super) fn start(program: &Path, arguments: Vec<OsString>, shown: bool) -> io::Result<Self> {
        let stderr = if shown { Stdio::inherit() } else { Stdio::piped() };
        let mut command = Command::new(program);
        command.args(arguments).arg("--with-parent");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(stderr);
        let mut process = command.spawn()?;
        let input = process.stdin.take();
        let read = |pipe| std::thread::spawn(|| io::read_to_string(pipe).unwrap_or_default());
        let said = process.stderr.take().map(read);
        Ok(Self { process, input, said })
    }

    /// Waits for its end, and asks it to stop when `stop` asks; `advanced` hears how many epochs the run in `folder` has
    /// done.
    pub(super) fn wait(
        mut self,
        stop: &Stop,
        folder: &Path,
        advanced: &dyn Fn(usize),
    ) -> io::Result<Ended> {
        let mut looks = 0_u32;
        let status = loop {
            if let Some(status) = self.process.try_wait()? {
                break status;
            }
            if stop.asked().is_some() {
                self.input = None;
            }
            if looks.is_multiple_of(LOOKS) {
                advanced(epochs_done(folder));
            }
            looks = looks.wrapping_add(1);
            std::thread::sleep(LOOK);
        };
        let said = self.said.and_then(|said| said.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(Ended::Well);
        }
        if stop.asked().is_some() {
            return Ok(Ended::Stopped);
        }
        if status.code() == Some(i32::from(BUSY)) {
            return Ok(Ended::Busy);
        }
        if let Some(failed) = failed::read(folder) {
            return Ok(Ended::Failed(failed.error));
        }
        let line = said.lines().last().map(|line| line.trim_start_matches("error: ").to_owned());
        Ok(Ended::Failed(match (line, status.code()) {
            (Some(line), Some(_)) => line,
            (_, None) => format!("ended by a signal ({status}); the same command goes on with it"),
            (None, Some(_)) => "see its message above".to_owned(),
        }))
    }
}
