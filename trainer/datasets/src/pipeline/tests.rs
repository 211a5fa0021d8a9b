//! Batches do not depend on threads or on how far ahead they are made, and equal what torchvision makes.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::cache::{Form, tests::make};
use crate::{DatasetKind, synth};

/// A cache of 40 training and 20 test images of 64 x 64 pixels.
fn cache() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("images");
    synth::write(DatasetKind::ImageNet, (0, 40, 20), &source).unwrap();
    let path = place.path().join("made");
    make(DatasetKind::ImageNet, &source, (Form::Jpeg(90), 48), &path);
    (place, path)
}

/// All images of `order`, in batches that are made up to `ahead` before they are taken.
fn all(path: &std::path::Path, order: &Order, ahead: usize) -> LabelledImages {
    let cache = Arc::new(Cache::open(path).unwrap());
    let mut whole = LabelledImages { pixels: Vec::new(), labels: Vec::new() };
    for batch in Pipeline::start(cache, order.clone(), ahead) {
        let batch = batch.unwrap();
        assert!(batch.labels.len() <= order.batch);
        whole.pixels.extend(batch.pixels);
        whole.labels.extend(batch.labels);
    }
    whole
}

#[test]
fn batches_depend_on_seed_epoch_and_index_alone() {
    let (_place, path) = cache();
    // Images of 48 pixels are decoded whole for the one, and reduced for most crops of the other.
    for side in [32, 8] {
        let order = |indices: Vec<u64>, batch, epoch| {
            let view = View::Random { seed: 3, epoch };
            Order { indices, batch, side, view }
        };
        let forward = all(&path, &order((0..40).collect(), 16, 1), 2);
        assert_eq!(forward.labels.len(), 40);
        assert_eq!(all(&path, &order((0..40).collect(), 7, 1), 0), forward);
        let backward = all(&path, &order((0..40).rev().collect(), 16, 1), 5);
        let turned: Vec<&[u8]> = backward.pixels.chunks(side * side * 3).rev().collect();
        assert_eq!(turned.concat(), forward.pixels);
        assert_ne!(all(&path, &order((0..40).collect(), 16, 2), 2).pixels, forward.pixels);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let cache = Cache::open(&path).unwrap();
        let indices: Vec<u64> = (0..40).collect();
        let view = View::Random { seed: 3, epoch: 1 };
        assert_eq!(pool.install(|| decode(&cache, &indices, side, view)).unwrap(), forward);
    }
}

#[test]
fn only_large_crops_are_decoded_reduced_and_are_near_whole_ones() {
    let (_place, path) = cache();
    let cache = Cache::open(&path).unwrap();
    let (mut sum, mut reduced) = (0, 0);
    for index in 0..40 {
        let view = View::Random { seed: 3, epoch: 1 };
        let own = decode(&cache, &[index], 8, view).unwrap().pixels;
        let (picture, _) = cache.image(index).unwrap();
        let (rect, mirror) = draw((picture.width, picture.height), 3, 1, index);
        let mut whole = vec![0; 8 * 8 * 3];
        let pixels = (picture.pixels.as_slice(), picture.width);
        stretch(pixels, (rect, 1), (&mut whole, 8), mirror, &mut ResampleRoom::default());
        let far = own.iter().zip(&whole).map(|(own, whole)| u32::from(own.abs_diff(*whole)));
        sum += far.sum::<u32>();
        assert_eq!(own != whole, rect.width.min(rect.height) >= 24, "{rect:?}");
        reduced += u32::from(own != whole);
    }
    assert!((10..40).contains(&reduced), "{reduced}");
    assert!(sum < 2 * reduced * 8 * 8 * 3, "{}", f64::from(sum) / f64::from(reduced * 8 * 8 * 3));
}

#[test]
fn evaluation_takes_the_centre() {
    let (_place, path) = cache();
    let cache = Cache::open(&path).unwrap();
    let order =
        Order { indices: (40..60).collect(), batch: 8, side: 32, view: View::Centre { short: 48 } };
    let images = all(&path, &order, 1);
    for (number, square) in images.pixels.chunks(32 * 32 * 3).enumerate() {
        let (picture, label) = cache.image(40 + number as u64).unwrap();
        assert_eq!(label, images.labels[number]);
        let pixel = &picture.pixels[(8 * 48 + 8) * 3..][..3];
        assert_eq!((picture.width, &square[..3]), (48, pixel));
    }
}

#[test]
fn an_end_before_the_last_batch_and_an_error_end_the_work() {
    let (_place, path) = cache();
    let view = View::Centre { short: 32 };
    let order = Order { indices: [0, 1, 60, 2].to_vec(), batch: 2, side: 32, view };
    let cache = Arc::new(Cache::open(&path).unwrap());
    let mut batches = Pipeline::start(Arc::clone(&cache), order.clone(), 4);
    assert!(batches.next().unwrap().is_ok());
    let message = batches.next().unwrap().unwrap_err().to_string();
    assert!(message.contains("image 60 cannot be read"), "{message}");
    assert!(batches.next().is_none());
    // Dropped with batches still to come.
    drop(Pipeline::start(cache, Order { indices: vec![0; 1000], ..order }, 1));
}
