//! What captions say of seeds, of chance and of what is compared.

mod support;

use std::fs;
use std::path::Path;

use support::{draw, folder, stderr, write_all};
use swast_tables::rows::RunRow;
use swast_tables::table;

/// The words of a picture, lines joined, after drawing everything from the tables in `folder`.
fn words(folder: &Path, picture: &str) -> String {
    let output = draw("all", folder, folder, &["--format", "svg"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let svg = fs::read_to_string(folder.join(format!("{picture}.svg"))).expect("drawn");
    // Every line of words is an element of its own; a percent sign stays with its number by a hard blank.
    let texts = svg.split("<text").skip(1).filter_map(|element| element.split('>').nth(1));
    let texts = texts.filter_map(|text| text.split("</text").next());
    texts.map(str::trim).collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

/// Plausible tables whose runs are changed by `change`; runs for which it is false are left out.
fn tables(name: &str, change: impl Fn(&mut RunRow) -> bool) -> std::path::PathBuf {
    let folder = folder(name);
    write_all(&folder);
    let mut runs: Vec<RunRow> = table::read(&folder.join("runs.csv")).expect("written");
    runs.retain_mut(change);
    table::write(&folder.join("runs.csv"), &runs).expect("the folder can be written");
    folder
}

const PICTURES: [&str; 6] = ["figure5a", "figure5b", "figure5c", "figure6a", "figure6b", "figure7"];

#[test]
fn ranges_over_seeds_are_named_where_they_are_drawn() {
    let one = tables("one-seed", |run| run.seed == 1);
    let two = tables("two-seeds", |_| true);
    for picture in PICTURES {
        let words = words(&one, picture);
        assert!(!words.contains("means"), "{picture}: {words}");
        assert!(words.contains("1 seed"), "{picture}: {words}");
    }
    for picture in ["figure5a", "figure5b", "figure5c"] {
        assert!(words(&two, picture).contains("lines are means over seeds, bands their range"));
    }
    assert!(words(&two, "figure6a").contains("means over seeds, bars their range"));
    assert!(words(&two, "figure7").contains("means over seeds"));
}

#[test]
fn a_picture_of_networks_near_chance_says_so_and_gives_no_verdict() {
    let near = |run: &mut RunRow| {
        run.test_accuracy = 0.19;
        true
    };
    let (near, far) = (tables("near-chance", near), tables("above-chance", |_| true));
    for picture in PICTURES {
        let caption = words(&near, picture);
        assert!(caption.contains("all networks within 10 points of chance"), "{caption}");
        assert!(!caption.contains("holds here") && !caption.contains("pairs"), "{caption}");
        assert!(!words(&far, picture).contains("of chance"), "{picture}");
    }
}

#[test]
fn figure_6_says_what_is_compared() {
    let words = words(&tables("compared", |_| true), "figure6a");
    for expected in [
        "prune-only sees all data, 10 times as much as cut; \u{201c}all data, 2 epochs\u{201d} takes as many steps as cut.",
        "dense, all data",
        "cut, random redrawn",
        "cut beats prune-only at equal prune rate: not enough runs",
        "cut beats prune-only on a schedule of as many steps: not enough runs",
        "cut beats cut with random coresets that are redrawn: not enough runs",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
}
