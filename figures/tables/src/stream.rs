//! Random streams: what is drawn for one purpose never depends on how much was drawn for another, on the order of the
//! work, on the number of threads or on the device.
//!
//! There are two families. [`stream`] names its purpose in words; the trainer, its data sets and its selectors use it.
//! [`numbered`] numbers its purpose; the studies of polynomials use it. Both are fixed: published numbers depend on
//! every bit of how a stream starts. The families share no stream.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The random stream of `seed` for `purpose` (`"augment"`, `"label-noise"`, ...) and `counter` (an epoch,
/// an image, a layer). Equal arguments give equal streams; different ones give independent streams.
pub fn stream(seed: u64, purpose: &str, counter: u64) -> ChaCha8Rng {
    // FNV-1a names the purpose; ChaCha itself does the mixing of the whole 256-bit key.
    let name = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&name.to_le_bytes());
    key[16..24].copy_from_slice(&counter.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// The random stream of `seed` for the purpose with number `purpose` and the draw `trial` (below 2^56). Equal
/// arguments give equal streams; different ones give independent streams.
pub fn numbered(seed: u64, purpose: u8, trial: u64) -> ChaCha8Rng {
    // The seed is the key; purpose and draw are the nonce, which ChaCha keeps apart from its counter of blocks.
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream((u64::from(purpose) << 56) | trial);
    random
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn streams_differ_in_every_argument_and_repeat() {
        let first = |seed, purpose, counter| stream(seed, purpose, counter).random::<u64>();
        let base = first(1, "augment", 2);
        assert_eq!(base, first(1, "augment", 2));
        for other in [first(2, "augment", 2), first(1, "shuffle", 2), first(1, "augment", 3)] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn numbered_streams_differ_in_every_argument_and_repeat() {
        let first = |seed, purpose, trial| numbered(seed, purpose, trial).random::<u64>();
        let base = first(1, 4, 2);
        assert_eq!(base, first(1, 4, 2));
        for other in [first(2, 4, 2), first(1, 3, 2), first(1, 4, 3)] {
            assert_ne!(base, other);
        }
    }

    /// Published tables repeat only as long as these hold.
    #[test]
    fn both_families_start_where_they_always_did() {
        let named = stream(1, "augment", 2).random::<u64>();
        let numbered = numbered(1, 4, 2).random::<u64>();
        assert_eq!((named, numbered), (1_118_037_305_377_496_869, 11_234_437_695_763_834_241));
    }
}
