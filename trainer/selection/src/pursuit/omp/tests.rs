//! The pursuit against what defines it: optimality of the weights on their support, the greedy rule,
//! explicit rows against factors, and rows made to break it.

use ndarray::{Array2, Axis};
use proptest::prelude::*;

use super::*;
use crate::kernel::dot::dot;
use crate::kernel::host::Host;
use crate::pursuit::rank_one::{RankOne, candidate_errors};
use crate::pursuit::rows::Rows;

fn pursue_rows(rows: &Array2<f64>, budget: usize, ridge: f64) -> Pursuit {
    let candidates: Vec<u32> = (0..rows.nrows() as u32).collect();
    let rows = rows.view();
    let host = Host::new(&rows, &candidates).screened();
    pursue(&mut Rows::new(host), budget, ridge, Ending::Budget).unwrap()
}

/// The residual vector that `found` leaves of the sum of `rows`.
fn residual(rows: &Array2<f64>, found: &Pursuit) -> Vec<f64> {
    let mut residual = rows.sum_axis(Axis(0));
    for (&row, &weight) in found.chosen.iter().zip(&found.weights) {
        residual.scaled_add(-weight, &rows.row(row));
    }
    residual.to_vec()
}

/// Checks what must hold for any rows: distinct rows, exactly as many as asked for; weights above 0
/// that minimise the objective on the support (its gradient there is 0); rows of weight 0 only where no
/// row outside would lower it; the residual as stated.
fn check(rows: &Array2<f64>, budget: usize, ridge: f64) -> Pursuit {
    let found = pursue_rows(rows, budget, ridge);
    let mut all: Vec<usize> = found.chosen.iter().chain(&found.spare).copied().collect();
    assert_eq!(all.len(), budget.min(rows.nrows()));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), budget.min(rows.nrows()), "a row was chosen twice");
    assert!(found.weights.iter().all(|weight| *weight > 0.0));
    let residual = residual(rows, &found);
    let norm = |row: &[f64]| dot(row, row).sqrt();
    let total: f64 = rows.rows().into_iter().map(|row| norm(&row.to_vec())).sum();
    let tolerance = 1e-7 * total;
    assert!((norm(&residual) - found.residual).abs() <= tolerance);
    for (row, values) in rows.rows().into_iter().enumerate() {
        let values = values.to_vec();
        let correlation = dot(&values, &residual);
        let tolerance = tolerance * norm(&values);
        if let Some(place) = found.chosen.iter().position(|&chosen| chosen == row) {
            // The ridge does not apply to a first row alone, but to a last row left.
            let spared = found.chosen.len() == 1 && correlation.abs() <= tolerance;
            let pull = ridge * found.weights[place];
            let met = spared || (correlation - pull).abs() <= tolerance;
            assert!(met, "row {row} has {correlation} instead of {pull}");
        } else if !found.spare.is_empty() {
            assert!(correlation <= tolerance, "row {row} would help by {correlation}");
        }
    }
    found
}

#[test]
fn by_hand() {
    // Orthogonal rows: each is its own best weight, largest product with the sum first.
    let rows = ndarray::array![[1.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 2.0]];
    let found = check(&rows, 2, 0.0);
    assert_eq!((found.chosen, found.weights), (vec![1, 2], vec![1.0, 1.0]));
    assert!((found.residual - 1.0).abs() < 1e-15);
    // The ridge spares the first row while it is alone: 9/9; then 9/(9+1) and 4/(4+1).
    assert_eq!(check(&rows, 1, 1.0).weights, [1.0]);
    let found = check(&rows, 2, 1.0);
    assert!((found.weights[0] - 0.9).abs() < 1e-15 && (found.weights[1] - 0.8).abs() < 1e-15);
    // Equal rows: the lower index wins, and the other depends on it.
    let rows = ndarray::array![[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]];
    let found = check(&rows, 2, 0.0);
    assert_eq!((found.chosen, found.spare), (vec![0], vec![1]));
    assert!((found.weights[0] - 3.0).abs() < 1e-15);
    // With a ridge equal rows share the weight: (5 + r) x on the diagonal, 5 x beside it, 15 right.
    let found = check(&rows, 3, 0.5);
    assert_eq!(found.chosen, [0, 1, 2]);
    assert!(found.weights.iter().all(|weight| (weight - 15.0 / 15.5).abs() < 1e-12));
}

#[test]
fn nothing_to_pursue() {
    // Rows that cancel: their sum is 0, or what rounding leaves of it.
    let rows = ndarray::array![[0.1, 0.7], [0.2, -0.9], [-0.1, -0.7], [-0.2, 0.9]];
    let found = check(&rows, 3, 0.0);
    assert_eq!((found.chosen, found.spare), (vec![], vec![0, 1, 2]));
    let found = check(&Array2::zeros((4, 3)), 2, 0.5);
    assert_eq!((found.chosen, found.spare), (vec![], vec![0, 1]));
    let found = check(&Array2::zeros((2, 0)), 2, 0.0);
    assert_eq!((found.chosen, found.spare), (vec![], vec![0, 1]));
}

