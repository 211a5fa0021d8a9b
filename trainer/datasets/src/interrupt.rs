//! What is half written when a signal ends the process is removed first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::{flag, low_level};

/// The signals that ask a program to end.
const SIGNALS: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

/// While it exists, these signals remove a file or folder before they end the process.
pub(crate) struct Interrupted {
    half: Arc<Mutex<Option<PathBuf>>>,
    /// Whether signals end the process at once, as they did before.
    over: Arc<AtomicBool>,
    signals: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Interrupted {
    /// Removes `path` on a signal.
    pub(crate) fn removes(path: &Path) -> io::Result<Self> {
        let half = Arc::new(Mutex::new(Some(path.to_owned())));
        let over = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            flag::register_conditional_default(signal, Arc::clone(&over))?;
        }
        let mut signals = Signals::new(SIGNALS)?;
        let (handle, owned) = (signals.handle(), Arc::clone(&half));
        let thread = thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                end(&owned, signal);
            }
        });
        Ok(Self { half, over, signals: handle, thread: Some(thread) })
    }

    /// Gives what was written its place by `place`, which a signal does not interrupt; nothing is removed after.
    pub(crate) fn keep<T>(&self, place: impl FnOnce() -> T) -> T {
        let mut half = lock(&self.half);
        let placed = place();
        *half = None;
        placed
    }
}

impl Drop for Interrupted {
    fn drop(&mut self) {
        // Waits for the end of the process if a signal came.
        self.keep(|| ());
        self.over.store(true, Ordering::Release);
        self.signals.close();
        if let Some(thread) = self.thread.take() {
            // It has nothing to report.
            let _ = thread.join();
        }
    }
}

/// Removes what is half written, and ends the process by `signal`.
fn end(half: &Mutex<Option<PathBuf>>, signal: i32) {
    let half = lock(half);
    if let Some(path) = &*half {
        // Another thread may still put files there; once the folder is gone it cannot.
        while remove(path).is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty) {}
    }
    // It does not return, as all of these signals end a process.
    let _ = low_level::emulate_default_handler(signal);
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

fn lock(half: &Mutex<Option<PathBuf>>) -> MutexGuard<'_, Option<PathBuf>> {
    half.lock().unwrap_or_else(PoisonError::into_inner)
}
