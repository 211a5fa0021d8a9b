//! Accuracy and cost of cut and prune-only by prune rate, and the gain of one over the other.

use swast_tables::rows::RunRow;
use swast_tables::stats::{Summary, mean, summary};

/// All seeds of one variant at one prune rate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    /// Prune rate, a fraction.
    pub rate: f64,
    /// Seed and test accuracy in percent of every run.
    pub runs: Vec<(u64, f64)>,
    /// Their mean and range.
    pub accuracy: Summary,
    /// Mean of training cost over the cost of dense training.
    pub relative_flops: f64,
}

/// The points of `variant`, by ascending prune rate. Accuracies that are not finite are left out.
pub(super) fn by_rate(runs: &[RunRow], variant: &str) -> Vec<Point> {
    let own: Vec<&RunRow> = runs.iter().filter(|r| r.variant == variant).collect();
    let mut rates: Vec<f64> = own.iter().filter_map(|r| r.prune_rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let point = |rate: f64| {
        let at: Vec<&&RunRow> = own.iter().filter(|r| r.prune_rate == Some(rate)).collect();
        let runs = at.iter().map(|r| (r.seed, 100.0 * r.test_accuracy));
        let runs: Vec<(u64, f64)> = runs.filter(|r| r.1.is_finite()).collect();
        let accuracies: Vec<f64> = runs.iter().map(|r| r.1).collect();
        let costs: Vec<f64> = at.iter().map(|r| r.relative_flops).collect();
        let (accuracy, relative_flops) = (summary(&accuracies)?, mean(&costs)?);
        Some(Point { rate, runs, accuracy, relative_flops })
    };
    rates.into_iter().filter_map(point).collect()
}

/// Prune rate and differences of accuracy `a - b`, in points, of the pairs of equal seed, where there are any.
pub(super) fn pairs(a: &[Point], b: &[Point]) -> Vec<(f64, Vec<f64>)> {
    let differences = |own: &Point| {
        let others = &b.iter().find(|p| p.rate == own.rate)?.runs;
        let other = |seed| others.iter().find(|r| r.0 == seed).map(|r| r.1);
        let pairs = own.runs.iter().filter_map(|(seed, accuracy)| Some(accuracy - other(*seed)?));
        Some((own.rate, pairs.collect()))
    };
    a.iter()
        .filter_map(differences)
        .filter(|(_, pairs): &(f64, Vec<f64>)| !pairs.is_empty())
        .collect()
}

/// Cost and gain in points of every point of `a` over the line through `b` (straight in the log of
/// cost), where the cost of `a` lies within those of `b`.
pub(super) fn gain_at_cost(a: &[Point], b: &[Point]) -> Vec<(f64, f64)> {
    let mut line: Vec<(f64, f64)> =
        b.iter().map(|p| (p.relative_flops.ln(), p.accuracy.mean)).collect();
    line.sort_by(|x, y| x.0.total_cmp(&y.0));
    let height = |x: f64| {
        let pair = line.windows(2).find(|w| w[0].0 <= x && x <= w[1].0)?;
        let span = pair[1].0 - pair[0].0;
        let t = if span > 0.0 { (x - pair[0].0) / span } else { 0.0 };
        Some(pair[0].1 + t * (pair[1].1 - pair[0].1))
    };
    let gain =
        |p: &Point| Some((p.relative_flops, p.accuracy.mean - height(p.relative_flops.ln())?));
    a.iter().filter_map(gain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(rate: f64, cost: f64, accuracy: f64) -> Point {
        let runs = vec![(1, accuracy), (2, accuracy + 2.0)];
        let accuracy = Summary { count: 2, mean: accuracy, low: accuracy, high: accuracy };
        Point { rate, runs, accuracy, relative_flops: cost }
    }

    #[test]
    fn differences_are_taken_at_equal_rates_and_seeds() {
        let a = [point(0.5, 0.1, 80.0), point(0.9, 0.01, 70.0)];
        let b = [point(0.9, 0.1, 60.0)];
        assert_eq!(pairs(&a, &b), [(0.9, vec![10.0; 2])]);
        assert_eq!(pairs(&b, &a), [(0.9, vec![-10.0; 2])]);
    }

    #[test]
    fn a_run_without_one_of_equal_seed_decides_nothing() {
        let (mut a, b) = ([point(0.5, 0.1, 80.0)], [point(0.5, 0.1, 60.0)]);
        a[0].runs[1].0 = 3;
        assert_eq!(pairs(&a, &b), [(0.5, vec![20.0])]);
        a[0].runs.remove(0);
        assert_eq!(pairs(&a, &b), []);
    }

    #[test]
    fn gains_at_equal_cost_are_read_off_a_log_line() {
        let b = [point(0.5, 1.0, 80.0), point(0.9, 0.01, 60.0)];
        let a = [point(0.5, 0.1, 75.0), point(0.9, 0.001, 74.0)];
        // Half-way between 0.01 and 1 on the log axis the line is at 70; 0.001 is outside.
        let found = gain_at_cost(&a, &b);
        assert_eq!(found.len(), 1);
        assert!((found[0].1 - 5.0).abs() < 1e-9);
    }
}
