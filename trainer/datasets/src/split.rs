//! The validation split: training images that are held out.

use rand::seq::index;

use super::share;
use swast_tables::stream::stream;

/// Indices of a training set, split in two; both ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// What is trained on.
    pub train: Vec<u32>,
    /// What is held out.
    pub validation: Vec<u32>,
}

/// Holds out floor(`fraction` N) of `count` = N images, drawn uniformly without replacement from the
/// stream `validation` of `seed`. Panics unless `fraction` is in [0, 1].
pub fn hold_out(count: usize, fraction: f64, seed: u64) -> Split {
    let mut rng = stream(seed, "validation", 0);
    let mut held = vec![false; count];
    for index in index::sample(&mut rng, count, share(count, fraction)) {
        held[index] = true;
    }
    let total = u32::try_from(count).expect("a training set has less than 2^32 images");
    let (validation, train) = (0..total).partition(|index| held[*index as usize]);
    Split { train, validation }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_halves_are_sorted_and_make_up_the_whole(
            count in 0_usize..500, percent in 0_u32..=100, seed: u64,
        ) {
            let split = hold_out(count, f64::from(percent) / 100.0, seed);
            prop_assert_eq!(split.validation.len(), count * percent as usize / 100);
            prop_assert!(split.train.is_sorted() && split.validation.is_sorted());
            let mut all = [split.train, split.validation].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..count as u32).collect::<Vec<_>>());
        }
    }

    #[test]
    fn splits_repeat_and_depend_on_the_seed() {
        assert_eq!(hold_out(100, 0.1, 1), hold_out(100, 0.1, 1));
        assert_ne!(hold_out(100, 0.1, 1), hold_out(100, 0.1, 2));
    }
}
