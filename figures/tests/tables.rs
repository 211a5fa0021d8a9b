//! The paper's tables and studies over plausible runs, in every format.

mod support;

use std::fs;

use support::tables::{Study, table1};
use support::written::{Written, stdout, tables_of};
use support::{draw, epoch, jitter, stderr};
use swast_tables::rows::{RunRow, SelectionRow};

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn table_1_compares_with_every_baseline() {
    let mut study = Study::default();
    table1(&mut study, "table1", 3, &|_| {});
    let written = Written::of("table1", "table1", &study);
    let cell = |column| {
        [("variant", "cut"), ("dataset", "synthetic"), ("coreset", "5"), ("column", column)]
    };
    let of = |variant: &str, fraction, rate| {
        let own = study.runs.iter().filter(|run| {
            (&*run.variant, run.fraction, run.prune_rate) == (variant, fraction, rate)
        });
        own.filter(|run| run.selector.as_deref() != Some("random-redrawn"))
            .map(|run| 100.0 * run.test_accuracy)
            .collect::<Vec<f64>>()
    };
    let (cut, base) = (of("cut", Some(0.05), Some(0.9)), of("coreset-only", Some(0.05), None));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(near(written.number(&cell("pruned 90 %"), "mean"), mean(&cut)));
    let difference = written.number(&cell("pruned 90 %"), "difference_from_coreset_only");
    assert!(near(difference, mean(&cut) - mean(&base)));
    assert_eq!(written.cell(&cell("pruned 90 %"), "n"), "3");
    assert_eq!(written.cell(&cell("all data, as many steps"), "note"), "2 epochs");
    assert!(written.number(&cell("all data, dense"), "mean") > 75.0);
    let redrawn = written.number(&cell("random, redrawn"), "difference_from_coreset_only");
    assert!(near(redrawn, -1.5), "{redrawn}");
    for claim in [
        "table1: Claim: trim beats coreset-only: holds here",
        "table1: Claim: cut beats as many steps on all data: holds here",
        "table1: Claim: gains over coreset-only grow as coresets shrink: holds here",
    ] {
        assert!(written.said.contains(claim), "{}", written.said);
    }
    // No setting of the paper is ours: its numbers are beside, not inside.
    assert!(written.markdown.contains("The paper, in another setting: cifar10, resnet18"));
    let theirs =
        [("dataset", "cifar10"), ("variant", "trim"), ("coreset", "10"), ("column", "pruned 90 %")];
    assert_eq!((written.cell(&theirs, "paper"), written.cell(&theirs, "n")), ("92.58", ""));
}

#[test]
fn losses_that_shrink_are_no_gains_that_grow() {
    let mut study = Study::default();
    // A quarter below coreset-only, and so the less the lower that is.
    table1(&mut study, "table1", 3, &|run| {
        let base = 0.6 + 2.0 * run.fraction.unwrap_or(1.0) + 0.01 * jitter(run.seed as f64);
        let pruned = matches!(&*run.variant, "cut" | "trim");
        run.test_accuracy = base.min(0.95) * if pruned { 0.75 } else { 1.0 };
    });
    let said = Written::of("shrinking", "table1", &study).said;
    let claim = "table1: Claim: gains over coreset-only grow as coresets shrink: undecided here: +";
    assert!(said.contains(claim), "{said}");
    assert!(said.contains("trim \u{2212}"), "{said}");
}

#[test]
fn several_data_sets_have_rows_of_their_own_and_the_papers_numbers() {
    let mut study = Study::default();
    for dataset in ["cifar100", "cifar10"] {
        table1(&mut study, "table1", 2, &|run| {
            run.dataset = dataset.to_owned();
            run.model = "resnet18".to_owned();
            run.limit_train = None;
            run.train_digest = Some(dataset.to_owned());
            run.test_digest = Some(dataset.to_owned());
            if run.fraction == Some(0.05) {
                run.fraction = Some(0.01);
            }
        });
    }
    let written = Written::of("several", "table1", &study);
    let at = |dataset, column| {
        [("dataset", dataset), ("variant", "trim"), ("coreset", "1"), ("column", column)]
    };
    assert_eq!(written.cell(&at("cifar10", "pruned 90 %"), "paper"), "78.6");
    assert_eq!(written.cell(&at("cifar10", "pruned 90 %"), "paper_difference"), "2.97");
    assert!(written.cell(&at("cifar10", "pruned 90 %"), "note").contains("give +3.07"));
    assert_eq!(written.cell(&at("cifar100", "coreset-only"), "paper"), "36.42");
    // A coreset of 1 % takes the steps of one epoch on all data, which was not run; one of 10 % those of two.
    assert_eq!(written.cell(&at("cifar10", "all data, as many steps"), "n"), "");
    assert!(!written.markdown.contains("another setting"));
    assert!(written.markdown.contains("paper 78.60<br>(+2.97)\u{2020}"), "{}", written.markdown);
    assert!(
        written.markdown.find("cifar10, resnet18") < written.markdown.find("cifar100, resnet18")
    );
    assert!(written.said.contains("not enough runs"), "{}", written.said);
}

