//! The candidates of a greedy choice, looked at lazily.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::LANES;
use super::reach::Reach;
use crate::facility::distances::Distances;
use crate::kernel::dot::Element;
use crate::kernel::wide::{Work, widely};

/// At most so many candidates are looked at together.
const TOGETHER: usize = 512;

/// The points that are no facilities yet.
pub(super) struct Candidates<'a, S> {
    distances: &'a Distances<S>,
    bounds: BinaryHeap<Bound>,
    /// The reach of each, once it was short enough to be kept.
    reaches: Vec<Option<Reach<S>>>,
    longest: usize,
}

/// A candidate that was taken.
pub(super) struct Taken<S> {
    /// Its number.
    pub(super) number: usize,
    /// Its reach, where it is known.
    pub(super) reach: Option<Reach<S>>,
}

impl<'a, S: Element> Candidates<'a, S> {
    /// All points but the `first`; no more than the `longest` number of points are kept of any.
    pub(super) fn all_but(first: usize, distances: &'a Distances<S>, longest: usize) -> Self {
        let others = (0..distances.len()).filter(|&candidate| candidate != first);
        let stale = |candidate| Bound { gain: f64::INFINITY, candidate, round: 0 };
        let reaches = (0..distances.len()).map(|_| None).collect();
        Self { distances, bounds: others.map(stale).collect(), reaches, longest }
    }

    /// Takes the one that would take most off the `nearest` distances, in a `round` of its own; `None` once none is left.
    pub(super) fn next(&mut self, nearest: &[S], round: usize) -> Option<Taken<S>> {
        let fresh = |(candidate, gain)| Bound { gain, candidate, round };
        let mut together = 1;
        loop {
            let top = self.bounds.pop()?;
            if top.round == round {
                let number = top.candidate;
                return Some(Taken { number, reach: self.reaches[number].take() });
            }
            if let Some(reach) = &mut self.reaches[top.candidate] {
                self.bounds.push(fresh((top.candidate, reach.shortened(nearest))));
                continue;
            }
            // Where all points are looked at, several candidates at a time are.
            let mut unknown = vec![top.candidate];
            while unknown.len() < together
                && let Some(bound) = self.bounds.peek()
                && bound.round != round
                && self.reaches[bound.candidate].is_none()
                && let Some(bound) = self.bounds.pop()
            {
                unknown.push(bound.candidate);
            }
            let gains = self.gains(&unknown, nearest);
            self.bounds.extend(unknown.into_iter().zip(gains).map(fresh));
            together = (2 * together).min(TOGETHER);
        }
    }

    /// What each of some `candidates` would take off the `nearest` distances.
    fn gains(&mut self, candidates: &[usize], nearest: &[S]) -> Vec<f64> {
        let longest = self.longest;
        let found = self.distances.map(candidates, |row| {
            let (gain, length) = gain(nearest, row);
            (gain, (length <= longest).then(|| Reach::of(row, nearest, length)))
        });
        let keep = |(&candidate, (gain, reach))| {
            self.reaches[candidate] = reach;
            gain
        };
        candidates.iter().zip(found).map(keep).collect()
    }
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

/// What a point with distances `row` would take off the `nearest` distances, and off how many.
pub(super) fn gain<S: Element>(nearest: &[S], row: &[S]) -> (f64, usize) {
    widely(Gain { nearest, row })
}

struct Gain<'a, S> {
    nearest: &'a [S],
    row: &'a [S],
}

impl<S: Element> Work for Gain<'_, S> {
    type Output = (f64, usize);

    #[inline(always)]
    fn run(self) -> (f64, usize) {
        let less = |(nearest, distance): (S, S)| nearest.into() - distance.into();
        let pairs = (self.nearest.as_chunks::<LANES>(), self.row.as_chunks::<LANES>());
        let ((nearest_chunks, nearest_rest), (row_chunks, row_rest)) = pairs;
        let (mut gains, mut counts) = ([0.0; LANES], [0_u64; LANES]);
        for (nearest, row) in nearest_chunks.iter().zip(row_chunks) {
            for lane in 0..LANES {
                let less = less((nearest[lane], row[lane]));
                gains[lane] += less.max(0.0);
                counts[lane] += u64::from(less > 0.0);
            }
        }
        for (lane, pair) in nearest_rest.iter().copied().zip(row_rest.iter().copied()).enumerate() {
            gains[lane] += less(pair).max(0.0);
            counts[lane] += u64::from(less(pair) > 0.0);
        }
        (gains.iter().sum(), counts.iter().sum::<u64>() as usize)
    }
}
