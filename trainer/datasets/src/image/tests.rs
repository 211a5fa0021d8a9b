//! Pictures in every form against what Pillow 13 gives, and files that must be refused.

use std::path::Path;

use ::png::{BitDepth, ColorType, Encoder};
use image_webp::{ColorType as WebPColor, WebPEncoder};

use super::*;

/// A PNG file of the `stored` samples.
fn png_file(size: (u32, u32), form: (ColorType, BitDepth), stored: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, size.0, size.1);
    encoder.set_color(form.0);
    encoder.set_depth(form.1);
    if form.0 == ColorType::Indexed {
        encoder.set_palette(vec![10, 20, 30, 40, 50, 60]);
        encoder.set_trns(vec![0, 128]);
    }
    encoder.write_header().unwrap().write_image_data(stored).unwrap();
    file
}

/// Its form, the stored samples, and what Pillow gives in RGB.
type Case = ((ColorType, BitDepth), Vec<u8>, Vec<u8>);

/// The last column is that of `Image.open(file).convert("RGB")`.
#[test]
fn png_in_every_form_is_as_pillow_gives_it() {
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let grey = |values: &[u8]| values.iter().flat_map(|value| [*value; 3]).collect::<Vec<u8>>();
    let cases: [Case; 11] = [
        ((Grayscale, BitDepth::One), vec![0b1011_0000], grey(&[255, 0, 255, 255, 0])),
        ((Grayscale, BitDepth::Two), vec![0b0001_1011, 0], grey(&[0, 85, 170, 255, 0])),
        ((Grayscale, BitDepth::Four), vec![0x5f], grey(&[85, 255])),
        ((Grayscale, BitDepth::Eight), vec![95, 3], grey(&[95, 3])),
        (
            (Grayscale, BitDepth::Sixteen),
            words(&[0, 1, 255, 256, 65_535]),
            grey(&[0, 1, 255, 255, 255]),
        ),
        ((GrayscaleAlpha, BitDepth::Eight), vec![95, 0, 3, 9], grey(&[95, 3])),
        ((GrayscaleAlpha, BitDepth::Sixteen), words(&[300, 0, 32_768, 9]), grey(&[1, 128])),
        (
            (Rgb, BitDepth::Sixteen),
            words(&[300, 1000, 32_768, 50_000, 257, 65_535]),
            vec![1, 3, 128, 195, 1, 255],
        ),
        ((Rgba, BitDepth::Sixteen), words(&[300, 1000, 32_768, 0]), vec![1, 3, 128]),
        ((Indexed, BitDepth::Eight), vec![0, 1, 9], vec![10, 20, 30, 40, 50, 60, 0, 0, 0]),
        (
            (Indexed, BitDepth::Two),
            vec![0b0001_1011, 0],
            vec![10, 20, 30, 40, 50, 60, 0, 0, 0, 0, 0, 0, 10, 20, 30],
        ),
    ];
    for (form, stored, expected) in cases {
        let file = png_file((expected.len() as u32 / 3, 1), form, &stored);
        assert_eq!(size(&file).unwrap(), (expected.len() / 3, 1));
        assert_eq!(decode(&file).unwrap().pixels, expected, "{form:?}");
    }
}

#[test]
fn lossy_webp_is_as_pillow_decodes_it() {
    let read = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/dataset");
        std::fs::read(folder.join(name)).unwrap()
    };
    for name in ["lossy", "lossy_alpha"] {
        let picture = decode(&read(&format!("{name}.webp"))).unwrap();
        let expected = read(&format!("{name}.rgb"));
        assert_eq!((picture.width, picture.height), (61, 45));
        let pairs = picture.pixels.iter().zip(&expected);
        let differences = pairs.map(|(own, other)| own.abs_diff(*other));
        assert_eq!(picture.pixels.len(), expected.len());
        assert!(differences.clone().max() <= Some(2), "{:?}", differences.max());
    }
}

#[test]
fn lossless_webp_is_exact_without_its_transparency() {
    let stored: Vec<u8> = (0..5 * 3 * 4).map(|value| value * 4).collect();
    let expected: Vec<u8> = stored.chunks(4).flat_map(|pixel| &pixel[..3]).copied().collect();
    for (colour, stored) in [(WebPColor::Rgb8, &expected), (WebPColor::Rgba8, &stored)] {
        let mut file = Vec::new();
        WebPEncoder::new(&mut file).encode(stored, 5, 3, colour).unwrap();
        assert_eq!(size(&file).unwrap(), (5, 3));
        let picture = decode(&file).unwrap();
        assert_eq!((picture.width, picture.height, &picture.pixels), (5, 3, &expected));
        for keep in [12, 20, file.len() - 5] {
            assert!(decode(&file[..keep]).unwrap_err().contains("no whole WebP"), "{keep}");
        }
    }
}

/// Made by `tests/golden/dataset/fit.py`.
const FITTED: &[u8] = include_bytes!("../../../../tests/golden/dataset/fit.rgb");

