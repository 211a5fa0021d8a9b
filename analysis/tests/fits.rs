//! Minimum-norm fits and pruning against NumPy, and what must hold for any points.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use std::path::Path;

use clap::ValueEnum;
use proptest::prelude::*;
use serde_json::Value;
use swast_analysis::fit::{fit, mean_squared_error};
use swast_analysis::points::Points;
use swast_analysis::poly::Basis;
use swast_analysis::prune::{Pruning, smallest};
use swast_analysis::study::GRID_POINTS;
use swast_analysis::{design::equispaced, target::Target};

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Within 1e-10 of the largest coefficient.
fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    let scale = expected.iter().fold(0.0_f64, |m, c| m.max(c.abs()));
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() < 1e-10 * scale, "{what}: {f} {e}");
    }
}

#[test]
fn fits_and_losses_are_those_of_numpy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/analysis/fits.json");
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let grid = Points::on(Target::Runge, equispaced(-1.0, 1.0, GRID_POINTS));
    for case in cases.as_array().unwrap() {
        let what = format!("{} {}", case["name"], case["basis"]);
        let points = Points { x: numbers(&case["x"]), y: numbers(&case["y"]) };
        let basis = Basis::from_str(case["basis"].as_str().unwrap(), false).unwrap();
        let (degree, pruned) = (whole(&case["degree"]), whole(&case["pruned"]));
        let plain = Pruning::try_new(degree, pruned, basis, false).unwrap().apply(&points).unwrap();
        let refit = Pruning::try_new(degree, pruned, basis, true).unwrap().apply(&points).unwrap();
        let both = [&plain.fit.coefficients, &plain.pruned_coefficients];

        assert_eq!(plain.fit.rank, whole(&case["rank"]), "{what}");
        assert_close(both[0], &numbers(&case["coefficients"]), &what);
        assert_close(both[1], &numbers(&case["pruned_coefficients"]), &what);
        assert_close(&refit.pruned_coefficients, &numbers(&case["refit_coefficients"]), &what);
        for (points, losses) in [(&grid, "loss"), (&points, "train_loss")] {
            for (c, expected) in both.iter().zip(numbers(&case[losses])) {
                let found = mean_squared_error(c, basis, points);
                assert!((found - expected).abs() < 1e-9 * expected + 1e-25, "{what} {losses}");
            }
        }
    }
}

fn distinct_points(count: std::ops::Range<usize>) -> impl Strategy<Value = Points> {
    prop::collection::vec((0.2..1.0_f64, -1.0..1.0_f64), count).prop_map(|steps| {
        let total: f64 = steps.iter().map(|s| s.0).sum();
        let mut x = -1.0;
        steps
            .into_iter()
            .map(|(step, y)| {
                x += 2.0 * step / total;
                (x, y)
            })
            .collect()
    })
}

fn basis() -> impl Strategy<Value = Basis> {
    prop::sample::select(Basis::value_variants())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn enough_coefficients_meet_every_point(
        points in distinct_points(1..9), extra in 0_usize..5, basis in basis(),
    ) {
        let degree = points.len() - 1 + extra;
        let fit = fit(&points, degree, basis).unwrap();
        prop_assert_eq!(fit.rank, points.len());
        prop_assert!(mean_squared_error(&fit.coefficients, basis, &points) < 1e-16);
    }

    /// Moving along the null space, here from one exact fit to another, only adds to the norm.
    #[test]
    fn no_other_exact_fit_is_smaller(
        points in distinct_points(2..7), basis in basis(),
        other in prop::collection::vec(-1.0..1.0_f64, 9),
    ) {
        let smallest = fit(&points, 8, basis).unwrap().coefficients;
        // Subtract from `other` its own minimum-norm interpolant: what is left vanishes at the points.
        let values = Points { x: points.x.clone(), y: points.x.iter().map(|x| basis.eval(&other, *x)).collect() };
        let along = fit(&values, 8, basis).unwrap().coefficients;
        let vanishing: Vec<f64> = other.iter().zip(along).map(|(o, a)| o - a).collect();
        let product: f64 = smallest.iter().zip(&vanishing).map(|(s, v)| s * v).sum();
        let norm = |c: &[f64]| c.iter().map(|c| c * c).sum::<f64>().sqrt();
        prop_assert!(product.abs() <= 1e-9 * (1.0 + norm(&smallest)) * (1.0 + norm(&vanishing)));
    }

    #[test]
    fn planted_polynomial_is_found(
        c in prop::collection::vec(-3.0..3.0_f64, 1..6), points in distinct_points(8..20), basis in basis(),
    ) {
        let planted = Points { y: points.x.iter().map(|x| basis.eval(&c, *x)).collect(), x: points.x };
        let found = fit(&planted, c.len() - 1, basis).unwrap().coefficients;
        for (f, c) in found.iter().zip(&c) {
            prop_assert!((f - c).abs() < 1e-9);
        }
    }

    #[test]
    fn the_survivors_are_never_smaller(c in prop::collection::vec(-2..3_i8, 0..12), count in 0_usize..12) {
        let c: Vec<f64> = c.into_iter().map(f64::from).collect();
        let gone = smallest(&c, count);
        prop_assert_eq!(gone.len(), count.min(c.len()));
        for g in &gone {
            for kept in (0..c.len()).filter(|i| !gone.contains(i)) {
                let (small, large) = (c[*g].abs(), c[kept].abs());
                prop_assert!(small < large || (small == large && *g < kept));
            }
        }
    }
}
