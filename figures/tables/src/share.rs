//! The share of draws in which something happens, with its interval.

use std::fmt;

use crate::bootstrap;

/// The share of draws in which something happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// From 0 to 1; NaN for no draws.
    pub share: f64,
    /// 95 % interval, draws resampled; absent with fewer than two draws.
    pub interval: Option<(f64, f64)>,
}

/// The share of `draws` that are true.
///
/// ```
/// let share = swast_tables::share::share(&[true, true, false, true]);
/// assert_eq!(share.share, 0.75);
/// assert!(share.interval.is_some_and(|(low, high)| low < 0.75 && high == 1.0));
/// ```
pub fn share(draws: &[bool]) -> Share {
    let count = draws.len();
    let of = |hits: usize| hits as f64 / count as f64;
    let interval =
        bootstrap::interval(count, |pick| Some(of((0..count).filter(|_| draws[pick()]).count())));
    Share { share: of(draws.iter().filter(|draw| **draw).count()), interval }
}

impl fmt::Display for Share {
    /// In percent, such as `94.7 % (95 %: 93.3 - 96.0)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} %", 100.0 * self.share)?;
        match self.interval {
            Some((low, high)) => write!(f, " (95 %: {:.1} - {:.1})", 100.0 * low, 100.0 * high),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_in_percent() {
        let all = share(&[true; 3]).to_string();
        assert_eq!(all, "100.0 % (95 %: 100.0 - 100.0)");
        assert_eq!(share(&[false]).to_string(), "0.0 %");
    }
}