#[test]
fn one_row_and_too_large_a_budget() {
    let found = check(&ndarray::array![[2.0, -1.0]], 1, 0.5);
    assert_eq!((found.chosen, found.weights), (vec![0], vec![1.0]));
    let found = check(&ndarray::array![[2.0, -1.0], [1.0, 1.0]], 7, 0.0);
    assert_eq!(found.chosen.len(), 2);
}

#[test]
fn a_long_pursuit_stays_accurate() {
    use rand::RngExt;
    let mut stream = swast_tables::stream::stream(3, "test", 0);
    let rows = Array2::from_shape_simple_fn((400, 60), || stream.random::<f64>() - 0.3);
    // Past the 60 rows that any target can be made of only the ridge finds use for more.
    let found = check(&rows, 200, 0.0);
    assert!(found.chosen.len() <= 60 && found.residual < 1e-6 * found.weights.iter().sum::<f64>());
    assert_eq!(check(&rows, 200, 0.5).chosen.len(), 200);
}

#[test]
fn the_walk_stops_where_the_first_weight_reaches_zero() {
    // Identity: solved weights are c. From (1, 1, 0) towards (-1, -3, 2): the second is 0 after 1/4 of
    // the way, and then the first after all of it.
    let mut factor = Cholesky::default();
    for (beside, right) in [(vec![], -1.0), (vec![0.0], -3.0), (vec![0.0, 0.0], 2.0)] {
        assert!(factor.append(&beside, 1.0, right));
    }
    let solved = factor.solve();
    assert_eq!(walk(&mut factor.clone(), &[1.0, 1.0, 0.0], solved.clone()), [0.0, 0.0, 2.0]);
    assert_eq!(drop_most_negative(&mut factor, solved), [0.0, 0.0, 2.0]);
    assert_eq!(factor.solve(), [2.0]);
}

/// Rows that are often equal, opposite, zero or dependent, of very different lengths.
fn nasty_rows() -> impl Strategy<Value = Array2<f64>> {
    let entry = prop_oneof![
        3 => (-2i8..=2).prop_map(f64::from),
        1 => -1.0..1.0f64,
        1 => (-1.0..1.0f64).prop_map(|x| x * 1e-6),
    ];
    (1usize..24, 1usize..7).prop_flat_map(move |(rows, width)| {
        let entries = prop::collection::vec(entry.clone(), rows * width);
        entries.prop_map(move |entries| Array2::from_shape_vec((rows, width), entries).unwrap())
    })
}

/// Rows that all point about the same way, so that weights often turn negative.
fn crowded_rows() -> impl Strategy<Value = Array2<f64>> {
    (10usize..40, 5usize..14).prop_flat_map(|(rows, width)| {
        let entries = prop::collection::vec(0.0..1.0f64, rows * width);
        entries.prop_map(move |entries| Array2::from_shape_vec((rows, width), entries).unwrap())
    })
}

fn plain_rows() -> impl Strategy<Value = Array2<f64>> {
    (2usize..30, 2usize..9).prop_flat_map(|(rows, width)| {
        let entries = prop::collection::vec(-1.0..1.0f64, rows * width);
        entries.prop_map(move |entries| Array2::from_shape_vec((rows, width), entries).unwrap())
    })
}

