//! Speed and memory of images from a cache. `trainer/benches/peers/images.sh` runs it beside torchvision.
//!
//!     images data ARGUMENTS        as `swast-trainer data`: makes the caches
//!     images read CACHE IMAGES     random crops of 224 pixels with flips: CSV images,seconds,mean
//!     images centre CACHE FILE     the centres of all test images, 224 x 224 x 3 bytes each, to FILE
//!     images repeat CACHE TO N     the same cache with N training entries that share its images
//!     images open CACHE            opening and the first batch, and the most memory over 64: CSV entries,seconds,anonymous_mib

#![allow(clippy::print_stdout, reason = "its results are what it prints")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use clap::Parser;
use swast_datasets::command::{self, execute};
use swast_datasets::{DatasetKind, Part, Request, Source, Streamed};

const SIDE: usize = 224;
const BATCH: usize = 128;
/// Every so many bytes count for the mean that is printed.
const STEP: usize = 67;
/// Length of a cache's header and of an entry, and where the header says how many training and test images there are and
/// where the entries begin.
const ENTRY: usize = 24;
const TRAIN: usize = 32;
const TEST: usize = 40;
const INDEX: usize = 48;

/// The command that makes caches.
#[derive(Parser)]
struct Data {
    #[command(flatten)]
    args: command::Args,
}

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().is_some_and(|word| word == "data") {
        return Ok(execute(&Data::parse_from(words).args)?);
    }
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", cache, images] => read(&open(cache)?, images.parse()?),
        ["centre", cache, file] => centre(&open(cache)?, Path::new(file)),
        ["repeat", cache, to, count] => repeat(cache, to, count.parse()?),
        ["open", cache] => first_batch(cache),
        _ => Err("data ARGUMENTS | read CACHE IMAGES | centre CACHE FILE | repeat CACHE TO N | open CACHE".into()),
    }
}

fn open(cache: &str) -> Result<Streamed, Box<dyn Error>> {
    let wanted = Request { resolution: Some(SIDE), ..Request::default() };
    match Source::open(DatasetKind::Folder, Some(Path::new(cache)), wanted)? {
        Source::Cache(streamed) => Ok(streamed),
        Source::Memory(_) => Err("no cache".into()),
    }
}

fn read(streamed: &Streamed, images: usize) -> Outcome {
    let indices: Vec<i64> = (0..streamed.train.len() as i64).cycle().take(images).collect();
    let start = Instant::now();
    let mut sum = 0_u64;
    for batch in streamed.images(Part::Train).augmented(&indices, BATCH, (0, 1)) {
        // Of all parts of the memory; torchvision's batches are not looked at either.
        sum += batch?.pixels.iter().step_by(STEP).map(|&byte| u64::from(byte)).sum::<u64>();
    }
    println!(
        "images,seconds,mean\n{images},{},{}",
        start.elapsed().as_secs_f64(),
        sum * STEP as u64 / (images * 3 * SIDE * SIDE) as u64
    );
    Ok(())
}

fn centre(streamed: &Streamed, file: &Path) -> Outcome {
    let indices: Vec<i64> = (0..streamed.test.len() as i64).collect();
    let mut to = BufWriter::new(File::create(file)?);
    for batch in streamed.images(Part::Test).plain(&indices, BATCH) {
        to.write_all(&batch?.pixels)?;
    }
    Ok(to.flush()?)
}

fn repeat(cache: &str, to: &str, count: usize) -> Outcome {
    let bytes = fs::read(cache)?;
    let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i])) as usize;
    let (train, index) = (long(TRAIN), long(INDEX));
    let mut file = BufWriter::new(File::create(to)?);
    let mut head = bytes[..index].to_vec();
    head[TRAIN..TRAIN + 8].copy_from_slice(&(count as u64).to_le_bytes());
    head[TEST..TEST + 8].copy_from_slice(&1_u64.to_le_bytes());
    file.write_all(&head)?;
    for number in 0..=count {
        file.write_all(&bytes[index + number % train * ENTRY..][..ENTRY])?;
    }
    Ok(file.flush()?)
}

fn first_batch(cache: &str) -> Outcome {
    let start = Instant::now();
    let streamed = open(cache)?;
    let entries = streamed.train.len() as u64;
    // As an epoch takes them: anywhere in the file. The step is a prime.
    let place = |number: u64| (number * 982_451_653 % entries) as i64;
    let indices: Vec<i64> = (0..(64 * BATCH) as u64).map(place).collect();
    let mut batches = streamed.images(Part::Train).augmented(&indices, BATCH, (0, 1));
    batches.next().ok_or("no batch")??;
    let seconds = start.elapsed().as_secs_f64();
    let mut most = anonymous_mib();
    for batch in batches {
        batch?;
        most = most.max(anonymous_mib());
    }
    println!("entries,seconds,anonymous_mib\n{entries},{seconds},{most}");
    Ok(())
}

/// The anonymous memory of the process now.
fn anonymous_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
