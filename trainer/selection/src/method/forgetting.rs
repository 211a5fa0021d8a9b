//! Forgetting (Toneva et al. 2019): the samples that the network unlearnt most often while it was trained on them.
//!
//! A forgetting event is a presentation in training that is classified wrongly after one that was classified
//! correctly; each is judged as the sample is seen, augmented, before the update. A sample that was never
//! classified correctly counts as forgotten more often than any other (the authors' rule, which DeepCore omits:
//! there such samples come last). In a run that alternates, only samples of the present coreset are presented, so
//! that what is known of the others dates from the warm-up. Counts are small, so many samples are equal; the
//! order among them is random, where the authors' code keeps that of the data set.

use ndarray::ArrayView2;
use rand::seq::SliceRandom;

use crate::kernel::dot::Element;
use crate::ranking::{Keep, ranked};
use crate::{Coreset, Pool, SelectError, Selector};
use swast_tables::stream::stream;

/// What training has shown of every sample of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Number of forgetting events.
    pub forgotten: Vec<u32>,
    /// Whether the sample was ever classified correctly.
    pub learnt: Vec<bool>,
}

impl History {
    /// The history told by `correct`, N x T: a row per sample, a column per presentation in the order of training,
    /// not 0 where the sample was classified correctly.
    pub fn of<E: Element>(correct: &ArrayView2<E>) -> Self {
        let hits = |row: usize| correct.row(row).to_vec().into_iter().map(|hit| hit != E::zero());
        let events = |row: usize| {
            let mut before = false;
            let forgotten = hits(row).filter(|&hit| std::mem::replace(&mut before, hit) && !hit);
            forgotten.count() as u32
        };
        let rows = 0..correct.nrows();
        Self {
            forgotten: rows.clone().map(events).collect(),
            learnt: rows.map(|row| hits(row).any(|hit| hit)).collect(),
        }
    }

    /// Forgetting events per sample, infinitely many for one that was never learnt.
    fn scores(&self) -> impl Iterator<Item = f64> {
        let score = |(&forgotten, &learnt): (&u32, &bool)| match learnt {
            true => f64::from(forgotten),
            false => f64::INFINITY,
        };
        self.forgotten.iter().zip(&self.learnt).map(score)
    }
}

/// Ranks all samples by how often they were forgotten, over the classes as one.
#[derive(Debug, Clone, Copy)]
pub struct Forgetting;

impl<E: Element> Selector<E> for Forgetting {
    fn name(&self) -> &'static str {
        "forgetting"
    }

    fn needs_outputs(&self) -> bool {
        false
    }

    fn needs_history(&self) -> bool {
        true
    }

    /// The most often forgotten first; weight 1.
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        pool.check(budget)?;
        let (selector, what) = ("forgetting", "correctness");
        let history = pool.history.ok_or(SelectError::Missing { selector, what })?;
        let samples = pool.labels.len();
        if history.forgotten.len() != samples || history.learnt.len() != samples {
            let rows = history.forgotten.len();
            return Err(SelectError::Rows { what, rows, samples });
        }
        let scores: Vec<f64> = history.scores().collect();
        let mut order: Vec<u32> = (0..samples as u32).collect();
        order.shuffle(&mut stream(pool.seed, "forgetting-order", u64::from(pool.epoch)));
        let shuffled: Vec<f64> = order.iter().map(|&sample| scores[sample as usize]).collect();
        let places = ranked(&shuffled, Keep::Largest, budget);
        Ok(Coreset::unweighted(places.into_iter().map(|place| order[place as usize]).collect()))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    fn history() -> History {
        History::of(
            &arr2(&[
                [1.0_f32, 1.0, 1.0, 1.0],
                [1.0, 0.0, 1.0, 0.0],
                [0.0, 0.0, 0.0, 0.0],
                [0.0, 1.0, 0.0, 0.0],
                [0.0, 0.0, 0.0, 1.0],
            ])
            .view(),
        )
    }

    fn select(history: &History, seed: u64, budget: usize) -> Vec<u32> {
        let labels = vec![0; history.learnt.len()];
        let pool = Pool { history: Some(history), seed, ..Pool::<f32>::labelled(&labels, 1) };
        Forgetting.select(&pool, budget).unwrap().indices
    }

    #[test]
    fn an_event_is_a_wrong_answer_after_a_right_one() {
        let History { forgotten, learnt } = history();
        assert_eq!(forgotten, [0, 2, 0, 1, 0]);
        assert_eq!(learnt, [true, true, false, true, true]);
    }

    #[test]
    fn the_never_learnt_come_first_and_the_never_forgotten_last() {
        assert_eq!(select(&history(), 0, 3), [2, 1, 3]);
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
        let known = history();
        let pool = Pool { history: Some(&known), ..Pool::<f32>::labelled(&labels, 1) };
        let error = Forgetting.select(&pool, 1).unwrap_err();
        assert_eq!(error, SelectError::Rows { what: "correctness", rows: 5, samples: 2 });
        let unknown = Pool::<f32>::labelled(&labels, 1);
        assert!(matches!(Forgetting.select(&unknown, 1), Err(SelectError::Missing { .. })));
    }
}
