//! The command as people script against it: tables, CSV on stdout, exit codes and one-line errors.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

mod support;

use std::path::{Path, PathBuf};

use support::{folder_with, output, run, table};
use swast_tables::folder::MARKER;
use swast_tables::rows::lab::{BestCoresetRow, PruneMapRow};
use swast_tables::rows::{EpsilonRow, PruneCurveRow, PrunePointRow, PruneStudyRow};

fn golden(file: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/analysis");
    std::fs::read_to_string(path.join(file)).unwrap()
}

#[test]
fn prune_writes_three_tables() {
    let folder = folder_with(&[]);
    let text = output("prune --trials 5 --out deep/er", folder.path());
    assert!(text.contains("of draws"), "{text}");
    let out = folder.path().join("deep/er");
    let rows: Vec<PruneStudyRow> = table(&out);
    assert_eq!(rows.len(), 10);
    assert_eq!((rows[9].trial, rows[9].training_set.as_str()), (4, "coreset"));
    assert_eq!(table::<PruneCurveRow>(&out).len(), 802);
    assert_eq!(table::<PrunePointRow>(&out).len(), 10);
}

/// Pictures stand beside the tables, of one's own points as well.
#[test]
fn plots_are_drawn_from_the_terminal() {
    let folder = folder_with(&[("own.csv", "x,y,noisy\n-1,0,0\n0,1,1\n0.5,1,0\n1,0,1\n")]);
    output("prune --trials 5 --plot --out drawn", folder.path());
    output("epsilon --trials 2 --degrees 1..4 --plot --format svg --out drawn", folder.path());
    let fit = output("fit --data own.csv --degree 2 --plot --out own --format svg", folder.path());
    assert_eq!(fit.lines().count(), 4, "stdout is the table's: {fit}");
    let table = output("epsilon --data own.csv --degrees 1..3 --plot --out own", folder.path());
    assert_eq!(table.lines().count(), 4, "stdout is the table's: {table}");
    for name in [
        "drawn/figure1a.svg",
        "drawn/figure1b.png",
        "drawn/figure1d.svg",
        "drawn/figure1c.svg",
        "own/epsilon.png",
        "own/fit.svg",
    ] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    assert!(!folder.path().join("drawn/figure1c.png").exists(), "only the formats asked for");
}

#[test]
fn maps_have_a_row_per_cell_and_draw() {
    let folder = folder_with(&[]);
    let all = "map --trials 2 --degrees 3..4 --sizes 5,9 --format svg --out";
    output(&format!("{all} one --threads 1"), folder.path());
    output(&format!("{all} three --threads 3"), folder.path());
    let text = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
    for file in ["prune_map.csv", "difficulty_map.csv"] {
        assert_eq!(text(&format!("one/{file}")), text(&format!("three/{file}")), "{file}");
    }
    let rows: Vec<PruneMapRow> = table(&folder.path().join("one"));
    let of = |map: &str| rows.iter().filter(|r| r.map == map).count();
    // 20 noise levels and 2 degrees; 0 to 11 coefficients of degree 10 and 0 to 9 of 10 points.
    assert_eq!((of("noise-degree"), of("pruned-noisy")), (20 * 2 * 2, 12 * 10 * 2));
    assert_eq!(text("one/difficulty_map.csv").lines().count(), 1 + 2 * 2 * 2);
    for map in ["noise_degree", "pruned_noisy", "degree_size"] {
        assert!(folder.path().join(format!("one/map_{map}.svg")).exists());
    }

    // A cell is the pruning study at its settings.
    output("prune --trials 2 --degree 4 --noise 0.2 --out cell", folder.path());
    let study: Vec<PruneStudyRow> = table(&folder.path().join("cell"));
    let cell: Vec<&PruneMapRow> =
        rows.iter().filter(|r| r.degree == 4 && (r.noise - 0.2).abs() < 1e-12).collect();
    let losses: Vec<f64> = cell.iter().flat_map(|r| [r.loss_full, r.loss_coreset]).collect();
    let expected: Vec<f64> = study.iter().map(|r| r.loss_after).collect();
    assert_eq!(losses, expected);
}

