//! The closed form and the numerical maximisation against 60-digit arithmetic.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

use std::path::{Path, PathBuf};

use swast_analysis::draw::Draw;
use swast_analysis::epsilon::{Extremes, Whitening, extremes};
use swast_analysis::points::{Points, read};
use swast_analysis::scale::Scale;
use swast_analysis::trials::{Solver, extremes as extremes_by};

fn golden(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/analysis").join(file)
}

fn sets() -> (Points, Points) {
    let read = |file| read(&golden(file)).unwrap().points;
    (read("epsilon_noisy50.csv"), read("epsilon_clean20.csv"))
}

/// (pairing, degree, epsilon, largest, smallest eigenvalue)
fn expected() -> Vec<(String, usize, f64, f64, f64)> {
    let mut reader = csv::Reader::from_path(golden("epsilon_expected.csv")).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn relative(value: f64, expected: f64) -> f64 {
    (value - expected).abs() / expected.abs()
}

fn full_set(pairing: &str) -> Points {
    let (noisy, clean) = sets();
    if pairing == "subset" { noisy.join(&clean) } else { noisy }
}

#[test]
fn every_value_to_1e_8() {
    let clean = sets().1;
    let degrees: Vec<usize> = (1..=20).collect();
    let mut rows = 0;
    for pairing in ["disjoint", "subset"] {
        let found = extremes(&full_set(pairing), &clean, &degrees).unwrap();
        for (_, degree, epsilon, largest, smallest) in
            expected().into_iter().filter(|row| row.0 == pairing)
        {
            let Extremes { lambda_max, lambda_min } = found[degree - 1];
            let value = found[degree - 1].epsilon();
            assert!(relative(value, epsilon) < 1e-8, "{pairing} {degree}: {value} {epsilon}");
            let whitening = Whitening::new(&full_set(pairing), &clean, &degrees).unwrap();
            let fast = whitening.epsilon(degree).unwrap();
            assert!(relative(fast, value) < 1e-12, "{pairing} {degree}: {fast} {value}");
            assert!(relative(lambda_max, largest) < 1e-8, "{pairing} {degree}: {lambda_max}");
            // Tiny eigenvalues are known to rounding of the largest singular value only.
            assert!(
                (lambda_min - smallest).abs() < 1e-8 * smallest + 1e-20,
                "{pairing} {degree}: {lambda_min}"
            );
            rows += 1;
        }
    }
    assert_eq!(rows, 40);
}

/// The factorisation that all degrees share is as good as one of their own.
#[test]
fn one_factorisation_serves_all_degrees() {
    let (noisy, clean) = sets();
    let degrees: Vec<usize> = (1..=20).collect();
    for (degree, shared) in degrees.iter().zip(extremes(&noisy, &clean, &degrees).unwrap()) {
        let own = extremes(&noisy, &clean, &[*degree]).unwrap()[0];
        assert!(relative(shared.epsilon(), own.epsilon()) < 1e-11, "{degree}");
    }
}

#[test]
fn numerical_maximum_reaches_the_closed_form_and_never_passes_it() {
    let clean = sets().1;
    let degrees: Vec<usize> = (1..=20).collect();
    for pairing in ["disjoint", "subset"] {
        let full = full_set(pairing);
        let exact = extremes(&full, &clean, &degrees).unwrap();
        for seed in 0..3 {
            let found = extremes_by(
                (&full, &clean),
                &Scale::of(&full),
                &degrees,
                Solver::Argmin,
                Draw::first(seed),
            )
            .unwrap();
            for ((degree, exact), found) in degrees.iter().zip(&exact).zip(found) {
                let excess = found.epsilon() / exact.epsilon() - 1.0;
                assert!(excess < 1e-12 && excess > -1e-6, "{pairing} {degree}: {excess:e}");
            }
        }
    }
}
