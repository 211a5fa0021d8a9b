//! A prepared cache: the images of a data set in one file, scaled to one shorter side, as JPEG or as raw pixels, in the
//! order in which they are read. It is mapped, and an entry and an image are read when they are asked for, so
//! memory of the process does not grow with the number of images.
//!
//! The file is little-endian: a header of 152 bytes, the names (of the data set, then of the classes, a line each), the
//! images one after the other (behind a JPEG file that stayed as it was, marks in it), and an entry of 24 bytes for each,
//! training images first. Only our own command writes it,
//! but all numbers in it are checked before they are used.

mod map;
mod write;

use std::fmt::Display;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::map::Map;
pub(crate) use self::write::{Form, Prepared, write};
use crate::folder::usual_of;
use crate::image::{JpegRoom, Picture, Rect, check_size, decode_jpeg_part, fit, is_jpeg, size};
use crate::{Dataset, DatasetError, LabelledImages, Limits, memory};

/// The first bytes of a cache.
const MAGIC: [u8; 8] = *b"SWASTIMG";
/// Raise it when the file changes.
const VERSION: u32 = 3;
/// Length of the header, in bytes.
const HEADER: usize = 152;
/// Length of an entry, in bytes.
const ENTRY: usize = 24;
/// So many entries are in memory at a time.
const TOGETHER: usize = 1 << 16;
/// The names are not longer, in bytes.
const NAMES_MAX: usize = 1 << 24;
/// No image is longer, in bytes.
const IMAGE_MAX: u32 = 1 << 28;

/// A cache that is open.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    map: Map,
    /// Name of the data set it was made from.
    name: String,
    classes: Vec<String>,
    head: Head,
}

/// The numbers in the header.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Head {
    /// 0: JPEG, 1: raw.
    form: u32,
    /// Shorter side of the images that were scaled, in pixels.
    side: u32,
    /// Of JPEG, from 1 to 100.
    quality: u32,
    classes: u32,
    names: u32,
    train: u64,
    test: u64,
    /// Where the entries begin.
    index: u64,
    /// SHA-256 of the training and of the test set: names, labels, sizes and images.
    digests: [[u8; 32]; 2],
    /// Mean of the training pixels / 255 as they were written, per channel; then their standard deviation.
    moments: [[f32; 3]; 2],
}

impl Head {
    fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend(MAGIC);
        for number in [VERSION, self.form, self.side, self.quality, self.classes, self.names] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [self.train, self.test, self.index, 0] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.digests.concat());
        for number in self.moments.concat() {
            bytes.extend(number.to_le_bytes());
        }
        let mut header = [0; HEADER];
        header[..bytes.len()].copy_from_slice(&bytes);
        header
    }

    /// The header in `bytes`; or why it is none.
    fn of(bytes: &[u8; HEADER]) -> Result<Self, String> {
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
        let long = |at: usize| u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| bytes[at + i]));
        if bytes[..8] != MAGIC {
            return Err("is no cache".to_owned());
        }
        if word(8) != VERSION {
            return Err(format!("is a cache of version {}, not {VERSION}", word(8)));
        }
        let digest = |at: usize| std::array::from_fn(|i| bytes[at + i]);
        let moment = |at: usize| std::array::from_fn(|c| f32::from_bits(word(at + 4 * c)));
        Ok(Self {
            form: word(12),
            side: word(16),
            quality: word(20),
            classes: word(24),
            names: word(28),
            train: long(32),
            test: long(40),
            index: long(48),
            digests: [digest(64), digest(96)],
            moments: [moment(128), moment(140)],
        })
    }

    /// Number of images.
    fn images(&self) -> Option<u64> {
        self.train.checked_add(self.test)
    }
}

/// What is known of an image without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    offset: u64,
    length: u32,
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) label: u16,
    /// Length of the marks behind a JPEG file, with which a part of it is decoded sooner.
    marks: u32,
}

impl Entry {
    fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.length.to_le_bytes());
        for (at, number) in [(12, self.width), (14, self.height), (16, self.label)] {
            bytes[at..at + 2].copy_from_slice(&number.to_le_bytes());
        }
        bytes[20..].copy_from_slice(&self.marks.to_le_bytes());
        bytes
    }

    fn of(bytes: &[u8; ENTRY]) -> Self {
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let long = u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| bytes[i]));
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
        let (length, marks) = (word(8), word(20));
        Self { offset: long, length, width: short(12), height: short(14), label: short(16), marks }
    }
}

/// A part of an image.
#[derive(Debug)]
pub(crate) struct Part<'r> {
    /// Rows of `width` pixels in RGB, each the mean of `reduction` x `reduction` pixels of the image.
    pub(crate) pixels: &'r [u8],
    pub(crate) width: usize,
    pub(crate) reduction: usize,
    /// Where the part is in them, in pixels of the image.
    pub(crate) rect: Rect,
    pub(crate) label: u16,
}

