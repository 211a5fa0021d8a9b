//! Uniformly random subsets, the baselines every method must beat: redrawn at every selection they beat the selectors
//! of their authors' own tables at 5 % of CIFAR-10.

use rand::seq::index;
use swast_tables::options;
use swast_tables::stream::stream;

use super::Method;
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::Element;
use crate::quota::{Scope, groups};
use crate::{Coreset, Needs, Pool, SelectError};

options! {
    /// A uniformly random subset, drawn once for the run
    Random "random" {
        /// Within what rows are drawn: global, all, or per-class, each class in proportion to its size
        scope: Scope = Scope::Global,
    }
}

options! {
    /// A uniformly random subset, drawn again at every selection
    RandomRedrawn "random-redrawn" {
        /// Within what rows are drawn: global, all, or per-class, each class in proportion to its size
        scope: Scope = Scope::Global,
    }
}

impl Method for Random {
    const NEEDS: Needs = Needs::NONE;
    const GUIDE: Guide = Guide {
        needs: "nothing",
        good_for: "the baseline that a method must beat",
        spoiled_by: "rare classes at small budgets; use --per-class",
        weights: ALL_ONE,
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));

    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        Ok(draw(pool, self.scope, budget, 0))
    }
}

impl Method for RandomRedrawn {
    const NEEDS: Needs = Needs::NONE;
    const GUIDE: Guide = Guide {
        needs: "nothing",
        good_for: "the baseline over a run: in time it sees more of the data",
        spoiled_by: "rare classes at small budgets; use --per-class",
        weights: ALL_ONE,
    };
    const PER_CLASS: Option<(&'static str, &'static str)> = Some(("scope", "per-class"));

    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        Ok(draw(pool, self.scope, budget, u64::from(pool.moment.epoch)))
    }
}

fn draw<E: Element>(pool: &Pool<E>, within: Scope, budget: usize, counter: u64) -> Coreset {
    let mut stream = stream(pool.moment.seed, "random-coreset", counter);
    let mut chosen = Vec::with_capacity(budget);
    for group in groups(pool.labels, pool.classes, within, budget) {
        let drawn = index::sample(&mut stream, group.rows.len(), group.quota);
        chosen.extend(drawn.iter().map(|place| group.rows[place]));
    }
    Coreset::unweighted(chosen)
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
        let fixed = |epoch| Random::default().select(&pool(epoch), 20).unwrap();
        let redrawn = |epoch| RandomRedrawn::default().select(&pool(epoch), 20).unwrap();
        assert_eq!(fixed(1), fixed(9));
        assert_eq!(redrawn(3), redrawn(3));
        assert_ne!(redrawn(3), redrawn(4));
    }

    #[test]
    fn within_classes_each_gets_its_share() {
        let labels: Vec<u16> = (0..60).map(|row| u16::from(row % 6 == 0)).collect();
        let of_class_1 = |scope| {
            let moment = Moment { seed: 3, ..Moment::default() };
            let pool = Pool { moment, ..Pool::<f32>::labelled(&labels, 2) };
            let chosen = Random { scope }.select(&pool, 12).unwrap().indices;
            chosen.iter().filter(|row| labels[**row as usize] == 1).count()
        };
        assert_eq!(of_class_1(Scope::PerClass), 2);
        assert_ne!(of_class_1(Scope::Global), 2);
    }

    #[test]
    fn every_sample_is_as_likely_as_any_other() {
        // 2000 draws of 20 out of 50: each index is expected 800 times, with deviation 22.
        let mut counts = [0u32; 50];
        for epoch in 1..=2000 {
            let coreset = RandomRedrawn::default().select(&pool(epoch), 20).unwrap();
            coreset.indices.iter().for_each(|&index| counts[index as usize] += 1);
        }
        assert!(counts.iter().all(|count| (690..910).contains(count)), "{counts:?}");
    }
}
