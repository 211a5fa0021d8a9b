//! Statistics of images: of the channels, by which training inputs are normalised, and of the classes.

use std::collections::HashMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::LabelledImages;

/// How often each value occurs in each channel of RGB pixels.
#[derive(Debug, Clone)]
pub(crate) struct Histograms([[u64; 256]; 3]);

impl Default for Histograms {
    fn default() -> Self {
        Self([[0; 256]; 3])
    }
}

impl Histograms {
    /// Those of `pixels`.
    pub(crate) fn of(pixels: &[u8]) -> Self {
        let mut own = Self::default();
        for pixel in pixels.as_chunks::<3>().0 {
            for (histogram, value) in own.0.iter_mut().zip(pixel) {
                histogram[usize::from(*value)] += 1;
            }
        }
        own
    }

    /// Adds those of other pixels.
    pub(crate) fn add(&mut self, other: &Self) {
        let counts = self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened());
        counts.for_each(|(own, other)| *own += other);
    }

    /// Mean and (population) standard deviation of each channel of the pixels / 255. Of no pixels, NaN.
    pub(crate) fn moments(&self) -> ([f32; 3], [f32; 3]) {
        let moments = self.0.map(|histogram| {
            let count = histogram.iter().sum::<u64>() as f64;
            let values = (0_u64..).zip(histogram);
            let (sum, squares) = values.fold((0, 0), |(sum, squares), (value, times)| {
                (sum + times * value, squares + times * value * value)
            });
            let mean = sum as f64 / count;
            (mean / 255.0, (squares as f64 / count - mean * mean).sqrt() / 255.0)
        });
        (moments.map(|(mean, _)| mean as f32), moments.map(|(_, std)| std as f32))
    }
}

/// Mean and (population) standard deviation of each channel of RGB `pixels` / 255. Computed from integer
/// histograms, hence exact up to the last rounding whatever the order of the pixels. Of no pixels, NaN.
pub fn channel_statistics(pixels: &[u8]) -> ([f32; 3], [f32; 3]) {
    Histograms::of(pixels).moments()
}

/// How many of `images` each of the `classes` has. Panics where a label is that of no class.
pub fn class_counts(images: &LabelledImages, classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for label in &images.labels {
        counts[usize::from(*label)] += 1;
    }
    counts
}

/// The images of `test` that have the pixels of one of `train`, with the first such one: training index, test index. Both
/// have images of one size.
pub(crate) fn shared(train: &LabelledImages, test: &LabelledImages) -> Vec<(usize, usize)> {
    let (train, test) = (hashes(train), hashes(test));
    let mut first = HashMap::new();
    for (index, hash) in train.iter().enumerate() {
        first.entry(hash).or_insert(index);
    }
    let pair = |(index, hash)| first.get(hash).map(|train| (*train, index));
    test.iter().enumerate().filter_map(pair).collect()
}

/// SHA-256 of the pixels of each image.
fn hashes(images: &LabelledImages) -> Vec<[u8; 32]> {
    let bytes = images.pixels.len() / images.labels.len().max(1);
    images.pixels.par_chunks(bytes.max(1)).map(|pixels| Sha256::digest(pixels).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesise;

    #[test]
    fn images_are_counted_by_class() {
        let mut dataset = synthesise(0, 30, 10);
        dataset.train.labels.sort_unstable();
        dataset.train.truncate(7, 32 * 32);
        assert_eq!(class_counts(&dataset.train, 10), [3, 3, 1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn images_in_both_sets_are_found() {
        let images = |values: &[u8]| LabelledImages {
            pixels: values.iter().flat_map(|value| [*value; 6]).collect(),
            labels: vec![0; values.len()],
        };
        assert_eq!(shared(&images(&[1, 2, 1, 3]), &images(&[4, 3, 1])), [(3, 1), (0, 2)]);
        assert_eq!(shared(&images(&[]), &images(&[4])), []);
    }

    #[test]
    fn statistics_of_a_hand_case() {
        // Red 0, 255: mean 1/2, std 1/2. Green constant. Blue 51, 153: mean 0.4, std 0.2.
        let (mean, std) = channel_statistics(&[0, 51, 51, 255, 51, 153]);
        assert_eq!((mean, std), ([0.5, 0.2, 0.4], [0.5, 0.0, 0.2]));
    }
}
