//! What a coreset is like, in four lines for stderr.

use std::time::Duration;

use ndarray::Array2;

use super::inputs::classes_of;
use crate::Coreset;
use crate::kernel::dot::Element;
use crate::quota::class_sizes;

/// Classes whose rows are counted one by one; of more, the extremes.
const COUNTED: usize = 10;
/// Labels are suspect where so many times as many chosen rows contradict the probabilities as rows in general.
const SUSPECT: f64 = 2.0;

/// The lines on a `coreset` of rows with these `labels` and, where they are given, `probabilities`, which took so long to
/// read and to choose.
pub(super) fn summary<E: Element>(
    coreset: &Coreset,
    labels: &[u16],
    probabilities: Option<&Array2<E>>,
    (read, choose): (Duration, Duration),
) -> [String; 4] {
    let doubts = match probabilities {
        None => "labels: not compared with probabilities, none are given".to_owned(),
        Some(probabilities) => doubts(&coreset.indices, &doubtful(labels, probabilities)),
    };
    let (read, choose) = (read.as_secs_f64(), choose.as_secs_f64());
    let time = format!("time: {read:.2} s to read, {choose:.2} s to choose");
    [rows(&coreset.indices, labels), weights(&coreset.weights), doubts, time]
}

/// How many rows of each class are chosen.
fn rows(chosen: &[u32], labels: &[u16]) -> String {
    let classes = classes_of(labels);
    let own: Vec<u16> = chosen.iter().map(|&row| labels[row as usize]).collect();
    let (all, own) = (class_sizes(labels, classes), class_sizes(&own, classes));
    let mut counts: Vec<(usize, usize)> =
        (0..classes).filter(|&class| all[class] > 0).map(|class| (own[class], class)).collect();
    let number = counts.len();
    let list = |counts: &[(usize, usize)]| {
        let count = |(rows, class): &(usize, usize)| format!("{class}: {rows}");
        counts.iter().map(count).collect::<Vec<_>>().join(", ")
    };
    if number <= COUNTED {
        return format!("rows per class: {}", list(&counts));
    }
    counts.sort_unstable();
    let [first, middle, last] = [0, number / 2, number - 1].map(|place| counts[place]);
    format!(
        "rows per class: smallest {} (class {}), median {}, largest {} (class {}), over {number} classes",
        first.0, first.1, middle.0, last.0, last.1
    )
}

/// The range of the weights (at least one), their sum, and how many are 0.
fn weights(weights: &[f64]) -> String {
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let all = sorted.len();
    let median = f64::midpoint(sorted[(all - 1) / 2], sorted[all / 2]);
    let zero = sorted.iter().filter(|weight| **weight == 0.0).count();
    let [smallest, median, largest, sum] =
        [sorted[0], median, sorted[all - 1], sorted.iter().sum()].map(short);
    format!(
        "weights: smallest {smallest}, median {median}, largest {largest}, sum {sum}; {zero} of {all} are 0"
    )
}

/// `value` with four significant digits.
fn short(value: f64) -> String {
    if value == 0.0 || !(1e-4..1e7).contains(&value.abs()) {
        return if value == 0.0 { "0".to_owned() } else { format!("{value:.3e}") };
    }
    let decimals = (3 - value.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// For each row, whether some other class is more probable than its label.
fn doubtful<E: Element>(labels: &[u16], probabilities: &Array2<E>) -> Vec<bool> {
    let doubt = |(row, &label): (ndarray::ArrayView1<E>, &u16)| {
        let own = row[usize::from(label)];
        row.iter().any(|other| *other > own)
    };
    probabilities.rows().into_iter().zip(labels).map(doubt).collect()
}

/// The share of the chosen rows that are `doubtful` beside that of all.
fn doubts(chosen: &[u32], doubtful: &[bool]) -> String {
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let all = share(doubtful.iter().filter(|doubt| **doubt).count(), doubtful.len());
    let own = chosen.iter().filter(|row| doubtful[**row as usize]).count();
    let own = share(own, chosen.len());
    let warning = if own > 0.0 && own >= SUSPECT * all {
        "; labels may be wrong; moderate and herding keep away from such rows (herding: with --per-class)"
    } else {
        ""
    };
    format!(
        "labels: the probabilities disagree with {:.1} % of the chosen rows, {:.1} % of all{warning}",
        100.0 * own,
        100.0 * all
    )
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn four_lines_say_what_was_chosen() {
        let labels = [0, 0, 0, 2, 2, 2];
        let p = array![
            [0.9, 0.0, 0.1],
            [0.8, 0.0, 0.2],
            [0.2, 0.0, 0.8],
            [0.1, 0.0, 0.9],
            [0.5, 0.0, 0.5],
            [0.0, 0.0, 1.0]
        ];
        let coreset = Coreset { indices: vec![2, 3, 0], weights: vec![0.25, 0.0, 1234.56] };
        let times = (Duration::from_millis(1234), Duration::from_millis(10));
        let lines = summary(&coreset, &labels, Some(&p), times);
        assert_eq!(
            lines,
            [
                "rows per class: 0: 2, 2: 1",
                "weights: smallest 0, median 0.25, largest 1235, sum 1235; 1 of 3 are 0",
                "labels: the probabilities disagree with 33.3 % of the chosen rows, 16.7 % of all; \
                 labels may be wrong; moderate and herding keep away from such rows (herding: with --per-class)",
                "time: 1.23 s to read, 0.01 s to choose",
            ]
        );
        let without = summary::<f64>(&coreset, &labels, None, times);
        assert_eq!(without[2], "labels: not compared with probabilities, none are given");
    }

    #[test]
    fn labels_are_suspect_from_twice_the_usual_share_on() {
        let doubtful = [true, true, false, false, false, false, false, false, false, false];
        let warns = |chosen: &[u32]| doubts(chosen, &doubtful).contains("may be wrong");
        assert!(warns(&[0, 1, 2, 3, 4]) && !warns(&[0, 2, 3, 4, 5]) && !warns(&[2, 3]));
        assert!(!doubts(&[0], &[false; 3]).contains("may be wrong"));
    }

    #[test]
    fn of_many_classes_the_extremes_are_named() {
        let labels: Vec<u16> = (0..1000).chain(0..1000).collect();
        let chosen: Vec<u32> = (0..500).chain(1000..1003).collect();
        assert_eq!(
            rows(&chosen, &labels),
            "rows per class: smallest 0 (class 500), median 1, largest 2 (class 2), over 1000 classes"
        );
    }

    #[test]
    fn numbers_keep_four_digits() {
        let found = [0.0, 1.0, 20000.0, 0.012_345_6, 12.0, 3e-9, 99_999.6].map(short);
        assert_eq!(found, ["0", "1", "20000", "0.01235", "12", "3.000e-9", "100000"]);
    }
}
