//! Uniformly random subsets, the baselines every method must beat: redrawn at every selection they beat the selectors
//! of their authors' own tables at 5 % of CIFAR-10.

use rand::seq::index;

use crate::kernel::dot::Element;
use crate::{Coreset, Pool, SelectError, Selector};
use swast_tables::stream::stream;

/// One uniformly random subset, the same at every selection of a run.
#[derive(Debug, Clone, Copy)]
pub struct Random;

/// A uniformly random subset, drawn anew at every selection.
#[derive(Debug, Clone, Copy)]
pub struct RandomRedrawn;

impl<E: Element> Selector<E> for Random {
    fn name(&self) -> &'static str {
        "random"
    }

    fn needs_outputs(&self) -> bool {
        false
    }

    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        draw(pool, budget, 0)
    }
}

impl<E: Element> Selector<E> for RandomRedrawn {
    fn name(&self) -> &'static str {
        "random-redrawn"
    }

    fn needs_outputs(&self) -> bool {
        false
    }

    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        draw(pool, budget, u64::from(pool.epoch))
    }
}

fn draw<E: Element>(pool: &Pool<E>, budget: usize, counter: u64) -> Result<Coreset, SelectError> {
    pool.check(budget)?;
    let mut stream = stream(pool.seed, "random-coreset", counter);
    let drawn = index::sample(&mut stream, pool.labels.len(), budget);
    Ok(Coreset::unweighted(drawn.iter().map(|index| index as u32).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(epoch: u32) -> Pool<'static> {
        static LABELS: [u16; 50] = [0; 50];
        Pool { seed: 7, epoch, epochs: 10, ..Pool::labelled(&LABELS, 1) }
    }

    #[test]
    fn the_fixed_subset_stays_and_the_redrawn_one_changes() {
        let fixed = |epoch| Random.select(&pool(epoch), 20).unwrap();
        let redrawn = |epoch| RandomRedrawn.select(&pool(epoch), 20).unwrap();
        assert_eq!(fixed(1), fixed(9));
        assert_eq!(redrawn(3), redrawn(3));
        assert_ne!(redrawn(3), redrawn(4));
    }

    #[test]
    fn every_sample_is_as_likely_as_any_other() {
        // 2000 draws of 20 out of 50: each index is expected 800 times, with deviation 22.
        let mut counts = [0u32; 50];
        for epoch in 1..=2000 {
            let coreset = RandomRedrawn.select(&pool(epoch), 20).unwrap();
            coreset.indices.iter().for_each(|&index| counts[index as usize] += 1);
        }
        assert!(counts.iter().all(|count| (690..910).contains(count)), "{counts:?}");
    }
}
