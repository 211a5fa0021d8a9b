//! Facility location: few points that stand for all, each point for those it is nearest to.
//!
//! It maximises `F(S) = sum_i max_(j in S) (max D - D_ij)` greedily, which reaches (1 - 1/e) of the optimum
//! (Nemhauser, Wolsey, Fisher 1978), lazily (Minoux 1978): gains only ever fall, so a stale one is an upper
//! bound, and only candidates whose bound leads are looked at again. Gains are exact sums of the distances
//! ([`Distances`] are made for it), whatever the order they are added in: the choice is that of the naive greedy to
//! the last bit, the lower index first among equals. Once few points are nearer to a candidate than to all facilities,
//! only those are kept of it and looked at: there will never be more.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use reach::Reach;

use super::distances::Distances;
use super::dot::Element;
use super::wide::{Work, widely};

mod reach;

/// Partial sums, enough to fill vector registers.
const LANES: usize = 16;
/// At most so many candidates are looked at together.
const TOGETHER: usize = 512;
/// Memory that the reaches of all candidates may take, in bytes.
const REACH_BYTES: usize = 64_000_000;

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
    let longest = REACH_BYTES / Reach::<S>::POINT_BYTES / distances.len().max(1);
    choose(distances, budget, longest)
}

/// `budget` of the points, with no more than the `longest` number of points kept of any candidate.
fn choose<S: Element>(distances: &Distances<S>, budget: usize, longest: usize) -> Facilities {
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
    let reaches = (0..count).map(|_| None).collect();
    let mut candidates = Candidates { distances, reaches, longest };
    let stale = |candidate| Bound { gain: f64::INFINITY, candidate, round: 0 };
    let mut heap: BinaryHeap<Bound> =
        all.into_iter().filter(|&candidate| candidate != first).map(stale).collect();
    while chosen.len() < budget.min(count) {
        let Some(best) = candidates.next(&mut heap, &nearest.distances, chosen.len()) else {
            break;
        };
        match &candidates.reaches[best] {
            Some(reach) => reach
                .iter()
                .for_each(|(point, distance)| nearest.admit(point, distance, chosen.len())),
            None => {
                let row = distances.map(&[best], <[S]>::to_vec).swap_remove(0);
                let pairs = row.into_iter().enumerate();
                pairs.for_each(|(point, distance)| nearest.admit(point, distance, chosen.len()));
            }
        }
        chosen.push(best);
    }
    sizes.resize(chosen.len(), 0);
    nearest.facility.iter().for_each(|&facility| sizes[facility] += 1);
    Facilities { chosen, sizes }
}

/// All points as candidates.
struct Candidates<'a, S> {
    distances: &'a Distances<S>,
    /// The reach of each, once it was short enough to be kept.
    reaches: Vec<Option<Reach<S>>>,
    longest: usize,
}

impl<S: Element> Candidates<'_, S> {
    /// Takes the candidate of the largest gain off `heap`.
    fn next(&mut self, heap: &mut BinaryHeap<Bound>, nearest: &[S], round: usize) -> Option<usize> {
        let fresh = |(candidate, gain)| Bound { gain, candidate, round };
        let mut together = 1;
        loop {
            let top = heap.pop()?;
            if top.round == round {
                return Some(top.candidate);
            }
            if let Some(reach) = &mut self.reaches[top.candidate] {
                heap.push(fresh((top.candidate, reach.shortened(nearest))));
                continue;
            }
            // Where all points are looked at, several candidates at a time are.
            let mut unknown = vec![top.candidate];
            while unknown.len() < together
                && let Some(bound) = heap.peek()
                && bound.round != round
                && self.reaches[bound.candidate].is_none()
                && let Some(bound) = heap.pop()
            {
                unknown.push(bound.candidate);
            }
            let gains = self.gains(&unknown, nearest);
            heap.extend(unknown.into_iter().zip(gains).map(fresh));
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

/// The distance of every point to the nearest facility, and its place in the order of choice.
struct Nearest<S> {
    distances: Vec<S>,
    facility: Vec<usize>,
}

impl<S: Element> Nearest<S> {
    /// Learns that facility number `place` is at this `distance` of `point`.
    fn admit(&mut self, point: usize, distance: S, place: usize) {
        if distance < self.distances[point] {
            (self.distances[point], self.facility[point]) = (distance, place);
        }
    }
}

/// What a point with distances `row` would take off the `nearest` distances, and off how many.
fn gain<S: Element>(nearest: &[S], row: &[S]) -> (f64, usize) {
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
        let (chunks, rest) = self.row.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                sums[lane] += chunk[lane].into();
            }
        }
        sums.iter().sum::<f64>() + rest.iter().map(|&value| value.into()).sum::<f64>()
    }
}

#[cfg(test)]
mod tests;
