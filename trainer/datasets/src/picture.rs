//! One picture in a file, as a network takes it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::DatasetError;
use crate::folder::FILE_MAX;
use crate::image::{centre, decode};

/// The pixels of the JPEG, PNG or WebP file `path`, scaled until its shorter side has `short` pixels: the square of `side` x
/// `side` pixels in its centre, no larger; bytes, row-major (row, column, RGB).
///
/// # Errors
/// When the file cannot be read, or is no such picture.
pub fn centre_of(path: &Path, short: usize, side: usize) -> Result<Vec<u8>, DatasetError> {
    let io = |cause| DatasetError::Io { path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    File::open(path).map_err(io)?.take(FILE_MAX).read_to_end(&mut bytes).map_err(io)?;
    let mut pixels = vec![0; side * side * 3];
    let picture = decode(&bytes).and_then(|picture| centre(&picture, short, side, &mut pixels));
    picture.map(|()| pixels).map_err(|what| {
        let cure = "give a JPEG, PNG or WebP file".to_owned();
        DatasetError::Form { path: path.to_owned(), what, cure }
    })
}