/// Whether `path` is a cache, as its first bytes show.
pub(crate) fn is_cache(path: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    // Only files are opened: a named pipe would wait for who writes to it.
    let read = |file: File| file.read_exact_at(&mut magic, 0);
    path.is_file() && File::open(path).and_then(read).is_ok() && magic == MAGIC
}

impl Cache {
    /// Opens the cache at `path`; its images are not read.
    ///
    /// # Errors
    /// Where it cannot be read, is of another version, or was cut off.
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let io = |cause| DatasetError::Io { path: path.to_owned(), cause };
        let wrong = |what: String| wrong(path, what);
        let file = File::open(path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).map_err(|_| wrong("is no whole cache".to_owned()))?;
        let head = Head::of(&header).map_err(wrong)?;
        let entries = head.images().and_then(|images| images.checked_mul(ENTRY as u64));
        let end = entries.and_then(|entries| entries.checked_add(head.index));
        if end != Some(size) || head.form > 1 {
            return Err(wrong("is no whole cache: it was cut off".to_owned()));
        }
        let length = head.names as usize;
        if length > NAMES_MAX || HEADER as u64 + length as u64 > head.index {
            return Err(wrong("has names that are too long".to_owned()));
        }
        let mut names = vec![0; length];
        file.read_exact_at(&mut names, HEADER as u64).map_err(io)?;
        let names = String::from_utf8(names).map_err(|_| wrong("has no names".to_owned()))?;
        let mut lines = names.lines().map(str::to_owned);
        let name = lines.next().unwrap_or_default();
        let classes: Vec<String> = lines.collect();
        if classes.len() != head.classes as usize || classes.len() > usize::from(u16::MAX) {
            return Err(wrong(format!("{} names for {} classes", classes.len(), head.classes)));
        }
        if !head.moments.as_flattened().iter().all(|m| m.is_finite())
            || head.moments[1].iter().any(|std| *std < 0.0)
        {
            return Err(wrong("has statistics of its pixels that are none".to_owned()));
        }
        let map = Map::new(file).map_err(io)?;
        Ok(Self { path: path.to_owned(), map, name, classes, head })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Name of the data set it was made from, as on the command line.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of the classes, by label.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Shorter side of the images, in pixels; smaller images were left as they are.
    pub fn side(&self) -> usize {
        self.head.side as usize
    }

    /// Number of training images; they come first.
    pub fn train(&self) -> u64 {
        self.head.train
    }

    /// Number of test images.
    pub fn test(&self) -> u64 {
        self.head.test
    }

    /// SHA-256 of the training set and of the test set: names, labels, sizes and images.
    pub fn digests(&self) -> [[u8; 32]; 2] {
        self.head.digests
    }

    /// Mean and standard deviation of each channel of the training pixels / 255, as they were written.
    pub fn moments(&self) -> [[f32; 3]; 2] {
        self.head.moments
    }

    /// Labels of the `count` images from number `first` on.
    ///
    /// # Errors
    /// Where there are no such images, or the file is damaged.
    pub(crate) fn labels(&self, first: u64, count: usize) -> Result<Vec<u16>, DatasetError> {
        let mut labels = Vec::with_capacity(count);
        while labels.len() < count {
            let number = first + labels.len() as u64;
            let length = (count - labels.len()).min(TOGETHER) * ENTRY;
            let part = self.read(self.head.index + number * ENTRY as u64, length, number)?;
            for (number, entry) in (number..).zip(part.as_chunks::<ENTRY>().0) {
                labels.push(self.checked(Entry::of(entry), number)?.label);
            }
        }
        Ok(labels)
    }

    /// What is known of image `number`.
    fn entry(&self, number: u64) -> Result<Entry, DatasetError> {
        let at = self.head.index.saturating_add(number.saturating_mul(ENTRY as u64));
        let bytes = self.read(at, ENTRY, number)?.as_chunks().0;
        self.checked(Entry::of(&bytes[0]), number)
    }

    /// So many bytes from the place `at` on, for image `number`. A file that ends there is damaged; any other fault is the
    /// system's, and may pass.
    fn read(&self, at: u64, length: usize, number: u64) -> Result<&[u8], DatasetError> {
        self.map.get(at, length).map_err(|cause| match cause.kind() {
            ErrorKind::UnexpectedEof => self.damaged(number, "it was cut off"),
            _ => DatasetError::Io { path: self.path.clone(), cause },
        })
    }

