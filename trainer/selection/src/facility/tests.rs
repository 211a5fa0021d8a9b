//! Facility location against brute force, against the naive greedy, and on points made to break it.

use ndarray::Array2;
use proptest::prelude::*;

use super::candidates::gain;
use super::*;
use crate::facility::distances::Metric;
use crate::gradients::Gradients;

fn distances(points: &Array2<f64>, metric: Metric) -> Distances<f64> {
    let samples: Vec<u32> = (0..points.nrows() as u32).collect();
    Distances::new(&Gradients::Rows(points.view().into()), &samples, metric).unwrap()
}

/// Distances in single precision.
fn single(points: &Array2<f64>) -> Distances<f32> {
    let samples: Vec<u32> = (0..points.nrows() as u32).collect();
    Distances::new(&Gradients::Rows(points.view().into()), &samples, Metric::Plain).unwrap()
}

/// All distances, from differences.
fn plain(points: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((points.nrows(), points.nrows()), |(a, b)| {
        let gap = &points.row(a) - &points.row(b);
        gap.dot(&gap).sqrt()
    })
}

/// `sum_i (max D - min_(j in S) D_ij)`.
fn objective(distances: &Array2<f64>, chosen: &[usize]) -> f64 {
    let highest = distances.iter().copied().fold(0.0, f64::max);
    let nearest = |row: ndarray::ArrayView1<f64>| {
        chosen.iter().map(|&j| row[j]).fold(f64::INFINITY, f64::min)
    };
    distances.rows().into_iter().map(|row| highest - nearest(row)).sum()
}

/// The best objective of any `budget` of the points.
fn optimum(distances: &Array2<f64>, budget: usize) -> f64 {
    let count = distances.nrows();
    let subsets = (0_u32..1 << count).filter(|subset| subset.count_ones() as usize == budget);
    let value = |subset: u32| {
        let chosen: Vec<usize> = (0..count).filter(|place| subset >> place & 1 == 1).collect();
        objective(distances, &chosen)
    };
    subsets.map(value).fold(0.0, f64::max)
}

/// The naive greedy: every gain of every candidate at every step, the lower index first among equals.
fn naive(distances: &Array2<f64>, budget: usize) -> Vec<usize> {
    let mut chosen = Vec::new();
    for _ in 0..budget.min(distances.nrows()) {
        let value = |place: usize| {
            let with: Vec<usize> = chosen.iter().copied().chain([place]).collect();
            objective(distances, &with)
        };
        let open = (0..distances.nrows()).rev().filter(|place| !chosen.contains(place));
        let best = open.max_by(|&a, &b| value(a).total_cmp(&value(b))).unwrap();
        chosen.push(best);
    }
    chosen
}

#[test]
fn by_hand() {
    // Sums of distances: 33, 30, 31, 54. Then 3 takes 9 off its own, 0 and 2 take 1 and 2 off theirs.
    let points = ndarray::array![[0.0], [1.0], [3.0], [29.0]];
    let found = facilities(&distances(&points, Metric::Plain), 3);
    assert_eq!(found.chosen, [1, 3, 2]);
    assert_eq!(found.sizes, [2, 1, 1]);
    // Squared, the far point counts more: sums 851, 789, 689, 2301.
    let found = facilities(&distances(&points, Metric::Squared), 2);
    assert_eq!((found.chosen, found.sizes), (vec![2, 3], vec![3, 1]));
    // Equal points: the lower index first, and repetitions stand for none.
    let found = facilities(&distances(&Array2::ones((3, 2)), Metric::Plain), 5);
    assert_eq!((found.chosen, found.sizes), (vec![0, 1, 2], vec![3, 0, 0]));
    let nothing = facilities(&distances(&Array2::zeros((0, 2)), Metric::Plain), 5);
    assert!(nothing.chosen.is_empty());
}

fn points() -> impl Strategy<Value = Array2<f64>> {
    (2usize..11, 1usize..4).prop_flat_map(|(count, width)| {
        let entry = prop_oneof![-3.0..3.0f64, (-2i8..=2).prop_map(f64::from)];
        let entries = prop::collection::vec(entry, count * width);
        entries.prop_map(move |entries| Array2::from_shape_vec((count, width), entries).unwrap())
    })
}

