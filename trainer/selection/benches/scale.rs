//! Selection at the scale of ImageNet-1K, the pool seen in parts: CSV of method, numbers of rows and columns, seconds without
//! those of making the rows, and the most memory the process has held.
//!
//!     cargo bench -p swast-selection --bench scale -- el2n 1281167 1000        # any samples at a time
//!     cargo bench -p swast-selection --bench scale -- moderate 1281167 2048    # a class at a time, of 1000
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a report; a benchmark fails by panicking"
)]

use std::time::Instant;

use ndarray::Array2;
use rayon::prelude::*;
use swast_selection::quota::{Scope, groups};
use swast_selection::{Evidence, Parts, Pool, Selector, Spec};

const CLASSES: usize = 1000;
/// Rows that are seen at a time where any may be.
const BATCH: usize = 500;
/// Share of the rows that is selected.
const SHARE: usize = 10;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [method, rows, columns] = &words[..] else {
        println!("give METHOD ROWS COLUMNS");
        return;
    };
    let (rows, columns): (usize, usize) = (rows.parse().unwrap(), columns.parse().unwrap());
    let selector = method.parse::<Spec>().unwrap().selector::<f32>();
    let labels: Vec<u16> = (0..rows).map(|row| (row % CLASSES) as u16).collect();
    let whole = Pool::labelled(&labels, CLASSES);
    let parts: Vec<Vec<u32>> = match selector.parts() {
        Parts::Samples => {
            (0..rows as u32).collect::<Vec<_>>().chunks(BATCH).map(<[_]>::to_vec).collect()
        }
        Parts::ScoredClasses => {
            groups(&labels, CLASSES, Scope::PerClass, rows).into_iter().map(|g| g.rows).collect()
        }
        other => panic!("{method} is seen in {other:?}"),
    };
    let mut scores = vec![f64::NAN; rows];
    let mut seconds = 0.0;
    for part in parts {
        let outputs = made(&part, columns, method == "el2n");
        let start = Instant::now();
        let own = scored(&*selector, &whole, &part, &outputs);
        part.iter().zip(own).for_each(|(&row, score)| scores[row as usize] = score);
        seconds += start.elapsed().as_secs_f64();
    }
    let start = Instant::now();
    let evidence = Evidence { scores: Some(&scores), ..Evidence::default() };
    let chosen = selector.select(&Pool { evidence, ..whole }, rows / SHARE).unwrap();
    seconds += start.elapsed().as_secs_f64();
    assert_eq!(chosen.indices.len(), rows / SHARE);
    println!(
        "method,rows,columns,seconds,peak_mib\n{method},{rows},{columns},{seconds:.2},{:.0}",
        peak()
    );
}

fn scored(selector: &dyn Selector, whole: &Pool, part: &[u32], outputs: &Array2<f32>) -> Vec<f64> {
    let labels: Vec<u16> = part.iter().map(|&row| whole.labels[row as usize]).collect();
    let probabilities = Evidence { probabilities: Some(outputs), ..Evidence::default() };
    let features = Evidence { features: Some(outputs), ..Evidence::default() };
    let evidence = if outputs.ncols() == CLASSES { probabilities } else { features };
    selector.scores(&Pool { labels: &labels, evidence, ..*whole }).unwrap()
}

/// Rows that depend on their number alone; they add up to 1 where they are `shares`.
fn made(part: &[u32], columns: usize, shares: bool) -> Array2<f32> {
    let mut values = vec![0.0_f32; part.len() * columns];
    values.par_chunks_mut(columns).zip(part).for_each(|(row, &number)| {
        let mut state = u64::from(number) | 1;
        for value in row.iter_mut() {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *value = (state >> 40) as f32 / (1 << 24) as f32;
        }
        if shares {
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|value| *value /= sum);
        }
    });
    Array2::from_shape_vec((part.len(), columns), values).unwrap()
}

/// The largest resident set of the process so far, in MiB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
