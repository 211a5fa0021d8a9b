//! When coresets are selected and states recorded.

use serde::Serialize;
use swast_tables::names;

use super::choices::SelectionStart;

/// When the coreset is selected again, or states are recorded again.
///
/// Every epoch before the first selection is one on all data, and the learning rate follows the epochs that are
/// trained. In CORDS a random subset is trained on until the first selection, which no warm-up can bring forward to
/// epoch 1; a warm start trains on all data for a share of its epochs, then for one epoch on that subset (an off-by-one),
/// and for the rest on nothing, while the learning rate goes down as if it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rhythm {
    /// Epochs on all data before the first selection (K).
    pub warmup: u32,
    /// Epochs between two selections (R).
    pub interval: u32,
    /// When the first one happens.
    #[serde(with = "names", rename = "selection-start")]
    pub start: SelectionStart,
}

impl Rhythm {
    /// Warm-up epochs where none are given: `ceil(T a / 2)` (paper, Appendix B), the product taken to
    /// 1e-9 so that rounding adds no epoch.
    pub fn default_warmup(epochs: u32, fraction: f64) -> u32 {
        (f64::from(epochs) * fraction / 2.0 - 1e-9).ceil().max(0.0) as u32
    }

    /// Whether a selection is due before the first step of `epoch` (from 1).
    pub fn is_due(&self, epoch: u32) -> bool {
        match self.start {
            SelectionStart::AfterWarmup => {
                epoch > self.warmup && (epoch - self.warmup - 1).is_multiple_of(self.interval)
            }
            SelectionStart::Aligned => epoch > self.warmup && epoch.is_multiple_of(self.interval),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(rhythm: Rhythm, epochs: u32) -> Vec<u32> {
        (1..=epochs).filter(|t| rhythm.is_due(*t)).collect()
    }

    #[test]
    fn selections_start_after_the_warmup_or_at_a_multiple_of_the_interval() {
        let rhythm = |start| Rhythm { warmup: 2, interval: 20, start };
        assert_eq!(due(rhythm(SelectionStart::AfterWarmup), 50), [3, 23, 43]);
        assert_eq!(due(rhythm(SelectionStart::Aligned), 50), [20, 40]);
    }
}
