//! What the command compares given points with, as their truth is not known.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic")]

mod support;

use support::{folder_with, output, run, table};
use swast_tables::rows::{PrunePointRow, PruneStudyRow};

/// Given points have no known truth: what they are compared with is named, and can be chosen.
#[test]
fn own_points_are_compared_with_what_is_named() {
    let folder = folder_with(&[(
        "own.csv",
        "x,y,noisy\n1990,1e5,0\n1995,2.5e5,True\n2000,3e5,FALSE\n2005,2e5,1.0\n2010,5e5,0\n2015,4e5,0\n",
    )]);
    let prune = "prune --data own.csv --degree 3 --prune 1";
    let said = |flags: &str| output(&format!("{prune} {flags} --out o"), folder.path());
    let line = said("");
    assert!(
        line.starts_with(
            "no truth known: compared with the broken line through the clean points\n"
        )
    );
    assert_eq!(line, said("--function line"), "the default");
    assert!(said("--function abs --domain 1990,2015").contains("the function abs of your choice"));
    // The formula of the line through the clean points (1990, 1e5), (2000, 3e5), (2010, 5e5), (2015, 4e5).
    let formula = "--function 1e5+2e4*(x-1990)-2e4*(abs(x-2010)+x-2010)";
    let written = said(formula);
    assert!(written.contains("compared with the function 1e5+2e4*(x-1990)-"), "{written}");
    let numbers = |said: &str| said.lines().skip(2).take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(numbers(&written), numbers(&line));
    for words in [&line, &said("--function none")] {
        assert!(words.contains("1 draw\n") && words.contains("in this draw\n"), "{words}");
        for wrong in ["true function", "100.0 %", "1 draws", "median"] {
            assert!(!words.contains(wrong), "{wrong}: {words}");
        }
    }
    let none: Vec<PruneStudyRow> = table(&folder.path().join("o"));
    assert!(none.iter().all(|row| row.loss_after.is_nan() && row.function == "none"));
    let text = std::fs::read_to_string(folder.path().join("o/prune_study.csv")).unwrap();
    assert!(text.contains(",full,,,") && !text.contains("NaN"), "unknown is an empty cell: {text}");

    said("--plot --format svg");
    for (name, word) in [("figure1a", "compared with"), ("figure1d", "loss against the reference")]
    {
        let picture = std::fs::read_to_string(folder.path().join(format!("o/{name}.svg"))).unwrap();
        assert!(picture.contains(word) && picture.contains("No truth known"), "{name}");
        assert!(!picture.contains("the truth") && !picture.contains("\ntruth\n"), "{name}");
    }
    let many = said("--resample --trials 30");
    assert!(many.contains("of 30 draws") && many.contains("% (95 %"), "{many}");
    let rows: Vec<PruneStudyRow> = table(&folder.path().join("o"));
    // The noisy points lie 5e4 above and 2e5 below the line through the clean ones.
    let noise = ((0.5e5_f64.powi(2) + 2e5_f64.powi(2)) / 2.0).sqrt();
    assert!(rows.iter().all(|row| (row.noise.unwrap() / noise - 1.0).abs() < 1e-12));
    let points: Vec<PrunePointRow> = table(&folder.path().join("o"));
    assert_eq!(
        points.iter().map(|p| p.x).collect::<Vec<_>>(),
        [1990., 1995., 2000., 2005., 2010., 2015.]
    );
}

/// One file serves prune and epsilon, whether or not a point is noisy.
#[test]
fn epsilon_takes_the_file_of_prune() {
    let folder = folder_with(&[
        ("own.csv", "x,y,noisy\n0,1,True\n1,2,False\n2,4,False\n5,3,True\n"),
        ("clean.csv", "x,y,noisy\n0,1,0\n1,2,0\n2,4,0\n"),
    ]);
    for file in ["own.csv", "clean.csv"] {
        output(&format!("prune --data {file} --degree 1 --prune 1 --out o"), folder.path());
        let subset = format!("epsilon --data {file} --pairing subset --degrees 0..1");
        assert_eq!(output(&subset, folder.path()).lines().count(), 3, "{file}");
    }
    let same = output("epsilon --data clean.csv --pairing subset --degrees 0", folder.path());
    assert!(same.lines().nth(1).unwrap().starts_with("0,"), "{same}");
    let value: f64 = same.lines().nth(1).unwrap().split(',').nth(1).unwrap().parse().unwrap();
    assert!(value < 1e-12, "all points are the coreset: {value}");
}

#[test]
fn what_cannot_be_compared_is_refused_in_one_line() {
    let folder = folder_with(&[
        ("own.csv", "x,y,noisy\n0,1,0\n400,2,1\n1000,1,0\n"),
        ("clean.csv", "x,y,noisy\n0,1,0\n40,2e9,0\n"),
        ("bare.csv", "x,y\n0,1\n1,2\n"),
    ]);
    for (code, arguments, place) in [
        (2, "prune --function line", "--function: generated points have a true function"),
        (2, "prune --function 2*x", "--function: generated points have a true function"),
        (2, "prune --data own.csv --function sin(y)", "`y` is unknown; a formula has x, pi, sin"),
        (2, "prune --data own.csv --function 1/x", "--function: 1/x is no finite number at x = 0"),
        (2, "prune --resample", "--data"),
        (2, "prune --data own.csv --function exp", "--function: exp is no finite number at x = 71"),
        (2, "prune --data own.csv --function exp --resample", "--function: exp is no finite"),
        (2, "prune --data own.csv --resample --function none", "--resample: noise is drawn about"),
        (2, "prune --data bare.csv --resample", "--resample: no column `noisy`"),
        (2, "prune --data clean.csv --resample", "--resample: 0 of 2 points are noisy"),
        (1, "epsilon --data clean.csv", "all points are marked alike"),
    ] {
        let (found, stdout, stderr) = run(arguments, folder.path());
        assert!(stderr.contains(place), "{arguments}: {stderr}");
        assert_eq!((found, stdout.as_str(), stderr.lines().count()), (Some(code), "", 1));
    }
}
