//! Budgets for each class, and random rows within classes.

use super::*;

const ALL: &str =
    "--labels @labels.npy --features @features.npy --probabilities @probabilities.npy";

/// How many rows of each class the golden labels have, and how many of them are `chosen`.
fn counts(chosen: &[u32]) -> (Vec<usize>, Vec<usize>) {
    let labels = read_labels(&golden("labels.npy"), None).unwrap();
    let own: Vec<u16> = chosen.iter().map(|&row| labels[row as usize]).collect();
    let classes = classes_of(&labels);
    (class_sizes(&labels, classes), class_sizes(&own, classes))
}

#[test]
fn every_method_chooses_as_many_of_each_class() {
    for method in Spec::NAMES.iter().filter(|name| !["full", "forgetting"].contains(name)) {
        for each in [3, 1000] {
            let found = chosen(&format!("--method {method} --budget-per-class {each} {ALL}"));
            let (sizes, own) = counts(&found.indices);
            let due: Vec<usize> = sizes.iter().map(|&size| each.min(size)).collect();
            assert_eq!(own, due, "{method}");
            let mut rows = found.indices.clone();
            rows.sort_unstable();
            rows.dedup();
            assert_eq!((rows.len(), found.weights.len()), (due.iter().sum(), rows.len()));
        }
    }
}

#[test]
fn equal_shares_of_equal_classes_are_those_of_the_whole_budget() {
    // The first rows of each class, as many of each.
    let labels = read_labels(&golden("labels.npy"), None).unwrap();
    let (sizes, _) = counts(&[]);
    let least = *sizes.iter().min().unwrap();
    let mut taken = vec![0; sizes.len()];
    let kept: Vec<usize> = (0..labels.len())
        .filter(|&row| {
            taken[usize::from(labels[row])] += 1;
            taken[usize::from(labels[row])] <= least
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, lines: Vec<String>| {
        let path = folder.path().join(name);
        fs::write(&path, lines.join("\n")).unwrap();
        path.display().to_string()
    };
    let lines = |name: &str| {
        let matrix: Array2<f32> = read_npy(golden(name)).unwrap();
        let cells = |&row: &usize| matrix.row(row).map(f32::to_string).to_vec().join(",");
        kept.iter().map(cells).collect()
    };
    let (features, probabilities) =
        (file("f.csv", lines("features.npy")), file("p.csv", lines("probabilities.npy")));
    let labels = file("y.csv", kept.iter().map(|&row| labels[row].to_string()).collect());
    let rows = format!(
        "--labels {labels} --features {features} --probabilities {probabilities} --header no"
    );
    for method in ["gradmatch", "craig", "glister", "moderate", "k-center", "herding"] {
        let each = chosen(&format!("--method {method} --budget-per-class 4 {rows}"));
        let budget = 4 * sizes.len();
        let whole = chosen(&format!("--method {method} --budget {budget} --per-class {rows}"));
        assert_eq!(each, whole, "{method}");
    }
}

#[test]
fn random_rows_of_classes_differ_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("y.csv");
    let labels: Vec<&str> = (0..200).map(|row| if row < 100 { "0" } else { "1" }).collect();
    fs::write(&path, labels.join("\n")).unwrap();
    let line = format!("--method random --labels {} --header no", path.display());
    let found = chosen(&format!("{line} --budget-per-class 10")).indices;
    let (first, second) = found.split_at(10);
    assert!(first.iter().all(|row| *row < 100) && second.iter().all(|row| *row >= 100));
    assert_ne!(first, second.iter().map(|row| row - 100).collect::<Vec<u32>>());
    let shares = chosen(&format!("{line} --budget 20 --per-class")).indices;
    assert_eq!(shares.iter().filter(|row| **row < 100).count(), 10);
}

#[test]
fn budgets_for_classes_that_do_not_fit_are_usage_errors() {
    for (flags, message) in [
        ("full --budget-per-class 3", "--budget-per-class 3: full takes all rows; leave it out"),
        (
            "gradmatch:matching=per-batch --budget-per-class 3",
            "--budget-per-class 3: gradmatch:ridge=0,matching=per-batch,shortfall=weight-zero chooses whole",
        ),
        (
            "craig --compat craig --budget-per-class 3",
            "shares the budget out as the code it follows",
        ),
        ("margin --budget-per-class 0", "--budget-per-class: budget 0 is outside 1.."),
        ("el2n:offset=9 --budget-per-class 9", "--method: el2n:offset=9: it leaves less than the"),
        ("margin", "--budget is missing: margin needs to know how many rows; or give --budget-per"),
    ] {
        assert_usage(&format!("--method {flags} {ALL}"), message);
    }
    assert!(args(&format!("--method margin --budget 3 --budget-per-class 3 {ALL}")).is_err());
}
