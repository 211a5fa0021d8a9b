//! JPEG files in every form against Pillow, bit for bit, and damaged ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rayon::prelude::*;

use super::*;
use crate::tree::Tree;

/// A file of `tests/golden/dataset`, written by `jpeg_forms.py` there.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/dataset").join(name)
}

/// The CRC-32 of the pixels of each picture, by its name.
fn expected(list: &str) -> BTreeMap<String, u32> {
    let text = fs::read_to_string(golden(list)).unwrap();
    let lines = text.lines().map(|line| line.split_once(',').unwrap());
    lines.map(|(name, crc)| (name.to_owned(), crc.parse().unwrap())).collect()
}

fn checksum(file: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(&decode(file).unwrap().pixels);
    crc.sum()
}

#[test]
fn every_form_is_decoded_as_pillow_decodes_it() {
    let expected = expected("jpeg/pillow.csv");
    assert_eq!(expected.len(), 20);
    for (name, crc) in expected {
        let file = fs::read(golden("jpeg").join(&name)).unwrap();
        assert_eq!(checksum(&file), crc, "{name}");
    }
}

#[test]
fn photographs_are_decoded_as_pillow_decodes_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("../../../shared/data/imagenet-sample.tar");
    if !path.exists() {
        println!("no ../shared/data/imagenet-sample.tar: real photographs are not tested");
        return;
    }
    let expected = expected("imagenet.csv");
    let tree = Tree::open(&path, "").unwrap();
    let names: Vec<&str> = tree.names().filter(|name| name.ends_with(".JPEG")).collect();
    assert_eq!(names.len(), expected.len());
    names.par_iter().for_each(|name| {
        let crc = expected[name.rsplit('/').next().unwrap()];
        assert_eq!(checksum(&tree.read(name, 1 << 28).unwrap()), crc, "{name}");
    });
}

#[test]
fn every_form_is_reduced_as_pillow_reduces_it() {
    let text = fs::read_to_string(golden("jpeg/reduced.csv")).unwrap();
    assert_eq!(text.lines().count(), 17);
    for line in text.lines() {
        let (name, expected) = line.split_once(',').unwrap();
        let file = fs::read(golden("jpeg").join(name)).unwrap();
        for (reduction, crc) in [2, 4, 8].into_iter().zip(expected.split(',')) {
            let mut own = flate2::Crc::new();
            own.update(&decode_all(&file, reduction).pixels);
            assert_eq!(own.sum().to_string(), crc, "{name} by {reduction}");
        }
    }
}

/// The part `rect` of `file`, decoded.
fn decode_part(file: &[u8], rect: Rect) -> Result<Picture, String> {
    decode_reduced(file, rect, 1)
}

/// The same, reduced.
fn decode_reduced(file: &[u8], rect: Rect, reduction: usize) -> Result<Picture, String> {
    let mut room = Room::default();
    super::decode_part(file, &[], (rect, reduction), &mut room)?;
    let Rect { width, height, .. } = rect.reduced(reduction);
    Ok(Picture { pixels: room.pixels, width, height })
}

/// All of `file`, reduced.
fn decode_all(file: &[u8], reduction: usize) -> Picture {
    let (width, height) = size(file).unwrap();
    decode_reduced(file, Rect { left: 0, top: 0, width, height }, reduction).unwrap()
}

/// Parts of all shapes of an image of a size.
fn parts((all_across, all_down): (usize, usize)) -> impl Iterator<Item = Rect> {
    (0..60).map(move |number| {
        let (width, height) = (1 + number * 7 % all_across, 1 + number * 5 % all_down);
        let left = number * 11 % (all_across - width + 1);
        let top = number * 3 % (all_down - height + 1);
        Rect { left, top, width, height }
    })
}

/// Asserts that parts of `file` are decoded as they are in the whole, as it is and reduced.
fn check_parts(name: &str, file: &[u8]) {
    for reduction in [1, 2, 4, 8] {
        let whole = decode_all(file, reduction);
        for rect in parts(size(file).unwrap()) {
            let part = decode_reduced(file, rect, reduction).unwrap();
            let Rect { left, top, width, height } = rect.reduced(reduction);
            let rows = whole.pixels.chunks(3 * whole.width).skip(top).take(height);
            let expected: Vec<u8> =
                rows.flat_map(|row| &row[3 * left..3 * (left + width)]).copied().collect();
            assert_eq!(part.pixels, expected, "{name} {rect:?} by {reduction}");
        }
    }
}

#[test]
fn a_part_is_that_of_the_whole() {
    for name in expected("jpeg/pillow.csv").keys() {
        check_parts(name, &fs::read(golden("jpeg").join(name)).unwrap());
    }
}

