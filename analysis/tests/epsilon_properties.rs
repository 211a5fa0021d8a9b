//! What must hold for the supremum whatever the points: planted answers and invariances.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use nalgebra::SymmetricEigen;
use proptest::prelude::*;
use swast_analysis::epsilon::{Extremes, Whitening, extremes};
use swast_analysis::points::Points;
use swast_analysis::poly::Basis;

fn points(counts: std::ops::Range<usize>) -> impl Strategy<Value = Points> {
    prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), counts).prop_map(Points::from_iter)
}

/// Distinct abscissae, none much closer than the rest: nothing is nearly rank deficient.
fn spread_points(counts: std::ops::Range<usize>) -> impl Strategy<Value = Points> {
    prop::collection::vec((0.3..1.0_f64, -1.0..1.0_f64), counts).prop_map(|steps| {
        let total: f64 = steps.iter().map(|s| s.0).sum();
        let mut x = -1.0;
        let step = |(step, y)| {
            x += 2.0 * step / total;
            (x, y)
        };
        steps.into_iter().map(step).collect()
    })
}

fn at(full: &Points, coreset: &Points, degree: usize) -> Extremes {
    extremes(full, coreset, &[degree]).unwrap()[0]
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

/// The definition, by the generalised eigenproblem of the Gram matrices in any basis: fine at low
/// degree, where the Gram matrix is not yet ruined.
fn by_gram(full: &Points, coreset: &Points, degree: usize, basis: Basis) -> f64 {
    let gram = |points: &Points| {
        let mut w = basis.matrix(&points.x, degree).insert_column(0, 0.0);
        w.column_mut(0).copy_from_slice(&points.y);
        w.tr_mul(&w) / points.len() as f64
    };
    let root = gram(full).cholesky().unwrap().l();
    let half = root.solve_lower_triangular(&gram(coreset)).unwrap();
    let whole = root.solve_lower_triangular(&half.transpose()).unwrap();
    let lambda = SymmetricEigen::new(0.5 * (&whole + whole.transpose())).eigenvalues;
    (lambda.max() - 1.0).max(1.0 - lambda.min())
}

/// |L - Lc| / L of one polynomial, straight from the definition.
fn ratio(full: &Points, coreset: &Points, c: &[f64]) -> f64 {
    let loss = |points: &Points| {
        let squares = points.iter().map(|(x, y)| (Basis::Monomial.eval(c, x) - y).powi(2));
        squares.sum::<f64>() / points.len() as f64
    };
    (loss(full) - loss(coreset)).abs() / loss(full)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn same_in_every_basis(full in points(12..30), coreset in points(3..12), degree in 0_usize..4) {
        let value = at(&full, &coreset, degree).epsilon();
        for basis in [Basis::Monomial, Basis::Chebyshev, Basis::Legendre] {
            let other = by_gram(&full, &coreset, degree, basis);
            prop_assert!(close(value, other, 1e-6), "{value} {other} {basis:?}");
        }
    }

    #[test]
    fn the_fast_supremum_is_the_same(
        full in points(1..30), coreset in points(1..12), degree in 0_usize..20,
    ) {
        let whitening = Whitening::new(&full, &coreset, &[degree]).unwrap();
        let slow = whitening.quotient(degree).unwrap().extremes().unwrap().epsilon();
        let fast = whitening.epsilon(degree).unwrap();
        prop_assert!(fast == slow || (fast - slow).abs() <= 1e-12 * slow.max(1.0), "{fast} {slow}");
    }

    #[test]
    fn no_polynomial_passes_it(
        full in points(8..20), coreset in points(2..10),
        c in prop::collection::vec(-5.0..5.0_f64, 1..6),
    ) {
        let value = at(&full, &coreset, c.len() - 1).epsilon();
        prop_assert!(ratio(&full, &coreset, &c) <= value * (1.0 + 1e-9) + 1e-9);
    }

    #[test]
    fn subset_is_bounded(
        all in spread_points(2..40), degree in 0_usize..12, share in 0.05..1.0_f64,
    ) {
        let n = ((share * all.len() as f64).ceil() as usize).clamp(1, all.len());
        let coreset: Points = all.iter().take(n).collect();
        let bound = (all.len() as f64 / n as f64 - 1.0).max(1.0);
        prop_assert!(at(&all, &coreset, degree).epsilon() <= bound * (1.0 + 1e-9));
    }

    #[test]
    fn scale_and_shift_of_both_axes_do_not_matter(
        full in points(10..30), coreset in points(3..12), degree in 0_usize..6,
        scale in prop::sample::select(vec![1e-100, 1e-6, -3.0, 1e9]),
        stretch in prop::sample::select(vec![0.01, -2.0, 500.0]), shift in -5.0..5.0_f64,
    ) {
        let value = at(&full, &coreset, degree).epsilon();
        let move_all = |points: &Points| {
            points.iter().map(|(x, y)| (x * stretch + shift, y * scale)).collect::<Points>()
        };
        let moved = at(&move_all(&full), &move_all(&coreset), degree).epsilon();
        prop_assert!(close(value, moved, 1e-6), "{value} {moved}");
    }

    #[test]
    fn order_does_not_matter(full in points(5..30), coreset in points(2..12), degree in 0_usize..8) {
        let reversed = |points: &Points| {
            let mut reversed: Vec<_> = points.iter().collect();
            reversed.reverse();
            reversed.into_iter().collect::<Points>()
        };
        let value = at(&full, &coreset, degree).epsilon();
        prop_assert!(close(value, at(&reversed(&full), &reversed(&coreset), degree).epsilon(), 1e-6));
    }

    #[test]
    fn grows_with_the_degree(full in points(20..40), coreset in points(3..12)) {
        let degrees: Vec<usize> = (0..8).collect();
        let found = extremes(&full, &coreset, &degrees).unwrap();
        for pair in found.windows(2) {
            prop_assert!(pair[0].epsilon() <= pair[1].epsilon() * (1.0 + 1e-9));
        }
    }

    /// A polynomial meets D exactly and C not: infinite from its degree on, finite below.
    #[test]
    fn planted_polynomial_is_infinite(
        x in spread_points(25..40).prop_map(|points| points.x), coreset in points(3..12),
        c in prop::collection::vec(0.2..1.0_f64, 2..6),
    ) {
        let full = Points { y: x.iter().map(|x| Basis::Legendre.eval(&c, *x)).collect(), x };
        let planted = c.len() - 1;
        let degrees: Vec<usize> = (0..=planted + 3).collect();
        let found = extremes(&full, &coreset, &degrees).unwrap();
        for (degree, found) in degrees.iter().zip(found) {
            prop_assert_eq!(found.epsilon().is_infinite(), *degree >= planted, "degree {}", degree);
        }
    }

    /// The same polynomial meets C as well: 0/0, and the rest decides, here that of y = 0.
    #[test]
    fn what_vanishes_on_both_drops_out(
        x in spread_points(25..40).prop_map(|points| points.x),
        clean in prop::collection::vec(-1.0..1.0_f64, 4..12),
        c in prop::collection::vec(0.2..1.0_f64, 2..5),
    ) {
        let on = |x: &[f64]| -> Points { x.iter().map(|x| (*x, Basis::Legendre.eval(&c, *x))).collect() };
        let flat = |x: &[f64]| -> Points { x.iter().map(|x| (*x, 0.0)).collect() };
        let degree = c.len() + 1;
        let value = at(&on(&x), &on(&clean), degree);
        let rest = at(&flat(&x), &flat(&clean), degree);
        prop_assert!(value.lambda_max.is_finite());
        prop_assert!(close(value.lambda_max, rest.lambda_max, 1e-6), "{value:?} {rest:?}");
        prop_assert!(close(value.lambda_min, rest.lambda_min, 1e-6), "{value:?} {rest:?}");
    }

    /// Fewer distinct abscissae than columns: infinite for a coreset apart, bounded for a part.
    #[test]
    fn duplicated_abscissae(
        x in spread_points(2..5).prop_map(|points| points.x), y in prop::collection::vec(-1.0..1.0_f64, 20),
        apart in prop::collection::vec((1.1..2.0_f64, -1.0..1.0_f64), 2..6).prop_map(Points::from_iter),
    ) {
        let full: Points = y.iter().enumerate().map(|(i, y)| (x[i % x.len()], *y)).collect();
        let degree = x.len() + 1;
        prop_assert!(at(&full, &apart, degree).epsilon().is_infinite());
        let part: Points = full.iter().take(12).collect();
        let value = at(&full, &part, degree).epsilon();
        prop_assert!(value <= 1.0 + 1e-9, "{value}");
        // Beyond the number of distinct abscissae more coefficients change nothing.
        let saturated = at(&full, &part, x.len() - 1).epsilon();
        prop_assert!(close(value, saturated, 1e-6), "{value} {saturated}");
    }

    #[test]
    fn a_set_stands_in_for_itself(all in spread_points(1..30), degree in 0_usize..12) {
        prop_assert!(at(&all, &all, degree).epsilon() < 1e-7);
    }
}

/// Constants on D = {(-1, 1), (1, 3)} and C = {(0, 5)}: with L = (m - 2)² + 1 and Lc = (m - 5)² for
/// the constant m, dividing gives the extremes 10 at m = 5/3 and 0 at m = 5.
#[test]
fn by_hand() {
    let full: Points = [(-1.0, 1.0), (1.0, 3.0)].into_iter().collect();
    let coreset: Points = [(0.0, 5.0)].into_iter().collect();
    let found = at(&full, &coreset, 0);
    assert!((found.lambda_max - 10.0).abs() < 1e-13);
    assert_eq!(found.lambda_min, 0.0);
}

/// A line a + b x has L = a² on D = {(0, 0)}, and Lc = 1 + (a + b - 1)² on C = {(1, 0), (1, 2)}: no
/// upper bound at a = 0, and for a large a with b = -a the ratio goes to 0.
#[test]
fn unbounded_by_hand() {
    let full: Points = [(0.0, 0.0)].into_iter().collect();
    let coreset: Points = [(1.0, 0.0), (1.0, 2.0)].into_iter().collect();
    let found = at(&full, &coreset, 1);
    assert_eq!((found.lambda_max, found.lambda_min), (f64::INFINITY, 0.0));
}
