//! Search for the subset with the smallest I: greedily, by exchange, and over every subset.

use super::frame::Frame;
use super::spectrum::{Change, Spectrum};

/// Swaps end with the smallest I that a swap can reach; this bounds how often one is made.
const MOST_SWAPS: usize = 1_000;
/// A swap has to lower I by this share: rounding is no progress.
const PROGRESS: f64 = 1e-10;
/// Values of I that differ by less are equal, and the order of the points decides: rounding, which
/// depends on the unit of x and on the processor, must not.
pub(super) const TIE: f64 = 1e-9;
/// Subsets that are looked through at most.
const MOST_SUBSETS: u64 = 20_000;

/// All points, best first: the first n are what is left when the point whose loss leaves the smallest I
/// is given up again and again. Going down has an advantage over building up: until n falls below
/// the rank of the frame, every step sees the I it is about (going up, I is at least 1 all the way
/// there). Ties: the higher index goes first.
#[must_use]
pub fn greedy(frame: &Frame) -> Vec<usize> {
    let mut left: Vec<usize> = (0..frame.len()).collect();
    let mut gone = Vec::with_capacity(left.len());
    while left.len() > 1 {
        let spectrum = Spectrum::new(frame.sum(&left));
        let place = worst_kept(frame, &spectrum, &left);
        gone.push(left.remove(place));
    }
    left.extend(gone.into_iter().rev());
    left
}

/// The place in `left` of the point without which I is smallest.
fn worst_kept(frame: &Frame, spectrum: &Spectrum, left: &[usize]) -> usize {
    let count = left.len() - 1;
    let (mut best, mut gap) = (left.len() - 1, f64::INFINITY);
    for (place, i) in left.iter().enumerate().rev() {
        let candidate = spectrum.candidate(&frame.vector(*i), Change::Remove);
        let below = clearly_below(gap);
        if candidate.stays_inside(corridor(frame, count, below)) {
            let found = frame.gap(count, candidate.extremes());
            if found < below {
                (best, gap) = (place, found);
            }
        }
    }
    best
}

/// Subsets of each of `sizes`, by exchange from three starts each: the first points of `order`, the same
/// after `balance`, and the subset found for the next larger size without the point that is missed
/// least. The best result counts, the first of equals.
#[must_use]
pub fn exchanges(frame: &Frame, order: &[usize], sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    let mut places: Vec<usize> = (0..sizes.len()).collect();
    places.sort_by_key(|place| std::cmp::Reverse(sizes[*place]));
    let mut larger: Option<Vec<usize>> = None;
    for place in places {
        let size = sizes[place];
        let mut best = exchange(frame, &order[..size]);
        let balanced = balance(frame, &order[..size]);
        for mut start in [Some(balanced), larger].into_iter().flatten() {
            while start.len() > size {
                let spectrum = Spectrum::new(frame.sum(&start));
                start.remove(worst_kept(frame, &spectrum, &start));
            }
            let other = exchange(frame, &start);
            if frame.epsilon(&other) < clearly_below(frame.epsilon(&best)) {
                best = other;
            }
        }
        found[place].clone_from(&best);
        larger = Some(best);
    }
    found
}

/// Swaps points as long as the sum of (lambda - 1)² over the eigenvalues of Lc / L falls, always the pair
/// that lowers it most. The extreme eigenvalues alone leave a search stuck where any swap worsens one
/// of them; their mean square shows it the way. With K = (v·w)² over pairs of points it is
/// c² sum of K over C x C - 2 c sum of |v|² over C + rank, c = N/n, so a swap costs no vector at all.
fn balance(frame: &Frame, start: &[usize]) -> Vec<usize> {
    let scale = frame.len() as f64 / start.len() as f64;
    let pairs = frame.squared_products();
    let mut chosen = start.to_vec();
    let mut others: Vec<usize> = (0..frame.len()).filter(|i| !chosen.contains(i)).collect();
    for _ in 0..MOST_SWAPS {
        let to_chosen = |i: usize| chosen.iter().map(|j| pairs[(i, *j)]).sum::<f64>();
        let to_chosen: Vec<f64> = (0..frame.len()).map(to_chosen).collect();
        let change = |out: usize, into: usize| {
            let square = pairs[(out, out)] + pairs[(into, into)] - 2.0 * pairs[(out, into)];
            let joint = square + 2.0 * (to_chosen[into] - to_chosen[out]);
            scale * joint - 2.0 * (frame.leverage(into) - frame.leverage(out))
        };
        let (mut best, mut lowest) = (None, -PROGRESS);
        for (o, out) in chosen.iter().enumerate() {
            for (i, into) in others.iter().enumerate() {
                let change = change(*out, *into);
                if change < lowest {
                    (best, lowest) = (Some((o, i)), change);
                }
            }
        }
        let Some((o, i)) = best else { break };
        std::mem::swap(&mut chosen[o], &mut others[i]);
    }
    chosen
}