/// A coreset of own points: the value is the one that `epsilon` gives for it.
#[test]
fn best_coresets_are_ranked() {
    let folder = folder_with(&[(
        "own.csv",
        "x,y\n-1,0\n-0.7,0.3\n-0.2,0.8\n0,1\n0.3,0.6\n0.6,0.2\n1,0.1\n",
    )]);
    let methods = "--method greedy,exchange,exhaustive,random,bound";
    let own = format!("best-coreset --data own.csv --degrees 1 {methods} --out own --format svg");
    let said = output(&own, folder.path());
    assert!(said.contains("points of 7 needed for a median I of at most 0.5"), "{said}");
    let rows: Vec<BestCoresetRow> = table(&folder.path().join("own"));
    assert_eq!(rows.len(), 5 * 6);
    let at = |method: &str, size: usize| {
        rows.iter().find(|r| r.method == method && r.size == size).unwrap().epsilon
    };
    for size in 1..7 {
        let slack = 1e-9;
        assert!(at("bound", size) <= at("exhaustive", size) + slack);
        assert!(at("exhaustive", size) <= at("exchange", size) + slack);
        assert!(at("exchange", size) <= at("greedy", size) + slack);
        assert!(at("exhaustive", size) <= at("random", size) + slack);
    }

    let drawn = "best-coreset --points 12 --degrees 2,3 --trials 2 --format svg --out";
    output(&format!("{drawn} one --threads 1"), folder.path());
    output(&format!("{drawn} two --threads 2"), folder.path());
    let text = |file: &str| std::fs::read(folder.path().join(file)).unwrap();
    assert_eq!(text("one/best_coreset.csv"), text("two/best_coreset.csv"));
}

