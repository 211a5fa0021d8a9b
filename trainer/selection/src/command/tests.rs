//! The command on the stored inputs, and on flags and files that do not fit each other.

use std::fs;
use std::path::Path;

use clap::Parser;
use ndarray::Array2;
use ndarray_npy::read_npy;

use super::numbers::tests::npy;
use super::*;

mod before_work;
mod each_class;
mod reports;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: Args,
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/selector").join(name)
}

fn args(line: &str) -> Result<Args, clap::Error> {
    let stored = |word: &str| match word.strip_prefix('@') {
        Some(name) => golden(name).display().to_string(),
        None => word.to_owned(),
    };
    let words = std::iter::once("select".to_owned()).chain(line.split(' ').map(stored));
    Command::try_parse_from(words).map(|command| command.args)
}

fn chosen(line: &str) -> Coreset {
    select(&args(line).unwrap()).unwrap().coreset
}

#[track_caller]
fn assert_usage(line: &str, message: &str) {
    let error = select(&args(line).unwrap()).unwrap_err();
    assert!(error.is::<UsageError>(), "{error}");
    assert!(error.to_string().contains(message), "{error}");
}

#[test]
fn what_is_printed_reads_back() {
    let coreset = chosen(
        "--method gradmatch --budget 26 --labels @labels.npy --gradients @gradients.npy --per-class",
    );
    let text = String::from_utf8(encode(&coreset).unwrap()).unwrap();
    assert!(text.starts_with("index,weight\n"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<(u32, f64)> = reader.deserialize().map(|row| row.unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), coreset.indices);
    assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), coreset.weights);
    let expected = fs::read_to_string(golden("gradmatch_per_class_ridge_0.csv")).unwrap();
    for (line, (index, weight)) in expected.lines().skip(1).zip(rows) {
        let (expected_index, expected_weight) = line.split_once(',').unwrap();
        assert_eq!(expected_index, index.to_string());
        assert!((expected_weight.parse::<f64>().unwrap() - weight).abs() < 1e-8);
    }
}

