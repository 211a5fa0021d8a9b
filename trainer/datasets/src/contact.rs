//! A contact sheet: a picture with a row for each class, its name and some of its training images.

mod glyphs;

use std::fs::File;
use std::path::Path;

use crate::image::{Picture, encode_png, fit};
use crate::place::{io_error, new_file};
use crate::{Dataset, DatasetError};

/// Images of a class.
const COLUMNS: usize = 10;
/// More classes are not shown.
const CLASSES_MAX: usize = 200;
/// Larger images are scaled down to this side, in pixels.
const TILE_MAX: usize = 64;
/// Between two images, in pixels.
const GAP: usize = 2;
/// Characters of a name.
const NAME_MAX: usize = 24;
const WHITE: u8 = 255;

/// Writes the sheet of `dataset` as the new PNG file `path`: whole or not at all.
///
/// # Errors
/// Where something is there already, or it cannot be written.
pub(crate) fn write_sheet(dataset: &Dataset, path: &Path) -> Result<(), DatasetError> {
    let sheet = draw(dataset);
    let written = |file: &mut File| encode_png(&sheet, file).map_err(io_error(path));
    new_file(path, written).map_err(|error| match error {
        DatasetError::Exists { path } => DatasetError::Form {
            path,
            what: "exists already".to_owned(),
            cure: "remove it or give another --contact-sheet".to_owned(),
        },
        other => other,
    })
}

fn draw(dataset: &Dataset) -> Picture {
    let tile = dataset.height.min(TILE_MAX);
    let names: Vec<String> =
        dataset.classes.iter().take(CLASSES_MAX).map(|name| short(name)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let left = 2 * GAP + longest * (glyphs::WIDTH + 1);
    let step = (tile + GAP).max(glyphs::HEIGHT + GAP);
    let (width, height) = (left + COLUMNS * (tile + GAP), GAP + names.len().max(1) * step);
    let mut sheet = Picture { pixels: vec![WHITE; width * height * 3], width, height };
    for (row, name) in names.iter().enumerate() {
        let middle = (step.saturating_sub(glyphs::HEIGHT)) / 2;
        label(&mut sheet, name, GAP, GAP + row * step + middle);
    }
    let bytes = dataset.height * dataset.width * 3;
    let mut shown = vec![0; names.len()];
    for (pixels, label) in dataset.train.pixels.chunks_exact(bytes).zip(&dataset.train.labels) {
        let row = usize::from(*label);
        let Some(column) = shown.get_mut(row).filter(|column| **column < COLUMNS) else { continue };
        let (width, height) = (dataset.width, dataset.height);
        let picture = Picture { pixels: pixels.to_vec(), width, height };
        let mut square = vec![WHITE; tile * tile * 3];
        // An image that cannot be scaled stays white.
        let _ = fit(&picture, tile, &mut square);
        paste(&mut sheet, &square, tile, (left + *column * (tile + GAP), GAP + row * step));
        *column += 1;
    }
    sheet
}

/// `name` in so many characters as there is room for.
fn short(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    name.chars().take(NAME_MAX - 2).chain("..".chars()).collect()
}

/// Writes `text` in black at column and row.
fn label(sheet: &mut Picture, text: &str, left: usize, top: usize) {
    for (at, c) in text.chars().enumerate() {
        for (row, column) in
            (0..glyphs::HEIGHT).flat_map(|row| (0..glyphs::WIDTH).map(move |column| (row, column)))
        {
            if glyphs::has_point(c, column, row) {
                let x = left + at * (glyphs::WIDTH + 1) + column;
                sheet.pixels[((top + row) * sheet.width + x) * 3..][..3].fill(0);
            }
        }
    }
}

/// Puts a `square` of `side` pixels at column and row.
fn paste(sheet: &mut Picture, square: &[u8], side: usize, (left, top): (usize, usize)) {
    for (row, line) in square.chunks_exact(3 * side).enumerate() {
        sheet.pixels[((top + row) * sheet.width + left) * 3..][..3 * side].copy_from_slice(line);
    }
}
