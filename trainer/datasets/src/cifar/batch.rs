//! The content of the files: records of a batch, and names of classes.

use std::io;

use super::layout::{Layout, PIXELS, PLANE, Part};
use super::source::Opened;
use crate::LabelledImages;

/// Why a file could not be read: what it holds is wrong, or its source failed.
#[derive(Debug)]
pub(super) enum BatchError {
    Content(String),
    Source(io::Error),
}

impl From<String> for BatchError {
    fn from(reason: String) -> Self {
        Self::Content(reason)
    }
}

/// Number of records of a batch of `size` bytes.
pub(super) fn record_count(layout: &Layout, part: Part, size: u64) -> Result<usize, BatchError> {
    let (record, official) = (layout.record() as u64, layout.official_images(part) as u64);
    let wrong_size = size == 0 || !size.is_multiple_of(record);
    if wrong_size {
        let expected = official * record;
        return Err(format!(
            "{size} bytes where {official} records of {record} bytes ({expected}) are expected"
        )
        .into());
    }
    usize::try_from(size / record).map_err(|error| error.to_string().into())
}

/// Reads all `records` of a batch and checks their labels; keeps the first `keep`, as rows of RGB
/// pixels.
pub(super) fn read_records(
    layout: &Layout,
    opened: &mut Opened<'_>,
    records: usize,
    keep: usize,
) -> Result<LabelledImages, BatchError> {
    let keep = keep.min(records);
    let mut samples = LabelledImages { pixels: Vec::new(), labels: Vec::with_capacity(keep) };
    samples.pixels.reserve_exact(keep * PIXELS);
    let mut record = vec![0; layout.record()];
    for number in 0..records {
        read_whole(opened, &mut record)?;
        let (labels, planes) = record.split_at(layout.labels.len());
        let label = labels[layout.class_label];
        if usize::from(label) >= layout.classes {
            let last = layout.classes - 1;
            return Err(
                format!("record {number} has label {label}, the last class is {last}").into()
            );
        }
        if number < keep {
            samples.labels.push(u16::from(label));
            samples.pixels.extend((0..PIXELS).map(|i| planes[i % 3 * PLANE + i / 3]));
        }
    }
    Ok(samples)
}

/// The names of the classes: one per line.
pub(super) fn read_names(
    layout: &Layout,
    opened: &mut Opened<'_>,
) -> Result<Vec<String>, BatchError> {
    // The size was checked against the layout's bound when the file was opened.
    let mut bytes = vec![0; usize::try_from(opened.size).map_err(|error| error.to_string())?];
    read_whole(opened, &mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    let mut names = Vec::new();
    for name in text.lines().map(str::trim).filter(|name| !name.is_empty()) {
        if name.len() > 64 || name.chars().any(char::is_control) || names.iter().any(|n| n == name)
        {
            return Err(format!("bad or repeated class name `{}`", name.escape_debug()).into());
        }
        names.push(name.to_owned());
    }
    if names.len() != layout.classes {
        let (found, expected) = (names.len(), layout.classes);
        return Err(format!("{found} class names where {expected} are expected").into());
    }
    Ok(names)
}

/// Fills `buffer`; the end of the file comes too early if it cannot be filled.
fn read_whole(opened: &mut Opened<'_>, buffer: &mut [u8]) -> Result<(), BatchError> {
    let size = opened.size;
    opened.reader.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            BatchError::Content(format!("ends before its {size} bytes: it was cut off"))
        }
        _ => BatchError::Source(error),
    })
}
