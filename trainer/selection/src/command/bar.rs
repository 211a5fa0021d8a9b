//! What a terminal shows of work that takes a while.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::chosen;

/// Nothing is drawn of what takes no longer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time between two looks at the work.
const INTERVAL: Duration = Duration::from_millis(100);

/// Does `work`, which reads files; where stderr is a terminal, the time is shown.
pub(super) fn reading<T>(work: impl FnOnce() -> T) -> T {
    shown(&ProgressBar::no_length(), "reading the files  {elapsed}", work)
}

/// Does `work`, which chooses so many `rows`; where stderr is a terminal, a bar shows how many are chosen.
pub(super) fn choosing<T>(rows: usize, work: impl FnOnce() -> T) -> T {
    let style = "choosing rows {bar:24} {pos}/{len}  {elapsed}";
    shown(&ProgressBar::new(rows as u64), style, work)
}

fn shown<T>(bar: &ProgressBar, style: &str, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let (before, drawn) = (chosen(), bar.clone());
    let look = move || {
        // A pursuit may let rows go and choose others.
        let rows = (chosen() - before) as u64;
        drawn.set_position(drawn.length().map_or(rows, |all| rows.min(all)));
        drawn.tick();
    };
    let result = watched(PATIENCE, INTERVAL, look, work);
    bar.finish_and_clear();
    result
}

/// Does `work` and meanwhile, after some `patience`, `look`s at every `interval`.
fn watched<T>(
    patience: Duration,
    interval: Duration,
    look: impl Fn() + Send,
    work: impl FnOnce() -> T,
) -> T {
    let (working, watch) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut wait = patience;
            while watch.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                look();
                wait = interval;
            }
        });
        let result = work();
        drop(working);
        result
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn only_long_work_is_looked_at() {
        let looks = AtomicUsize::new(0);
        let look = || {
            looks.fetch_add(1, Ordering::Relaxed);
        };
        let (patience, interval) = (Duration::from_secs(60), Duration::from_millis(1));
        assert_eq!(watched(patience, interval, look, || 7), 7);
        assert_eq!(looks.load(Ordering::Relaxed), 0);
        let long = || while looks.load(Ordering::Relaxed) < 3 {};
        watched(Duration::from_millis(1), interval, look, long);
        assert!(looks.load(Ordering::Relaxed) >= 3);
    }
}
