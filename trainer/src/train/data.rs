//! A data set made ready for one run: on the device, labels flipped, validation part held out, and the
//! samples chosen whose losses are watched.

use rand::seq::SliceRandom;
use swast_tables::rows::NoiseRow;
use tch::{Device, Tensor};

use crate::feed::{self, Feed};
use crate::settings::{Holdout, ValidationLabels};
use swast_datasets::{Flip, Part, Source, flip_labels, hold_out};
use swast_tables::stream::stream;

/// At most so many mislabelled samples, and as many clean ones, are watched.
const WATCHED: usize = 2000;

/// Everything a run reads. Indices refer to the training set as stored.
#[derive(Debug)]
pub struct TrainingData {
    /// Number of classes.
    pub classes: usize,
    /// Training images (validation part included) with the labels given.
    pub images: Box<dyn Feed>,
    /// Test images.
    pub test: Box<dyn Feed>,
    /// All test indices, on the device.
    pub test_indices: Tensor,
    /// The training set D without its validation part, ascending.
    pub pool: Vec<u32>,
    /// Labels given to the pool.
    pub pool_labels: Vec<u16>,
    /// The pool on the device.
    pub pool_indices: Tensor,
    /// The validation part on the device.
    pub validation_indices: Tensor,
    /// Flipped labels of the pool.
    pub flips: Vec<NoiseRow>,
    /// Flipped labels of the validation part.
    pub validation_flips: Vec<NoiseRow>,
    /// Mislabelled samples of the pool whose loss is watched, on the device.
    pub watched_noisy: Tensor,
    /// Clean samples of the pool whose loss is watched, on the device.
    pub watched_clean: Tensor,
    noisy: Vec<bool>,
}

impl TrainingData {
    /// Splits and mislabels `source` as `holdout` says, and uploads it where it is in memory.
    pub fn new(
        source: impl Into<Source>,
        holdout: Holdout,
        channels_last: bool,
        device: Device,
    ) -> Self {
        let mut source = source.into();
        let Holdout { seed, noise, validation } = holdout;
        let classes = source.classes().len();
        let split = hold_out(source.labels(Part::Train).len(), Holdout::SHARE, seed);
        let labels = source.train_labels_mut();
        let mut flip = |part: &[u32], seed| flip_part(labels, part, classes, noise, seed);
        let flips = flip(&split.train, seed);
        let validation_flips = match validation {
            // Flipping before the split, with exact counts in both parts.
            ValidationLabels::Noisy => flip(&split.validation, !seed),
            ValidationLabels::Clean => Vec::new(),
        };
        let mut noisy = vec![false; labels.len()];
        flips.iter().for_each(|f| noisy[f.index as usize] = true);
        let (watched_noisy, watched_clean) = watched(&split.train, &noisy, seed);
        let upload = |indices: &[u32]| {
            let wide: Vec<i64> = indices.iter().map(|&i| i64::from(i)).collect();
            Tensor::from_slice(&wide).to_device(device)
        };
        let test = 0..source.labels(Part::Test).len() as u32;
        let given = source.labels(Part::Train);
        Self {
            classes,
            images: feed::open(&source, Part::Train, channels_last, device),
            test: feed::open(&source, Part::Test, channels_last, device),
            test_indices: upload(&test.collect::<Vec<_>>()),
            pool_labels: split.train.iter().map(|&i| given[i as usize]).collect(),
            pool_indices: upload(&split.train),
            validation_indices: upload(&split.validation),
            watched_noisy: upload(&watched_noisy),
            watched_clean: upload(&watched_clean),
            pool: split.train,
            flips,
            validation_flips,
            noisy,
        }
    }

    /// Whether the label given to the stored training image `index` is wrong; `None` without label noise.
    pub fn is_noisy(&self, index: u32) -> Option<bool> {
        (!self.flips.is_empty()).then(|| self.noisy[index as usize])
    }
}

fn flip_part(
    labels: &mut [u16],
    part: &[u32],
    classes: usize,
    fraction: f64,
    seed: u64,
) -> Vec<NoiseRow> {
    let mut own: Vec<u16> = part.iter().map(|&i| labels[i as usize]).collect();
    let flips = flip_labels(&mut own, classes, fraction, seed);
    for (&index, &label) in part.iter().zip(&own) {
        labels[index as usize] = label;
    }
    let row = |f: Flip| NoiseRow {
        index: u64::from(part[f.index]),
        label_true: f.label_true,
        label_given: f.label_given,
    };
    flips.into_iter().map(row).collect()
}

/// Mislabelled samples to watch, and as many clean ones; ascending. Both empty without label noise.
fn watched(pool: &[u32], noisy: &[bool], seed: u64) -> (Vec<u32>, Vec<u32>) {
    let (mut flipped, mut clean): (Vec<u32>, Vec<u32>) =
        pool.iter().partition(|&&index| noisy[index as usize]);
    let mut draw = stream(seed, "watched-samples", 0);
    let count = flipped.len().min(WATCHED);
    for part in [&mut flipped, &mut clean] {
        part.shuffle(&mut draw);
        part.truncate(count);
        part.sort_unstable();
    }
    (flipped, clean)
}
