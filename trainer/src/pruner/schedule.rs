//! When masks change, and by how much (Evci et al. 2020, section 3; paper, Appendix C).

/// Share of the connections dropped at the first update.
const INITIAL_DROP: f64 = 0.3;
/// Share of the planned steps after which masks stay as they are.
const END: f64 = 0.75;

/// Mask updates at optimizer steps `begin <= step <= end`, `every` steps apart. An update takes no optimizer
/// step and does not advance `step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateSchedule {
    /// First step at which an update may happen.
    pub begin: u64,
    /// Last step at which an update may happen.
    pub end: u64,
    /// Optimizer steps between two updates.
    pub every: u64,
}

impl UpdateSchedule {
    /// The schedule of a run of `steps`: from the untrained network until 3/4 of the run, 100 steps apart or,
    /// in short runs, a hundredth of it.
    pub fn planned(steps: u64, every: Option<u64>) -> Self {
        let every = every.unwrap_or_else(|| (steps / 100).clamp(1, 100));
        Self { begin: 0, end: (END * steps as f64).floor() as u64, every }
    }

    /// Whether masks change at `step`, the last change having been at `last`.
    pub fn is_due(&self, step: u64, last: Option<u64>) -> bool {
        let rested = last.is_none_or(|last| last + self.every <= step);
        (self.begin..=self.end).contains(&step) && rested
    }

    /// Share of a layer's connections to drop at `step`: cosine from 0.3 at step 0 to 0 at `end`.
    pub fn drop_fraction(&self, step: u64) -> f64 {
        let end = (self.end - self.begin).max(1) as f64;
        let progress = (step as f64).min(end) / end;
        INITIAL_DROP / 2.0 * (1.0 + (std::f64::consts::PI * progress).cos())
    }
}

/// Number of `active` connections to drop, truncated from a product in single precision as the authors do.
pub fn drop_count(active: usize, fraction: f64) -> usize {
    (active as f32 * fraction as f32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 for an optimizer step, 0 for a mask update, as in the authors' unit test.
    fn simulate(begin: u64, end: u64, every: u64, length: usize) -> Vec<u8> {
        let schedule = UpdateSchedule { begin, end, every };
        let (mut step, mut last) = (0, None);
        let mut sequence = Vec::new();
        for _ in 0..length {
            let due = schedule.is_due(step, last);
            if due {
                last = Some(step);
            } else {
                step += 1;
            }
            sequence.push(u8::from(!due));
        }
        sequence
    }

    #[test]
    fn sequences_are_those_of_the_authors_unit_test() {
        assert_eq!(simulate(3, 7, 2, 11), [1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]);
        assert_eq!(simulate(1, 5, 3, 11), [1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1]);
        assert_eq!(simulate(0, 4, 1, 11), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1]);
    }

    #[test]
    fn published_settings_give_the_published_number_of_updates() {
        let updates =
            |end| simulate(0, end, 100, end as usize * 2).iter().filter(|s| **s == 0).count();
        assert_eq!((updates(75_000), updates(25_000)), (751, 251));
    }

    #[test]
    fn drop_fraction_falls_as_a_cosine() {
        let schedule = UpdateSchedule { begin: 0, end: 25_000, every: 100 };
        assert_eq!(schedule.drop_fraction(0), 0.3);
        assert!((schedule.drop_fraction(12_500) - 0.15).abs() < 1e-12);
        assert!((schedule.drop_fraction(18_750) - 0.0439340).abs() < 5e-8);
        assert!(schedule.drop_fraction(25_000).abs() < 1e-15);
    }

    #[test]
    fn interval_follows_the_length_of_the_run() {
        let every = |steps| UpdateSchedule::planned(steps, None).every;
        assert_eq!((every(50), every(367), every(100_000)), (1, 3, 100));
        assert_eq!(
            UpdateSchedule::planned(400, Some(7)),
            UpdateSchedule { begin: 0, end: 300, every: 7 }
        );
    }
}
