//! Randomness: a `ChaCha` stream of its own for every purpose and draw, so that a number depends on
//! the seed and on nothing else, least of all on the number of threads.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

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

/// The stream of random numbers for `purpose` in draw `trial` (below 2^56) under `seed`.
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, trial: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 56) | trial);
    rng
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let first = |seed, purpose, trial| stream(seed, purpose, trial).next_u64();
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
