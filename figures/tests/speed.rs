//! Time of training beside FLOPs, over runs made by formula.

mod support;

use std::fs;
use std::path::Path;

use support::tables::Study;
use support::written::{stdout, tables_of};
use support::{draw, stderr};

/// Three seeds of ResNet-20 and ResNet-18: pruning at 90 % takes half of the time, a tenth of the data an eighth, and both
/// together `both` of their product.
fn study(both: f64) -> Study {
    let mut study = Study::default();
    for (model, dense) in [("resnet20", 40.0), ("resnet18", 160.0)] {
        for seed in 1..=3_u32 {
            // Machines drift, and what is relative does not.
            let dense = dense * (1.0 + 0.1 * f64::from(seed));
            let noise = 1.0 + 0.001 * f64::from(seed);
            let mut add = |run, time: f64, flops: f64| {
                study.add("speed", run, seed.into(), &|row| {
                    row.model = model.to_owned();
                    (row.time_s, row.relative_flops) = (time * dense, flops);
                });
            };
            add(("dense", None, None), 1.0, 1.0);
            add(("prune-only", None, Some(0.9)), 0.5, 0.1);
            add(("coreset-only", Some(0.1), None), 0.125, 0.12);
            add(("cut", Some(0.1), Some(0.9)), 0.5 * 0.125 * both * noise, 0.012);
        }
    }
    study
}

fn drawn(name: &str, study: &Study) -> (String, std::path::PathBuf) {
    let folder = tables_of(name, study);
    let output = draw("speed", &folder, &folder, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    (stdout(&output), folder)
}

fn svg(folder: &Path, panel: &str) -> String {
    fs::read_to_string(folder.join(format!("{panel}.svg"))).expect("drawn")
}

/// The words of a picture, without tags and lines.
fn words(svg: &str) -> String {
    let texts = svg.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text);
    texts.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_model_has_a_panel_that_states_its_cheapest_run() {
    let (said, folder) = drawn("speed", &study(1.6));
    for (panel, model) in [("speeda", "resnet18"), ("speedb", "resnet20")] {
        let svg = svg(&folder, panel);
        assert!(svg.contains(model) && !svg.contains("NaN"), "{panel}");
        // 0.5 x 0.125 x 1.6 x 1.002 of the time.
        assert!(
            words(&svg).contains("10.0 % of the time and 1.2 % of the FLOPs"),
            "{panel}: {said}"
        );
    }
}

#[test]
fn the_product_is_missed_or_reached() {
    let claim =
        "Claim: cut takes longer than the product of what pruning and coresets take alone: ";
    for (name, both, verdict) in
        [("missed", 1.6, "holds here"), ("reached", 0.9, "does not hold here")]
    {
        let (said, _) = drawn(&format!("speed-{name}"), &study(both));
        assert!(said.contains(&format!("{claim}{verdict}")), "{name}: {said}");
    }
}
