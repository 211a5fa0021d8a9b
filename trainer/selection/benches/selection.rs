//! The selectors on the inputs that `peers/selection.py` writes and gives to other libraries, and their memory on
//! the shape of CIFAR-10. `peers/compare.sh` runs all and prints the ratios.
//!
//!     cargo bench -p swast-selection --bench selection -- time FOLDER     # kernel,seconds and KERNEL.csv in FOLDER
//!     cargo bench -p swast-selection --bench selection -- memory          # method,megabytes,seconds
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a report; a benchmark fails by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use ndarray::{Array1, Array2};
use ndarray_npy::read_npy;
use rand::RngExt;
use swast_selection::{Coreset, Evidence, History, Moment, Pool, Spec, Validation};
use swast_tables::stream::stream;

/// Runs of each kernel; the fastest counts, as on the peers' side.
const REPEATS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["time", folder] => time(Path::new(folder)),
        ["memory"] => every_memory(),
        ["memory", method] => memory(method),
        _ => println!("give `time FOLDER` or `memory`; peers/compare.sh does"),
    }
}

fn matrix(folder: &Path, name: &str) -> Array2<f32> {
    read_npy(folder.join(format!("{name}.npy"))).unwrap()
}

fn labels(folder: &Path, name: &str) -> Vec<u16> {
    let labels: Array1<i64> = read_npy(folder.join(format!("{name}.npy"))).unwrap();
    labels.iter().map(|&label| u16::try_from(label).unwrap()).collect()
}

/// Runs the selector and leaves its choice and its time.
fn run(folder: &Path, name: &str, spec: &str, pool: &Pool, budget: usize) {
    let selector = spec.parse::<Spec>().unwrap().selector();
    let mut best = f64::INFINITY;
    let mut coreset = Coreset::unweighted(Vec::new());
    for _ in 0..REPEATS {
        let start = Instant::now();
        coreset = selector.select(pool, budget).unwrap();
        best = best.min(start.elapsed().as_secs_f64());
    }
    let rows = coreset.indices.iter().zip(&coreset.weights);
    let lines: String = rows.map(|(index, weight)| format!("{index},{weight}\n")).collect();
    fs::write(folder.join(format!("{name}.csv")), format!("index,weight\n{lines}")).unwrap();
    println!("{name},{best}");
}

/// All methods over all samples, with nothing random unless it is the point.
fn time(folder: &Path) {
    println!("kernel,seconds");
    let gradients = matrix(folder, "omp");
    let zeros = vec![0; gradients.nrows()];
    let evidence = Evidence { gradients: Some(&gradients), ..Evidence::default() };
    let pool = Pool { evidence, ..Pool::labelled(&zeros, 1) };
    for budget in [450, 1350] {
        let spec = "gradmatch:matching=global,shortfall=weight-zero";
        run(folder, &format!("omp_{budget}"), spec, &pool, budget);
    }
    for width in [10, 512] {
        let points = matrix(folder, &format!("facility_{width}"));
        let zeros = vec![0; points.nrows()];
        let evidence = Evidence { gradients: Some(&points), ..Evidence::default() };
        let pool = Pool { evidence, ..Pool::labelled(&zeros, 1) };
        run(folder, &format!("facility_{width}"), "craig:scope=global", &pool, 500);
    }
    let (own, held_out) = (labels(folder, "glister_labels"), labels(folder, "glister_labels_out"));
    let (probabilities, unseen) = (matrix(folder, "glister"), matrix(folder, "glister_out"));
    let known = |matrix| Evidence { probabilities: Some(matrix), ..Evidence::default() };
    let validation = Some(Validation { labels: &held_out, evidence: known(&unseen) });
    let pool = Pool { evidence: known(&probabilities), validation, ..Pool::labelled(&own, 10) };
    run(folder, "glister_stochastic", "glister", &pool, 4500);
    run(folder, "glister_naive", "glister:greedy=naive", &pool, 4500);
    let features = matrix(folder, "moderate");
    let own = labels(folder, "moderate_labels");
    let evidence = Evidence { features: Some(&features), ..Evidence::default() };
    run(folder, "moderate", "moderate", &Pool { evidence, ..Pool::labelled(&own, 10) }, 5000);
    let probabilities = matrix(folder, "el2n");
    let own = labels(folder, "el2n_labels");
    let moment = Moment { epochs: 300, ..Moment::default() };
    let pool = Pool { evidence: known(&probabilities), moment, ..Pool::labelled(&own, 100) };
    run(folder, "el2n", "el2n", &pool, 5000);
}

/// The methods, set up as in training, and some set up otherwise.
fn methods() -> Vec<String> {
    let others = [
        "craig:gradient=full",
        "gradmatch:matching=per-class-gradient",
        "gradmatch:matching=per-batch",
    ];
    Spec::NAMES.iter().chain(&others).map(|text| (*text).to_owned()).collect()
}

/// Memory and time of every method, each in a process of its own: what one has freed, the next would use again.
fn every_memory() {
    println!("method,megabytes,seconds");
    for name in methods() {
        let own = std::env::current_exe().unwrap();
        assert!(Command::new(own).args(["memory", &name]).status().unwrap().success());
    }
}

/// Memory and time of `method` for a tenth of 50,000 samples with 512 features in 10 classes.
fn memory(method: &str) {
    const SAMPLES: usize = 50_000;
    let mut draw = stream(1, "benchmark", 0);
    let labels: Vec<u16> = (0..SAMPLES).map(|_| draw.random_range(0..10)).collect();
    let features = Array2::from_shape_simple_fn((SAMPLES, 512), || draw.random::<f32>());
    let mut probabilities =
        Array2::from_shape_simple_fn((SAMPLES, 10), || (6.0 * draw.random::<f32>()).exp());
    probabilities.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
    let history = History {
        forgotten: (0..SAMPLES).map(|_| draw.random_range(0..5)).collect(),
        learnt: (0..SAMPLES).map(|_| draw.random()).collect(),
    };
    let evidence = Evidence {
        features: Some(&features),
        probabilities: Some(&probabilities),
        history: Some(&history),
        ..Evidence::default()
    };
    let moment = Moment { epochs: 300, ..Moment::default() };
    let pool = Pool { evidence, moment, ..Pool::labelled(&labels, 10) };
    let selector = method.parse::<Spec>().unwrap().selector();
    // Resets the peak to what is in use.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let (before, start) = (status("VmRSS"), Instant::now());
    let coreset = selector.select(&pool, SAMPLES / 10).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!("{method},{:.0},{seconds:.2}", (status("VmHWM") - before) / 1000.0);
    drop(coreset);
}

/// An entry of `/proc/self/status`, in kilobytes.
fn status(entry: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(entry)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
