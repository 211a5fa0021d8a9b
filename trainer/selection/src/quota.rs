//! How a budget is shared out among the classes.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{Parts, SelectError};

/// Over which samples a selector compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Over all samples at once.
    Global,
    /// Within each class, with the budget shared out by the largest remainder.
    PerClass,
}

impl Scope {
    /// The parts of a pool that a selector of this scope can look at by themselves.
    pub fn parts(self) -> Parts {
        match self {
            Self::Global => Parts::Whole,
            Self::PerClass => Parts::Classes,
        }
    }
}

/// How the due of a class, `budget * size / samples`, becomes a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// By largest remainder: the total is exactly the budget ([`quotas`]).
    LargestRemainder,
    /// Upwards: the total may exceed the budget by up to a place per class (CORDS, craig).
    Up,
    /// To the nearest, halves to the even one: the total may miss the budget either way (DeepCore).
    HalfEven,
}

/// Samples that are compared with one another, and how many of them to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Indices into the pool, ascending.
    pub rows: Vec<u32>,
    /// How many to choose, at most `rows.len()`.
    pub quota: usize,
}

/// Shares `budget` out among classes of the given `sizes`, in proportion, by largest remainder.
///
/// Class c is due `budget * sizes[c] / sum(sizes)`. It gets the whole part; the places left go one each
/// to the largest fractional parts, the lower class first among equals. The total is exactly `budget`
/// and no class gets more than its size, because a fractional part above 0 means that the due is below
/// the size. An empty class gets 0.
///
/// # Panics
/// When `budget` exceeds the sum of the sizes.
pub fn quotas(sizes: &[usize], budget: usize) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    assert!(budget <= total, "a budget of {budget} for {total} samples");
    if budget == 0 {
        return vec![0; sizes.len()];
    }
    let due = |size: usize| size as u128 * budget as u128;
    let whole = |size: usize| (due(size) / total as u128) as usize;
    let mut quotas: Vec<usize> = sizes.iter().map(|&size| whole(size)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    // The sort is stable: equal remainders stay in the order of the classes.
    order.sort_by_key(|&class| std::cmp::Reverse(due(sizes[class]) % total as u128));
    let left = budget - quotas.iter().sum::<usize>();
    for &class in &order[..left] {
        quotas[class] += 1;
    }
    quotas
}

/// The groups `within` which samples are compared, over samples with these `labels`, with a total quota of `budget`; groups that
/// get nothing are left out.
///
/// # Panics
/// When a label is not below `classes` or `budget` exceeds the number of labels.
pub fn groups(labels: &[u16], classes: usize, within: Scope, budget: usize) -> Vec<Group> {
    match within {
        Scope::Global => vec![Group { rows: (0..labels.len() as u32).collect(), quota: budget }],
        Scope::PerClass => class_groups(labels, classes, Rounding::LargestRemainder, budget),
    }
}

/// The groups of each class, with the dues of their quotas rounded so; classes that get nothing are
/// left out.
///
/// # Panics
/// As [`groups`].
pub fn class_groups(
    labels: &[u16],
    classes: usize,
    rounding: Rounding,
    budget: usize,
) -> Vec<Group> {
    let mut members = vec![Vec::new(); classes];
    for (row, &label) in (0u32..).zip(labels) {
        members[usize::from(label)].push(row);
    }
    let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    let pairs = members.into_iter().zip(rounded(&sizes, rounding, budget));
    pairs.filter(|(_, quota)| *quota > 0).map(|(rows, quota)| Group { rows, quota }).collect()
}

/// Shares of the `budget` for classes of these `sizes` (not all 0), rounded so.
fn rounded(sizes: &[usize], rounding: Rounding, budget: usize) -> Vec<usize> {
    let total = sizes.iter().sum();
    match rounding {
        Rounding::LargestRemainder => quotas(sizes, budget),
        Rounding::Up => sizes.iter().map(|size| (size * budget).div_ceil(total)).collect(),
        Rounding::HalfEven => sizes.iter().map(|size| half_even(size * budget, total)).collect(),
    }
}