#[test]
fn pictures_are_fitted_as_torchvision_fits_them() {
    let mut expected = FITTED;
    for (width, height) in [(31, 23), (23, 30)] {
        let at = |i: usize| (i / 3 % width, i / 3 / width, i % 3);
        let value = |(x, y, c)| (x * 7 + y * 13 + c * 50 + x * y) as u8;
        let pixels = (0..width * height * 3).map(|i| value(at(i))).collect();
        let picture = Picture { pixels, width, height };
        for side in [10, 23, 40] {
            let mut square = vec![0; side * side * 3];
            fit(&picture, side, &mut square).unwrap();
            let (one, others) = expected.split_at(square.len());
            expected = others;
            let far = square.iter().zip(one).map(|(own, other)| own.abs_diff(*other));
            let (most, sum) =
                far.fold((0, 0), |(most, sum), far| (far.max(most), sum + u32::from(far)));
            assert!(most <= 1 && 4 * sum < one.len() as u32, "{width} x {height} to {side}: {sum}");
        }
    }
    assert!(expected.is_empty());
}

/// The part `rect` of the JPEG `file` as a square of `side` x `side` pixels, decoded by `reduction`.
fn square(file: &[u8], rect: Rect, reduction: usize, side: usize) -> Vec<u8> {
    let (mut jpeg, mut square) = (JpegRoom::default(), vec![0; 3 * side * side]);
    decode_jpeg_part(file, &[], (rect, reduction), &mut jpeg).unwrap();
    let pixels = (jpeg.pixels.as_slice(), rect.reduced(reduction).width);
    let part = Rect { left: rect.left % reduction, top: rect.top % reduction, ..rect };
    stretch(pixels, (part, reduction), (&mut square, side), false, &mut ResampleRoom::default());
    square
}

#[test]
fn parts_of_reduced_pictures_are_near_those_of_whole_ones_in_every_form_of_jpeg() {
    use jpeg_encoder::ColorType::{Cmyk, CmykAsYcck, Luma, Rgb};
    use jpeg_encoder::SamplingFactor::{F_1_1, F_1_2, F_2_1, F_2_2, F_4_1, F_4_2};
    let colours = [F_1_1, F_1_2, F_2_1, F_2_2, F_4_1, F_4_2].map(|factor| (Rgb, 3, factor));
    let mut seen = [0; 4];
    let others = [(Luma, 1, F_1_1), (Cmyk, 4, F_1_1), (CmykAsYcck, 4, F_1_1)];
    for (colour, channels, factor) in colours.into_iter().chain(others) {
        let (width, height) = (203_u16, 157_u16);
        let wave = |i: usize| {
            let (x, y, c) = (i / channels % 203, i / channels / 203, i % channels);
            128.0 + 90.0 * ((x + 50 * c) as f64 / 19.0 + y as f64 / (13 + 3 * c) as f64).sin()
        };
        let count = 203 * 157 * channels;
        let samples: Vec<u8> = (0..count).map(|i| wave(i).round() as u8).collect();
        for (progressive, restarts) in [(false, 0), (true, 0), (false, 3)] {
            let mut file = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
            encoder.set_sampling_factor(factor);
            encoder.set_progressive(progressive);
            encoder.set_restart_interval(restarts);
            encoder.encode(&samples, width, height, colour).unwrap();
            for (left, top, width, height) in
                [(0, 0, 203, 157), (3, 1, 181, 150), (102, 57, 101, 99)]
            {
                let rect = Rect { left, top, width, height };
                for side in [8, 11, 20, 32] {
                    let (whole, by) = (square(&file, rect, 1, side), reduction(rect, side));
                    let near = square(&file, rect, by, side);
                    let far = whole.iter().zip(near).map(|(own, other)| own.abs_diff(other));
                    let (most, sum) =
                        far.fold((0, 0), |(most, sum), far| (far.max(most), sum + u32::from(far)));
                    let mean = f64::from(sum) / whole.len() as f64;
                    let bound = [0.0, 0.6, 0.6, 1.6][by.ilog2() as usize];
                    assert!(
                        mean <= bound && most <= 6,
                        "{factor:?} {rect:?} by {by}: {mean} {most}"
                    );
                    seen[by.ilog2() as usize] += 1;
                }
            }
        }
    }
    assert!(!seen[1..].contains(&0), "{seen:?}");
}

#[test]
fn what_is_no_picture_is_refused() {
    assert_eq!(decode(b"").unwrap_err(), "is empty");
    assert_eq!(decode(b"<html></html>").unwrap_err(), "is no JPEG, PNG or WebP image");
    let file = png_file((40, 30), (ColorType::Rgb, BitDepth::Eight), &[77; 3600]);
    for keep in (8..file.len() - 20).step_by(3) {
        let reason = decode(&file[..keep]).unwrap_err();
        assert!(reason.contains("is no whole PNG image"), "{keep}: {reason}");
    }
    // A header that promises gigabytes.
    let mut huge = file.clone();
    huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    assert_eq!(decode(&huge).unwrap_err(), "has 65536 x 65536 pixels; at most 89478485 are read");
}

#[test]
fn of_a_thin_strip_the_middle_is_taken() {
    // Scaled as a whole it would have 64 x 5 million pixels.
    let (width, side) = (80_000, 64);
    let pixels = (0..width).flat_map(|x| [if (39_000..41_000).contains(&x) { 200 } else { 0 }; 3]);
    let thin = Picture { pixels: pixels.collect(), width, height: 1 };
    let mut square = vec![0; side * side * 3];
    fit(&thin, side, &mut square).unwrap();
    assert!(square.iter().all(|byte| *byte == 200));
    assert!(scale(&thin, side).unwrap_err().contains("pixels; at most"));
}
