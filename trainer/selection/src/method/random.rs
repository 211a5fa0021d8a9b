//! Uniformly random subsets, the baselines every method must beat: redrawn at every selection they beat the selectors
//! of their authors' own tables at 5 % of CIFAR-10.

use rand::seq::index;
use swast_tables::options;
use swast_tables::stream::stream;

use super::Method;
use crate::kernel::dot::Element;
use crate::{Coreset, Needs, Pool, SelectError};

options! {
    /// A uniformly random subset, drawn once for the run
    Random "random" {}
}

options! {
    /// A uniformly random subset, drawn again at every selection
    RandomRedrawn "random-redrawn" {}
}

impl Method for Random {
    const NEEDS: Needs = Needs::NONE;

    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        Ok(draw(pool, budget, 0))
    }
}

impl Method for RandomRedrawn {
    const NEEDS: Needs = Needs::NONE;

    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        Ok(draw(pool, budget, u64::from(pool.moment.epoch)))
    }
}

fn draw<E: Element>(pool: &Pool<E>, budget: usize, counter: u64) -> Coreset {
    let mut stream = stream(pool.moment.seed, "random-coreset", counter);
    let drawn = index::sample(&mut stream, pool.labels.len(), budget);
    Coreset::unweighted(drawn.iter().map(|index| index as u32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Moment, Selector};

    fn pool(epoch: u32) -> Pool<'static> {
        static LABELS: [u16; 50] = [0; 50];
        let moment = Moment { seed: 7, epoch, epochs: 10, ..Moment::default() };
        Pool { moment, ..Pool::labelled(&LABELS, 1) }
    }

    #[test]
    fn the_fixed_subset_stays_and_the_redrawn_one_changes() {
        let fixed = |epoch| Random {}.select(&pool(epoch), 20).unwrap();
        let redrawn = |epoch| RandomRedrawn {}.select(&pool(epoch), 20).unwrap();
        assert_eq!(fixed(1), fixed(9));
        assert_eq!(redrawn(3), redrawn(3));
        assert_ne!(redrawn(3), redrawn(4));
    }

    #[test]
    fn every_sample_is_as_likely_as_any_other() {
        // 2000 draws of 20 out of 50: each index is expected 800 times, with deviation 22.
        let mut counts = [0u32; 50];
        for epoch in 1..=2000 {
            let coreset = RandomRedrawn {}.select(&pool(epoch), 20).unwrap();
            coreset.indices.iter().for_each(|&index| counts[index as usize] += 1);
        }
        assert!(counts.iter().all(|count| (690..910).contains(count)), "{counts:?}");
    }
}
