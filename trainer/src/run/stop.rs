//! Requests to stop a run so that it can go on later: signals, or the end of the process that started this one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;
use thiserror::Error;

/// A run that was asked to stop has kept a checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Error)]
#[error("stopped by a signal; the same command goes on from here")]
pub struct Stopped {
    signal: u8,
}

impl Stopped {
    /// The exit code that shells give to a process which ends by its signal.
    pub fn code(self) -> u8 {
        128 + self.signal
    }
}

/// Whether somebody has asked to stop; clones ask the same.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// The signal; 0 while there is none.
    signal: Arc<AtomicUsize>,
}

impl Stop {
    /// A request for every signal that asks a program to end (INT, TERM, HUP) or announces that it will be ended (USR1). A
    /// second INT, which a person gives, ends the program at once; schedulers may well send TERM twice. What this process
    /// was started to ignore, as `nohup` and shells do, it goes on to ignore.
    ///
    /// # Errors
    /// When the system refuses to deliver signals.
    pub fn on_signals() -> io::Result<Self> {
        let stop = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        let ignored = ignored();
        let is_heard = |signal: &i32| ignored & (1 << (signal - 1)) == 0;
        if is_heard(&SIGINT) {
            flag::register_conditional_shutdown(SIGINT, 128 + SIGINT, Arc::clone(&again))?;
            flag::register(SIGINT, again)?;
        }
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1].into_iter().filter(is_heard) {
            flag::register_usize(signal, Arc::clone(&stop.signal), signal as usize)?;
        }
        Ok(stop)
    }

    /// Asks to stop when standard input ends: the process that started this one has ended, or asks to.
    pub fn at_end_of_input(&self) {
        let signal = Arc::clone(&self.signal);
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            let _given =
                signal.compare_exchange(0, SIGTERM as usize, Ordering::AcqRel, Ordering::Acquire);
        });
    }

    /// Who asked; `None` while nobody has.
    pub fn asked(&self) -> Option<Stopped> {
        let signal = u8::try_from(self.signal.load(Ordering::Acquire)).unwrap_or(u8::MAX / 2);
        (signal != 0).then_some(Stopped { signal })
    }
}

/// The signals that this process ignores, a bit each from signal 1 on; none where the system does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