/// The subset to which swaps of one chosen point for one other lead from `start`, each lowering I: the
/// point given up is the one whose loss does least harm among those with a swap that helps. Sorted.
#[must_use]
pub fn exchange(frame: &Frame, start: &[usize]) -> Vec<usize> {
    let mut chosen = start.to_vec();
    chosen.sort_unstable();
    let mut gap = frame.epsilon(&chosen);
    for _ in 0..MOST_SWAPS {
        let Some((swapped, smaller)) = swap(frame, &chosen, gap) else { break };
        (chosen, gap) = (swapped, smaller);
    }
    chosen
}

/// A swap with I below `gap`, and that I.
fn swap(frame: &Frame, chosen: &[usize], gap: f64) -> Option<(Vec<usize>, f64)> {
    let count = chosen.len();
    let whole = Spectrum::new(frame.sum(chosen));
    let harm = |i: &usize| {
        let left = whole.candidate(&frame.vector(*i), Change::Remove).extremes();
        frame.gap(count, left)
    };
    let mut leaving: Vec<(f64, usize)> = chosen.iter().map(|i| (harm(i), *i)).collect();
    let rank = |harm: f64| (harm / TIE).round();
    leaving.sort_by(|a, b| rank(a.0).total_cmp(&rank(b.0)).then(a.1.cmp(&b.1)));
    for (_, leaves) in leaving {
        let rest: Vec<usize> = chosen.iter().copied().filter(|i| *i != leaves).collect();
        let spectrum = Spectrum::new(frame.sum(&rest));
        let (mut best, mut smallest) = (None, gap);
        for j in (0..frame.len()).filter(|j| chosen.binary_search(j).is_err()) {
            let candidate = spectrum.candidate(&frame.vector(j), Change::Add);
            let below = clearly_below(smallest);
            if candidate.stays_inside(corridor(frame, count, below)) {
                let found = frame.gap(count, candidate.extremes());
                if found < below {
                    (best, smallest) = (Some(j), found);
                }
            }
        }
        if let Some(joins) = best {
            let mut swapped = rest;
            swapped.push(joins);
            swapped.sort_unstable();
            return Some((swapped, smallest));
        }
    }
    None
}

/// The largest I that counts as smaller than `gap`.
fn clearly_below(gap: f64) -> f64 {
    if gap.is_finite() { gap - TIE * gap.max(1.0) } else { gap }
}

/// The corridor for I below `gap`. From 1 on a smallest eigenvalue of 0 is good enough, and whether
/// rounding has it a little below 0 must not matter.
fn corridor(frame: &Frame, count: usize, gap: f64) -> (f64, f64) {
    let (low, high) = frame.corridor(count, gap);
    (if gap >= 1.0 { f64::NEG_INFINITY } else { low }, high)
}

/// The subset of `size` points with the smallest I, the first of equals; `None` where there are more
/// subsets than anyone would wait for.
#[must_use]
pub fn exhaustive(frame: &Frame, size: usize) -> Option<Vec<usize>> {
    if subsets(frame.len(), size)? > MOST_SUBSETS {
        return None;
    }
    let mut chosen: Vec<usize> = (0..size).collect();
    let (mut best, mut smallest) = (chosen.clone(), frame.epsilon(&chosen));
    while advance(&mut chosen, frame.len()) {
        let gap = frame.epsilon(&chosen);
        if gap < clearly_below(smallest) {
            (best, smallest) = (chosen.clone(), gap);
        }
    }
    Some(best)
}

/// The next subset in lexicographic order; false after the last.
fn advance(chosen: &mut [usize], n: usize) -> bool {
    let size = chosen.len();
    let Some(place) = (0..size).rev().find(|i| chosen[*i] < n - size + i) else { return false };
    chosen[place] += 1;
    for i in place + 1..size {
        chosen[i] = chosen[i - 1] + 1;
    }
    true
}