proptest! {
    #[test]
    fn any_rows_are_pursued_to_an_optimum(
        rows in nasty_rows(), budget in 1usize..26, ridge in prop::sample::select(vec![0.0, 1e-3, 0.5]),
    ) {
        check(&rows, budget, ridge);
    }

    #[test]
    fn rows_that_push_each_other_out_are_pursued_to_an_optimum(
        rows in crowded_rows(), budget in 5usize..20, ridge in prop::sample::select(vec![0.0, 1e-3, 0.5]),
    ) {
        check(&rows, budget, ridge);
    }

    #[test]
    fn the_first_rows_do_not_depend_on_the_budget_while_none_leaves(
        rows in plain_rows(), budget in 2usize..9,
    ) {
        let long = check(&rows, budget, 0.0);
        let short = check(&rows, budget - 1, 0.0);
        prop_assume!(long.chosen.starts_with(&short.chosen));
        prop_assert!(long.residual <= short.residual + 1e-9);
    }

    #[test]
    fn scaling_scales_nothing_but_the_residual(rows in plain_rows(), budget in 1usize..9) {
        let found = check(&rows, budget, 0.0);
        let scaled = check(&rows.mapv(|x| x * 64.0), budget, 0.0);
        prop_assert_eq!(&found.chosen, &scaled.chosen);
        prop_assert_eq!(&found.weights, &scaled.weights);
        prop_assert_eq!(found.residual * 64.0, scaled.residual);
    }

    #[test]
    fn permuted_rows_give_the_permuted_choice(
        rows in plain_rows(), share in 0.0..1.0f64, ridge in 0.0..1.0f64,
    ) {
        let count = rows.nrows();
        let order: Vec<usize> = (0..count).rev().collect();
        // Once all is matched what is left is rounding, whose order means nothing.
        let budget = 1 + (share * (rows.ncols() - 1) as f64) as usize;
        let found = check(&rows, budget, ridge);
        let moved = check(&rows.select(Axis(0), &order), budget, ridge);
        let back: Vec<usize> = moved.chosen.iter().map(|&row| order[row]).collect();
        prop_assert_eq!(back, found.chosen);
        for (a, b) in moved.weights.iter().zip(&found.weights) {
            prop_assert!((a - b).abs() < 1e-7 * b.max(1.0), "{} and {}", a, b);
        }
    }

    #[test]
    fn factors_and_explicit_gradients_are_pursued_alike(
        features in plain_rows(), classes in 1usize..4, budget in 1usize..8, ridge in 0.0..1.0f64,
        seed in any::<u64>(),
    ) {
        use rand::RngExt;
        let mut stream = swast_tables::stream::stream(seed, "test", 0);
        let count = features.nrows();
        let labels: Vec<u16> = (0..count).map(|_| stream.random_range(0..classes as u16)).collect();
        let probabilities = Array2::from_shape_simple_fn((count, classes), || stream.random::<f64>());
        let gradients = last_layer_gradients(&probabilities, &features, &labels);
        let explicit = pursue_rows(&gradients, budget, ridge);
        let candidates: Vec<u32> = (0..count as u32).collect();
        let (features, probabilities) = (features.view(), probabilities.view());
        let errors = candidate_errors(&probabilities, &labels, &candidates);
        let mut atoms = RankOne::new(Host::new(&features, &candidates), errors);
        let factored = pursue(&mut atoms, budget, ridge, Ending::Budget).unwrap();
        prop_assert!((factored.residual - explicit.residual).abs() < 1e-6);
        // Beyond the rank both choose among what rounding left.
        prop_assume!(explicit.residual > 1e-6);
        prop_assert_eq!(&factored.chosen, &explicit.chosen);
        for (a, b) in factored.weights.iter().zip(&explicit.weights) {
            prop_assert!((a - b).abs() < 1e-6 * b.max(1.0), "{} and {}", a, b);
        }
    }
}

/// The gradients `[r_c | r_c h]` of cross-entropy in the last layer, class after class, N x C (1 + E).
fn last_layer_gradients(
    probabilities: &Array2<f64>,
    features: &Array2<f64>,
    labels: &[u16],
) -> Array2<f64> {
    let width = features.ncols() + 1;
    let shape = (labels.len(), probabilities.ncols() * width);
    Array2::from_shape_fn(shape, |(sample, entry)| {
        let (class, column) = (entry / width, entry % width);
        let own = class == usize::from(labels[sample]);
        let error = probabilities[[sample, class]] - if own { 1.0 } else { 0.0 };
        error * if column == 0 { 1.0 } else { features[[sample, column - 1]] }
    })
}

/// Checks that rounded rows lead to the very pursuit that all products in full lead to.
fn check_screen(rows: &Array2<f64>, budget: usize, ridge: f64) {
    let candidates: Vec<u32> = (0..rows.nrows() as u32).collect();
    let rows = rows.view();
    let host = || Host::new(&rows, &candidates);
    for ending in [Ending::Budget, Ending::Iterations] {
        let screened = pursue(&mut Rows::new(host().screened()), budget, ridge, ending).unwrap();
        let expected = pursue(&mut Rows::new(host()), budget, ridge, ending).unwrap();
        assert_eq!(screened, expected);
    }
}

#[test]
fn rounded_rows_lead_to_the_same_pursuit_of_many_rows() {
    use rand::RngExt;
    let mut stream = swast_tables::stream::stream(9, "test", 0);
    let mut rows =
        Array2::from_shape_simple_fn((500, 70), || (stream.random::<f64>() - 0.4).max(0.0));
    // Repetitions, and rows that differ by less than a byte resolves.
    for row in 0..100 {
        let copied = rows.row(row).to_owned() * (1.0 + (row % 3) as f64 * 1e-9);
        rows.row_mut(499 - row).assign(&copied);
    }
    check_screen(&rows, 150, 0.5);
    check_screen(&rows, 80, 0.0);
}

proptest! {
    #[test]
    fn rounded_rows_lead_to_the_same_pursuit(
        rows in prop_oneof![nasty_rows(), crowded_rows(), plain_rows()],
        budget in 1usize..26,
        ridge in prop::sample::select(vec![0.0, 1e-3, 0.5]),
    ) {
        check_screen(&rows, budget, ridge);
    }
}
