//! The progress bar of a run; nothing is drawn where stderr is no terminal.

use indicatif::{ProgressBar, ProgressStyle};
use swast_tables::rows::EpochRow;

/// A bar over the mini-batches of a run.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    epochs: u32,
}

impl Progress {
    /// A bar for a run called `name` of `epochs` epochs and `batches` mini-batches.
    pub fn new(name: &str, epochs: u32, batches: u64) -> Self {
        // indicatif draws to stderr, and only where that is a terminal.
        let bar = ProgressBar::new(batches);
        let style = "{prefix} {bar:24} {percent:>3}%  {msg}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        bar.set_message(format!("epoch 1/{epochs}"));
        Self { bar, epochs }
    }

    /// A mini-batch is done.
    pub fn batch(&self) {
        self.bar.inc(1);
    }

    /// So many optimizer steps were done before.
    pub fn reach(&self, steps: u64) {
        self.bar.set_position(steps);
    }

    /// An epoch is done.
    pub fn epoch(&self, row: &EpochRow) {
        let test =
            row.test_accuracy.map_or_else(String::new, |a| format!("  test {:.1} %", 100.0 * a));
        self.bar.set_message(format!(
            "epoch {}/{}  loss {:.3}  train {:.1} %{test}  density {:.1} %  coreset {}",
            row.epoch,
            self.epochs,
            row.train_loss,
            100.0 * row.train_accuracy,
            100.0 * row.density,
            row.coreset_size,
        ));
    }

    /// Does what prints lines of its own, with the bar out of the way.
    pub fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
