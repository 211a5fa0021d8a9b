//! Where rank and range are in danger: degrees up to 60, doubled abscissae, points far from the origin,
//! fewer points than coefficients. Against 120-digit arithmetic (`tests/golden/analysis/safety.json`).

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use std::path::Path;

use clap::ValueEnum;
use serde_json::Value;
use swast_analysis::Error;
use swast_analysis::epsilon::{Whitening, extremes};
use swast_analysis::fit::{fit, mean_squared_error};
use swast_analysis::points::Points;
use swast_analysis::poly::Basis;
use swast_analysis::scale::Scale;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/analysis/safety.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A list of points, or the name of one.
fn points(golden: &Value, list: &Value) -> Points {
    let list = list.as_str().map_or(list, |name| &golden["points"][name]);
    let number = |v: &Value| v.as_f64().unwrap();
    list.as_array().unwrap().iter().map(|p| (number(&p[0]), number(&p[1]))).collect()
}

fn decimal(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Values up to 1e6 to eight digits; beyond, a value is known to eps times its square root times the
/// condition of D, here to five digits.
#[test]
fn every_supremum() {
    let golden = golden();
    let cases = golden["suprema"].as_array().unwrap();
    for case in cases {
        let set = &golden["sets"][case["set"].as_str().unwrap()];
        let (full, coreset) = (points(&golden, &set["full"]), points(&golden, &set["coreset"]));
        let degree = case["degree"].as_u64().unwrap() as usize;
        let expected = decimal(&case["epsilon"]);
        let slow = extremes(&full, &coreset, &[degree]).unwrap()[0].epsilon();
        let fast = Whitening::new(&full, &coreset, &[degree]).unwrap().epsilon(degree).unwrap();
        for found in [slow, fast] {
            let tolerance = if expected < 1e6 { 1e-8 } else { 1e-5 };
            let close = (found / expected - 1.0).abs() < tolerance;
            assert!(found == expected || close, "{case}: {found}");
        }
    }
    assert!(cases.len() >= 25);
}

#[test]
fn every_fit() {
    let golden = golden();
    for case in golden["fits"].as_array().unwrap() {
        let what = format!("{} {}", case["name"], case["basis"]);
        let basis = Basis::from_str(case["basis"].as_str().unwrap(), false).unwrap();
        let points = points(&golden, &case["points"]);
        let scale = scale(case, &points);
        let points = scale.points(&points);
        let found = fit(&points, case["degree"].as_u64().unwrap() as usize, basis).unwrap();
        assert_eq!(found.rank as u64, case["rank"].as_u64().unwrap(), "{what}");
        let expected: Vec<f64> =
            case["coefficients"].as_array().unwrap().iter().map(|c| c.as_f64().unwrap()).collect();
        let size = expected.iter().fold(0.0_f64, |largest, c| largest.max(c.abs()));
        for (found, expected) in found.coefficients.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-9 * size, "{what}: {found} {expected}");
        }
        let loss = mean_squared_error(&found.coefficients, basis, &points);
        assert!((loss - decimal(&case["loss"])).abs() < 1e-12, "{what}: {loss}");
        for pair in case["predictions"].as_array().into_iter().flatten() {
            let (x, expected) = (pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap());
            let value = basis.eval(&found.coefficients, scale.apply(x));
            assert!((value - expected).abs() < 1e-9 * size, "{what}: {value}");
        }
    }
}

/// The variable that the case is stored in: x itself, or the one found for its points.
fn scale(case: &Value, points: &Points) -> Scale {
    let Some(centre) = case["centre"].as_f64() else { return Scale::IDENTITY };
    let scale = Scale::of(points);
    let half_width = case["half_width"].as_f64().unwrap();
    // The reader of the file may miss the last bit of a number.
    for (found, expected) in [(scale.centre, centre), (scale.half_width, half_width)] {
        assert!((found - expected).abs() <= 1e-15 * centre.abs().max(half_width));
    }
    scale
}

/// What cannot be right is an error that says so, and what overflows as well.
#[test]
fn out_of_range_is_an_error() {
    let far: Points = [(100.0, 1.0), (110.0, 2.0), (140.0, 0.0)].into_iter().collect();
    for basis in [Basis::Chebyshev, Basis::Legendre] {
        let error = fit(&far, 2, basis).unwrap_err();
        assert!(matches!(error, Error::Outside { .. }), "{error}");
    }
    assert!(fit(&far, 2, Basis::Monomial).is_ok());
    assert!(matches!(fit(&far, 200, Basis::Monomial), Err(Error::Overflow { .. })));
}
