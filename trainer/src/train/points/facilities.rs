//! Facility location on the device, without a table of all distances.
//!
//! What a candidate would take off the distances to the nearest facility falls only by what a new facility takes off them;
//! so only the rows of the points it takes over are looked at, which are fewer each time. Sums of distances are exact, as
//! on the host ([`Grain`]): the choice is that of the greedy that adds up all of them for every candidate, the lower place
//! among equals.

use swast_selection::SelectError;
use swast_selection::facility::Facilities;
use swast_selection::facility::distances::{Grain, Metric};
use tch::{Kind, Tensor};

use super::gradients::Gradients;
use super::places;

/// Distances that are held at the same time.
const TOGETHER: i64 = 1 << 24;
/// `cdist`'s way by differences rather than by a product of matrices: equal points are at distance 0, and two points are as
/// far from each other either way.
const BY_DIFFERENCES: i64 = 2;

/// The distances between all of some gradients.
struct Distances {
    gradients: Gradients,
    squares: [Tensor; 2],
    metric: Metric,
    grain: Grain<f64>,
}

impl Distances {
    fn new(mut gradients: Gradients, metric: Metric) -> Result<Self, SelectError> {
        if gradients.inputs.size()[1] == 1 {
            // As the host moves gradients by the bias: the reach of distances must be the same.
            gradients.errors -= gradients.errors.mean_dim(0_i64, true, Kind::Double);
        }
        let squares = gradients.squares();
        let highest = (&squares[0] * &squares[1]).max().double_value(&[]);
        let grain = Grain::<f64>::new(metric.reach(highest), gradients.len() as usize);
        if !((4.0 * highest).is_finite() && grain.limit.is_finite()) {
            return Err(SelectError::Overflow { what: "gradients" });
        }
        Ok(Self { gradients, squares, metric, grain })
    }

    /// The distances of each of `points` (i64 `[m]`) to all, `[m, n]`. With the means and the gaps of two errors r and two
    /// inputs x, `a - b = gap(r) (x) mean(x) + mean(r) (x) gap(x)`.
    fn of(&self, points: &Tensor) -> Tensor {
        let factors = [&self.gradients.errors, &self.gradients.inputs];
        let [(gap_r, mean_r, both_r), (gap_x, mean_x, both_x)] = [0, 1].map(|number| {
            let (factor, squares) = (factors[number], &self.squares[number]);
            let own = squares.index_select(0, points).unsqueeze(1);
            let from = factor.index_select(0, points);
            let gap = Tensor::cdist(&from, factor, 2.0, BY_DIFFERENCES).square();
            let mean = ((&own + squares) * 2.0 - &gap) / 4.0;
            (gap, mean, (own - squares) / 2.0)
        });
        let squared = (gap_r * mean_x + mean_r * gap_x + both_r * both_x * 2.0).clamp_min(0.0);
        let distances = if self.metric == Metric::Plain { squared.sqrt() } else { squared };
        let low = distances.clamp_max(self.grain.limit);
        &distances + (((&low + self.grain.limit) - self.grain.limit) - &low)
    }

    /// Points whose distances to all are held at the same time.
    fn together(&self) -> i64 {
        (TOGETHER / self.gradients.len()).max(1)
    }

    /// The sum of the distances of each point, `[n]`.
    fn sums(&self, all: &Tensor) -> Tensor {
        let rows = all.split(self.together(), 0);
        let sum = |points: &Tensor| self.of(points).sum_dim_intlist(1_i64, false, Kind::Double);
        Tensor::cat(&rows.iter().map(sum).collect::<Vec<_>>(), 0)
    }

    /// What each candidate takes off the distances of `points` when those to the nearest facility are `before`, less what it
    /// takes off them when they are `after`, `[n]`.
    fn gains(&self, points: &Tensor, before: &Tensor, after: &Tensor) -> Tensor {
        let parts = [points, before, after].map(|all| all.split(self.together(), 0));
        let mut gains = before.new_zeros([self.gradients.len()], (Kind::Double, before.device()));
        for ((points, before), after) in parts[0].iter().zip(&parts[1]).zip(&parts[2]) {
            let rows = self.of(points).maximum(&after.unsqueeze(1));
            let less = (before.unsqueeze(1) - rows).clamp_min(0.0);
            gains += less.sum_dim_intlist(0_i64, false, Kind::Double);
        }
        gains
    }
}

/// `budget` of the `gradients` (all, if there are fewer) that stand for all.
///
/// # Errors
/// When their distances exceed the range of `f64`.
pub(super) fn facilities(
    gradients: Gradients,
    metric: Metric,
    budget: usize,
) -> Result<Facilities, SelectError> {
    let count = gradients.len();
    let budget = budget.min(count as usize);
    if budget == 0 {
        return Ok(Facilities { chosen: Vec::new(), sizes: Vec::new() });
    }
    let distances = Distances::new(gradients, metric)?;
    let device = distances.gradients.errors.device();
    let all = Tensor::arange(count, (Kind::Int64, device));
    let chosen = Tensor::zeros([budget as i64], (Kind::Int64, device));
    // The gain of a first point is n times the largest distance less its own ones: the lowest sum wins.
    let mut next = distances.sums(&all).argmin(0, true);
    let mut nearest = distances.of(&next).squeeze_dim(0);
    let mut facility = all.zeros_like();
    let mut gains = distances.gains(&all, &nearest, &nearest.zeros_like());
    chosen.narrow(0, 0, 1).copy_(&next);
    for turn in 1..budget as i64 {
        gains = gains.index_fill(0, &next, f64::NEG_INFINITY);
        next = gains.argmax(0, true);
        chosen.narrow(0, turn, 1).copy_(&next);
        let row = distances.of(&next).squeeze_dim(0);
        let nearer = row.less_tensor(&nearest);
        // The host waits here, once for each facility.
        let taken = nearer.nonzero().squeeze_dim(1);
        let [before, after] = [&nearest, &row].map(|all| all.index_select(0, &taken));
        gains -= distances.gains(&taken, &before, &after);
        nearest = nearest.minimum(&row);
        facility = facility.masked_fill(&nearer, turn);
    }
    let mut sizes = vec![0; budget];
    places(&facility).into_iter().for_each(|facility| sizes[facility] += 1);
    Ok(Facilities { chosen: places(&chosen), sizes })
}
