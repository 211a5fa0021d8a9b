//! Label noise: a fixed number of training labels replaced by another class.

use rand::RngExt;
use rand::seq::index;

use super::share;
use swast_tables::stream::stream;

/// One replaced label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flip {
    /// Index into the labels.
    pub index: usize,
    /// The label before.
    pub label_true: u16,
    /// The label put in its place.
    pub label_given: u16,
}

/// Replaces floor(`fraction` N) of the N `labels`, drawn without replacement, by a uniformly random
/// *other* class, and returns what was replaced, by ascending index.
///
/// The draws come from the stream `label-noise` of `seed` alone. Panics unless `fraction` is in [0, 1] and
/// there are at least two `classes` to choose from.
pub fn flip_labels(labels: &mut [u16], classes: usize, fraction: f64, seed: u64) -> Vec<Flip> {
    assert!(classes >= 2, "a flip needs another class to go to, there is {classes}");
    let classes = u16::try_from(classes).expect("labels are 16 bits wide");
    let mut rng = stream(seed, "label-noise", 0);
    let mut chosen =
        index::sample(&mut rng, labels.len(), share(labels.len(), fraction)).into_vec();
    chosen.sort_unstable();
    let flip = |index: usize| {
        let label_true = labels[index];
        // One of the classes - 1 others: those from the true one on move up by one.
        let other = rng.random_range(0..classes - 1);
        let label_given = other + u16::from(other >= label_true);
        labels[index] = label_given;
        Flip { index, label_true, label_given }
    };
    chosen.into_iter().map(flip).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn flips_are_exact_distinct_sorted_and_change_the_class(
            count in 0_usize..300, classes in 2_usize..12, percent in 0_u32..=100, seed: u64,
        ) {
            let before: Vec<u16> = (0..count).map(|i| (i * 7 % classes) as u16).collect();
            let mut after = before.clone();
            let flips = flip_labels(&mut after, classes, f64::from(percent) / 100.0, seed);
            prop_assert_eq!(flips.len(), count * percent as usize / 100);
            prop_assert!(flips.windows(2).all(|pair| pair[0].index < pair[1].index));
            for flip in &flips {
                prop_assert_eq!(before[flip.index], flip.label_true);
                prop_assert_eq!(after[flip.index], flip.label_given);
                prop_assert!(flip.label_given != flip.label_true);
                prop_assert!(usize::from(flip.label_given) < classes);
            }
            let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
            prop_assert_eq!(changed, flips.len());
        }
    }

    #[test]
    fn flips_repeat_and_depend_on_the_seed() {
        let flips = |seed| flip_labels(&mut [3; 100], 10, 0.2, seed);
        assert_eq!(flips(1), flips(1));
        assert_ne!(flips(1), flips(2));
    }

    /// Chi-squared over 9 cells stays below its 99.99 % quantile at 8 degrees of freedom (31.8).
    #[test]
    fn given_classes_and_positions_are_uniform() {
        let mut labels = vec![4_u16; 90_000];
        let flips = flip_labels(&mut labels, 10, 0.5, 7);
        let chi_squared = |cell: fn(&Flip) -> usize| {
            let mut counts = [0.0_f64; 9];
            for flip in &flips {
                counts[cell(flip)] += 1.0;
            }
            counts.iter().map(|n| (n - 5000.0).powi(2) / 5000.0).sum::<f64>()
        };
        assert!(chi_squared(|f| usize::from(f.label_given - u16::from(f.label_given > 4))) < 31.8);
        assert!(chi_squared(|f| f.index / 10_000) < 31.8);
    }
}
