//! How far the present selection is: rows chosen, counted where they are, for a bar on the terminal.
//!
//! The count belongs to the process, because the loops that choose are far below the command that draws, and nothing
//! but the drawing depends on it.

use std::sync::atomic::{AtomicUsize, Ordering};

static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// Counts a row that is chosen.
pub(crate) fn one_chosen() {
    CHOSEN.fetch_add(1, Ordering::Relaxed);
}

/// Rows chosen in this process so far.
pub(crate) fn chosen() -> usize {
    CHOSEN.load(Ordering::Relaxed)
}