#[test]
fn one_data_set_is_the_same_data_in_every_row() {
    let mut study = Study::default();
    table1(&mut study, "table1", 1, &|_| {});
    study.runs[0].train_digest = Some("other".to_owned());
    let folder = tables_of("other-data", &study);
    let error = stderr(&draw("table1", &folder, &folder, &[]));
    assert!(error.contains("`train_digest` (0123456789abcdef, other)"), "{error}");
}

#[test]
fn two_runs_of_one_seed_and_setting_are_refused() {
    let mut study = Study::default();
    table1(&mut study, "table1", 1, &|_| {});
    let again = RunRow { run: "again".to_owned(), ..study.runs[0].clone() };
    study.epochs.extend((1..=12).map(|t| epoch(&again, t, true, 0.5)));
    study.runs.push(again);
    let folder = tables_of("twice", &study);
    let error = stderr(&draw("table1", &folder, &folder, &[]));
    assert!(error.contains("seed 1 in one setting") && error.contains("again"), "{error}");
}

#[test]
fn cells_that_were_not_run_are_empty() {
    let mut study = Study::default();
    table1(&mut study, "table1", 1, &|_| {});
    study.runs.retain(|run| {
        (&*run.variant, run.prune_rate, run.fraction) != ("cut", Some(0.9), Some(0.1))
    });
    study.runs.retain(|run| run.variant != "dense");
    let written = Written::of("partial", "table1", &study);
    let cell = [
        ("variant", "cut"),
        ("coreset", "10"),
        ("column", "pruned 90 %"),
        ("dataset", "synthetic"),
    ];
    assert_eq!((written.cell(&cell, "n"), written.cell(&cell, "mean")), ("", ""));
    assert!(!written.markdown.contains("as many steps |"), "{}", written.markdown);
}

#[test]
fn table_2_weighs_time_and_parameters() {
    let mut study = Study::default();
    for seed in 1..=3 {
        for rate in [0.5, 0.9] {
            study.add("table2", ("cut", Some(0.1), Some(rate)), seed, &|run| {
                run.params_active = 40_000;
            });
        }
        study.add_baselines("table2", &[0.1, 0.15], seed, &|run| run.params_active = 78_042);
    }
    let written = Written::of("table2", "table2", &study);
    let cell = |column| {
        [
            ("dataset", "synthetic"),
            ("variant", "cut"),
            ("coreset", "10"),
            ("pruned", "50"),
            ("column", column),
        ]
    };
    assert!(near(written.number(&cell("active parameters (million)"), "mean"), 0.04));
    assert!(written.number(&cell("time (s)"), "difference_from_coreset_only") < 0.0);
    let theirs = [("dataset", "cifar10"), ("variant", "cut"), ("column", "time (s)")];
    assert_eq!(written.cell(&theirs, "paper"), "2191");
    let claim = "cut takes less time than coreset-only on a larger coreset: holds here";
    assert!(written.said.contains(claim), "{}", written.said);
}

#[test]
fn table_3_has_both_baselines() {
    let mut study = Study::default();
    for seed in 1..=3 {
        for rate in [0.5, 0.9] {
            study.add("table3", ("prune-only", None, Some(rate)), seed, &|run| {
                run.label_noise = 0.2;
            });
            for fraction in [0.05, 0.1] {
                study.add("table3", ("cut", Some(fraction), Some(rate)), seed, &|run| {
                    run.label_noise = 0.2;
                });
            }
        }
        study.add_baselines("table3", &[0.05, 0.1], seed, &|run| run.label_noise = 0.2);
    }
    let written = Written::of("table3", "table3", &study);
    let cell = [
        ("dataset", "synthetic"),
        ("trained_on", "coreset"),
        ("coreset", "10"),
        ("column", "pruned 90 %"),
    ];
    let from = |name: &str| written.number(&cell, &format!("difference_from_{name}"));
    assert!(from("dense") < from("coreset_only"));
    assert!(written.markdown.contains("from coreset-only<br>"), "{}", written.markdown);
    assert!(
        written.markdown.contains("86.86 as the best of pruning alone")
            == written.markdown.contains("paper 86.86")
    );
    let claim = "with label noise, cut beats dense training on all data: does not hold here";
    assert!(written.said.contains(claim), "{}", written.said);
}