#[test]
fn factors_gradients_and_text_give_the_same() {
    let base = "--method gradmatch --budget 20 --labels @labels.npy --ridge 0.5";
    let factors =
        chosen(&format!("{base} --features @features.npy --probabilities @probabilities.npy"));
    let explicit = chosen(&format!("{base} --gradients @gradients.npy"));
    assert_eq!(factors.indices, explicit.indices);
    for (a, b) in factors.weights.iter().zip(&explicit.weights) {
        assert!((a - b).abs() < 1e-9, "{a} and {b}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (path, labels) = (folder.path().join("g.csv"), folder.path().join("y.csv"));
    let gradients: Array2<f64> = read_npy(golden("gradients.npy")).unwrap();
    let cells = |row: ndarray::ArrayView1<f64>| row.map(f64::to_string).to_vec().join(",");
    let text: Vec<String> = gradients.rows().into_iter().map(cells).collect();
    fs::write(&path, text.join("\n")).unwrap();
    let integers = read_labels(&golden("labels.npy"), None).unwrap();
    let text: Vec<String> = integers.iter().map(u16::to_string).collect();
    fs::write(&labels, format!("label\n{}\n", text.join("\n"))).unwrap();
    let (path, labels) = (path.display(), labels.display());
    let line =
        format!("--method gradmatch --budget 20 --labels {labels} --ridge 0.5 --gradients {path}");
    assert_eq!(chosen(&line), explicit);
}

#[test]
fn flags_that_are_missing_or_unfit_are_usage_errors() {
    let labels = "--labels @labels.npy";
    assert_usage(&format!("--method gradmatch --budget 5 {labels}"), "--features is missing");
    let half = format!("--method gradmatch --budget 5 {labels} --features @features.npy");
    assert_usage(&half, "--probabilities is missing: gradmatch needs it, or --gradients");
    assert_usage(&format!("--method el2n --budget 5 {labels}"), "--probabilities is missing");
    assert_usage(&format!("--method moderate --budget 5 {labels}"), "--features is missing");
    assert_usage(&format!("--method random {labels}"), "--budget is missing");
    assert_usage(&format!("--method random --budget 61 {labels}"), "--budget: ");
    assert_usage(&format!("--method margin --budget 5 --per-class {labels}"), "--per-class: ");
    assert_usage(&format!("--method full --budget 5 {labels}"), "--budget 5: full");
    let gradients = format!("--budget 5 {labels} --gradients @gradients.npy");
    assert_usage(&format!("--method moderate {gradients}"), "--gradients: moderate");
    assert_usage(&format!("--method gradmatch --ridge=-1 {gradients}"), "--ridge: ");
    assert!(args(&format!("--method gradmatch {gradients} --features @features.npy")).is_err());
    assert_eq!(chosen(&format!("--method full {labels}")).indices.len(), 60);
}

#[test]
fn every_method_is_offered_with_what_it_needs() {
    let all = "--labels @labels.npy --features @features.npy --probabilities @probabilities.npy";
    let (features, probabilities) = (
        "--labels @labels.npy --features @features.npy",
        "--labels @labels.npy --probabilities @probabilities.npy",
    );
    for (method, inputs) in [
        ("craig", all),
        ("craig", probabilities),
        ("glister", all),
        ("glister", probabilities),
        ("grand", all),
        ("margin", probabilities),
        ("entropy", probabilities),
        ("least-confidence", probabilities),
        ("k-center", features),
        ("herding", features),
    ] {
        let coreset = chosen(&format!("--method {method} --budget 9 {inputs}"));
        assert_eq!(coreset.indices.len(), 9, "{method}");
        assert_eq!(coreset.weights.len(), 9, "{method}");
    }
    // Clusters over all rows, and over each class: all 60 rows belong to one.
    for scope in ["", " --per-class"] {
        let coreset = chosen(&format!("--method craig --budget 9 {all}{scope}"));
        assert_eq!(coreset.weights.iter().sum::<f64>(), 60.0);
    }
    // Factors and the gradients they stand for.
    let rows = "--labels @labels.npy --gradients @gradients.npy";
    assert_eq!(
        chosen(&format!("--method craig --budget 12 {rows}")),
        chosen(&format!("--method craig --budget 12 {all}"))
    );
    // Budgets of CORDS are rounded up in each class.
    let cords = chosen(&format!("--method craig --budget 9 --compat cords {probabilities}"));
    assert!((9..=12).contains(&cords.indices.len()));
}

#[test]
fn the_history_of_training_is_read_from_what_numpy_writes() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let labels = file("y.csv", b"0\n1\n0\n");
    // Forgotten once, never learnt, never forgotten.
    let text = file("c.csv", b"1,0,1\n0,0,0\n0,1,1\n");
    let cells = [1, 0, 1, 0, 0, 0, 0, 1, 1];
    for descriptor in ["|b1", "|u1"] {
        let header =
            format!("{{'descr': '{descriptor}', 'fortran_order': False, 'shape': (3, 3), }}");
        let mut bytes = npy(&header, 0);
        bytes.extend(cells);
        let binary = file("c.npy", &bytes);
        for path in [&text, &binary] {
            let line =
                format!("--method forgetting --budget 2 --labels {labels} --correctness {path}");
            assert_eq!(chosen(&line).indices, [1, 0], "{descriptor}");
        }
    }
    let line = format!("--method forgetting --budget 2 --labels {labels}");
    assert_usage(&line, "--correctness is missing");
    let other = line.replace("forgetting", "random");
    assert_usage(&format!("{other} --correctness {text}"), "--correctness: random");
    let odd = file("odd.csv", b"1,0\n0,0.5\n1,1\n");
    let error = select(&args(&format!("{line} --correctness {odd}")).unwrap()).unwrap_err();
    assert!(format!("{error:#}").contains("odd.csv: row 1: give 1 where"), "{error:#}");
}

#[test]
fn held_out_rows_are_asked_for_as_the_others_are() {
    let rows = "--method glister --budget 5 --labels @labels.npy";
    let given = format!("{rows} --gradients @gradients.npy");
    let whole = chosen(&format!("{given} --validation-gradients @gradients.npy"));
    assert_eq!(whole, chosen(&given));
    let classes = format!("{given} --validation-gradients @gradients.npy --per-class");
    assert_usage(&classes, "--validation-labels is missing");
    let factors = format!("{rows} --probabilities @probabilities.npy");
    let held_out = "--validation-probabilities @probabilities.npy";
    assert_usage(&format!("{factors} {held_out}"), "--validation-labels is missing");
    let whole = format!("{factors} {held_out} --validation-labels @labels.npy");
    assert_eq!(chosen(&whole), chosen(&factors));
    let features = format!("{whole} --features @features.npy");
    assert_usage(&features, "--validation-features is missing");
    assert_usage(
        "--method random --budget 5 --labels @labels.npy --validation-labels @labels.npy",
        "--validation-labels: random",
    );
    // A column too many on the held-out side.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.csv");
    fs::write(&path, "1,2,3\n4,5,6\n").unwrap();
    let line = format!("{given} --validation-gradients {}", path.display());
    let error = select(&args(&line).unwrap()).unwrap_err();
    assert!(error.to_string().contains("have 3 columns, those of the samples 28"), "{error}");
}

#[test]
fn files_that_do_not_fit_each_other_are_named_with_row_and_cure() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let y = file("y.csv", "0\n1\n1\n");
    let (p, q) = (file("p.csv", "1,0\n0,1\n0.5,0.5\n"), file("q.csv", "1,0\n0,1\n"));
    let refused = |line: String| format!("{:#}", select(&args(&line).unwrap()).unwrap_err());
    let own =
        |g: &str| refused(format!("--method gradmatch --budget 1 --labels {y} --gradients {g}"));
    let held_out = |labels: &str, rows: &str| {
        refused(format!(
            "--method glister --budget 1 --labels {y} --probabilities {p} --validation-labels {labels} \
             --validation-probabilities {rows}"
        ))
    };
    let short = file("short.csv", "1,2\n3,4\n");
    let (high, one) = (file("high.csv", "0\n2\n"), file("one.csv", "0\n"));
    let nan = file("nan.csv", "1,2\n3,4\nnan,6\n");
    let improper = file("improper.csv", "1,0\n1,1\n");
    let misspelt = file("misspelt.csv", "1,2.5.3\n3,4\n5,6\n");
    let tiny = file("tiny.csv", "0,1e-200\n0,0\n-2e-160,0\n");
    for (error, parts) in [
        (own(&short), [short.as_str(), "2 rows for the 3 labels", "one row per label"]),
        (own(&nan), [&nan, "row 2 holds a NaN", "leave it out"]),
        (own(&misspelt), [&misspelt, "line 1, column 2: `2.5.3`", "fix the value"]),
        (own(&tiny), [&tiny, "no number is larger than 2e-160", "scale them up"]),
        (held_out(&one, &q), [&q, "2 rows for the 1 labels", &one]),
        (held_out(&high, &q), [&high, "row 1: label 2, but there are 2 classes", "from 0"]),
        (held_out(&file("two.csv", "0\n1\n"), &improper), [&improper, "row 1", "softmax"]),
    ] {
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    // Empty files are no files: neither nothing to match nothing, nor the rows themselves as held-out ones.
    for (name, shape, message) in [("y", "(0,)", "no labels"), ("g", "(3, 0)", "is empty")] {
        let path = folder.path().join("empty.npy");
        let kind = if name == "y" { "'<i8'" } else { "'<f8'" };
        let header = format!("{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}");
        fs::write(&path, npy(&header, 0)).unwrap();
        let path = path.display().to_string();
        let error = if name == "y" { held_out(&path, &q) } else { own(&path) };
        assert!(error.contains(message) && error.contains(&path), "{error}");
    }
}

#[test]
fn the_ranks_that_el2n_keeps_are_asked_for_by_their_offset() {
    let line = "--labels @labels.npy --probabilities @probabilities.npy";
    let lowest = chosen(&format!("--method el2n:offset=0 {line} --budget 15"));
    assert_eq!(lowest, chosen(&format!("--method el2n {line} --budget 15 --epoch 300")));
    let tail = chosen(&format!("--method el2n:offset=10 {line} --budget 5"));
    assert_eq!(tail.indices, lowest.indices[10..]);
    assert_usage(
        &format!("--method el2n:offset=46 {line} --budget 15"),
        "--method: el2n:offset=46: it leaves less than the budget of 15 of 60 samples",
    );
    assert_usage(
        &format!("--method entropy:offset=0 {line} --budget 15"),
        "--method: entropy has no option `offset`; it has none; `offset` is an option of el2n",
    );
}

#[test]
fn a_budget_that_rounds_to_nothing_is_refused() {
    let line = "--method craig --labels @labels.npy --gradients @gradients.npy --compat deepcore";
    assert_usage(&format!("{line} --budget 1"), "--budget 1: rounds to no sample");
}

#[test]
fn negative_numbers_are_reported_with_their_flag() {
    let line = "--method gradmatch --labels @labels.npy --gradients @gradients.npy";
    let error = args(&format!("{line} --budget -1")).unwrap_err().to_string();
    assert!(error.contains("'-1' for '--budget"), "{error}");
    let message = "--ridge: gradmatch:ridge=-1: give a finite number of at least 0";
    assert_usage(&format!("{line} --budget 5 --ridge -1"), message);
}

#[test]
fn options_of_other_methods_and_codes_are_usage_errors() {
    let all = "--budget 9 --labels @labels.npy --features @features.npy --probabilities @probabilities.npy";
    for (flags, message) in [
        (
            "craig --ridge 1",
            "--ridge: craig has no option `ridge`; it has gradient, scope, compat; `ridge` is an option of gradmatch",
        ),
        ("craig:greedy=naive", "`greedy` is an option of glister"),
        ("gradmatch --learning-rate 1", "--learning-rate: gradmatch:ridge=0,matching=global"),
        ("gradmatch --learning-rate 1", "has no use for it; it belongs to glister"),
        ("glister --learning-rate 0", "--learning-rate: give"),
        (
            "gradmatch --compat craig",
            "--compat: gradmatch:compat=craig: give none, cords or deepcore",
        ),
        ("glister:compat=craig", "glister:compat=craig: give none, cords or deepcore"),
        ("craig:compat=foo", "craig:compat=foo: give none, cords, deepcore or craig"),
        ("craig:compat=cords,scope=global", "craig:scope=global: a code that is followed selects"),
        ("gradmatch:compat=cords,shortfall=weight-zero", "gradmatch:shortfall=weight-zero: a code"),
        ("el2n:offset=0.9", "el2n:offset=0.9: give a whole number, or none"),
        (
            "herding --compat cords",
            "herding has no option `compat`; it has scope; `compat` is an option of gradmatch, craig, glister",
        ),
        ("gradmatch --batch-size 4", "--batch-size: gradmatch"),
        ("gradmatch --batch-size 4", "has no use for it; with other options it has"),
        ("craig --batch-size 4", "it belongs to gradmatch"),
        ("gradmatch:matching=per-batch --per-class", "--per-class: --method gives `matching`"),
        ("gradmatch:ridge=1 --ridge 1", "--ridge: --method gives `ridge`"),
        (
            "grand --per-class",
            "--per-class: grand has no use for it; gradmatch, craig, glister, moderate, k-center, herding, random, random-redrawn have",
        ),
    ] {
        assert_usage(&format!("--method {flags} {all}"), message);
    }
    let batches = format!("--method gradmatch:matching=per-batch --batch-size 4 {all}");
    assert_eq!(chosen(&batches).indices.len(), 9);
    let error = args(&format!("--method gradmatsch {all}")).unwrap_err().to_string();
    assert!(error.contains("`gradmatsch` is no selector; expected one of gradmatch,"), "{error}");
    let rows = "--budget 9 --labels @labels.npy --gradients @gradients.npy";
    assert_usage(
        &format!("--method gradmatch:matching=per-class-gradient {rows}"),
        "has no use for it; with other options it has",
    );
    for (budget, ridge) in [(0, 0.0), (61, 0.0), (9, -1.0)] {
        let line = format!(
            "--method gradmatch --ridge={ridge} {}",
            all.replace("--budget 9", &format!("--budget {budget}"))
        );
        assert!(select(&args(&line).unwrap()).unwrap_err().is::<UsageError>(), "{line}");
    }
}

#[test]
fn help_lists_the_methods_and_describes_each() {
    let list = help(None).unwrap();
    for spec in Spec::all() {
        let line = |text: &str| text.contains(spec.name()) && text.contains(spec.about());
        assert!(line(&list) && line(&after_help()), "{spec}");
        let text = help(Some(spec.name())).unwrap();
        assert!(spec.keys().iter().all(|key| text.contains(&format!("\n  {key}"))), "{text}");
    }
    let error = help(Some("foo")).unwrap_err();
    assert!(error.is::<UsageError>() && error.to_string().contains("expected one of gradmatch,"));
}
