//! How the search goes from soft to hard and from dense to sparse, epoch by epoch: the authors' constants,
//! in shares of the epochs of the search.

/// Shares of the search after which weights begin to be removed, and after which all are.
const REMOVAL: [f64; 2] = [0.16, 0.6];
/// Temperature of the relaxation towards which it falls, from 1.
const COLDEST: f64 = 0.03;
/// Learning rate of the scores in the first epoch of a search as long as the authors', and the steps of that:
/// 300 epochs of 196 mini-batches.
const RATE: f64 = 6e-3;
const AUTHORS_STEPS: f64 = 58_800.0;
/// One epoch in so many, at the end of the run, fine-tunes the weights under hard masks.
const FINE_TUNED: u32 = 16;

/// The highest score, 1 - 2^-21: as near to 1 as the authors' bisection leaves the scores at first. At 1
/// itself a mask is 1 whatever the noise, its slope 0, and the score could not fall again.
pub const CEILING: f64 = 1.0 - 1.0 / 2_097_152.0;

/// The course of a search; epochs are those of the run, from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Annealing {
    search: u32,
    /// Learning rate of the scores in the first epoch.
    rate: f64,
}

impl Annealing {
    /// The course in a run of `epochs` and `steps` mini-batches. The last sixteenth is for fine-tuning, rounded
    /// up, but a run of one epoch searches in it.
    ///
    /// A step of Adam has the length of its rate, so in a search of few steps the scores could not get from
    /// one end to the other, and hard masks would be cut out of undecided ones. There the rate is higher, by
    /// the root of the ratio of steps: then noise alone spreads the scores as far as in the authors' search.
    pub fn new(epochs: u32, steps: u64) -> Self {
        let search = epochs.saturating_sub(epochs.div_ceil(FINE_TUNED)).max(1);
        let searched = (steps as f64 * f64::from(search) / f64::from(epochs)).max(1.0);
        Self { search, rate: RATE * (AUTHORS_STEPS / searched).max(1.0).sqrt() }
    }

    /// The last epoch of the search.
    pub fn search(self) -> u32 {
        self.search
    }

    /// Share of the weights to be removed that is not removed yet in `epoch`: the cube of what is left of the
    /// time for it (Zhu and Gupta 2017; the authors' Eq. 12, whose k is this times `1 - k_f`, plus `k_f`).
    pub fn left_to_remove(self, epoch: u32) -> f64 {
        let [first, last] = REMOVAL.map(|share| (share * f64::from(self.search)).floor());
        let gone = f64::from(epoch - 1);
        match () {
            () if gone >= last => 0.0,
            () if gone < first => 1.0,
            () => (1.0 - (gone - first) / (last - first)).powi(3),
        }
    }

    /// What the logits of the masks are multiplied by in `epoch`, the inverse of the temperature, which falls
    /// in a line.
    pub fn sharpness(self, epoch: u32) -> f64 {
        1.0 / ((1.0 - COLDEST) * (1.0 - self.progress(epoch)) + COLDEST)
    }

    /// Learning rate of the scores in `epoch`: a cosine to 0.
    pub fn rate(self, epoch: u32) -> f64 {
        self.rate / 2.0 * (1.0 + (std::f64::consts::PI * self.progress(epoch)).cos())
    }

    fn progress(self, epoch: u32) -> f64 {
        f64::from(epoch - 1) / f64::from(self.search)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search of the authors' 300 epochs; they count epochs from 0.
    fn authors() -> Annealing {
        let annealing = Annealing::new(320, 320 * 196);
        assert_eq!(annealing.search(), 300);
        annealing
    }

    #[test]
    fn density_falls_as_in_the_authors_code() {
        let density = |epoch: u32| 0.1 + 0.9 * authors().left_to_remove(epoch + 1);
        assert_eq!((density(0), density(47), density(48)), (1.0, 1.0, 1.0));
        for (epoch, expected) in [(60, 0.776), (100, 0.300), (150, 0.1106)] {
            assert!((density(epoch) - expected).abs() < 5e-4, "{epoch}: {}", density(epoch));
        }
        assert!(density(179) > 0.1);
        assert_eq!((density(180), density(299)), (0.1, 0.1));
    }

    #[test]
    fn masks_sharpen_as_in_the_authors_code() {
        let sharpness = |epoch: u32| authors().sharpness(epoch + 1);
        for (epoch, expected) in [(0, 1.0), (75, 1.32), (150, 1.94), (225, 3.67), (299, 30.1)] {
            assert!(
                (sharpness(epoch) / expected - 1.0).abs() < 2e-3,
                "{epoch}: {}",
                sharpness(epoch)
            );
        }
    }

    #[test]
    fn scores_learn_on_a_cosine() {
        let rate = |epoch: u32| authors().rate(epoch + 1);
        assert_eq!(rate(0), 6e-3);
        assert!((rate(150) - 3e-3).abs() < 1e-15);
        assert!(rate(299) > 0.0 && rate(299) < 1e-6);
        // A hundredth of the steps, ten times the rate; more steps, the same rate.
        let first = |steps| Annealing::new(320, steps).rate(1);
        assert!((first(627) / 6e-2 - 1.0).abs() < 1e-3, "{}", first(627));
        assert_eq!(first(1_000_000), 6e-3);
    }

    #[test]
    fn every_run_searches_and_ends_at_its_prune_rate() {
        for epochs in 1..400 {
            let annealing = Annealing::new(epochs, u64::from(epochs) * 7);
            let search = annealing.search();
            assert!(search >= 1 && search <= epochs);
            assert!(epochs == 1 || search < epochs, "{epochs}: no epoch to fine-tune");
            assert_eq!(annealing.left_to_remove(search), 0.0, "{epochs}");
            let left: Vec<_> = (1..=search).map(|e| annealing.left_to_remove(e)).collect();
            assert!(left.is_sorted_by(|a, b| a >= b) && left.iter().all(|l| *l <= 1.0), "{left:?}");
        }
    }
}
