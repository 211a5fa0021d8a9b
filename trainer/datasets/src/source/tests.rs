//! A cache that is streamed has the labels and images of its source, and digests of its own.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::cache::{Form, tests::make};
use crate::channel_statistics;
use crate::synth;

/// A folder of 40 training and 20 test images of 64 x 64 pixels, and a raw cache of it at half the size.
fn made() -> (TempDir, [PathBuf; 2]) {
    let place = tempfile::tempdir().unwrap();
    let (source, cache) = (place.path().join("images"), place.path().join("cache"));
    synth::write(DatasetKind::ImageNet, (0, 40, 20), &source).unwrap();
    make(DatasetKind::ImageNet, &source, (Form::Raw, 32), &cache);
    (place, [source, cache])
}

fn open(path: &Path, limit_train: Option<usize>, resolution: usize) -> Source {
    let resolution = Some(resolution);
    let wanted = Request { limit_train, resolution, ..Request::default() };
    Source::open(DatasetKind::ImageNet, Some(path), wanted).unwrap()
}

#[test]
fn a_streamed_set_is_that_in_memory() {
    let (_place, [source, cache]) = made();
    let Source::Memory(memory) = open(&source, Some(30), 32) else { panic!("it is no cache") };
    let streamed = open(&cache, Some(30), 32);
    assert_eq!((streamed.classes(), streamed.height()), (memory.classes.as_slice(), 32));
    assert_eq!(streamed.labels(Part::Train), memory.train.labels);
    assert_eq!(streamed.labels(Part::Test), memory.test.labels);
    let Source::Cache(streamed) = streamed else { panic!("a cache is streamed") };
    assert_eq!((streamed.mean, streamed.std), (memory.mean, memory.std));
    let indices: Vec<i64> = (0..20).collect();
    let images = streamed.images(Part::Test);
    let batches = images.plain(&indices, 8).map(Result::unwrap);
    let (mut labels, mut sums) = (Vec::new(), Vec::new());
    let sum = |pixels: &[u8]| pixels.iter().map(|&byte| i64::from(byte)).sum::<i64>();
    for batch in batches {
        sums.extend(batch.pixels.chunks(32 * 32 * 3).map(sum));
        labels.extend(batch.labels);
    }
    assert_eq!(labels, memory.test.labels);
    // The centre of an image is about as bright as the whole: each is nearest to its own.
    let wholes: Vec<i64> = memory.test.pixels.chunks(32 * 32 * 3).map(sum).collect();
    let own = |(place, sum): (usize, &i64)| {
        wholes.iter().all(|whole| (sum - wholes[place]).abs() <= (sum - whole).abs())
    };
    assert!(sums.iter().enumerate().filter(|pair| own(*pair)).count() > 10);
    let epoch = |epoch| {
        let batches = images.augmented(&[3, 1, 2], 2, (5, epoch)).map(Result::unwrap);
        batches.flat_map(|batch| batch.pixels).collect::<Vec<u8>>()
    };
    assert_eq!(epoch(1), epoch(1));
    assert_ne!(epoch(1), epoch(2));
    assert_eq!(epoch(1).len(), 3 * 32 * 32 * 3);
}

#[test]
fn statistics_of_a_cache_are_those_of_its_training_pixels() {
    let (_place, [source, path]) = made();
    let cache = Cache::open(&path).unwrap();
    let Source::Memory(memory) = open(&source, None, 32) else { panic!("it is no cache") };
    let (mean, std) = channel_statistics(&memory.train.pixels);
    assert_eq!(cache.moments(), [mean, std]);
}

#[test]
fn digests_tell_limits_and_sets_apart() {
    let (_place, [_, cache]) = made();
    let whole = open(&cache, None, 32);
    let few = open(&cache, Some(30), 16);
    assert_eq!(few.digests(None, None), whole.digests(Some(30), Some(500)));
    let [one, other] = [whole.digests(None, None), whole.digests(Some(39), None)];
    assert!(one.train != other.train && one.test == other.test && one.train != one.test);
}

#[test]
fn a_cache_of_another_set_is_refused() {
    let (_place, [_, cache]) = made();
    let error = Source::open(DatasetKind::Folder, Some(&cache), Request::default()).unwrap_err();
    assert!(
        error.to_string().ends_with("is a cache of imagenet, not folder; give --dataset imagenet")
    );
}
