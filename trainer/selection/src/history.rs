//! What training has shown of every sample, which training collects and forgetting counts.

use ndarray::ArrayView2;

use crate::kernel::dot::Element;

/// What training has shown of every sample of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Number of forgetting events: presentations classified wrongly after one classified correctly.
    pub forgotten: Vec<u32>,
    /// Whether the sample was ever classified correctly.
    pub learnt: Vec<bool>,
}

impl History {
    /// The history that `correct` records, N x T: a row per sample, a column per presentation in the order of
    /// training, not 0 where the sample was classified correctly.
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
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn an_event_is_a_wrong_answer_after_a_right_one() {
        let correct = arr2(&[
            [1.0_f32, 1.0, 1.0, 1.0],
            [1.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]);
        let History { forgotten, learnt } = History::of(&correct.view());
        assert_eq!(forgotten, [0, 2, 0, 1, 0]);
        assert_eq!(learnt, [true, true, false, true, true]);
    }
}
