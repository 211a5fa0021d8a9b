//! Accuracy and cost by prune rate, and the gain of one line over another.

use crate::read::judge::Pair;
use crate::read::outcome::{Learned, Outcome, paired};
use swast_tables::rows::RunRow;
use swast_tables::stats::{Summary, mean, summary};

/// One run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    /// Its test accuracy in percent.
    pub accuracy: Outcome,
    /// Training cost over that of dense training on the full schedule.
    pub relative_flops: f64,
}

/// All seeds of one kind at one prune rate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    /// Prune rate, a fraction.
    pub rate: f64,
    /// Every run.
    pub runs: Vec<Run>,
    /// Mean and range of their accuracies.
    pub accuracy: Summary,
    /// Mean of their costs.
    pub relative_flops: f64,
}

/// The points of `runs`, all of one kind, by ascending prune rate; unpruned runs are at 0. Costs are shares of dense
/// training for `full` epochs. Accuracies that are not finite are left out.
pub(super) fn by_rate(runs: &[&RunRow], full: u32) -> Vec<Point> {
    let rate = |run: &RunRow| run.prune_rate.unwrap_or(0.0);
    let mut rates: Vec<f64> = runs.iter().map(|run| rate(run)).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let run = |run: &RunRow| Run {
        accuracy: Outcome::accuracy(run),
        relative_flops: run.relative_flops * f64::from(run.epochs) / f64::from(full),
    };
    let point = |at: f64| {
        let own = runs.iter().filter(|r| rate(r) == at).map(|r| run(r));
        let runs: Vec<Run> = own.filter(|r| r.accuracy.value.is_finite()).collect();
        let column = |of: fn(&Run) -> f64| runs.iter().map(of).collect::<Vec<f64>>();
        let accuracy = summary(&column(|run| run.accuracy.value))?;
        let relative_flops = mean(&column(|run| run.relative_flops))?;
        Some(Point { rate: at, runs, accuracy, relative_flops })
    };
    rates.into_iter().filter_map(point).collect()
}

impl Point {
    fn outcomes(&self) -> Vec<Outcome> {
        self.runs.iter().map(|run| run.accuracy).collect()
    }
}

/// Prune rate and pairs of equal seed of `a` and `b`, in points, where there are any.
pub(super) fn pairs(a: &[Point], b: &[Point]) -> Vec<(f64, Vec<Pair>)> {
    let at = |own: &Point| {
        let other = b.iter().find(|p| p.rate == own.rate)?;
        let pairs = paired(&own.outcomes(), &other.outcomes(), Learned::One);
        (!pairs.is_empty()).then_some((own.rate, pairs))
    };
    a.iter().filter_map(at).collect()
}

/// The runs of one seed, by ascending cost.
fn line(points: &[Point], seed: u64) -> Vec<Run> {
    let runs = points.iter().flat_map(|point| point.runs.iter().copied());
    let mut line: Vec<Run> = runs.filter(|run| run.accuracy.seed == seed).collect();
    line.sort_by(|a, b| a.relative_flops.total_cmp(&b.relative_flops));
    line
}

/// The accuracy at `cost` on a `line` of runs, straight in the log of cost, and whether a run beside it has learned;
/// `None` where the cost lies outside.
fn height(line: &[Run], cost: f64) -> Option<(f64, bool)> {
    let x = |run: &Run| run.relative_flops.ln();
    let beside = line.windows(2).find(|w| x(&w[0]) <= cost.ln() && cost.ln() <= x(&w[1]))?;
    let (a, b) = (beside[0], beside[1]);
    let span = x(&b) - x(&a);
    let t = if span > 0.0 { (cost.ln() - x(&a)) / span } else { 0.0 };
    let height = a.accuracy.value + t * (b.accuracy.value - a.accuracy.value);
    Some((height, a.accuracy.learned || b.accuracy.learned))
}

/// The gain in points of every run of `a` over the line through the runs of `b` of the same seed, where its cost
/// lies within theirs.
pub(super) fn gain_at_cost(a: &[Point], b: &[Point]) -> Vec<Pair> {
    let gain = |run: &Run| {
        let Outcome { seed, value, learned } = run.accuracy;
        let (height, beside) = height(&line(b, seed), run.relative_flops)?;
        let learned = Learned::One.enough(learned, beside);
        Some(Pair { seed, gain: value - height, learned })
    };
    a.iter().flat_map(|point| &point.runs).filter_map(gain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(rate: f64, cost: f64, accuracy: f64) -> Point {
        let run = |seed, value| Run {
            accuracy: Outcome { seed, value, learned: true },
            relative_flops: cost,
        };
        let runs = vec![run(1, accuracy), run(2, accuracy + 2.0)];
        let accuracy = Summary { count: 2, mean: accuracy, low: accuracy, high: accuracy };
        Point { rate, runs, accuracy, relative_flops: cost }
    }

    fn gains(pairs: &[(f64, Vec<Pair>)]) -> Vec<(f64, Vec<f64>)> {
        pairs.iter().map(|(rate, p)| (*rate, p.iter().map(|p| p.gain).collect())).collect()
    }

    #[test]
    fn differences_are_taken_at_equal_rates_and_seeds() {
        let a = [point(0.5, 0.1, 80.0), point(0.9, 0.01, 70.0)];
        let b = [point(0.9, 0.1, 60.0)];
        assert_eq!(gains(&pairs(&a, &b)), [(0.9, vec![10.0; 2])]);
        assert_eq!(gains(&pairs(&b, &a)), [(0.9, vec![-10.0; 2])]);
    }

    #[test]
    fn a_run_without_one_of_equal_seed_decides_nothing() {
        let (mut a, b) = ([point(0.5, 0.1, 80.0)], [point(0.5, 0.1, 60.0)]);
        a[0].runs[1].accuracy.seed = 3;
        assert_eq!(gains(&pairs(&a, &b)), [(0.5, vec![20.0])]);
        a[0].runs.remove(0);
        assert_eq!(pairs(&a, &b), []);
        assert_eq!(gain_at_cost(&a, &b), []);
    }

    #[test]
    fn gains_at_equal_cost_are_read_off_the_log_line_of_the_same_seed() {
        let b = [point(0.5, 1.0, 80.0), point(0.9, 0.01, 60.0)];
        let mut a = [point(0.5, 0.1, 75.0), point(0.9, 0.001, 74.0)];
        a[0].runs[1].accuracy.value = 76.0;
        // Half-way between 0.01 and 1 on the log axis the lines are at 70 and 72; 0.001 is outside.
        let found = gain_at_cost(&a, &b);
        let gains: Vec<(u64, f64)> = found.iter().map(|p| (p.seed, p.gain.round())).collect();
        assert_eq!(gains, [(1, 5.0), (2, 4.0)]);
    }
}