#[test]
fn epsilon_serves_all_of_figure_1c_at_once() {
    let folder = folder_with(&[]);
    let arguments = "epsilon --pairing disjoint,subset,at-fit --solver exact,argmin --degrees 1..3 --trials 2 --out .";
    output(arguments, folder.path());
    let rows: Vec<EpsilonRow> = table(folder.path());
    let first: Vec<_> =
        rows.iter().take(15).map(|r| (r.pairing.as_str(), r.solver.as_str(), r.degree)).collect();
    let expected = [
        ("disjoint", "exact"),
        ("disjoint", "argmin"),
        ("subset", "exact"),
        ("subset", "argmin"),
        ("at-fit", "exact"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .flat_map(|(pairing, solver)| (1..=3).map(|d| (*pairing, *solver, d)))
        .collect();
    assert_eq!((first, rows.len()), (expected, 30));
}

/// The shown draw, written by one command, is read by the others.
#[test]
fn own_points() {
    let folder = folder_with(&[
        ("noisy.csv", &golden("epsilon_noisy50.csv")),
        ("clean.csv", &golden("epsilon_clean20.csv")),
        ("far.csv", "x,y,noisy\n100,0,0\n110,10,1\n130,30,0\n"),
    ]);
    let full = "epsilon --full noisy.csv --coreset clean.csv --degrees 1..20";
    for (pairing, expected_rows) in [("disjoint", 20), ("subset", 20)] {
        let text = output(&format!("{full} --pairing {pairing}"), folder.path());
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("degree,epsilon,lambda_max,lambda_min"));
        let expected = golden("epsilon_expected.csv");
        let expected: Vec<&str> = expected.lines().filter(|l| l.starts_with(pairing)).collect();
        assert_eq!((text.lines().count() - 1, expected.len()), (expected_rows, expected_rows));
        for (line, expected) in lines.zip(expected) {
            let value: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
            let expected: f64 = expected.split(',').nth(2).unwrap().parse().unwrap();
            assert!((value / expected - 1.0).abs() < 1e-8, "{line}");
        }
    }

    output("prune --trials 3 --out first", folder.path());
    let again = "--data first/prune_points.csv --degree 10 --out again";
    output(&format!("prune {again}"), folder.path());
    let (first, again): (Vec<PruneStudyRow>, Vec<PruneStudyRow>) =
        (table(&folder.path().join("first")), table(&folder.path().join("again")));
    assert_eq!(again.len(), 2, "points with marks are one draw");
    assert_eq!(again[1].train_loss_after.to_bits(), first[1].train_loss_after.to_bits());
    assert_eq!((again[0].function.as_str(), again[0].noise.is_none()), ("data", true));

    let fit = output("fit --data first/prune_points.csv --degree 10 --prune 3", folder.path());
    assert!(fit.starts_with("power,coefficient,pruned_coefficient\n0,"));
    assert_eq!(fit.lines().filter(|line| line.ends_with(",0.0")).count(), 3);

    let (_, lines, words) = run("fit --data far.csv --degree 1 --prune 0", folder.path());
    // y = x - 100 at 100, 110 and 130, in u = (x - 115) / 15: 15 + 15 u.
    assert!(lines.lines().skip(1).all(|line| line.ends_with(",u = (x - 115) / 15")), "{lines}");
    let coefficients: Vec<f64> = lines
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    assert!(coefficients.iter().all(|c| (c - 15.0).abs() < 1e-12), "{coefficients:?}");
    assert!(words.contains("rescaled") && words.contains("u = (x - 115) / 15"), "{words}");
    output("prune --data far.csv --degree 2 --prune 0 --out far", folder.path());
    let curves: Vec<PruneCurveRow> = table(&folder.path().join("far"));
    assert!(curves.iter().all(|r| (r.fit - r.truth).abs() < 1e-9 || r.training_set != "full"));

    let one_file = output("epsilon --data first/prune_points.csv --degrees 1..2", folder.path());
    assert_eq!(one_file.lines().count(), 3);
}

#[test]
fn shares_and_counts_out_of_range_name_their_flag() {
    let folder = folder_with(&[]);
    for (arguments, flag) in [
        ("best-coreset --points 5 --sizes 6", "--sizes"),
        ("best-coreset --points 2000000", "2 to 10000"),
        ("map --noisy-fraction 1", "--noisy-fraction"),
        ("epsilon --noisy 99999999999", "--noisy"),
        ("prune --noisy-fraction 1.5", "--noisy-fraction"),
    ] {
        let (code, _, text) = run(arguments, folder.path());
        assert_eq!(code, Some(2), "{arguments}: {text}");
        assert!(text.contains(flag) && text.lines().count() == 1, "{arguments}: {text}");
    }
}

#[test]
fn errors_are_one_line_with_place_and_cure() {
    let long = format!("x,y\n{}", "1,2\n".repeat(300));
    let folder = folder_with(&[
        ("ok.csv", "x,y,noisy\n0,1,0\n1,2,1\n"),
        ("word.csv", "x,y\n0,1\n1,oops\n"),
        ("short.csv", "x,y\n0,1\n1\n"),
        ("nameless.csv", "0,1\n1,2\n"),
        ("empty.csv", "x,y\n"),
        ("long.csv", &long),
        ("mark.csv", "x,y,noisy\n0,1,maybe\n"),
        ("bare.csv", "x,y\n0,1\n"),
        ("huge.csv", "x,y\n0,1e200\n1,-1e200\n0.5,3e200\n"),
    ]);
    let cases = [
        (2, "epsilon --pairing at-fit --solver argmin", "--solver"),
        (2, "epsilon --pairing at-fit --data ok.csv", "--pairing"),
        (2, "epsilon --pairing at-fit --full ok.csv --coreset ok.csv", "--pairing"),
        (2, "epsilon --pairing disjoint,subset --data ok.csv", "--pairing"),
        (2, "epsilon --full ok.csv", "--coreset"),
        (2, "epsilon --degrees 5..1", "1..5"),
        (2, "epsilon --noisy 0", "--noisy"),
        (2, "epsilon --clean 0", "--clean"),
        (2, "prune --noise=-1", "--noise"),
        (2, "prune --noise 1e308", "--noise"),
        (2, "prune --points 99999999999", "--points"),
        (2, "prune --threads 60000", "--threads"),
        (2, "prune --noisy-fraction 1", "--noisy-fraction"),
        (2, "prune --prune 12", "--prune"),
        (2, "prune --function parabola", "runge"),
        (2, "prune --trials 0", "--trials"),
        (2, "prune --data ok.csv --points 5", "--points"),
        (2, "map --noise-max 0", "--noise-max"),
        (2, "map rainbow", "noise-degree"),
        (2, "best-coreset --sizes 0..5", "--sizes"),
        (2, "best-coreset --points 0", "2 to 10000"),
        (2, "best-coreset --goal NaN", "--goal"),
        (1, "best-coreset --data empty.csv", "empty.csv: row 2"),
        (1, "explore --no-open --data word.csv", "word.csv: row 3, column `y`"),
        (1, "explore --no-open --data huge.csv", "huge.csv: own: y `1000000000"),
        (
            1,
            "explore --no-open --data long.csv",
            "own: 300 points, and the laboratory takes at most 200",
        ),
        (1, "explore --address 203.0.113.7 --no-open", "--port"),
        (2, "fit", "--data"),
        (2, "draw", "draw"),
        (1, "fit --data absent.csv", "absent.csv"),
        (1, "fit --data word.csv", "word.csv: row 3, column `y`"),
        (1, "prune --data short.csv", "short.csv: row 3"),
        (1, "prune --data nameless.csv", "nameless.csv: row 1, column `x`"),
        (1, "epsilon --data empty.csv", "empty.csv: row 2"),
        (1, "epsilon --data mark.csv", "mark.csv: row 2, column `noisy`"),
        (1, "epsilon --data bare.csv", "noisy"),
        (1, "fit --data huge.csv --degree 1 --prune 0", "rescale x or y"),
        (1, "prune --data huge.csv --degree 1 --prune 0", "rescale x or y"),
    ];
    for (code, arguments, place) in cases {
        let (found, stdout, text) = run(arguments, folder.path());
        assert_eq!(found, Some(code), "{arguments}: {text}");
        assert!(text.contains(place) && text.starts_with("error: "), "{arguments}: {text}");
        assert_eq!(text.lines().count(), 1, "{arguments}: {text}");
        assert!(stdout.is_empty(), "{arguments}");
    }
    let mut left =
        std::fs::read_dir(folder.path().join("data/results/quick")).into_iter().flatten();
    assert!(
        left.all(|entry| entry.unwrap().file_name() == MARKER),
        "a failed run leaves no tables"
    );
}

/// The default number of pruned coefficients leaves one at any degree, and says so; a number named holds.
#[test]
fn low_degrees_need_no_number_to_prune() {
    let folder = folder_with(&[("own.csv", "x,y\n0,1\n1,2\n2,4\n3,9\n")]);
    for (command, said) in [
        ("fit --data own.csv --degree 0", "--prune: 0 of 1 coefficients at degree 0"),
        ("fit --data own.csv --degree 1", "--prune: 1 of 2 coefficients at degree 1"),
        ("fit --data own.csv --degree 2", "--prune: 2 of 3 coefficients at degree 2"),
        ("prune --trials 2 --degree 1 --out one", "--prune: 1 of 2 coefficients at degree 1"),
        ("map noise-degree --degrees 1..2 --trials 1 --format svg --out map", "--prune: 1 of 2"),
    ] {
        let (code, _, stderr) = run(command, folder.path());
        assert!(code == Some(0) && stderr.contains(said), "{command}: {stderr}");
    }
    let rows: Vec<PruneStudyRow> = table(&folder.path().join("one"));
    assert!(rows.iter().all(|row| row.pruned == 1));
    for quiet in ["fit --data own.csv --degree 3", "fit --data own.csv --degree 1 --prune 2"] {
        let (_, _, stderr) = run(quiet, folder.path());
        assert!(!stderr.contains("--prune"), "{quiet}");
    }
    let fit = output("fit --data own.csv --degree 3", folder.path());
    assert_eq!(fit.matches(",0.0").count(), 3, "{fit}");
}

#[test]
fn help_shows_examples() {
    let folder = folder_with(&[]);
    for command in ["prune", "epsilon", "fit", "map", "best-coreset"] {
        assert!(output(&format!("{command} --help"), folder.path()).contains("Example"));
    }
}

#[test]
fn same_bytes_for_any_number_of_threads() {
    let folder = folder_with(&[]);
    for threads in [1, 3] {
        output(&format!("prune --trials 9 --threads {threads} --out {threads}"), folder.path());
    }
    let bytes =
        |threads: &str| std::fs::read(folder.path().join(threads).join("prune_study.csv")).unwrap();
    assert_eq!(bytes("1"), bytes("3"));
}