/// Refuses a `budget` that gives no class of these `sizes` (not all 0) a sample.
///
/// # Errors
/// When every share is rounded to 0, as DeepCore does where it is half a sample or less.
pub fn check_rounded(
    sizes: &[usize],
    rounding: Rounding,
    budget: usize,
) -> Result<(), SelectError> {
    match rounded(sizes, rounding, budget).iter().any(|quota| *quota > 0) {
        true => Ok(()),
        false => Err(SelectError::Nothing { budget }),
    }
}

/// Number of samples of each class.
///
/// # Panics
/// When a label is not below `classes`.
pub fn class_sizes(labels: &[u16], classes: usize) -> Vec<usize> {
    let mut sizes = vec![0; classes];
    labels.iter().for_each(|&label| sizes[usize::from(label)] += 1);
    sizes
}

/// The whole number nearest to `dividend / divisor`, the even one of two.
pub fn half_even(dividend: usize, divisor: usize) -> usize {
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    match (2 * rest).cmp(&divisor) {
        Ordering::Less => whole,
        Ordering::Equal => whole + whole % 2,
        Ordering::Greater => whole + 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn largest_remainders_by_hand() {
        // Due 3.33, 3.33, 3.33: the lower class takes the place left.
        assert_eq!(quotas(&[5, 5, 5], 10), [4, 3, 3]);
        // Due 0.5, 1.5, 3: one place left, the lower of two equal remainders takes it.
        assert_eq!(quotas(&[1, 3, 6], 5), [1, 1, 3]);
        // Due 0.7, 0.1, 0.2: the whole parts are 0.
        assert_eq!(quotas(&[7, 1, 2], 1), [1, 0, 0]);
        assert_eq!(quotas(&[0, 4, 0], 4), [0, 4, 0]);
        assert_eq!(quotas(&[2, 2], 0), [0, 0]);
        assert!(quotas(&[], 0).is_empty());
    }

    #[test]
    fn roundings_by_hand() {
        // 5 of 10 samples: due 0.5, 1.5, 3.
        let labels = [0, 1, 1, 1, 2, 2, 2, 2, 2, 2];
        let quotas = |rounding| -> Vec<usize> {
            class_groups(&labels, 3, rounding, 5).iter().map(|group| group.quota).collect()
        };
        assert_eq!(quotas(Rounding::LargestRemainder), [1, 1, 3]);
        assert_eq!(quotas(Rounding::Up), [1, 2, 3]);
        // 0.5 goes to 0, whose class is left out, and 1.5 to 2.
        assert_eq!(quotas(Rounding::HalfEven), [2, 3]);
    }

    #[test]
    fn empty_classes_form_no_group() {
        let per_class = groups(&[2, 0, 2, 2], 5, Scope::PerClass, 4);
        let expected = [Group { rows: vec![1], quota: 1 }, Group { rows: vec![0, 2, 3], quota: 3 }];
        assert_eq!(per_class, expected);
        let global = groups(&[2, 0, 2, 2], 5, Scope::Global, 3);
        assert_eq!(global, [Group { rows: vec![0, 1, 2, 3], quota: 3 }]);
    }

    proptest! {
        #[test]
        fn quotas_are_exact_and_within_one_of_their_due(
            sizes in prop::collection::vec(0usize..2000, 1..40), share in 0.0..=1.0f64,
        ) {
            let total: usize = sizes.iter().sum();
            let budget = (share * total as f64) as usize;
            let quotas = quotas(&sizes, budget);
            prop_assert_eq!(quotas.iter().sum::<usize>(), budget);
            for (&quota, &size) in quotas.iter().zip(&sizes) {
                prop_assert!(quota <= size);
                let due = size as f64 * budget as f64 / total.max(1) as f64;
                prop_assert!((quota as f64 - due).abs() < 1.0 + 1e-9);
            }
        }
    }
}
