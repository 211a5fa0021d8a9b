//! Features that stay on the device, and the choices that selectors make among them there: what comes back to the host is
//! one number for each point. In double precision, as on the host; no point is read back to choose the next.
//!
//! Products are sums over rows of their own rather than a product of matrices, which would round equal rows differently,
//! and the lower place among equals would not be chosen.

use ndarray::Array2;
use swast_selection::facility::Facilities;
use swast_selection::facility::distances::Metric;
use swast_selection::pursuit::atoms::Atoms;
use swast_selection::{Centre, Remote, SelectError};
use tch::{Device, Kind, Tensor};

use gradients::Gradients;
use held::Held;

mod facilities;
mod gradients;
mod held;

/// Points of so many coordinates that the device chooses among them faster than the host: below, a launch of a kernel
/// takes longer than the host takes for all. An estimate: a launch takes some 10 us, in which 16 cores go through about so
/// many coordinates; no GPU has been measured (`trainer/benches/gpu.sh`).
const WORTH: i64 = 1 << 18;

/// Whether a selection among `points` of so many `coordinates` is made on the device; never on a CPU, where that is no other
/// memory.
pub fn is_worth(device: Device, points: i64, coordinates: i64) -> bool {
    device != Device::Cpu && points * coordinates >= WORTH
}

/// Points on the device.
#[derive(Debug)]
pub struct Points {
    /// One a row, f32 `[N, E]`.
    features: Tensor,
}

impl Points {
    /// The rows of `features`, f32 `[N, E]`.
    pub fn new(features: Tensor) -> Self {
        Self { features }
    }

    /// The points `rows`, f32 `[n, E]`.
    fn of(&self, rows: &[u32]) -> Tensor {
        let rows: Vec<i64> = rows.iter().map(|&row| i64::from(row)).collect();
        self.features.index_select(0, &Tensor::from_slice(&rows).to_device(self.features.device()))
    }

    /// The same points for a choice of `budget` of them.
    fn among(&self, rows: &[u32], budget: usize) -> Choice {
        let points = self.of(rows).to_kind(Kind::Double);
        let budget = budget.min(rows.len()) as i64;
        let chosen = Tensor::zeros([budget], (Kind::Int64, points.device()));
        Choice { squares: products(&points, &points), points, chosen }
    }
}

/// The inner product of each row of `points` with `other`: one row, or as many.
fn products(points: &Tensor, other: &Tensor) -> Tensor {
    (points * other).sum_dim_intlist(1_i64, false, Kind::Double)
}

/// Points, some of which are chosen.
struct Choice {
    /// One a row, f64 `[n, E]`.
    points: Tensor,
    /// Their squared norms, `[n]`.
    squares: Tensor,
    /// The places chosen, in order, i64 `[budget]`.
    chosen: Tensor,
}

impl Choice {
    fn mean(&self) -> Tensor {
        self.points.mean_dim(0_i64, true, Kind::Double)
    }

    /// Notes that `place` (i64 `[1]`) is chosen as number `turn`; answers its point, `[1, E]`.
    fn choose(&self, turn: i64, place: &Tensor) -> Tensor {
        self.chosen.narrow(0, turn, 1).copy_(place);
        self.points.index_select(0, place)
    }

    fn budget(&self) -> i64 {
        self.chosen.size()[0]
    }

    /// The places on the host; waits for the device.
    fn read(self) -> Vec<usize> {
        places(&self.chosen)
    }
}

/// Numbers of places on the host; waits for the device.
fn places(tensor: &Tensor) -> Vec<usize> {
    let mut places = vec![0_i64; tensor.numel()];
    tensor.to_device(Device::Cpu).copy_data(&mut places, tensor.numel());
    places.into_iter().map(|place| place as usize).collect()
}

/// Numbers in double precision on the host; waits for the device.
fn numbers(tensor: &Tensor) -> Vec<f64> {
    let mut numbers = vec![0.0; tensor.numel()];
    tensor.to_device(Device::Cpu).copy_data(&mut numbers, tensor.numel());
    numbers
}

impl Remote for Points {
    fn len(&self) -> usize {
        self.features.size()[0] as usize
    }

    fn first_not_finite(&self) -> Option<usize> {
        let finite = self.features.isfinite().all_dim(1, false);
        if finite.all().int64_value(&[]) == 1 {
            return None;
        }
        Some(finite.to_kind(Kind::Int64).argmin(0, false).int64_value(&[]) as usize)
    }

    fn distances(&self, rows: &[u32], centre: Centre) -> Vec<f64> {
        let _guard = tch::no_grad_guard();
        let points = self.of(rows);
        let wide = points.to_kind(Kind::Double);
        let middle = match centre {
            Centre::Mean => wide.mean_dim(0_i64, true, Kind::Double),
            Centre::Median => {
                let (sorted, _) = points.sort(0, false);
                let row = |place: usize| sorted.narrow(0, place as i64, 1).to_kind(Kind::Double);
                (row((rows.len() - 1) / 2) + row(rows.len() / 2)) / 2.0
            }
        };
        let gaps = wide - middle;
        numbers(&products(&gaps, &gaps).sqrt())
    }

    fn farthest_first(&self, rows: &[u32], budget: usize) -> Vec<usize> {
        let _guard = tch::no_grad_guard();
        let choice = self.among(rows, budget);
        let Choice { points, squares, .. } = &choice;
        // Squared distances to the nearest that is chosen.
        let mut nearest = squares.full_like(f64::INFINITY);
        let mut next = (squares - products(points, &choice.mean()) * 2.0).argmin(0, true);
        for turn in 0..choice.budget() {
            let point = choice.choose(turn, &next);
            let own = squares.index_select(0, &next);
            let gaps = squares + own - products(points, &point) * 2.0;
            nearest = nearest.minimum(&gaps).index_fill(0, &next, f64::NEG_INFINITY);
            next = nearest.argmax(0, true);
        }
        choice.read()
    }

    fn around_mean(&self, rows: &[u32], budget: usize) -> Vec<usize> {
        let _guard = tch::no_grad_guard();
        let choice = self.among(rows, budget);
        let Choice { points, squares, .. } = &choice;
        let mean = choice.mean();
        // What the sum of those chosen lacks.
        let mut ahead = mean.zeros_like();
        let mut squares = squares.copy();
        for turn in 0..choice.budget() {
            ahead += &mean;
            let next = (&squares - products(points, &ahead) * 2.0).argmin(0, true);
            ahead -= choice.choose(turn, &next);
            squares = squares.index_fill(0, &next, f64::INFINITY);
        }
        choice.read()
    }
    fn gradients(&self, rows: &[u32], errors: &Array2<f64>, budget: usize) -> Box<dyn Atoms + '_> {
        let _guard = tch::no_grad_guard();
        Box::new(Held::new(Gradients::new(&self.of(rows), errors), budget))
    }

    fn facilities(
        &self,
        rows: &[u32],
        errors: &Array2<f64>,
        metric: Metric,
        budget: usize,
    ) -> Result<Facilities, SelectError> {
        let _guard = tch::no_grad_guard();
        facilities::facilities(Gradients::new(&self.of(rows), errors), metric, budget)
    }
}