    fn checked(&self, entry: Entry, number: u64) -> Result<Entry, DatasetError> {
        let length = u64::from(entry.length) + u64::from(entry.marks);
        let inside = entry.offset.checked_add(length);
        let fine = inside.is_some_and(|end| end <= self.head.index)
            && usize::from(entry.label) < self.classes.len()
            && length <= u64::from(IMAGE_MAX);
        if fine { Ok(entry) } else { Err(self.damaged(number, "its entry is wrong")) }
    }

    /// Image `number` of all, training images first, and its label.
    ///
    /// # Errors
    /// Where there is no such image, or the file is damaged.
    pub(crate) fn image(&self, number: u64) -> Result<(Picture, u16), DatasetError> {
        let (mut room, mut height) = (JpegRoom::default(), 0);
        let whole = |size: (usize, usize)| {
            height = size.1;
            (Rect { left: 0, top: 0, width: size.0, height: size.1 }, 1)
        };
        let Part { pixels, width, label, .. } = self.part(number, whole, &mut room)?;
        Ok((Picture { pixels: pixels.to_vec(), width, height }, label))
    }

    /// The part of image `number` that `choose` takes of its size (width and height, in pixels), and how far it may be reduced,
    /// which only JPEG is. No more is read and decoded than is needed, in `room` where it must be decoded.
    ///
    /// # Errors
    /// As [`Self::image`].
    pub(crate) fn part<'r>(
        &'r self,
        number: u64,
        choose: impl FnOnce((usize, usize)) -> (Rect, usize),
        room: &'r mut JpegRoom,
    ) -> Result<Part<'r>, DatasetError> {
        let damaged = |reason: &dyn Display| self.damaged(number, reason);
        let entry = self.entry(number)?;
        let (width, height) = (usize::from(entry.width), usize::from(entry.height));
        check_size(width, height).map_err(|reason| damaged(&reason))?;
        let (rect, reduction) = choose((width, height));
        let another = "its size is another one";
        if self.head.form == 1 {
            if entry.length as usize != 3 * width * height {
                return Err(damaged(&another));
            }
            let row = 3 * width;
            let at = entry.offset + (rect.top * row) as u64;
            return Ok(Part {
                pixels: self.read(at, rect.height * row, number)?,
                width,
                reduction: 1,
                rect: Rect { top: 0, ..rect },
                label: entry.label,
            });
        }
        let length = entry.length as usize + entry.marks as usize;
        let (file, marks) =
            self.read(entry.offset, length, number)?.split_at(entry.length as usize);
        if !is_jpeg(file) || size(file) != Ok((width, height)) {
            return Err(damaged(&another));
        }
        decode_jpeg_part(file, marks, (rect, reduction), room)
            .map_err(|reason| damaged(&reason))?;
        Ok(Part {
            pixels: &room.pixels,
            width: rect.reduced(reduction).width,
            reduction,
            rect: Rect { left: rect.left % reduction, top: rect.top % reduction, ..rect },
            label: entry.label,
        })
    }

    /// The error of image `number`, which cannot be used.
    pub(crate) fn damaged(&self, number: u64, reason: impl Display) -> DatasetError {
        wrong(&self.path, format!("image {number} cannot be read ({reason})"))
    }
}

/// The data set of the images of `cache` as squares of `side` x `side` pixels in memory, `None` for the largest usual side
/// that they reach; of those, the first within `limits`.
pub(crate) fn read_squares(
    cache: &Cache,
    side: Option<usize>,
    limits: Limits,
) -> Result<Dataset, DatasetError> {
    let side = side.unwrap_or_else(|| usual_of(cache.side()));
    let count = |of: u64, limit: usize| usize::try_from(of).unwrap_or(usize::MAX).min(limit);
    let (train, test) = (count(cache.train(), limits.train), count(cache.test(), limits.test));
    memory::check(&cache.path, train.saturating_add(test), side)?;
    let part = |start: u64, count: usize| -> Result<LabelledImages, DatasetError> {
        let bytes = side * side * 3;
        let mut pixels = vec![0; count * bytes];
        let square = |(number, square): (usize, &mut [u8])| {
            let (picture, label) = cache.image(start + number as u64)?;
            let fitted = fit(&picture, side, square);
            fitted.map_err(|reason| cache.damaged(start + number as u64, reason))?;
            Ok(label)
        };
        let labels: Result<Vec<u16>, DatasetError> =
            pixels.par_chunks_exact_mut(bytes).enumerate().map(square).collect();
        labels.map(|labels| LabelledImages { pixels, labels })
    };
    let (train, test) = (part(0, train)?, part(cache.train(), test)?);
    Ok(Dataset::of_squares(&cache.name, cache.classes.clone(), side, (train, test)))
}

fn wrong(path: &Path, what: String) -> DatasetError {
    let cure = "make it again with `swast-trainer data import SOURCE --cache SIDE`".to_owned();
    DatasetError::Form { path: path.to_owned(), what, cure }
}

#[cfg(test)]
pub(crate) mod tests;
