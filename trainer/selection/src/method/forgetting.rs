//! Forgetting (Toneva et al. 2019): the samples that the network unlearnt most often while it was trained on them.
//!
//! A forgetting event is a presentation in training that is classified wrongly after one that was classified
//! correctly; each is judged as the sample is seen, augmented, before the update. A sample that was never
//! classified correctly counts as forgotten more often than any other (the authors' rule, which DeepCore omits:
//! there such samples come last). In a run that alternates, only samples of the present coreset are presented, so
//! that what is known of the others dates from the warm-up. Counts are small, so many samples are equal; the
//! order among them is random, where the authors' code keeps that of the data set.

use rand::seq::SliceRandom;
use swast_tables::options;
use swast_tables::spec::Options;
use swast_tables::stream::stream;

use super::Method;
use crate::guide::{ALL_ONE, Guide};
use crate::kernel::dot::Element;
use crate::ranking::{Keep, ranked};
use crate::{Coreset, History, Need, Needs, Pool, SelectError};

options! {
    /// Samples that were unlearnt most often while they were trained on
    Forgetting "forgetting" {}
}

impl Method for Forgetting {
    const NEEDS: Needs = Needs::NONE.with(Need::History);
    const GUIDE: Guide = Guide {
        needs: "correctness, a column for each time of training",
        good_for: "dropping rows of much clean data that are learnt once for all",
        spoiled_by: "wrong labels, never learnt and so taken first; few columns",
        weights: ALL_ONE,
    };

    /// The most often forgotten first; weight 1.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let scores: Vec<f64> = scores(pool.history(Self::NAME)?).collect();
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let mut stream = stream(pool.moment.seed, "forgetting-order", u64::from(pool.moment.epoch));
        order.shuffle(&mut stream);
        let shuffled: Vec<f64> = order.iter().map(|&sample| scores[sample as usize]).collect();
        let places = ranked(&shuffled, Keep::Largest, budget);
        Ok(Coreset::unweighted(places.into_iter().map(|place| order[place as usize]).collect()))
    }
}

/// Forgetting events per sample, infinitely many for one that was never learnt.
fn scores(history: &History) -> impl Iterator<Item = f64> {
    let score = |(&forgotten, &learnt): (&u32, &bool)| match learnt {
        true => f64::from(forgotten),
        false => f64::INFINITY,
    };
    history.forgotten.iter().zip(&history.learnt).map(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, Moment, Selector};

    fn pool<'a>(labels: &'a [u16], history: Option<&'a History>, seed: u64) -> Pool<'a> {
        let evidence = Evidence { history, ..Evidence::default() };
        let moment = Moment { seed, ..Moment::default() };
        Pool { evidence, moment, ..Pool::labelled(labels, 1) }
    }

    fn select(history: &History, seed: u64, budget: usize) -> Vec<u32> {
        let labels = vec![0; history.learnt.len()];
        Forgetting {}.select(&pool(&labels, Some(history), seed), budget).unwrap().indices
    }

    #[test]
    fn the_never_learnt_come_first_and_the_never_forgotten_last() {
        let forgotten = vec![0, 2, 0, 1, 0];
        let history = History { forgotten, learnt: vec![true, true, false, true, true] };
        assert_eq!(select(&history, 0, 3), [2, 1, 3]);
    }

    #[test]
    fn the_order_among_equals_is_random() {
        let equal = History { forgotten: vec![0; 50], learnt: vec![true; 50] };
        assert_eq!(select(&equal, 1, 20), select(&equal, 1, 20));
        // 2000 draws of 20 out of 50: each index is expected 800 times, with deviation 22.
        let mut counts = [0u32; 50];
        for seed in 0..2000 {
            select(&equal, seed, 20).into_iter().for_each(|index| counts[index as usize] += 1);
        }
        assert!(counts.iter().all(|count| (690..910).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_history_of_other_samples_is_refused() {
        let labels = [0, 0];
        let known = History { forgotten: vec![0; 5], learnt: vec![true; 5] };
        let error = Forgetting {}.select(&pool(&labels, Some(&known), 0), 1).unwrap_err();
        assert_eq!(error, SelectError::Rows { what: "correctness", rows: 5, samples: 2 });
        let unknown = Forgetting {}.select(&pool(&labels, None, 0), 1);
        assert!(matches!(unknown, Err(SelectError::Missing { .. })));
    }
}