#[test]
fn tables_4_and_5_change_the_pruner_and_the_selector() {
    let mut study = Study::default();
    table1(&mut study, "table4", 2, &|run| {
        run.pruner = run.pruner.take().map(|_| "probmask".to_owned());
    });
    study.runs.retain(|run| run.variant != "trim");
    let four = Written::of("table4", "table4", &study);
    assert!(four.markdown.contains("synthetic, resnet8, gradmatch, probmask"), "{}", four.markdown);
    let theirs = [("dataset", "cifar10"), ("coreset", "10"), ("column", "pruned 50 %")];
    assert_eq!(four.cell(&theirs, "paper"), "92.44");
    let mut study = Study::default();
    for selector in ["craig", "glister", "moderate"] {
        for seed in 1..=3 {
            let change = |run: &mut RunRow| {
                if run.selector.is_some() {
                    run.selector = Some(selector.to_owned());
                }
            };
            for rate in [0.5, 0.9] {
                study.add("table5", ("cut", Some(0.1), Some(rate)), seed, &change);
            }
            study.add("table5", ("coreset-only", Some(0.1), None), seed, &change);
        }
    }
    let five = Written::of("table5", "table5", &study);
    let cell = |selector, column| {
        [("dataset", "synthetic"), ("selector", selector), ("coreset", "10"), ("column", column)]
    };
    assert!(five.number(&cell("craig", "pruned 90 %"), "difference_from_coreset_only") > 0.0);
    assert_eq!(five.cell(&cell("moderate", "coreset-only"), "difference_from_coreset_only"), "");
    assert!(five.said.contains("craig +") && five.said.contains("moderate +"), "{}", five.said);
    assert!(five.markdown.contains("says ProbMask"), "{}", five.markdown);
}

/// Runs of the state-preservation study, with double-loss in those of cut.
fn preserving(seeds: u64) -> Study {
    let mut study = Study::default();
    for (place, mode) in ["none", "selective", "complete"].into_iter().enumerate() {
        for seed in 1..=seeds {
            for (variant, fraction, rate, lift) in [
                ("cut", Some(0.1), Some(0.7), 0.01),
                ("prune-only", None, Some(0.7), 0.0),
                ("coreset-only", Some(0.1), None, 0.0),
            ] {
                // It is among the baselines.
                if (variant, mode) == ("coreset-only", "none") {
                    study.add_baselines("state-preservation", &[0.1], seed, &|_| {});
                    continue;
                }
                study.add("state-preservation", (variant, fraction, rate), seed, &|run| {
                    run.preserve = mode.to_owned();
                    let noise = 0.001 * jitter(seed as f64 + place as f64);
                    run.test_accuracy += lift * place as f64 + noise;
                });
            }
        }
    }
    for run in study.runs.iter().filter(|run| run.fraction.is_some()) {
        let calm = ["none", "selective", "complete"].iter().position(|m| *m == run.preserve);
        let calm = calm.unwrap_or_default() as f64;
        let joint = run.variant == "cut";
        for epoch in study.epochs.iter_mut().filter(|row| row.run == run.run) {
            let t = f64::from(epoch.epoch);
            let wave = (0.06 - 0.025 * calm) * jitter(1.7 * t + run.seed as f64);
            epoch.test_accuracy = epoch.test_accuracy.map(|_| 0.4 + 0.005 * t + wave);
        }
        study.selections.extend((1..6).map(|i| SelectionRow {
            run: run.run.clone(),
            epoch: 2 * i + 1,
            selector: "moderate".to_owned(),
            size: 200,
            noise_share: None,
            overlap_previous: (i > 1).then_some(0.5),
            time_s: 0.1,
            lost_known: (joint && i > 1).then_some(30 - 2 * u64::from(i) - 5 * calm as u64),
            lost_gradient_share: (joint && i > 1).then_some(
                0.3 - 0.02 * f64::from(i) - 0.05 * calm + 0.01 * jitter(run.seed as f64),
            ),
            time_double_loss_s: joint.then_some(0.2),
        }));
    }
    study
}

#[test]
fn preservation_is_compared_with_none() {
    let written = Written::of("state-preservation", "state-preservation", &preserving(3));
    let cell = |variant, column| [("variant", variant), ("column", column)];
    let gain = |variant| written.number(&cell(variant, "complete"), "difference_from_none");
    assert!(gain("cut") > 1.5 && gain("coreset-only").abs() < 0.5);
    assert_eq!(written.cell(&cell("coreset-only", "none"), "n"), "3");
    let random = written.number(&cell("random, redrawn", "none"), "mean");
    assert!(random < written.number(&cell("coreset-only", "none"), "mean"));
    assert_eq!(written.cell(&cell("all data, as many steps", "none"), "n"), "3");
    let claim = "complete preservation gives more to cut than to coreset-only: holds here";
    assert!(written.said.contains(claim), "{}", written.said);
}

