//! The synthetic data set: textured figures among clutter, 32 x 32 RGB, ten classes, computed from a seed.
//!
//! A class is an outline with a texture and a usual pair of colours; outlines, textures and colours are each
//! shared with other classes, so none of them tells the class alone (the mean colour, by nearest class mean,
//! gets 16 % of the test images right; chance is 10 %). Position, size, turn, contrast, background, clutter,
//! a patch in front and noise vary; some images are hard to read, as in real data. Every class is its own
//! mirror image, so training may flip images.
//!
//! How hard it is, measured on a CPU with `swast-trainer train --variant dense --epochs 20 --batch-size 128
//! --limit-test 2000 --threads 1` (ResNet-8, seed 0, one run each, a tenth of the images held out for
//! validation): trained on the 20,000 images that the command line offers 94.65 % of the test images are
//! right, on the first 2,000 (`--limit-train 2000`) 62.65 %.
//!
//! The images are the same on every machine: each has a random stream of its own, and only arithmetic that
//! IEEE 754 fixes to the last bit is used.

mod class;
mod paint;
mod scene;
mod shape;
mod texture;

use rayon::prelude::*;

use super::{Dataset, LabelledImages};

/// Name of the data set, as on the command line.
pub(super) const NAME: &str = "synthetic";
/// Name of the same at half the height and width.
pub(super) const NAME_SMALL: &str = "synthetic16";
/// Version of the generator: raise it when the images of a seed change.
pub(super) const VERSION: u32 = 1;
/// Height and width of an image, in pixels.
const SIDE: usize = 32;
const CHANNELS: usize = 3;
const BYTES: usize = SIDE * SIDE * CHANNELS;

/// The data set of `seed` with `train` training and `test` test images, the first ones of two endless
/// sequences: image i is the same whatever the counts and the number of threads. Image i has class
/// i mod 10, so that every beginning is balanced.
pub fn synthesise(seed: u64, train: usize, test: usize) -> Dataset {
    let train = samples(seed, "synthetic-train", train);
    let test = samples(seed, "synthetic-test", test);
    let classes = class::CLASSES.iter().map(|class| class.name.to_owned()).collect();
    Dataset { seed: Some(seed), ..Dataset::of_squares(NAME, classes, SIDE, (train, test)) }
}

/// The data set of [`synthesise`] at half the height and width: a pixel is the mean of four, rounded to nearest. A network
/// trains on it in a quarter of the time.
pub fn synthesise_small(seed: u64, train: usize, test: usize) -> Dataset {
    let Dataset { classes, train, test, seed, .. } = synthesise(seed, train, test);
    let halves = (halved(train), halved(test));
    Dataset { seed, ..Dataset::of_squares(NAME_SMALL, classes, SIDE / 2, halves) }
}

fn halved(samples: LabelledImages) -> LabelledImages {
    let row = SIDE * CHANNELS;
    let pixels = samples.pixels.par_chunks_exact(2 * row).flat_map_iter(move |rows| {
        (0..SIDE / 2).flat_map(move |x| {
            (0..CHANNELS).map(move |channel| {
                let at = 2 * x * CHANNELS + channel;
                let four = [at, at + CHANNELS, at + row, at + row + CHANNELS];
                let sum: u16 = four.iter().map(|&place| u16::from(rows[place])).sum();
                ((sum + 2) / 4) as u8
            })
        })
    });
    LabelledImages { pixels: pixels.collect(), labels: samples.labels }
}

fn samples(seed: u64, purpose: &str, count: usize) -> LabelledImages {
    let mut pixels = vec![0; count * BYTES];
    pixels.par_chunks_exact_mut(BYTES).enumerate().for_each(|(index, image)| {
        let label = index % class::CLASSES.len();
        let mut rng = swast_tables::stream::stream(seed, purpose, index as u64);
        scene::draw(&class::CLASSES[label], &mut rng, image);
    });
    LabelledImages {
        pixels,
        labels: (0..count).map(|index| (index % class::CLASSES.len()) as u16).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel_statistics;

    #[test]
    fn an_image_depends_on_neither_the_counts_nor_the_threads() {
        let (few, many) = (synthesise(5, 12, 3), synthesise(5, 30, 20));
        assert_eq!(few.train.pixels, many.train.pixels[..12 * BYTES]);
        assert_eq!(few.test.pixels, many.test.pixels[..3 * BYTES]);
        assert_ne!(few.train.pixels[..3 * BYTES], few.test.pixels);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| synthesise(5, 30, 20)), many);
        assert_ne!(synthesise(6, 12, 3).train, few.train);
    }

    #[test]
    fn a_small_pixel_is_the_mean_of_four() {
        let (large, small) = (synthesise(3, 4, 2), synthesise_small(3, 4, 2));
        assert_eq!((small.height, small.width, small.test.labels.len()), (16, 16, 2));
        let at = |data: &Dataset, image: usize, y: usize, x: usize, channel: usize| {
            let place = ((image * data.height + y) * data.width + x) * CHANNELS + channel;
            f32::from(data.train.pixels[place])
        };
        for (image, y, x, channel) in [(0, 0, 0, 0), (1, 15, 15, 2), (3, 7, 2, 1)] {
            let four = [(0, 0), (0, 1), (1, 0), (1, 1)]
                .map(|(down, right)| at(&large, image, 2 * y + down, 2 * x + right, channel));
            let mean = four.iter().sum::<f32>() / 4.0;
            assert_eq!(at(&small, image, y, x, channel), (mean + 0.5).floor());
        }
    }

    /// CRC-32 of the first hundred images of seed 0. A change of it is a change of the data set, and of every
    /// result on it: raise `VERSION` and `METHOD_VERSION` with it.
    #[test]
    fn the_images_are_those_of_the_published_results() {
        let dataset = synthesise(0, 100, 100);
        let checksums = [&dataset.train, &dataset.test].map(|samples| {
            let mut crc = flate2::Crc::new();
            crc.update(&samples.pixels);
            crc.sum()
        });
        assert_eq!(checksums, [1_485_126_604, 2_562_654_414]);
    }

    /// The nearest class mean of the mean colours (chance: 0.1).
    #[test]
    fn the_mean_colour_does_not_tell_the_class() {
        let dataset = synthesise(0, 2000, 1000);
        let colours = |samples: &LabelledImages| -> Vec<[f32; 3]> {
            samples.pixels.chunks_exact(BYTES).map(|image| channel_statistics(image).0).collect()
        };
        let mut centres = [[0.0_f32; 3]; 10];
        for (colour, label) in colours(&dataset.train).iter().zip(&dataset.train.labels) {
            for (sum, value) in centres[usize::from(*label)].iter_mut().zip(colour) {
                *sum += value / 200.0;
            }
        }
        let nearest = |colour: &[f32; 3]| {
            let distance = |centre: &[f32; 3]| -> f32 {
                centre.iter().zip(colour).map(|(a, b)| (a - b) * (a - b)).sum()
            };
            (0..10)
                .min_by(|a, b| distance(&centres[*a]).total_cmp(&distance(&centres[*b])))
                .unwrap()
        };
        let right = colours(&dataset.test)
            .iter()
            .zip(&dataset.test.labels)
            .filter(|(colour, label)| nearest(colour) == usize::from(**label))
            .count();
        assert!(right < 250, "{right} of 1000 test images classified by their mean colour");
    }
}
