//! The command over plausible and over degenerate tables.

mod support;

use std::fs;

use support::{draw, epoch, folder, run, stderr, write_all};
use swast_figures::artifact::ALL;
use swast_tables::rows::{
    EpochRow, EpsilonRow, PlanRow, PruneCurveRow, PruneStudyRow, RunRow, SelectionRow,
};
use swast_tables::table;

const PICTURES: [&str; 13] = [
    "figure1", "figure1a", "figure1b", "figure1c", "figure1d", "figure5", "figure5a", "figure5b",
    "figure5c", "figure6", "figure6a", "figure6b", "figure7",
];

#[test]
fn everything_is_drawn_and_drawn_the_same_twice() {
    let folder = folder("plausible");
    write_all(&folder);
    let (one, two) = (folder.join("one"), folder.join("two"));
    let output = draw("all", &folder, &one, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(draw("all", &folder, &two, &[]).status.success());
    for name in PICTURES {
        let svg = fs::read_to_string(one.join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{name}");
        assert_eq!(svg, fs::read_to_string(two.join(format!("{name}.svg"))).unwrap());
    }
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("figure6a: Claim: cut beats prune-only at equal prune rate"), "{said}");
    let caption = fs::read_to_string(one.join("figure7.svg")).unwrap();
    assert!(caption.contains("ynthetic data") && caption.contains("2 seeds"), "{caption}");
}

#[test]
fn png_has_the_size_of_the_svg() {
    let folder = folder("png");
    write_all(&folder);
    let output = draw("figure7", &folder, &folder, &["--format", "png,svg"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let png = fs::read(folder.join("figure7.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let width = u32::from_be_bytes([png[16], png[17], png[18], png[19]]);
    let svg = fs::read_to_string(folder.join("figure7.svg")).unwrap();
    assert!(svg.contains(&format!("width=\"{width}\"")), "{width}");
}

#[test]
fn a_picture_that_is_asked_for_as_a_table_says_so() {
    let folder = folder("picture-as-table");
    write_all(&folder);
    let output = draw("figure7", &folder, &folder, &["--format", "md"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("figure7: has no table"), "{}", stderr(&output));
}

#[test]
fn absent_tables_are_skipped_by_all_and_an_error_by_name() {
    let folder = folder("absent");
    let all = draw("all", &folder, &folder, &[]);
    assert_eq!(all.status.code(), Some(1));
    assert!(stderr(&all).ends_with("holds no table to draw from; run `make figures`\n"));
    assert_eq!(stderr(&all).lines().filter(|l| l.starts_with("skipped: ")).count(), ALL.len());
    let one = draw("figure1", &folder, &folder, &[]);
    assert_eq!(one.status.code(), Some(1));
    let message = stderr(&one);
    assert!(
        message.contains("prune_curves.csv: table is missing; make it with `make figures`"),
        "{message}"
    );
    assert!(
        message.contains("`swast-analysis prune`") && message.lines().count() == 1,
        "{message}"
    );
    table::write(&folder.join("runs.csv"), &[run("table1", "cut", Some(0.9), None, 1)]).unwrap();
    let message = stderr(&draw("figure5", &folder, &folder, &[]));
    assert!(
        message.contains("no rows for figure5a") && message.contains("sweep figure5`"),
        "{message}"
    );
}

#[test]
fn several_data_sets_are_an_error_that_names_them() {
    let folder = folder("mixed");
    let ours = run("figure6", "cut", Some(0.9), None, 1);
    let theirs =
        RunRow { dataset: "cifar10".to_owned(), ..run("figure6", "cut", Some(0.5), None, 1) };
    table::write(&folder.join("runs.csv"), &[ours, theirs]).unwrap();
    let output = draw("all", &folder, &folder, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("`dataset` (cifar10, synthetic)"), "{}", stderr(&output));
}

#[test]
fn runs_on_different_data_are_not_drawn_together() {
    let folder = folder("other-data");
    let row = |rate, train: Option<&str>, test: Option<&str>, limit_train| RunRow {
        train_digest: train.map(str::to_owned),
        test_digest: test.map(str::to_owned),
        limit_train,
        ..run("figure6", "cut", Some(rate), None, 1)
    };
    let drawn = |rows: [RunRow; 2]| {
        table::write(&folder.join("runs.csv"), &rows).unwrap();
        draw("figure6", &folder, &folder, &[])
    };
    let first = row(0.9, Some("a"), Some("t"), None);
    let other = stderr(&drawn([first.clone(), row(0.5, Some("b"), Some("t"), None)]));
    assert!(other.contains("`train_digest` (a, b)"), "{other}");
    let other = stderr(&drawn([first.clone(), row(0.5, Some("a"), Some("u"), None)]));
    assert!(other.contains("`test_digest` (t, u)"), "{other}");
    // Another limit is another training set by intent.
    let limited = drawn([first.clone(), row(0.5, Some("b"), Some("t"), Some(100))]);
    assert!(limited.status.success() && stderr(&limited).is_empty(), "{}", stderr(&limited));
    let old = drawn([first, row(0.5, None, None, None)]);
    assert!(old.status.success(), "{}", stderr(&old));
    assert_eq!(stderr(&old).lines().filter(|line| line.contains("not checked")).count(), 1);
}

#[test]
fn what_is_not_a_number_is_left_out_and_said() {
    let folder = folder("nan");
    let mut rows: Vec<RunRow> =
        (0..4).map(|seed| run("figure6", "cut", Some(0.9), None, seed)).collect();
    rows[2].test_accuracy = f64::NAN;
    table::write(&folder.join("runs.csv"), &rows).unwrap();
    let output = draw("figure6", &folder, &folder, &[]);
    let message = stderr(&output);
    assert!(message.contains("1 cell is NaN, first in row 4, column `test_accuracy`"), "{message}");
    let svg = fs::read_to_string(folder.join("figure6a.svg")).unwrap();
    let words = svg.replace('\n', " ");
    assert!(words.contains("1 of 4 runs left out"), "{words}");
}

#[test]
fn a_picture_drawn_while_a_sweep_is_under_way_says_how_much_is_there() {
    let folder = folder("under-way");
    let rows: Vec<RunRow> =
        (0..3).map(|seed| run("figure6", "cut", Some(0.9), None, seed)).collect();
    let plan = |row: &RunRow| PlanRow { artifact: "figure6".to_owned(), run: row.run.clone() };
    let plan: Vec<PlanRow> = rows.iter().map(plan).collect();
    table::write(&folder.join("plan.csv"), &plan).unwrap();
    let caption = |rows: &[RunRow]| {
        table::write(&folder.join("runs.csv"), rows).unwrap();
        let output = draw("figure6", &folder, &folder, &[]);
        assert!(output.status.success(), "{}", stderr(&output));
        fs::read_to_string(folder.join("figure6a.svg")).unwrap()
    };
    assert!(caption(&rows[..2]).contains("2 of 3 runs"));
    assert!(!caption(&rows).contains("of 3 runs"));
}

#[test]
fn other_separators_are_named() {
    let folder = folder("separators");
    table::write(&folder.join("runs.csv"), &[run("figure6", "cut", Some(0.9), None, 1)]).unwrap();
    let text = fs::read_to_string(folder.join("runs.csv")).unwrap();
    for (by, name) in [(";", "`;`"), ("\t", "tabs")] {
        fs::write(folder.join("runs.csv"), text.replace(',', by)).unwrap();
        let message = stderr(&draw("figure6", &folder, &folder, &[]));
        assert!(
            message.contains(&format!("separated by {name}; separate them by commas")),
            "{message}"
        );
    }
}

#[test]
fn a_run_with_two_rows_does_not_count_twice() {
    let folder = folder("twice");
    let row = run("figure6", "cut", Some(0.9), None, 1);
    table::write(&folder.join("runs.csv"), &[row.clone(), row.clone()]).unwrap();
    let output = draw("figure6", &folder, &folder, &[]);
    let message = stderr(&output);
    assert!(
        message.contains(&format!("duplicate row of run {} for figure6", row.run)),
        "{message}"
    );
}

#[test]
fn an_epoch_with_two_rows_does_not_count_twice() {
    let folder = folder("epoch-twice");
    write_all(&folder);
    let mut epochs: Vec<EpochRow> = table::read(&folder.join("epochs.csv")).unwrap();
    epochs.extend(epochs.clone());
    table::write(&folder.join("epochs.csv"), &epochs).unwrap();
    let message = stderr(&draw("figure5", &folder, &folder, &[]));
    assert!(message.contains("epochs.csv: duplicate row of epoch 1 of run "), "{message}");
}

#[test]
fn a_run_without_its_last_epoch_is_not_compared() {
    let folder = folder("torn");
    write_all(&folder);
    let mut epochs: Vec<EpochRow> = table::read(&folder.join("epochs.csv")).unwrap();
    let torn = epochs.pop().unwrap();
    table::write(&folder.join("epochs.csv"), &epochs).unwrap();
    let message = ["figure5", "selectors"].map(|name| stderr(&draw(name, &folder, &folder, &[])));
    let expected = format!("epochs.csv: run {} has no epoch {}, its last", torn.run, torn.epoch);
    assert!(message.iter().any(|message| message.contains(&expected)), "{message:?}");
}

#[test]
fn what_no_run_can_give_is_not_drawn() {
    let folder = folder("implausible");
    for (row, message) in [
        (
            RunRow { test_accuracy: 87.5, ..run("figure6", "cut", Some(0.9), None, 1) },
            "test_accuracy`: 87.5 is not between 0 and 1",
        ),
        (
            RunRow { time_s: -1.0, ..run("figure6", "cut", Some(0.9), None, 1) },
            "time_s`: -1 is not at least 0",
        ),
        (run("figure6", "cut", Some(1.7), None, 1), "prune_rate`: 1.7 is not between 0 and 1"),
    ] {
        table::write(&folder.join("runs.csv"), &[row]).unwrap();
        let error = stderr(&draw("figure6", &folder, &folder, &[]));
        assert!(error.contains(message) && error.contains("fix the value"), "{error}");
    }
}

#[test]
fn a_bad_cell_is_reported_in_one_line() {
    let folder = folder("bad");
    write_all(&folder);
    let text = fs::read_to_string(folder.join("epsilon.csv")).unwrap();
    fs::write(
        folder.join("epsilon.csv"),
        text.replacen(",disjoint,uniform,1,", ",disjoint,uniform,x,", 1),
    )
    .unwrap();
    let output = draw("figure1", &folder, &folder, &[]);
    let message = stderr(&output);
    assert!(message.contains("epsilon.csv: row 2, column `degree`"), "{message}");
}

/// Draws Figures 5, 6 and 7 from the rows of one call each.
fn draws_training(name: &str, runs: &[RunRow], epochs: &[EpochRow], selections: &[SelectionRow]) {
    let folder = folder(name);
    table::write(&folder.join("runs.csv"), runs).expect("written");
    table::write(&folder.join("epochs.csv"), epochs).expect("written");
    table::write(&folder.join("selections.csv"), selections).expect("written");
    let output = draw("all", &folder, &folder, &[]);
    assert!(output.status.success(), "{name}: {}", stderr(&output));
    for picture in ["figure5", "figure6", "figure7"] {
        let svg = fs::read_to_string(folder.join(format!("{picture}.svg"))).expect("drawn");
        assert!(!svg.contains("NaN"), "{name}: {picture}");
    }
}

fn selection(run: &RunRow, epoch: u32, noise_share: Option<f64>) -> SelectionRow {
    let selector = "el2n".to_owned();
    let run = run.run.clone();
    SelectionRow {
        run,
        epoch,
        selector,
        size: 9,
        noise_share,
        overlap_previous: None,
        time_s: 0.1,
        lost_known: None,
        lost_gradient_share: None,
        time_double_loss_s: None,
    }
}

/// One seed, one prune rate and one epoch of every figure.
fn least() -> (Vec<RunRow>, Vec<EpochRow>, Vec<SelectionRow>) {
    let artifacts = ["figure5a", "figure5b", "figure5c", "figure6", "figure7"];
    let one = |a: &&'static str| RunRow { epochs: 1, ..run(a, "cut", Some(0.9), Some(0.9), 1) };
    let runs: Vec<RunRow> = artifacts.iter().map(one).collect();
    let epochs = runs.iter().map(|r| epoch(r, 1, true, 0.5)).collect();
    let selections = runs.iter().map(|r| selection(r, 1, Some(0.2))).collect();
    (runs, epochs, selections)
}

#[test]
fn one_seed_one_rate_one_epoch() {
    let (runs, epochs, selections) = least();
    draws_training("least", &runs, &epochs, &selections);
}

#[test]
fn nothing_but_empty_cells() {
    let (runs, mut epochs, mut selections) = least();
    epochs.iter_mut().for_each(|e| {
        *e = EpochRow { val_loss: None, test_loss: None, loss_clean: None, ..e.clone() }
    });
    selections.iter_mut().for_each(|s| s.noise_share = None);
    draws_training("empty", &runs, &epochs, &selections);
}

#[test]
fn values_that_are_not_finite() {
    let (mut runs, mut epochs, mut selections) = least();
    for run in &mut runs {
        run.test_accuracy = f64::NAN;
        run.relative_flops = f64::INFINITY;
    }
    for e in &mut epochs {
        e.test_loss = Some(f64::INFINITY);
        e.loss_clean = Some(0.0);
    }
    selections.iter_mut().for_each(|s| s.noise_share = Some(f64::NAN));
    draws_training("unfinite", &runs, &epochs, &selections);
}

#[test]
fn analysis_of_one_draw_with_infinite_values() {
    let folder = folder("one-draw");
    write_all(&folder);
    let path = |name: &str| folder.join(name);
    let mut study: Vec<PruneStudyRow> = table::read(&path("prune_study.csv")).unwrap();
    study.truncate(2);
    study[0].loss_after = f64::INFINITY;
    table::write(&path("prune_study.csv"), &study).unwrap();
    let mut curves: Vec<PruneCurveRow> = table::read(&path("prune_curves.csv")).unwrap();
    curves.iter_mut().step_by(3).for_each(|r| r.pruned_fit = f64::NAN);
    // A range that is not finite, nor is its scale.
    (curves[0].truth, curves[1].truth) = (-1.7e308, 1.7e308);
    (curves[0].fit, curves[1].fit) = (1.7e308, -1.7e308);
    table::write(&path("prune_curves.csv"), &curves).unwrap();
    let mut rows: Vec<EpsilonRow> = table::read(&path("epsilon.csv")).unwrap();
    rows.retain(|r| r.trial == 0);
    rows.iter_mut().filter(|r| r.pairing == "disjoint").for_each(|r| r.epsilon = f64::INFINITY);
    table::write(&path("epsilon.csv"), &rows).unwrap();
    let output = draw("figure1", &folder, &folder, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let caption = fs::read_to_string(folder.join("figure1c.svg")).unwrap();
    assert!(caption.contains("20 rows are infinite"), "{caption}");
}