#[test]
fn double_loss_is_drawn_and_counted() {
    let study = preserving(3);
    let written = Written::named("double-loss", ("double-loss", "double-lossc"), &study);
    let cell = |mode, column| [("preserve", mode), ("column", column)];
    let lost = |mode| written.number(&cell(mode, "samples known and lost"), "mean");
    assert!(near(lost("none"), 23.0) && near(lost("complete"), 13.0));
    assert!(written.number(&cell("none", "drops not made good"), "mean") > 0.0);
    let claim = "state preservation lowers what cut knew and lost: holds here";
    assert!(written.said.contains(claim), "{}", written.said);
    assert!(written.said.contains("; selective +5.0, complete +10.0."), "{}", written.said);
}

#[test]
fn figure_4_is_a_picture_alone() {
    let mut study = Study::default();
    table1(&mut study, "figure4", 3, &|_| {});
    for seed in 1..=3 {
        for rate in [0.5, 0.9] {
            study.add("figure4", ("prune-only", None, Some(rate)), seed, &|_| {});
        }
    }
    let folder = tables_of("figure4", &study);
    let output = draw("figure4", &folder, &folder, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let svg = fs::read_to_string(folder.join("figure4.svg")).unwrap();
    assert!(svg.contains("as many") || svg.contains("fewer epochs"), "{svg}");
    assert!(!folder.join("figure4.md").exists());
    let said = stdout(&output);
    let claim = "figure4: Claim: cut beats the best other approach that costs no more: holds here";
    assert!(said.contains(claim), "{said}");
    let nothing = draw("figure4", &folder, &folder, &["--format", "md"]);
    assert!(nothing.status.success() && stdout(&nothing).contains("figure4: Claim"));
}

#[test]
fn all_tables_are_drawn_at_once() {
    let mut study = Study::default();
    table1(&mut study, "table1", 1, &|_| {});
    let one = std::mem::take(&mut study);
    table1(&mut study, "table4", 1, &|run| run.model = "resnet20".to_owned());
    study.runs.extend(one.runs);
    study.epochs.extend(one.epochs);
    let folder = tables_of("all", &study);
    let output = draw("tables", &folder, &folder, &["--format", "md"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for (name, there) in [("table1", true), ("table2", false), ("table4", true)] {
        assert_eq!(folder.join(format!("{name}.md")).exists(), there, "{name}");
    }
    assert_eq!(stderr(&output).matches("skipped: ").count(), 3);
}

/// One run of an artifact is little, but no error.
#[test]
fn a_single_run_is_drawn() {
    for artifact in
        ["table1", "table2", "table3", "table4", "table5", "state-preservation", "figure4", "speed"]
    {
        let mut study = Study::default();
        study.add(artifact, ("cut", Some(0.1), Some(0.9)), 1, &|_| {});
        let folder = tables_of(&format!("single-{artifact}"), &study);
        let output = draw(artifact, &folder, &folder, &[]);
        assert!(output.status.success(), "{artifact}: {}", stderr(&output));
        let svg = fs::read_to_string(folder.join(format!("{artifact}.svg"))).unwrap();
        assert!(!svg.contains("NaN"), "{artifact}");
    }
}

#[test]
fn runs_that_diverged_are_left_out() {
    let mut study = Study::default();
    table1(&mut study, "table1", 3, &|_| {});
    for run in study.runs.iter_mut().filter(|run| run.variant == "cut" && run.seed == 1) {
        run.test_accuracy = f64::NAN;
    }
    let written = Written::of("diverged", "table1", &study);
    let cell = [
        ("variant", "cut"),
        ("coreset", "10"),
        ("column", "pruned 90 %"),
        ("dataset", "synthetic"),
    ];
    assert_eq!(written.cell(&cell, "n"), "2");
    assert!(written.markdown.contains("(n = 2)"), "{}", written.markdown);
}

#[test]
fn double_loss_without_measurements_is_absent() {
    let mut study = preserving(1);
    for row in &mut study.selections {
        (row.lost_known, row.lost_gradient_share) = (None, None);
    }
    let folder = tables_of("double-loss-absent", &study);
    let error = stderr(&draw("double-loss", &folder, &folder, &[]));
    assert!(error.contains("no rows for state-preservation"), "{error}");
}
