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

use super::{Dataset, LabelledImages, channel_statistics};

/// Name of the data set, as on the command line.
pub(super) const NAME: &str = "synthetic";
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
    let (mean, std) = channel_statistics(&train.pixels);
    let classes = class::CLASSES.iter().map(|class| class.name.to_owned()).collect();
    let (name, seed) = (NAME.to_owned(), Some(seed));
    Dataset {
        name,
        seed,
        classes,
        height: SIDE,
        width: SIDE,
        mean,
        std,
        train,
        test,
        skipped: Default::default(),
    }
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
