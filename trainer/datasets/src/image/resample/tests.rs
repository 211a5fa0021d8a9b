//! Stretched parts against the same in floating point.

use super::*;

/// A picture of `width` x `height` pixels with edges and noise.
fn picture(width: usize, height: usize) -> Vec<u8> {
    let value = |i: usize| {
        let (x, y, c) = (i / 3 % width, i / 3 / width, i % 3);
        if (x / 9 + y / 7).is_multiple_of(2) { x * y * (c + 1) + 13 * y } else { 255 * (c % 2) }
    };
    (0..3 * width * height).map(|i| value(i) as u8).collect()
}

/// The shares of the samples of a part with which Pillow makes `place` of `to` from all `from`.
fn shares(from: usize, to: usize, place: usize) -> Vec<f64> {
    let scale = from as f64 / to as f64;
    let (reach, centre) = (scale.max(1.0), (place as f64 + 0.5) * scale);
    let weight = |sample: usize| 1.0 - ((sample as f64 + 0.5 - centre) / reach).abs();
    let weights: Vec<f64> = (0..from).map(|sample| weight(sample).max(0.0)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// What the part `rect` is as a square, exactly.
fn exact(pixels: &[u8], width: usize, rect: Rect, side: usize) -> Vec<f64> {
    let down: Vec<Vec<f64>> = (0..side).map(|y| shares(rect.height, side, y)).collect();
    let across: Vec<Vec<f64>> = (0..side).map(|x| shares(rect.width, side, x)).collect();
    let mut rows = vec![0.0; rect.height * side * 3];
    for (i, to) in rows.iter_mut().enumerate() {
        let (c, x, y) = (i % 3, i / 3 % side, i / 3 / side);
        let sample = |sample| pixels[((rect.top + y) * width + rect.left + sample) * 3 + c];
        let terms = across[x].iter().enumerate();
        *to = terms.map(|(at, share)| f64::from(sample(at)) * share).sum();
    }
    let value = |i: usize| {
        let terms = down[i / (3 * side)].iter().enumerate();
        terms.map(|(y, share)| rows[y * 3 * side + i % (3 * side)] * share).sum()
    };
    (0..3 * side * side).map(value).collect()
}

fn stretched(pixels: &[u8], width: usize, rect: Rect, side: usize, mirror: bool) -> Vec<u8> {
    let mut square = vec![7; 3 * side * side];
    stretch((pixels, width), (rect, 1), (&mut square, side), mirror, &mut Room::default());
    square
}

const PARTS: [Rect; 7] = [
    Rect { left: 3, top: 5, width: 40, height: 33 },
    Rect { left: 0, top: 0, width: 150, height: 120 },
    Rect { left: 149, top: 119, width: 1, height: 1 },
    Rect { left: 20, top: 1, width: 100, height: 2 },
    Rect { left: 147, top: 0, width: 3, height: 119 },
    Rect { left: 11, top: 12, width: 48, height: 48 },
    Rect { left: 1, top: 1, width: 65, height: 97 },
];

#[test]
fn parts_are_within_a_level_of_what_they_are_exactly() {
    let pixels = picture(150, 120);
    for (rect, side) in PARTS.into_iter().flat_map(|rect| [(rect, 48), (rect, 7), (rect, 224)]) {
        let square = stretched(&pixels, 150, rect, side, false);
        let exact = exact(&pixels, 150, rect, side);
        let far = square.iter().zip(exact).map(|(own, exact)| (f64::from(*own) - exact).abs());
        let (most, sum) = far.fold((0.0, 0.0), |(most, sum), far| (far.max(most), sum + far));
        // Two roundings of at most a half, and what is cut off the shares.
        assert!(most < 1.1 && sum < 0.4 * square.len() as f64, "{rect:?} to {side}: {most} {sum}");
    }
}

#[test]
fn a_picture_is_reduced_while_one_and_a_half_of_its_pixels_are_left() {
    let square = |side| Rect { left: 1, top: 2, width: side, height: side };
    for (side, expected) in [(1, 1), (95, 1), (96, 2), (191, 2), (192, 4), (383, 4), (384, 8)] {
        assert_eq!(reduction(square(side), 32), expected, "{side}");
    }
    assert_eq!(reduction(square(100_000), 32), 8);
    assert_eq!(reduction(Rect { width: 95, ..square(1000) }, 32), 1);
    assert_eq!(reduction(Rect { height: 95, ..square(1000) }, 32), 1);
}

/// A picture of `width` x `height` pixels that `reduction` x `reduction` pixels are a pixel of, whose places are `value`.
fn reduced(
    (width, height): (usize, usize),
    reduction: usize,
    value: impl Fn(f64, f64) -> f64,
) -> Vec<u8> {
    let middle = |place: usize| (place as f64 + 0.5) * reduction as f64;
    let pixel = |i: usize| value(middle(i % width), middle(i / width)).round() as u8;
    (0..width * height).flat_map(|i| [pixel(i); 3]).collect()
}

#[test]
fn parts_of_a_reduced_picture_are_in_their_place() {
    // A slope is its own mean: what is left is where the places are. At the edges of a part it is cut off.
    let slope = |x: f64, y: f64| 0.4 * x + 0.2 * y + 3.0;
    let whole = reduced((320, 240), 1, slope);
    for reduction in [2, 4, 8] {
        let means = reduced((320 / reduction, 240 / reduction), reduction, slope);
        for (left, top, width, height) in
            [(0, 0, 320, 240), (7, 3, 201, 170), (102, 97, 190, 140), (1, 6, 193, 209)]
        {
            let (rect, mut square) = (Rect { left, top, width, height }, vec![0; 3 * 16 * 16]);
            let pixels = (means.as_slice(), 320 / reduction);
            stretch(pixels, (rect, reduction), (&mut square, 16), false, &mut Room::default());
            let exact = exact(&whole, 320, rect, 16);
            for (place, (own, exact)) in square.iter().zip(exact).enumerate() {
                let far = (f64::from(*own) - exact).abs();
                let (x, y) = (place / 3 % 16, place / 3 / 16);
                let inside = (1..15).contains(&x) && (1..15).contains(&y);
                assert!(far < if inside { 1.3 } else { 2.3 }, "{rect:?} by {reduction}: {far}");
            }
        }
    }
}

#[test]
fn a_part_of_that_size_is_copied_and_a_mirror_turns_it() {
    let pixels = picture(150, 120);
    let rect = PARTS[5];
    let square = stretched(&pixels, 150, rect, 48, false);
    for (y, row) in square.chunks(3 * 48).enumerate() {
        assert_eq!(row, &pixels[3 * ((12 + y) * 150 + 11)..][..3 * 48]);
    }
    for (rect, side) in PARTS.into_iter().flat_map(|rect| [(rect, 48), (rect, 33)]) {
        let mut turned = stretched(&pixels, 150, rect, side, true);
        for row in turned.chunks_exact_mut(3 * side) {
            row.as_chunks_mut::<3>().0.reverse();
        }
        assert_eq!(turned, stretched(&pixels, 150, rect, side, false));
    }
}

#[test]
fn memory_of_a_larger_picture_may_be_used_again() {
    let pixels = picture(150, 120);
    let mut room = Room::default();
    for (rect, side) in PARTS.into_iter().flat_map(|rect| [(rect, 224), (rect, 20)]) {
        let mut square = vec![0; 3 * side * side];
        stretch((&pixels, 150), (rect, 1), (&mut square, side), false, &mut room);
        assert_eq!(square, stretched(&pixels, 150, rect, side, false));
    }
}
