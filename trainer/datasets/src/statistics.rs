//! Statistics of images: of the channels, by which training inputs are normalised, and of the classes.

use super::LabelledImages;

/// Mean and (population) standard deviation of each channel of RGB `pixels` / 255. Computed from integer
/// histograms, hence exact up to the last rounding whatever the order of the pixels. Of no pixels, NaN.
pub fn channel_statistics(pixels: &[u8]) -> ([f32; 3], [f32; 3]) {
    let mut histograms = [[0_u64; 256]; 3];
    for pixel in pixels.as_chunks::<3>().0 {
        for (histogram, value) in histograms.iter_mut().zip(pixel) {
            histogram[usize::from(*value)] += 1;
        }
    }
    let moments = histograms.map(|histogram| {
        let count = (pixels.len() / 3) as f64;
        let values = (0_u64..).zip(histogram);
        let (sum, squares) = values.fold((0, 0), |(sum, squares), (value, times)| {
            (sum + times * value, squares + times * value * value)
        });
        let mean = sum as f64 / count;
        (mean / 255.0, (squares as f64 / count - mean * mean).sqrt() / 255.0)
    });
    (moments.map(|(mean, _)| mean as f32), moments.map(|(_, std)| std as f32))
}

/// How many of `images` each of the `classes` has. Panics where a label is that of no class.
pub fn class_counts(images: &LabelledImages, classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for label in &images.labels {
        counts[usize::from(*label)] += 1;
    }
    counts
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
    fn statistics_of_a_hand_case() {
        // Red 0, 255: mean 1/2, std 1/2. Green constant. Blue 51, 153: mean 0.4, std 0.2.
        let (mean, std) = channel_statistics(&[0, 51, 51, 255, 51, 153]);
        assert_eq!((mean, std), ([0.5, 0.2, 0.4], [0.5, 0.0, 0.2]));
    }
}
