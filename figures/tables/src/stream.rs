//! Named, counter-based random streams: what is drawn for one purpose never depends on how much was
//! drawn for another, nor on the order of the work or the device.

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
}
