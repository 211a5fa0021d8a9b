//! Augmentation on the device against pixels moved one by one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use rand::RngExt;
use swast_datasets::{Dataset, LabelledImages};
use swast_tables::stream::stream;
use swast_trainer::draws::below;
use swast_trainer::feed::resident::Resident;
use tch::{Device, Tensor};

use feed::{augmented, batches, drawn as drawn_plan};

#[path = "support/feed.rs"]
mod feed;

const COUNT: usize = 60;
const HEIGHT: usize = 5;
const WIDTH: usize = 6;

fn random() -> Dataset {
    let mut draw = stream(3, "test", 0);
    let mut samples = || LabelledImages {
        pixels: (0..COUNT * HEIGHT * WIDTH * 3).map(|_| draw.random()).collect(),
        labels: vec![0; COUNT],
    };
    Dataset {
        name: "random".to_owned(),
        seed: None,
        classes: vec!["one".to_owned()],
        height: HEIGHT,
        width: WIDTH,
        mean: [0.0; 3],
        std: [1.0 / 255.0; 3],
        train: samples(),
        test: samples(),
        skipped: Default::default(),
    }
}

#[test]
fn crops_and_flips_are_those_that_are_drawn_for_the_epoch() {
    let dataset = random();
    let images = Resident::new(&dataset.train, &dataset, true, Device::Cpu);
    let plan = drawn_plan(COUNT, 8, 2);
    let order = Vec::<i64>::try_from(&plan.order).unwrap();
    let [_, rows, columns]: [u64; 3] = stream(8, "epoch-plan", 2).random();
    let drawn = |end, key| Vec::<i64>::try_from(below(end, key, COUNT, Device::Cpu)).unwrap();
    // Nine places down, nine across, and these once more for images that are flipped.
    let draws: Vec<(usize, usize, bool)> = drawn(9, rows)
        .into_iter()
        .zip(drawn(18, columns))
        .map(|(row, column)| (row as usize, column as usize % 9, column >= 9))
        .collect();
    for (first, len) in batches(COUNT, 25) {
        let chosen = &order[first as usize..(first + len) as usize];
        let batch = augmented(&images, &Tensor::from_slice(chosen), &plan, first);
        let found =
            Vec::<f32>::try_from(batch.permute([0, 2, 3, 1]).contiguous().view([-1])).unwrap();
        let mut expected = Vec::new();
        for (&image, &(row, column, flip)) in chosen.iter().zip(&draws[first as usize..]) {
            for y in 0..HEIGHT {
                for x in 0..WIDTH {
                    let across = if flip { WIDTH - 1 - x } else { x };
                    let pixel = (row + y).checked_sub(4).zip((column + across).checked_sub(4));
                    let inside = pixel.filter(|&(y, x)| y < HEIGHT && x < WIDTH);
                    let place = |(y, x)| ((image as usize * HEIGHT + y) * WIDTH + x) * 3;
                    let black = [0; 3].as_slice();
                    let bytes =
                        inside.map_or(black, |p| &dataset.train.pixels[place(p)..place(p) + 3]);
                    expected.extend(bytes.iter().map(|&byte| f32::from(byte)));
                }
            }
        }
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-3, "{found} instead of {expected}");
        }
    }
}
