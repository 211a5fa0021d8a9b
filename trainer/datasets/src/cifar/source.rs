//! Where the files of a data set come from: the official archive, streamed without unpacking it to disk,
//! or the folder unpacked from it. Archives are not trusted; see [`visit`].

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path};

use tar::{Archive, Entry, EntryType};

use super::form::{archive_error, open_tar};
use super::held::{Held, check_folder};
use super::layout::{Layout, OTHER_MAX, Part};
use crate::DatasetError;

/// So many characters of an entry's name are repeated in a message.
const NAME_MAX: usize = 100;

/// A file of the data set, open for reading.
pub(super) struct Opened<'a> {
    pub(super) part: Part,
    /// Name of the file.
    pub(super) file: &'static str,
    /// Size in bytes as declared, no more than the layout allows.
    pub(super) size: u64,
    pub(super) reader: &'a mut dyn Read,
}

/// Calls `on_file` on each file of `layout` at `path`, in the order of the archive; each comes once.
///
/// Nothing is written to disk, no memory is taken on the word of a size field, and no more is
/// decompressed than the official archive holds. Refused: paths that leave the folder, links and other
/// special entries, files that are too large, that come twice or that do not belong to the data set
/// (small ones, such as `readme.html`, are passed over).
pub(super) fn visit(
    layout: &Layout,
    path: &Path,
    on_file: &mut dyn FnMut(Opened<'_>) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let io = |cause| DatasetError::Io { path: path.to_owned(), cause };
    if fs::metadata(path).map_err(io)?.is_dir() {
        visit_folder(layout, path, on_file)
    } else {
        visit_archive(layout, path, File::open(path).map_err(io)?, on_file)
    }
}

/// Visits the folder `path`, or the official folder in it.
fn visit_folder(
    layout: &Layout,
    path: &Path,
    on_file: &mut dyn FnMut(Opened<'_>) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let inner = path.join(layout.folder);
    let folder = if inner.is_dir() { inner } else { path.to_owned() };
    if layout.files().all(|(_, file)| !folder.join(file).exists()) {
        check_folder(layout, path)?;
    }
    for (part, file) in layout.files() {
        let place = folder.join(file);
        let io = |cause| DatasetError::Io { path: place.clone(), cause };
        let metadata = match fs::metadata(&place) {
            Ok(metadata) => metadata,
            // The caller knows what is missing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io(error)),
        };
        if !metadata.is_file() {
            return Err(layout.wrong(path, file, "is not a regular file".to_owned()));
        }
        check_size(layout, path, part, file, metadata.len())?;
        let mut reader = BufReader::new(File::open(&place).map_err(io)?).take(metadata.len());
        on_file(Opened { part, file, size: metadata.len(), reader: &mut reader })?;
    }
    Ok(())
}

/// Visits the tar file `stored`, gzip-compressed or plain; `path` is for messages.
fn visit_archive(
    layout: &Layout,
    path: &Path,
    stored: impl Read,
    on_file: &mut dyn FnMut(Opened<'_>) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let broken = |cause| archive_error(layout, path, &cause);
    let mut archive = Archive::new(open_tar(layout, path, BufReader::new(stored))?);
    let mut seen = Vec::new();
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let Some((part, file)) = accept(layout, path, &entry)? else { continue };
        if seen.contains(&part) {
            return Err(layout.wrong(path, file, "comes twice".to_owned()));
        }
        seen.push(part);
        let size = entry.size();
        on_file(Opened { part, file, size, reader: &mut entry })?;
    }
    // The rest of the stream carries the checksum.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(broken)?;
    Ok(())
}

/// Whether `entry` is a file of the data set (then which), may be passed over, or must be refused.
fn accept<R: Read>(
    layout: &Layout,
    path: &Path,
    entry: &Entry<'_, R>,
) -> Result<Option<(Part, &'static str)>, DatasetError> {
    let name: String =
        String::from_utf8_lossy(&entry.path_bytes()).escape_debug().take(NAME_MAX).collect();
    let refuse = |reason: String| {
        let (path, entry) = (path.to_owned(), name.clone());
        Err(DatasetError::Entry { path, entry, reason, archive: layout.archive })
    };
    let entry_path = entry.path().map_err(|cause| archive_error(layout, path, &cause))?;
    if !entry_path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
        return refuse("the path leaves the archive's folder".to_owned());
    }
    if let Some(held) = Held::named_by(&entry_path) {
        held.check(layout, path)?;
    }
    match entry.header().entry_type() {
        EntryType::Directory | EntryType::XGlobalHeader => return Ok(None),
        EntryType::Regular => {}
        EntryType::Link | EntryType::Symlink => return refuse("is a link".to_owned()),
        other => return refuse(format!("is of the special type {other:?}")),
    }
    let file_name = entry_path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match layout.part(file_name) {
        Some((part, file)) => {
            check_size(layout, path, part, file, entry.size())?;
            Ok(Some((part, file)))
        }
        None if entry.size() <= OTHER_MAX => Ok(None),
        None => refuse(format!("{} bytes that do not belong to {}", entry.size(), layout.name)),
    }
}

fn check_size(
    layout: &Layout,
    path: &Path,
    part: Part,
    file: &'static str,
    size: u64,
) -> Result<(), DatasetError> {
    let size_max = layout.size_max(part);
    if size <= size_max {
        return Ok(());
    }
    Err(layout.wrong(path, file, format!("{size} bytes where at most {size_max} are expected")))
}
