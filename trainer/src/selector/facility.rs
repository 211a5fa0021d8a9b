//! Facility location: few points that stand for all, each point for those it is nearest to.
//!
//! It maximises `F(S) = sum_i max_(j in S) (max D - D_ij)` greedily, which reaches (1 - 1/e) of the optimum
//! (Nemhauser, Wolsey, Fisher 1978), lazily (Minoux 1978): gains only ever fall, so a stale one is an upper
//! bound, and only candidates whose bound leads are looked at again. Bounds stay bounds in floating-point
//! arithmetic, because every gain is summed in the same order and rounding is monotone: the choice is that of
//! the naive greedy to the last bit, the lower index first among equals.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::distances::Distances;
use super::dot::Element;
use super::wide::{Work, widely};

/// Terms that are added up in the precision they are stored in, before the sum goes on in double.
const TERMS: usize = 128;
/// Partial sums, enough to fill vector registers.
const LANES: usize = 16;
/// At most so many candidates are looked at together.
const TOGETHER: usize = 512;

/// The points chosen, and how many points each stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facilities {
    /// The points, in the order they were chosen.
    pub chosen: Vec<usize>,
    /// Number of points nearest to each, itself included; the earlier chosen first among equals. 0 for
    /// the repetition of an earlier one.
    pub sizes: Vec<usize>,
}

/// A candidate and a bound of its gain, exact in the round it was computed in.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    gain: f64,
    candidate: usize,
    round: usize,
}

impl Eq for Bound {}

impl Ord for Bound {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower_index = Reverse(self.candidate).cmp(&Reverse(other.candidate));
        self.gain.total_cmp(&other.gain).then(lower_index)
    }
}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `budget` of the points (all, if there are fewer), greedily.
pub fn facilities<S: Element>(distances: &Distances<S>, budget: usize) -> Facilities {
    let count = distances.len();
    let all: Vec<usize> = (0..count).collect();
    let mut chosen = Vec::with_capacity(budget.min(count));
    let mut sizes = Vec::with_capacity(budget.min(count));
    if budget == 0 || count == 0 {
        return Facilities { chosen, sizes };
    }
    // The gain of a first point is n max D less its distances: the lowest sum wins.
    let sums = distances.map(&all, sum);
    let first = all.iter().copied().min_by(|&a, &b| sums[a].total_cmp(&sums[b])).unwrap_or(0);
    let mut nearest = Nearest { distances: Vec::new(), facility: vec![0; count] };
    nearest.distances = distances.map(&[first], <[S]>::to_vec).swap_remove(0);
    chosen.push(first);
    let stale = |candidate| Bound { gain: f64::INFINITY, candidate, round: 0 };
    let mut heap: BinaryHeap<Bound> =
        all.into_iter().filter(|&candidate| candidate != first).map(stale).collect();
    while chosen.len() < budget.min(count) {
        let Some(best) = next(&mut heap, distances, &nearest.distances, chosen.len()) else {
            break;
        };
        let row = distances.map(&[best], <[S]>::to_vec).swap_remove(0);
        nearest.admit(&row, chosen.len());
        chosen.push(best);
    }
    sizes.resize(chosen.len(), 0);
    nearest.facility.iter().for_each(|&facility| sizes[facility] += 1);
    Facilities { chosen, sizes }
}

/// Takes the candidate of the largest gain off `heap`.
fn next<S: Element>(
    heap: &mut BinaryHeap<Bound>,
    distances: &Distances<S>,
    nearest: &[S],
    round: usize,
) -> Option<usize> {
    let mut together = 1;
    loop {
        let top = heap.pop()?;
        if top.round == round {
            return Some(top.candidate);
        }
        let mut candidates = vec![top.candidate];
        while candidates.len() < together
            && heap.peek().is_some_and(|bound| bound.round != round)
            && let Some(bound) = heap.pop()
        {
            candidates.push(bound.candidate);
        }
        let gains = distances.map(&candidates, |row| gain(nearest, row));
        let fresh = candidates.into_iter().zip(gains);
        heap.extend(fresh.map(|(candidate, gain)| Bound { gain, candidate, round }));
        together = (2 * together).min(TOGETHER);
    }
}

/// The distance of every point to the nearest facility, and its place in the order of choice.
struct Nearest<S> {
    distances: Vec<S>,
    facility: Vec<usize>,
}

impl<S: Element> Nearest<S> {
    /// Opens facility number `place`, whose distances to all points are `row`.
    fn admit(&mut self, row: &[S], place: usize) {
        for ((nearest, facility), &distance) in
            self.distances.iter_mut().zip(&mut self.facility).zip(row)
        {
            if distance < *nearest {
                (*nearest, *facility) = (distance, place);
            }
        }
    }
}

/// What a point with distances `row` would take off the `nearest` distances.
fn gain<S: Element>(nearest: &[S], row: &[S]) -> f64 {
    widely(Gain { nearest, row })
}

struct Gain<'a, S> {
    nearest: &'a [S],
    row: &'a [S],
}

impl<S: Element> Work for Gain<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        summed(self.nearest, self.row, |nearest, distance| {
            let less = nearest - distance;
            if less > S::zero() { less } else { S::zero() }
        })
    }
}

/// The sum of `row`.
fn sum<S: Element>(row: &[S]) -> f64 {
    widely(Sum { row })
}

struct Sum<'a, S> {
    row: &'a [S],
}

impl<S: Element> Work for Sum<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        summed(self.row, self.row, |_, distance| distance)
    }
}

/// The sum of `term` over two rows of equal length, in an order of its own.
#[inline(always)]
fn summed<S: Element>(first: &[S], second: &[S], term: impl Fn(S, S) -> S) -> f64 {
    let (first_blocks, first_rest) = first.as_chunks::<TERMS>();
    let (second_blocks, second_rest) = second.as_chunks::<TERMS>();
    let mut total = 0.0;
    for (first, second) in first_blocks.iter().zip(second_blocks) {
        let mut sums = [S::zero(); LANES];
        for start in (0..TERMS).step_by(LANES) {
            for lane in 0..LANES {
                sums[lane] = sums[lane] + term(first[start + lane], second[start + lane]);
            }
        }
        total += sums.iter().map(|&sum| sum.into()).sum::<f64>();
    }
    let rest = first_rest.iter().zip(second_rest);
    total + rest.map(|(&first, &second)| term(first, second).into()).sum::<f64>()
}

#[cfg(test)]
mod tests;
