//! EL2N (Paul, Ganguli, Dziugaite 2021), modified for training under way: the hardest samples in the
//! first half of the run, the easiest in the second (the paper's section on selection methods).

use ndarray::ArrayView2;

use super::dot::Element;
use super::{Coreset, Pool, SelectError, Selector};

/// Ranks all samples by |p - y|_2, over the classes as one.
#[derive(Debug, Clone, Copy)]
pub struct El2n;

impl<E: Element> Selector<E> for El2n {
    fn name(&self) -> &'static str {
        "el2n"
    }

    fn needs_outputs(&self) -> bool {
        true
    }

    /// The highest scores while `2 epoch < epochs`, the lowest from there on; in order of rank, lower
    /// index first among equals, weight 1.
    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset<E>, SelectError> {
        pool.check(budget)?;
        let probabilities = pool.probabilities("el2n")?;
        let scores = scores(&probabilities.view(), pool.labels);
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let score = |index: u32| scores[index as usize];
        // Both sorts are stable.
        if 2 * u64::from(pool.epoch) < u64::from(pool.epochs) {
            order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        } else {
            order.sort_by(|&a, &b| score(a).total_cmp(&score(b)));
        }
        order.truncate(budget);
        Ok(Coreset::unweighted(order))
    }
}

/// `|p - y|_2` of every row p of `probabilities` (N x C), with y its one-hot label; in [0, sqrt 2].
pub fn scores<E: Element>(probabilities: &ArrayView2<E>, labels: &[u16]) -> Vec<f64> {
    let score = |row: ndarray::ArrayView1<E>, label: u16| {
        let squares = row.iter().enumerate().map(|(class, &probability)| {
            let error = probability.into() - f64::from(u8::from(class == usize::from(label)));
            error * error
        });
        squares.sum::<f64>().sqrt()
    };
    probabilities.rows().into_iter().zip(labels).map(|(row, &label)| score(row, label)).collect()
}
