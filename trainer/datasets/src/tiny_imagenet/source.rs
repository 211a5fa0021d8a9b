//! Where the files come from: the archive, read without unpacking it, or the folder unpacked from it. Archives are
//! not trusted: names that leave the folder, links and repeated names are refused, and no file is read further than it
//! may be long.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::ARCHIVE;
use crate::DatasetError;

/// The folder in the official archive.
const FOLDER: &str = "tiny-imagenet-200";
/// Most entries an archive may have; the official one has 120,000 images and a few hundred others.
const ENTRIES_MAX: usize = 150_000;
/// So many characters of a name are repeated in a message.
const NAME_MAX: usize = 100;

/// The files of the data set, by their paths within its folder, such as `val/val_annotations.txt`.
pub(super) struct Source {
    /// What was given, for messages.
    path: PathBuf,
    files: Files,
}

enum Files {
    Folder(PathBuf),
    Archive {
        archive: ZipArchive<BufReader<File>>,
        /// Of each file, where it is in the archive.
        places: BTreeMap<String, usize>,
    },
}

impl Source {
    /// The folder of the data set that `path` is or holds.
    pub(super) fn folder(path: &Path) -> Option<PathBuf> {
        let folders = [path.join(FOLDER), path.to_owned()];
        folders.into_iter().find(|folder| folder.join("wnids.txt").is_file())
    }

    pub(super) fn open(path: &Path) -> Result<Self, DatasetError> {
        let io = |cause| DatasetError::Io { path: path.to_owned(), cause };
        let here = |files| Self { path: path.to_owned(), files };
        if fs::metadata(path).map_err(io)?.is_dir() {
            let found = Self::folder(path).map(Files::Folder).map(here);
            return found.ok_or_else(|| wrong(path, "wnids.txt", "is missing".to_owned()));
        }
        let file = BufReader::new(File::open(path).map_err(io)?);
        let mut archive = ZipArchive::new(file).map_err(|error| broken(path, &error))?;
        if archive.len() > ENTRIES_MAX || archive.has_duplicate_names() {
            let what = if archive.has_duplicate_names() {
                "holds a name twice"
            } else {
                "holds too many files"
            };
            return Err(form(path, what.to_owned()));
        }
        let places = places(path, &mut archive)?;
        Ok(here(Files::Archive { archive, places }))
    }

    /// The error of a file that is wrong.
    pub(super) fn wrong(&self, file: &str, reason: String) -> DatasetError {
        wrong(&self.path, file, reason)
    }

    /// The names of the JPEG files in the folder `folder`, in order; none if it is not there.
    pub(super) fn images_in(&self, folder: &str) -> Result<Vec<String>, DatasetError> {
        let mut names = match &self.files {
            Files::Folder(root) => {
                let place = root.join(folder);
                let io = |cause| DatasetError::Io { path: place.clone(), cause };
                let entries = match fs::read_dir(&place) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                    entries => entries.map_err(io)?,
                };
                let name = |entry: io::Result<fs::DirEntry>| {
                    entry.map(|entry| entry.file_name().to_string_lossy().into_owned())
                };
                entries.map(name).collect::<io::Result<Vec<_>>>().map_err(io)?
            }
            Files::Archive { places, .. } => {
                let start = format!("{folder}/");
                let within = places.range(start.clone()..).map(|(name, _)| name);
                within.map_while(|name| name.strip_prefix(&start)).map(str::to_owned).collect()
            }
        };
        names.retain(|name| name.ends_with(".JPEG") && !name.contains('/'));
        names.sort_unstable();
        Ok(names)
    }

    /// The content of `file`, which may have `size_max` bytes.
    pub(super) fn read(&mut self, file: &str, size_max: u64) -> Result<Vec<u8>, DatasetError> {
        let mut bytes = Vec::new();
        let missing = || wrong(&self.path, file, "is missing".to_owned());
        let read = match &mut self.files {
            Files::Folder(root) => {
                let place = root.join(file);
                match fs::metadata(&place) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing()),
                    Ok(metadata) if !metadata.is_file() => {
                        return Err(wrong(&self.path, file, "is not a regular file".to_owned()));
                    }
                    _ => {}
                }
                File::open(place).and_then(|open| open.take(size_max + 1).read_to_end(&mut bytes))
            }
            Files::Archive { archive, places } => {
                let place = *places.get(file).ok_or_else(missing)?;
                let entry = archive.by_index(place);
                let entry = entry.map_err(|error| wrong(&self.path, file, error.to_string()))?;
                entry.take(size_max + 1).read_to_end(&mut bytes)
            }
        };
        read.map_err(|error| wrong(&self.path, file, plain(&error.to_string())))?;
        if bytes.len() as u64 > size_max {
            let reason = format!("has more than {size_max} bytes");
            return Err(wrong(&self.path, file, reason));
        }
        Ok(bytes)
    }
}

/// Where the files of `archive` are, by their paths within the folder of the data set.
fn places(
    path: &Path,
    archive: &mut ZipArchive<BufReader<File>>,
) -> Result<BTreeMap<String, usize>, DatasetError> {
    let metadata = archive.metadata();
    let mut places = BTreeMap::new();
    for place in 0..metadata.len() {
        let entry = metadata.entry(place).map_err(|error| broken(path, &error))?;
        let name = entry.name().map_err(|error| broken(path, &error))?;
        let shown: String = name.escape_debug().take(NAME_MAX).collect();
        let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(&*name).components().all(inside) || name.contains('\\') {
            return Err(wrong(path, &shown, "the path leaves the archive's folder".to_owned()));
        }
        if entry.is_symlink() {
            return Err(wrong(path, &shown, "is a link".to_owned()));
        }
        let file = name.strip_prefix(FOLDER).and_then(|name| name.strip_prefix('/'));
        if let Some(file) = file.filter(|file| !file.is_empty() && !file.ends_with('/')) {
            places.insert(file.to_owned(), place);
        }
    }
    Ok(places)
}

fn wrong(path: &Path, file: &str, reason: String) -> DatasetError {
    let (path, entry) = (path.to_owned(), file.to_owned());
    DatasetError::Entry { path, entry, reason, archive: ARCHIVE }
}

fn broken(path: &Path, error: &ZipError) -> DatasetError {
    form(path, format!("is no whole zip archive ({})", plain(&error.to_string())))
}

fn form(path: &Path, what: String) -> DatasetError {
    DatasetError::Form { path: path.to_owned(), what, cure: format!("get {ARCHIVE} again") }
}

/// `text` in one line that is not long.
fn plain(text: &str) -> String {
    text.escape_debug().take(NAME_MAX).collect()
}
