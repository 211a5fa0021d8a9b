//! Where the files of a data set come from: an official archive, read without unpacking it to disk, or the
//! folder unpacked from it. Archives are not trusted; see [`visit`].

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use tar::{Archive, Entry};

use super::held;
use super::layout::{Layout, OTHER_MAX, Part, Pickled};
use super::python;
use super::stream::{archive_error, open_tar};
use crate::DatasetError;
use crate::member::{check_path, is_file, plain};

/// A file of the data set, open for reading.
pub(super) struct Opened<'a> {
    pub(super) part: Part,
    /// Name of the file in the binary version.
    pub(super) file: &'static str,
    /// Name of the file it is read from.
    pub(super) stored: &'static str,
    /// Size in bytes as declared, no more than the layout allows.
    pub(super) size: u64,
    pub(super) reader: &'a mut dyn Read,
}

/// A file as it is stored.
#[derive(Clone, Copy)]
enum Stored {
    Binary(Part, &'static str),
    Pickled(Pickled),
}

impl Stored {
    /// The file of `layout` that is called `name`.
    fn named(layout: &Layout, name: &str) -> Option<Self> {
        let binary = layout.part(name).map(|(part, file)| Self::Binary(part, file));
        binary.or_else(|| layout.pickled(name).map(Self::Pickled))
    }

    /// All files of `layout`, of the version that the folder `folder` has.
    fn all(layout: &Layout, folder: &Path) -> Vec<Self> {
        let is_file = |file: &str| folder.join(file).is_file();
        let binary = layout.files().any(|(_, file)| folder.join(file).exists());
        if !binary && layout.pickles().any(|pickled| is_file(pickled.file)) {
            return layout.pickles().map(Self::Pickled).collect();
        }
        layout.files().map(|(part, file)| Self::Binary(part, file)).collect()
    }

    fn part(self) -> Part {
        match self {
            Self::Binary(part, _) | Self::Pickled(Pickled { part, .. }) => part,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Binary(_, file) | Self::Pickled(Pickled { file, .. }) => file,
        }
    }

    /// Refuses a `size` that is too large.
    fn check_size(self, layout: &Layout, path: &Path, size: u64) -> Result<(), DatasetError> {
        let size_max = match self {
            Self::Binary(part, _) => layout.size_max(part),
            Self::Pickled(Pickled { part, .. }) => layout.pickled_max(part),
        };
        if size <= size_max {
            return Ok(());
        }
        let reason = format!("{size} bytes where at most {size_max} are expected");
        Err(layout.wrong(path, self.name(), reason))
    }

    /// Calls `on_file` on the file or files of the binary version that this one, of `size` bytes that `reader`
    /// gives, holds; `path` is for messages.
    fn open(
        self,
        layout: &Layout,
        path: &Path,
        (size, reader): (u64, &mut dyn Read),
        on_file: &mut dyn FnMut(Opened<'_>) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        let stored = self.name();
        let pickled = match self {
            Self::Binary(part, file) => {
                return on_file(Opened { part, file, stored, size, reader });
            }
            Self::Pickled(pickled) => pickled,
        };
        let mut bytes = Vec::new();
        let read = reader.take(size).read_to_end(&mut bytes);
        read.map_err(|cause| archive_error(layout, path, &cause))?;
        let files = python::binary_files(layout, pickled, &bytes)
            .map_err(|reason| layout.wrong(path, stored, reason))?;
        drop(bytes);
        for (part, file, bytes) in files {
            let (size, reader) = (bytes.len() as u64, &mut bytes.as_slice());
            on_file(Opened { part, file, stored, size, reader })?;
        }
        Ok(())
    }
}

/// Calls `on_file` on each file of `layout` at `path`, in the order of the archive; each comes once. The files of
/// the version for Python come as those of the binary version.
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

/// Visits the folder `path`, or an official folder in it.
fn visit_folder(
    layout: &Layout,
    path: &Path,
    on_file: &mut dyn FnMut(Opened<'_>) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let mut inner = [layout.folder, layout.python].into_iter().map(|folder| path.join(folder));
    let folder = inner.find(|inner| inner.is_dir()).unwrap_or_else(|| path.to_owned());
    let files = Stored::all(layout, &folder);
    if files.iter().all(|file| !folder.join(file.name()).exists()) {
        held::check_folder(layout, path)?;
    }
    for file in files {
        let place = folder.join(file.name());
        let io = |cause| DatasetError::Io { path: place.clone(), cause };
        let metadata = match fs::metadata(&place) {
            Ok(metadata) => metadata,
            // The caller knows what is missing.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io(error)),
        };
        if !metadata.is_file() {
            return Err(layout.wrong(path, file.name(), "is not a regular file".to_owned()));
        }
        let size = metadata.len();
        file.check_size(layout, path, size)?;
        let mut reader = BufReader::new(File::open(&place).map_err(io)?).take(size);
        file.open(layout, path, (size, &mut reader), on_file)?;
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
        let Some(file) = accept(layout, path, &entry)? else { continue };
        if seen.contains(&file.part()) {
            return Err(layout.wrong(path, file.name(), "comes twice".to_owned()));
        }
        seen.push(file.part());
        file.open(layout, path, (entry.size(), &mut entry), on_file)?;
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
) -> Result<Option<Stored>, DatasetError> {
    let name = plain(&String::from_utf8_lossy(&entry.path_bytes()));
    let refuse = |reason: String| {
        let (path, entry, cure) = (path.to_owned(), name.clone(), layout.cure());
        DatasetError::Entry { path, entry, reason, cure }
    };
    let entry_path = entry.path().map_err(|cause| archive_error(layout, path, &cause))?;
    check_path(&entry_path).map_err(refuse)?;
    if let Some(found) = held::named_by(&entry_path) {
        held::check(found, layout, path)?;
    }
    if !is_file(entry.header().entry_type()).map_err(refuse)? {
        return Ok(None);
    }
    let file_name = entry_path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match Stored::named(layout, file_name) {
        Some(file) => {
            file.check_size(layout, path, entry.size())?;
            Ok(Some(file))
        }
        None if entry.size() <= OTHER_MAX => Ok(None),
        None => {
            let (size, name) = (entry.size(), layout.name);
            Err(refuse(format!("{size} bytes that do not belong to {name}")))
        }
    }
}