/// Number of subsets of `size` of `n`; `None` where it leaves the range.
fn subsets(n: usize, size: usize) -> Option<u64> {
    let few = size.min(n - size) as u64;
    (1..=few).try_fold(1_u64, |count, i| count.checked_mul(n as u64 - few + i).map(|c| c / i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::draw::Draw;
    use crate::epsilon::extremes;
    use crate::generate::PartlyNoisy;
    use crate::points::Points;
    use crate::target::Target;

    fn points(count: usize, trial: u64) -> Points {
        let (target, design) = (Target::Runge, Design::Uniform);
        PartlyNoisy { target, design, points: count, noise: 0.1, noisy_fraction: 0.5 }
            .draw(Draw { seed: 3, trial })
            .all
    }

    #[test]
    fn subsets_are_counted_and_listed() {
        assert_eq!(subsets(10, 3), Some(120));
        assert_eq!((subsets(6, 6), subsets(200, 100)), (Some(1), None));
        let mut chosen = vec![0, 1, 2];
        let count = 1 + std::iter::from_fn(|| advance(&mut chosen, 6).then_some(())).count();
        assert_eq!((count, chosen), (20, vec![3, 4, 5]));
    }

    /// The frame's value is that of the closed form, which knows nothing of frames.
    #[test]
    fn the_frame_gives_the_closed_form() {
        for (degree, size) in [(1, 6), (3, 9), (5, 4), (12, 11)] {
            let all = points(14, 0);
            let frame = Frame::new(&all, degree).unwrap();
            let chosen: Vec<usize> = (0..size).map(|i| (i * 3) % 14).collect();
            let coreset: Points = chosen.iter().map(|i| (all.x[*i], all.y[*i])).collect();
            let expected = extremes(&all, &coreset, &[degree]).unwrap()[0].epsilon();
            let found = frame.epsilon(&chosen);
            assert!((found / expected - 1.0).abs() < 1e-9, "{degree}: {found} {expected}");
        }
    }

    /// Against every subset: neither search beats it, the exchange is never worse than the greedy
    /// choice, and it mostly finds the best there is.
    #[test]
    fn the_search_against_every_subset() {
        let (mut cases, mut hits) = (0, 0);
        for trial in 0..6 {
            for degree in [0, 1, 2, 4] {
                let frame = Frame::new(&points(11, trial), degree).unwrap();
                let order = greedy(&frame);
                let sizes: Vec<usize> = (2..11).collect();
                for (size, swapped) in sizes.iter().zip(exchanges(&frame, &order, &sizes)) {
                    let best = frame.epsilon(&exhaustive(&frame, *size).unwrap());
                    let first = frame.epsilon(&order[..*size]);
                    let swapped = frame.epsilon(&swapped);
                    let slack = 1e-9 * best.max(1.0);
                    assert!(best <= swapped + slack && swapped <= first + slack);
                    assert!(frame.bound(*size) <= best + slack, "{degree} {size}");
                    cases += 1;
                    hits += u32::from(swapped <= best * 1.001 + slack);
                }
            }
        }
        assert!(hits * 10 >= cases * 9, "the best subset found in {hits} of {cases} cases");
    }

    /// What the swaps lower, from the definition: never more than at the start.
    #[test]
    fn balance_lowers_the_mean_square() {
        let frame = Frame::new(&points(20, 2), 3).unwrap();
        let mean_square = |chosen: &[usize]| -> f64 {
            let scale = 20.0 / chosen.len() as f64;
            let lambda = (frame.sum(chosen) * scale).symmetric_eigenvalues();
            lambda.map(|l| (l - 1.0).powi(2)).sum()
        };
        for size in [1, 5, 12, 19] {
            let start: Vec<usize> = (0..size).collect();
            let end = balance(&frame, &start);
            assert_eq!(end.len(), size);
            let (before, after) = (mean_square(&start), mean_square(&end));
            assert!(after < before, "{size}: {before} {after}");
            for (place, into) in (0..size).flat_map(|p| (0..20).map(move |into| (p, into))) {
                let mut swapped = end.clone();
                swapped[place] = into;
                let worse = end.contains(&into) || mean_square(&swapped) >= after - 1e-8;
                assert!(worse, "{size}: no swap does better");
            }
        }
    }

    #[test]
    fn all_points_are_a_perfect_coreset_and_doubles_do_no_harm() {
        let mut all = points(9, 1);
        (all.x[4], all.y[4]) = (all.x[2], all.y[2]);
        let frame = Frame::new(&all, 20).unwrap();
        assert_eq!(frame.rank(), 8);
        let order = greedy(&frame);
        assert!(frame.epsilon(&order) < 1e-12);
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..9).collect::<Vec<_>>());
    }
}
