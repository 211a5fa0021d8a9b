//! Images that are streamed: each sample comes with its own pixels and label, whatever the order.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use clap::Parser;
use swast_datasets::{DatasetKind, LabelledImages, Part, Request, Source, Streamed, command};
use swast_trainer::feed::{self, Coming, Feed};
use tch::{Device, Kind, Tensor};

const SIDE: usize = 16;
const TRAIN: i64 = 50;

#[derive(Debug, Parser)]
struct Data {
    #[command(flatten)]
    args: command::Args,
}

fn data(words: &str) {
    let data = Data::parse_from(["data"].into_iter().chain(words.split_whitespace()));
    command::execute(&data.args).unwrap();
}

/// A cache of 50 training and 20 test images.
fn source(folder: &Path) -> Source {
    let images = folder.join("images").display().to_string();
    data(&format!("synth --layout folder --train {TRAIN} --test 20 --out {images}"));
    data(&format!("import {images} --cache 20 --raw"));
    let wanted = Request { resolution: Some(SIDE), ..Request::default() };
    let cache = format!("{images}.cache");
    Source::open(DatasetKind::Folder, Some(Path::new(&cache)), wanted).unwrap()
}

fn cached(source: &Source) -> &Streamed {
    match source {
        Source::Cache(cached) => cached,
        Source::Memory(_) => panic!("a cache is streamed"),
    }
}

/// The pixels of `batch` as a network takes them, by hand.
fn normalised(batch: &LabelledImages, source: &Source) -> Vec<f32> {
    let [mean, std] = source.moments();
    let pixels = batch.pixels.iter().zip((0..3).cycle());
    pixels.map(|(&byte, c): (_, usize)| (f32::from(byte) / 255.0 - mean[c]) / std[c]).collect()
}

fn assert_close(found: &Tensor, expected: &[f32]) {
    let found = Vec::<f32>::try_from(found.permute([0, 2, 3, 1]).reshape([-1])).unwrap();
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn each_sample_comes_with_its_own_pixels_and_label() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let images = cached(&source).images(Part::Train);
    let order: Vec<i64> = (0..TRAIN).map(|place| place * 7 % TRAIN).collect();
    for layout in [true, false] {
        let mut feed = feed::open(&source, Part::Train, layout, Device::Cpu);
        if layout {
            // Without effect on a CPU, where there is no such memory.
            feed.pin();
        }
        assert_eq!((feed.count(), feed.area()), (TRAIN, (SIDE * SIDE) as i64));
        for epoch in [1, 2] {
            // What was announced before is forgotten, taken or not.
            announce(&*feed, &order[3..], 9);
            announce(&*feed, &order, epoch);
            for part in order.chunks(16) {
                let slots = feed.slots(16).first(part.len() as i64);
                slots.indices.shallow_clone().copy_(&Tensor::from_slice(part));
                feed.fill(&slots).unwrap();
                for (place, &index) in (0..).zip(part) {
                    let alone = images.augmented(&[index], 1, (3, epoch)).next().unwrap().unwrap();
                    assert_close(&slots.images.narrow(0, place, 1), &normalised(&alone, &source));
                    let label = slots.labels.int64_value(&[place]);
                    assert_eq!(label, i64::from(source.labels(Part::Train)[index as usize]));
                }
            }
        }
    }
}

fn announce(feed: &dyn Feed, order: &[i64], epoch: u32) {
    feed.announce(&Coming { indices: Tensor::from_slice(order), size: 16, seed: 3, epoch });
}

#[test]
fn images_as_they_are_come_in_the_order_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let images = cached(&source).images(Part::Test);
    let feed = feed::open(&source, Part::Test, true, Device::Cpu);
    let order = [19, 0, 7, 3, 11];
    let mut seen = Vec::new();
    for batch in feed.plain(&Tensor::from_slice(&order), 2) {
        let (indices, pixels) = batch.unwrap();
        for (place, index) in (0..).zip(Vec::<i64>::try_from(&indices).unwrap()) {
            let alone = images.plain(&[index], 1).next().unwrap().unwrap();
            assert_close(&pixels.narrow(0, place, 1), &normalised(&alone, &source));
            assert_eq!(alone.labels, [source.labels(Part::Test)[index as usize]]);
            seen.push(index);
        }
    }
    assert_eq!(seen, order);
    let labels = feed.labels(&Tensor::from_slice(&order)).to_kind(Kind::Int64);
    let expected = order.map(|index| i64::from(source.labels(Part::Test)[index as usize]));
    assert_eq!(Vec::<i64>::try_from(labels).unwrap(), expected);
}
