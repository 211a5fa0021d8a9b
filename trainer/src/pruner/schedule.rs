//! When masks change, and by how much (Evci et al. 2020, section 3; paper, Appendix C).

/// Share of the connections dropped at the first update.
const INITIAL_DROP: f64 = 0.3;
/// Share of the planned steps after which masks stay as they are.
const END: f64 = 0.75;
/// Share of the planned steps before which gradual pruning does nothing: 20,000 of 97,656 in the experiments
/// of RigL's authors on CIFAR-10.
const GRADUAL_BEGIN: f64 = 0.2;
/// Share of the planned steps between two updates, and its bounds: 100 is what RigL's authors use; with fewer than 20
/// a short run would spend as many passes on masks as on weights.
const EVERY: f64 = 0.01;
const FEWEST: u64 = 20;
const MOST: u64 = 100;

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
    /// The schedule of a run of `steps`: from the untrained network until 3/4 of the run, a hundredth of it
    /// apart, but at least 20 and at most 100 steps.
    pub fn planned(steps: u64, every: Option<u64>) -> Self {
        let every = every.unwrap_or_else(|| ((EVERY * steps as f64) as u64).clamp(FEWEST, MOST));
        Self { begin: 0, end: (END * steps as f64).floor() as u64, every }
    }

    /// The schedule of gradual pruning in a run of `steps`: the same, but begun after a fifth of the run. Its
    /// end is no earlier than the first step, since it acts after steps.
    pub fn gradual(steps: u64, every: Option<u64>) -> Self {
        let planned = Self::planned(steps, every);
        let begin = (GRADUAL_BEGIN * steps as f64).floor() as u64;
        Self { begin, end: planned.end.max(1), ..planned }
    }

    /// The step of the next change, the last one having been at `last`, where there is one to come.
    pub fn next(&self, last: Option<u64>) -> Option<u64> {
        let next = last.map_or(self.begin, |last| (last + self.every).max(self.begin));
        (next <= self.end).then_some(next)
    }

    /// Share of all removals that gradual pruning has made at `step`: `1 - (1 - p)^3` with p from 0 at `begin`
    /// to 1 at `end` (Zhu and Gupta 2017, Eq. 1).
    pub fn cubic_ramp(&self, step: u64) -> f64 {
        if step >= self.end {
            return 1.0;
        }
        let length = (self.end - self.begin).max(1) as f64;
        let left = 1.0 - step.saturating_sub(self.begin) as f64 / length;
        1.0 - left.powi(3)
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
        assert_eq!([50, 367, 4_999, 100_000].map(every), [20, 20, 49, 100]);
        assert_eq!(
            UpdateSchedule::planned(400, Some(7)),
            UpdateSchedule { begin: 0, end: 300, every: 7 }
        );
    }

    #[test]
    fn next_is_the_first_step_that_is_due() {
        let schedule = UpdateSchedule { begin: 3, end: 20, every: 4 };
        for last in [None, Some(3), Some(7), Some(9), Some(16), Some(17), Some(20)] {
            let first = (0..40).find(|&step| schedule.is_due(step, last));
            assert_eq!(schedule.next(last), first, "{last:?}");
        }
    }

    #[test]
    fn gradual_pruning_removes_most_at_first_and_all_at_the_end() {
        let schedule = UpdateSchedule::gradual(100_000, None);
        assert_eq!(schedule, UpdateSchedule { begin: 20_000, end: 75_000, every: 100 });
        assert_eq!((schedule.cubic_ramp(0), schedule.cubic_ramp(20_000)), (0.0, 0.0));
        // Half way: 1 - 1/8.
        assert!((schedule.cubic_ramp(47_500) - 0.875).abs() < 1e-12);
        assert_eq!((schedule.cubic_ramp(75_000), schedule.cubic_ramp(99_999)), (1.0, 1.0));
        // The shortest runs still meet their prune rate after their last step.
        for steps in 1..50 {
            let schedule = UpdateSchedule::gradual(steps, None);
            assert!(schedule.begin <= schedule.end && schedule.end <= steps, "{schedule:?}");
            assert_eq!(schedule.cubic_ramp(schedule.end), 1.0);
        }
    }
}
