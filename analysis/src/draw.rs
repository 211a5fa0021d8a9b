//! Draws and their randomness. A draw has a stream of its own for every purpose, so that a number depends on the seed
//! and on the number of the draw, and on nothing else, least of all on the number of threads.

use rand::Rng;
use rayon::prelude::*;
use swast_tables::stream::numbered;

/// What random numbers are drawn for. Two purposes never share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Abscissae of the first (or only) set of points.
    Abscissae = 1,
    /// Abscissae of the clean points where these are drawn apart.
    CleanAbscissae = 2,
    /// Which points are noisy.
    Split = 3,
    /// The noise.
    Noise = 4,
    /// Starts of the numerical maximisation.
    Starts = 5,
    /// Coresets chosen at random.
    Choice = 6,
}

/// One of many independent draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Seed of everything random.
    pub seed: u64,
    /// Number of the draw, from 0, below 2^56.
    pub trial: u64,
}

/// The first draws under a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    /// Seed of everything random.
    pub seed: u64,
    /// Number of draws.
    pub count: u64,
}

impl Draw {
    /// The first draw under `seed`.
    #[must_use]
    pub fn first(seed: u64) -> Self {
        Self { seed, trial: 0 }
    }

    /// The stream of random numbers of this draw for `purpose`.
    #[must_use]
    pub fn random(self, purpose: Purpose) -> impl Rng {
        numbered(self.seed, purpose as u8, self.trial)
    }
}

impl Trials {
    /// The draws, in order.
    pub fn draws(self) -> impl Iterator<Item = Draw> {
        (0..self.count).map(move |trial| Draw { seed: self.seed, trial })
    }

    /// The draws, spread over threads; what is collected from them is in order.
    pub fn in_parallel(self) -> impl ParallelIterator<Item = Draw> {
        (0..self.count).into_par_iter().map(move |trial| Draw { seed: self.seed, trial })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let first = |seed, purpose, trial| Draw { seed, trial }.random(purpose).next_u64();
        assert_eq!(first(1, Purpose::Noise, 2), first(1, Purpose::Noise, 2));
        let all = [
            first(1, Purpose::Noise, 2),
            first(2, Purpose::Noise, 2),
            first(1, Purpose::Split, 2),
            first(1, Purpose::Noise, 3),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }
}