#[test]
fn a_part_is_the_same_with_marks() {
    let mut room = Room::default();
    let mut marked = Vec::new();
    let mut files: Vec<(String, Vec<u8>)> = expected("jpeg/pillow.csv")
        .into_keys()
        .map(|name| (name.clone(), fs::read(golden("jpeg").join(name)).unwrap()))
        .collect();
    for name in ["colour.JPEG", "sharp.JPEG", "grey.JPEG"] {
        files.push((name.to_owned(), fs::read(golden(name)).unwrap()));
    }
    for (name, file) in files {
        let marks = marks(&file).unwrap();
        let (width, height) = size(&file).unwrap();
        for (rect, reduction) in parts((width, height)).zip([1, 2, 4, 8].into_iter().cycle()) {
            super::decode_part(&file, &marks, (rect, reduction), &mut room).unwrap();
            let without = decode_reduced(&file, rect, reduction).unwrap();
            assert_eq!(room.pixels, without.pixels, "{name} {rect:?} by {reduction}");
        }
        // Marks that are none give other pixels or an error.
        let rect = Rect { left: 0, top: 1, width: 1, height: height - 1 };
        for place in 0..marks.len() {
            let mut wrong = marks.clone();
            wrong[place] ^= 0x95;
            let _ = super::decode_part(&file, &wrong, (rect, 1), &mut room);
            let _ = super::decode_part(&file, &wrong[..place], (rect, 1), &mut room);
        }
        if !marks.is_empty() {
            marked.push(name);
        }
    }
    let none = ["progressive", "restarts"];
    assert_eq!(marked.len(), 17);
    assert!(!marked.iter().any(|name| none.iter().any(|form| name.contains(form))), "{marked:?}");
}

#[test]
fn with_marks_what_is_before_and_beside_a_part_is_not_looked_at() {
    let mut file = fs::read(golden("sharp.JPEG")).unwrap();
    let marks = marks(&file).unwrap();
    let rect = Rect { left: 40, top: 40, width: 10, height: 9 };
    let mut room = Room::default();
    super::decode_part(&file, &marks, (rect, 1), &mut room).unwrap();
    let before = room.pixels.clone();
    let start = file.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap() + 14;
    // There are 8 x 8 units, with a mark to each row; with what enlarging may need the part is in rows 4 to 6.
    let mark = |number| marks::Marks::new(&marks).get(number).unwrap().byte;
    file[start..start + mark(4)].fill(0x55);
    let (after, end) = (start + mark(7) + 1, file.len() - 2);
    file[after..end].fill(0x55);
    super::decode_part(&file, &marks, (rect, 1), &mut room).unwrap();
    assert_eq!(room.pixels, before);
}

#[test]
fn a_part_of_a_file_of_ours_is_decoded_without_the_rest() {
    let pixels = (0..300 * 100 * 3).map(|byte| (byte * byte / 7 % 256) as u8).collect();
    let mut file = encode(&Picture { pixels, width: 300, height: 100 }, 90).unwrap();
    check_parts("ours", &file);
    // What is before, beside and after the part may be anything but a marker.
    let part = Rect { left: 150, top: 40, width: 20, height: 10 };
    let before = decode_part(&file, part).unwrap();
    let marker = |file: &[u8], number: usize| {
        let pairs = file.windows(2).enumerate();
        let markers = pairs.filter(|(_, pair)| pair[0] == 0xff && (0xd0..=0xd7).contains(&pair[1]));
        markers.map(|(place, _)| place).nth(number).unwrap()
    };
    // There are 19 x 7 units in intervals of 4; with what enlarging needs the part is in 9 and 10 of rows 2 and 3.
    for interval in (1..33).filter(|interval| ![11, 12, 16].contains(interval)) {
        let (start, end) = (marker(&file, interval - 1) + 2, marker(&file, interval));
        file[start..end].fill(0x55);
    }
    assert_eq!(decode_part(&file, part).unwrap(), before);
    // Of what follows row 3 nothing need be there but the marker.
    let end = marker(&file, 18) + 2;
    assert_eq!(decode_part(&file[..end], part).unwrap(), before);
    assert!(decode(&file).is_err());
}

#[test]
fn what_was_cut_off_is_refused() {
    for name in expected("jpeg/pillow.csv").keys() {
        let file = fs::read(golden("jpeg").join(name)).unwrap();
        for keep in 0..file.len() - 2 {
            assert!(decode(&file[..keep]).is_err(), "{name} {keep}");
        }
        // What follows an image is not looked at.
        let longer = [&file, &[0xff, 0xda, 7][..]].concat();
        assert_eq!(checksum(&longer), checksum(&file));
    }
}

#[test]
fn what_would_take_much_memory_is_refused() {
    let mut file = fs::read(golden("jpeg/420.jpg")).unwrap();
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    file[frame + 5..frame + 9].fill(0xff);
    assert!(decode(&file).unwrap_err().starts_with("has 65535 x 65535 pixels"));
    assert_eq!(size(&file).unwrap(), (65_535, 65_535));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Damaged files are decoded to something or refused; nothing else happens.
    #[test]
    fn damage_does_no_harm(form in 0_usize..20, places in prop::collection::vec((0_usize..5000, 0_u8..=255), 1..8)) {
        let names = expected("jpeg/pillow.csv");
        let mut file = fs::read(golden("jpeg").join(names.keys().nth(form).unwrap())).unwrap();
        for (place, value) in places {
            let place = place % file.len();
            // Other sizes only take time.
            if !file[place.saturating_sub(10)..place].windows(2).any(|pair| pair[0] == 0xff && (0xc0..=0xc2).contains(&pair[1])) {
                file[place] = value;
            }
        }
        let _ = decode(&file);
    }
}
