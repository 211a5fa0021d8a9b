//! Facility location: few points that stand for all, each point for those it is nearest to.
//!
//! It maximises `F(S) = sum_i max_(j in S) (max D - D_ij)` greedily, which reaches (1 - 1/e) of the optimum
//! (Nemhauser, Wolsey, Fisher 1978), lazily (Minoux 1978): gains only ever fall, so a stale one is an upper
//! bound, and only candidates whose bound leads are looked at again. Gains are exact sums of the distances
//! ([`Distances`] are made for it), whatever the order they are added in: the choice is that of the naive greedy to
//! the last bit, the lower index first among equals. Once few points are nearer to a candidate than to all facilities,
//! only those are kept of it and looked at: there will never be more.

use candidates::Candidates;
use reach::Reach;

use crate::facility::distances::Distances;
use crate::kernel::dot::Element;
use crate::kernel::wide::{Work, widely};
use crate::progress::one_chosen;

mod candidates;
pub mod distances;
mod reach;

/// Partial sums, enough to fill vector registers.
const LANES: usize = 16;
/// Memory that the reaches of all candidates may take, in bytes.
const REACH_BYTES: usize = 64_000_000;

/// The points chosen, and how many points each represents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facilities {
    /// The points, in the order they were chosen.
    pub chosen: Vec<usize>,
    /// Number of points nearest to each, itself included; the earlier chosen first among equals. 0 for
    /// the repetition of an earlier one.
    pub sizes: Vec<usize>,
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
    let mut candidates = Candidates::all_but(first, distances, longest);
    while chosen.len() < budget.min(count) {
        let Some(best) = candidates.next(&nearest.distances, chosen.len()) else { break };
        match best.reach {
            Some(reach) => nearest.admit(reach.iter(), chosen.len()),
            None => {
                let row = distances.map(&[best.number], <[S]>::to_vec).swap_remove(0);
                nearest.admit(row.into_iter().enumerate(), chosen.len());
            }
        }
        chosen.push(best.number);
        one_chosen();
    }
    sizes.resize(chosen.len(), 0);
    nearest.facility.iter().for_each(|&facility| sizes[facility] += 1);
    Facilities { chosen, sizes }
}

/// The distance of every point to the nearest facility, and its place in the order of choice.
struct Nearest<S> {
    distances: Vec<S>,
    facility: Vec<usize>,
}

impl<S: Element> Nearest<S> {
    /// Opens facility number `place`, whose distances to some points, at least those it is nearest to, are `known`.
    fn admit(&mut self, known: impl Iterator<Item = (usize, S)>, place: usize) {
        for (point, distance) in known {
            if distance < self.distances[point] {
                (self.distances[point], self.facility[point]) = (distance, place);
            }
        }
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
