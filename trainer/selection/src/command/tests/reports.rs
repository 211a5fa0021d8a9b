//! What stderr says of a coreset.

use super::*;

#[test]
fn four_lines_follow_a_selection() {
    let said = |line: &str| select(&args(line).unwrap()).unwrap().notes;
    let line = "--method el2n --budget 9 --labels @labels.npy";
    let lines = said(&format!("{line} --probabilities @probabilities.npy"));
    for (line, start) in lines.iter().zip([
        "rows per class: ",
        "weights: smallest 1, median 1, largest 1, sum 9; 0 of 9 are 0",
        "labels: the probabilities disagree with ",
        "time: ",
    ]) {
        assert!(line.starts_with(start), "{line}");
    }
    let without =
        said("--method moderate --budget 9 --labels @labels.npy --features @features.npy");
    assert!(without[2].starts_with("labels: not compared"), "{}", without[2]);
}
