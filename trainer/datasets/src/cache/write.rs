//! Making a cache: images are decoded, scaled and encoded on all cores, and written in their order.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use swast_tables::usage::note;

use super::{Entry, HEADER, Head};
use crate::DatasetError;
use crate::image::{decode, encode_jpeg, is_jpeg, jpeg_marks, scale};
use crate::listing::{Listed, Listing};
use crate::photographs::Skips;
use crate::place::{io_error, new_file};
use crate::statistics::Histograms;
use crate::tree::Tree;

/// So many images are in memory at a time.
const AT_A_TIME: usize = 64;

/// How images are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As JPEG of this quality; images that are JPEG and small enough already stay as they are.
    Jpeg(u8),
    /// As pixels.
    Raw,
}

/// What a cache is made of.
pub(crate) struct Prepared<'a> {
    /// Name of the data set, as on the command line.
    pub(crate) name: &'a str,
    pub(crate) tree: &'a Tree,
    pub(crate) listing: &'a Listing,
    /// Larger images are scaled down until their shorter side has so many pixels.
    pub(crate) side: usize,
    pub(crate) form: Form,
    /// No image file is larger, in bytes.
    pub(crate) file_max: u64,
}

/// An image as it is written.
struct Encoded {
    bytes: Vec<u8>,
    marks: Vec<u8>,
    width: u16,
    height: u16,
    histograms: Histograms,
}

impl Encoded {
    /// Its entry, where it begins at the byte `offset`.
    fn entry(&self, offset: u64, label: u16) -> Entry {
        let long = |bytes: &[u8]| u32::try_from(bytes.len()).expect("an image is below 2^28 bytes");
        let (length, marks) = (long(&self.bytes), long(&self.marks));
        Entry { offset, length, width: self.width, height: self.height, label, marks }
    }
}

/// Writes the new cache `path`: whole or not at all. Broken images are passed over as `skips` allows.
///
/// # Errors
/// Where something is in the way, an image is broken, or it cannot be written.
pub(crate) fn write(
    prepared: &Prepared<'_>,
    skips: &mut Skips<'_>,
    path: &Path,
) -> Result<(), DatasetError> {
    new_file(path, |file| fill(prepared, skips, path, file))
}

fn fill(
    prepared: &Prepared<'_>,
    skips: &mut Skips<'_>,
    path: &Path,
    file: &mut File,
) -> Result<(), DatasetError> {
    let io = io_error(path);
    prepared.listing.notes.iter().for_each(note);
    let Prepared { name, listing, side, form, .. } = *prepared;
    let lines = [name].into_iter().chain(listing.classes.iter().map(String::as_str));
    let names = lines.map(|line| format!("{line}\n")).collect::<String>();
    let mut to = BufWriter::with_capacity(1 << 20, file);
    to.write_all(&[0; HEADER]).map_err(&io)?;
    to.write_all(names.as_bytes()).map_err(&io)?;
    let mut at = (HEADER + names.len()) as u64;
    let (mut entries, mut counts, mut digests) = (Vec::new(), [0; 2], [[0; 32]; 2]);
    let mut training = Histograms::default();
    for (part, listed) in [&listing.train, &listing.test].into_iter().enumerate() {
        let before = entries.len();
        let mut hasher = Sha256::new();
        hasher.update(names.as_bytes());
        for images in listed.chunks(AT_A_TIME) {
            let encoded: Vec<_> = images.par_iter().map(|image| encoded(prepared, image)).collect();
            for (image, encoded) in images.iter().zip(encoded) {
                if let Err(reason) = &encoded {
                    skips.pass(&image.file, reason)?;
                }
                let Ok(encoded) = encoded else { continue };
                let entry = encoded.entry(at, image.label);
                let Encoded { bytes, marks, histograms, .. } = encoded;
                hasher.update(&entry.to_bytes()[8..]);
                hasher.update(&bytes);
                hasher.update(&marks);
                if part == 0 {
                    training.add(&histograms);
                }
                to.write_all(&bytes).and_then(|()| to.write_all(&marks)).map_err(&io)?;
                at += (bytes.len() + marks.len()) as u64;
                entries.push(entry);
            }
        }
        counts[part] = (entries.len() - before) as u64;
        digests[part] = hasher.finalize().into();
    }
    for entry in entries {
        to.write_all(&entry.to_bytes()).map_err(&io)?;
    }
    let (form, quality) = match form {
        Form::Jpeg(quality) => (0, u32::from(quality)),
        Form::Raw => (1, 0),
    };
    let word = |number: usize| u32::try_from(number).expect("it was checked when it was read");
    let (mean, std) = training.moments();
    let head = Head {
        form,
        side: word(side),
        quality,
        classes: word(listing.classes.len()),
        names: word(names.len()),
        train: counts[0],
        test: counts[1],
        index: at,
        digests,
        moments: [mean, std],
    };
    to.seek(SeekFrom::Start(0)).map_err(&io)?;
    to.write_all(&head.to_bytes()).and_then(|()| to.flush()).map_err(&io)
}

/// The image `listed` as it is written; or why it cannot be.
fn encoded(prepared: &Prepared<'_>, listed: &Listed) -> Result<Encoded, String> {
    let file = prepared.tree.read(&listed.file, prepared.file_max)?;
    let mut picture = decode(&file)?;
    let small = picture.width.min(picture.height) <= prepared.side;
    if !small {
        picture = scale(&picture, prepared.side)?;
    }
    let side = |length: usize| {
        u16::try_from(length)
            .map_err(|_| format!("is {length} pixels long; at most 65535 are read"))
    };
    let (width, height) = (side(picture.width)?, side(picture.height)?);
    let histograms = Histograms::of(&picture.pixels);
    let (bytes, marks) = match prepared.form {
        Form::Raw => (picture.pixels, Vec::new()),
        Form::Jpeg(_) if small && is_jpeg(&file) => {
            let marks = jpeg_marks(&file)?;
            (file, marks)
        }
        Form::Jpeg(quality) => (encode_jpeg(&picture, quality)?, Vec::new()),
    };
    Ok(Encoded { bytes, marks, width, height, histograms })
}
