//! Unit and origin of x do not matter: properties over random points.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use proptest::prelude::*;
use swast_analysis::best::{Method, difficulties};
use swast_analysis::draw::Draw;
use swast_analysis::points::{MarkedPoints, Points};
use swast_analysis::poly::Basis;
use swast_analysis::prune::Pruning;
use swast_analysis::reference::Reference;
use swast_analysis::scale::Scale;
use swast_analysis::study::{Outcome, PruneStudy, Source};

/// Distinct abscissae, none much closer than the rest, and marks, the first of them clean.
fn marked() -> impl Strategy<Value = MarkedPoints> {
    prop::collection::vec((0.3..1.0_f64, -1.0..1.0_f64, any::<bool>()), 8..16).prop_map(|steps| {
        let mut x = 0.0;
        let step = |(step, y, _): &(f64, f64, bool)| {
            x += step;
            (x, *y)
        };
        let all = steps.iter().map(step).collect();
        let noisy = steps.iter().enumerate().map(|(i, s)| i % 2 == 1 && s.2).collect();
        MarkedPoints::new(all, noisy)
    })
}

/// The same points with a x + b for x.
fn moved(points: &MarkedPoints, a: f64, b: f64) -> MarkedPoints {
    let all = points.all.iter().map(|(x, y)| (a * x + b, y)).collect();
    MarkedPoints { all, ..points.clone() }
}

fn outcomes(points: &MarkedPoints, basis: Basis) -> [Outcome; 2] {
    let scale = Scale::of(&points.all);
    let source = Source::Marked { points: points.clone(), reference: Reference::Line, scale };
    let pruning = Pruning::try_new(3, 1, basis, false).unwrap();
    PruneStudy::try_new(source, pruning).unwrap().measure(points).unwrap()
}

fn losses(outcomes: &[Outcome; 2]) -> Vec<f64> {
    let all = |o: &Outcome| [o.compared(), o.train_loss].map(|(before, after)| [before, after]);
    outcomes.iter().flat_map(all).flatten().collect()
}

fn coresets(points: &Points) -> Vec<f64> {
    let methods = [Method::Greedy, Method::Exchange, Method::El2n, Method::Craig];
    let sizes: Vec<usize> = (1..points.len()).collect();
    let of = (&Scale::of(points), 2);
    let found = difficulties(points, of, &methods, &sizes, Draw::first(0)).unwrap();
    found.into_iter().map(|found| found.epsilon).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_power_of_two_changes_no_bit(points in marked(), power in -60_i32..60) {
        let other = moved(&points, f64::from(power).exp2(), 0.0);
        for basis in [Basis::Monomial, Basis::Legendre] {
            prop_assert_eq!(outcomes(&points, basis), outcomes(&other, basis));
        }
        prop_assert_eq!(coresets(&points.all), coresets(&other.all));
    }

    #[test]
    fn a_unit_and_an_origin_change_rounding_alone(
        points in marked(), power in -9.0..9.0_f64, origin in -1e3..1e3_f64,
    ) {
        let a = 10_f64.powf(power);
        let other = moved(&points, a, a * origin);
        let [first, second] = [&points, &other].map(|p| outcomes(p, Basis::Monomial));
        for (found, expected) in losses(&second).iter().zip(losses(&first)) {
            prop_assert!((found - expected).abs() <= 1e-9 * expected + 1e-20, "{found} {expected}");
        }
        let rise = |o: &Outcome| o.compared().1 - o.compared().0;
        let verdict = |o: &[Outcome; 2]| rise(&o[0]) - rise(&o[1]);
        let clear = verdict(&first).abs() > 1e-9;
        prop_assert!(!clear || (verdict(&first) > 0.0) == (verdict(&second) > 0.0));
        for (found, expected) in coresets(&other.all).iter().zip(coresets(&points.all)) {
            let near = (found - expected).abs() <= 1e-8 * expected.abs().max(1.0);
            prop_assert!(near || *found == expected, "{found} {expected}");
        }
    }

    /// Coefficients of x, where they are given at all, predict what those of u predict.
    #[test]
    fn original_coefficients_predict_the_same(points in marked(), origin in -1e4..1e4_f64) {
        let all = moved(&points, 1.0, origin).all;
        let scale = Scale::of(&all);
        let mapped = scale.points(&all);
        let pruned = Pruning::try_new(3, 1, Basis::Monomial, false).unwrap().apply(&mapped).unwrap();
        let c = pruned.fit.coefficients;
        if let Ok(original) = scale.original(&c, &mapped) {
            let of_u: Vec<f64> = mapped.x.iter().map(|u| Basis::Monomial.eval(&c, *u)).collect();
            let largest = of_u.iter().fold(0.0_f64, |largest, y| largest.max(y.abs()));
            for (x, expected) in all.x.iter().zip(of_u) {
                let found = Basis::Monomial.eval(&original, *x);
                prop_assert!((found - expected).abs() <= 2e-9 * largest, "{found} {expected}");
            }
        } else {
            prop_assert!(origin.abs() > 100.0, "near the origin they are exact enough");
        }
    }
}