proptest! {
    #[test]
    fn the_greedy_choice_is_within_its_bound_of_the_best(points in points(), budget in 1usize..6) {
        let table = plain(&points);
        let budget = budget.min(points.nrows());
        let found = facilities(&distances(&points, Metric::Plain), budget);
        let (value, best) = (objective(&table, &found.chosen), optimum(&table, budget));
        prop_assert!(value <= best + 1e-9);
        prop_assert!(value >= (1.0 - (-1.0_f64).exp()) * best - 1e-9, "{value} of {best}");
    }

    #[test]
    fn the_lazy_greedy_is_as_good_as_the_naive_one_at_every_step(points in points()) {
        let table = plain(&points);
        let found = facilities(&distances(&points, Metric::Plain), points.nrows());
        let expected = naive(&table, points.nrows());
        for size in 1..=points.nrows() {
            // Where gains are equal but for rounding the two may differ, not so in what they reach.
            let lazy = objective(&table, &found.chosen[..size]);
            let naive = objective(&table, &expected[..size]);
            prop_assume!(found.chosen[..size] == expected[..size] || (lazy - naive).abs() > 1e-9);
            prop_assert_eq!(&found.chosen[..size], &expected[..size]);
        }
    }

    #[test]
    fn what_is_kept_of_candidates_changes_no_choice(points in points(), longest in 0usize..5) {
        let budget = points.nrows();
        let double = distances(&points, Metric::Squared);
        prop_assert_eq!(choose(&double, budget, longest), choose(&double, budget, budget));
        let single = single(&points);
        prop_assert_eq!(choose(&single, budget, longest), choose(&single, budget, budget));
    }

    #[test]
    fn every_point_belongs_to_the_nearest_choice(points in points(), budget in 1usize..6) {
        let found = facilities(&distances(&points, Metric::Plain), budget);
        let mut sizes = vec![0; found.chosen.len()];
        let table = plain(&points);
        for row in table.rows() {
            let to = |place: usize| row[found.chosen[place]];
            let nearest = (0..sizes.len()).min_by(|&a, &b| to(a).total_cmp(&to(b)));
            sizes[nearest.unwrap()] += 1;
        }
        prop_assert_eq!(found.sizes.iter().sum::<usize>(), points.nrows());
        prop_assume!(!ties(&table, &found.chosen));
        prop_assert_eq!(found.sizes, sizes);
    }
}

/// Whether a point is equally far, but for rounding, from two of the `chosen`.
fn ties(distances: &Array2<f64>, chosen: &[usize]) -> bool {
    distances.rows().into_iter().any(|row| {
        let pairs = (0..chosen.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs.into_iter().any(|(a, b)| (row[chosen[a]] - row[chosen[b]]).abs() < 1e-9)
    })
}

#[test]
fn hundreds_of_points_are_chosen_as_by_the_naive_greedy() {
    use rand::RngExt;
    let mut stream = swast_tables::stream::stream(5, "test", 0);
    let points = Array2::from_shape_simple_fn((300, 6), || stream.random::<f64>());
    let found = facilities(&distances(&points, Metric::Plain), 40);
    assert_eq!(found.chosen, naive(&plain(&points), 40));
    // In single precision.
    let table = plain(&points);
    let value = objective(&table, &facilities(&single(&points), 40).chosen);
    assert!((value / objective(&table, &found.chosen) - 1.0).abs() < 1e-6);
}

#[test]
fn points_too_wide_to_compute_distances_again_are_chosen_as_by_the_naive_greedy() {
    use rand::RngExt;
    let mut stream = swast_tables::stream::stream(8, "test", 0);
    let mut drawn = |width| Array2::from_shape_simple_fn((300, width), || stream.random::<f64>());
    let points = drawn(40);
    let found = facilities(&distances(&points, Metric::Plain), 40);
    assert_eq!(found.chosen, naive(&plain(&points), 40));
    // Products r (x) [1; h], from their factors and written out.
    let (errors, features) = (drawn(3), drawn(40));
    let factors = Gradients::Full(errors.clone(), features.view().into());
    let samples: Vec<u32> = (0..300).collect();
    let found = facilities(&Distances::<f64>::new(&factors, &samples, Metric::Plain).unwrap(), 40);
    let written = Array2::from_shape_fn((300, 3 * 41), |(sample, place)| {
        let (class, feature) = (place / 41, place % 41);
        errors[[sample, class]] * if feature == 0 { 1.0 } else { features[[sample, feature - 1]] }
    });
    assert_eq!(found.chosen, naive(&plain(&written), 40));
}

#[test]
fn gains_are_the_same_in_any_order() {
    use rand::RngExt;
    let mut stream = swast_tables::stream::stream(7, "test", 0);
    // Distances of very different sizes, whose sums are rounded unless the distances are.
    let coordinate = || 10_f64.powf(stream.random_range(-9.0..1.0));
    let points = Array2::from_shape_simple_fn((500, 1), coordinate);
    let distances = distances(&points, Metric::Plain);
    let rows = distances.map(&(0..500).collect::<Vec<_>>(), <[f64]>::to_vec);
    for (nearest, row) in rows.iter().zip(&rows[1..]) {
        let (gained, length) = gain(nearest, row);
        let mut reach = Reach::of(row, nearest, length);
        let backwards = nearest.iter().zip(row).rev();
        let less = backwards.map(|(a, b)| (a - b).max(0.0));
        assert_eq!(less.sum::<f64>(), gained);
        assert_eq!(reach.shortened(nearest), gained);
        assert_eq!(reach.iter().count(), length);
    }
}

#[test]
fn a_table_holds_the_distances_on_both_sides_of_its_diagonal() {
    use rand::RngExt;
    let mut stream = swast_tables::stream::stream(6, "test", 0);
    // More rows than are computed together, and not a multiple of them.
    let points = Array2::from_shape_simple_fn((301, 40), || stream.random::<f64>());
    let all: Vec<usize> = (0..301).collect();
    let rows = distances(&points, Metric::Plain).map(&all, <[f64]>::to_vec);
    for (row, expected) in rows.iter().zip(plain(&points).rows()) {
        assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9));
    }
    assert!((0..301).all(|a| (0..a).all(|b| rows[a][b] == rows[b][a])));
}
