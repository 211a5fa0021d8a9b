//! The best of many by a score.

/// Whether a selector keeps the samples with the largest scores, or with the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The largest, in descending order.
    Largest,
    /// The smallest, in ascending order.
    Smallest,
}

/// The `budget` best samples by `scores`, in order of rank, the lower index first among equals. In linear
/// time but for the order of those that are kept.
pub fn ranked(scores: &[f64], keep: Keep, budget: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..scores.len() as u32).collect();
    let compare = |a: &u32, b: &u32| {
        let (low, high) = (scores[*a as usize], scores[*b as usize]);
        let by_score = match keep {
            Keep::Largest => high.total_cmp(&low),
            Keep::Smallest => low.total_cmp(&high),
        };
        by_score.then(a.cmp(b))
    };
    if budget < order.len() {
        order.select_nth_unstable_by(budget, compare);
        order.truncate(budget);
    }
    order.sort_unstable_by(compare);
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_are_those_of_a_stable_sort(
            scores in prop::collection::vec((-3i8..=3).prop_map(f64::from), 1..60), share in 0.0..=1.0f64,
        ) {
            let budget = (share * scores.len() as f64) as usize;
            let mut sorted: Vec<u32> = (0..scores.len() as u32).collect();
            sorted.sort_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]));
            prop_assert_eq!(&ranked(&scores, Keep::Smallest, budget), &sorted[..budget]);
            sorted.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
            // Sorted twice: among equals the lower index is still first.
            prop_assert_eq!(&ranked(&scores, Keep::Largest, budget), &sorted[..budget]);
        }
    }
}
