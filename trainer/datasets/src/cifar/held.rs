//! What an archive or folder holds, by the names within it: which data set, in which version.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use tar::Archive;

use super::form::open_tar;
use super::layout::{CIFAR10, CIFAR100, Layout};
use crate::DatasetError;

/// So many entries of an archive are looked at.
const ENTRIES: usize = 16;
/// So many archives in a folder are looked into.
const ARCHIVES: usize = 8;

/// What names within an archive or folder belong to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held {
    /// The binary version, which is read.
    Binary(&'static Layout),
    /// The version for Python, which is not.
    Python(&'static Layout),
}

impl Held {
    /// What the path of a file within an archive belongs to.
    pub(super) fn named_by(entry: &Path) -> Option<Self> {
        let within = |folder: &str| entry.components().any(|part| part.as_os_str() == folder);
        let layouts = || [&CIFAR10, &CIFAR100].into_iter();
        if let Some(layout) = layouts().find(|layout| within(layout.python)) {
            return Some(Self::Python(layout));
        }
        let name = entry.file_name()?.to_str()?;
        layouts()
            .find(|layout| within(layout.folder) || layout.part(name).is_some())
            .map(Self::Binary)
    }

    /// What is in the archive `path`, as far as its beginning shows.
    fn in_archive(path: &Path) -> Option<Self> {
        // The layout bounds how much is unpacked.
        let file = BufReader::new(File::open(path).ok()?);
        let mut archive = Archive::new(open_tar(&CIFAR10, path, file).ok()?);
        for entry in archive.entries().ok()?.take(ENTRIES) {
            if let Some(held) = Self::named_by(&entry.ok()?.path().ok()?) {
                return Some(held);
            }
        }
        None
    }

    /// What is in the folder `path`, archives aside; of several, that of `layout` rather.
    fn in_folder(layout: Option<&Layout>, path: &Path) -> Option<Self> {
        let mut layouts = [&CIFAR10, &CIFAR100];
        layouts.sort_by_key(|other| layout.is_none_or(|own| own.name != other.name));
        let binary = layouts.iter().find(|layout| {
            let batches = || layout.train_files.iter().chain([&layout.test_file]);
            path.join(layout.folder).is_dir() || batches().any(|file| path.join(file).is_file())
        });
        let python = layouts.iter().find(|layout| {
            let mut batches = layout.train_files.iter().chain([&layout.test_file]);
            let pickled = |file: &&str| path.join(file.trim_end_matches(".bin")).is_file();
            path.join(layout.python).is_dir() || batches.all(pickled)
        });
        let binary = binary.map(|layout| Self::Binary(layout));
        binary.or_else(|| python.map(|layout| Self::Python(layout)))
    }

    /// Refuses what is not the binary version of `layout`; `path` is where it was found.
    pub(super) fn check(self, layout: &Layout, path: &Path) -> Result<(), DatasetError> {
        let (what, cure) = match self {
            Self::Binary(found) if found.name == layout.name => return Ok(()),
            Self::Binary(found) => (
                format!("holds {}, not {}", found.name, layout.name),
                format!("give --dataset {}", found.name),
            ),
            Self::Python(found) => (
                format!(
                    "holds the Python version of {} (`{}`), which is not read",
                    found.name, found.python
                ),
                found.binary_version(),
            ),
        };
        Err(DatasetError::Form { path: path.to_owned(), what, cure })
    }
}

/// The data set that `path` holds, an archive or a folder, in either version; `None` where that cannot be
/// seen, or only at the cost of using up what can be read once.
pub(crate) fn layout_held(path: &Path) -> Option<&'static Layout> {
    let kind = fs::metadata(path).ok()?;
    let held = if kind.is_file() {
        Held::in_archive(path)
    } else if kind.is_dir() {
        Held::in_folder(None, path)
            .or_else(|| archives(path).iter().find_map(|archive| Held::in_archive(archive)))
    } else {
        None
    };
    held.map(|(Held::Binary(layout) | Held::Python(layout))| layout)
}

/// Refuses the folder `path`, which has no file of `layout`, if what it has instead is known.
pub(super) fn check_folder(layout: &Layout, path: &Path) -> Result<(), DatasetError> {
    let archives: Vec<_> = archives(path)
        .into_iter()
        .filter_map(|archive| Some((Held::in_archive(&archive)?, archive)))
        .collect();
    let right = |held: &Held| matches!(held, Held::Binary(found) if found.name == layout.name);
    if let Some((_, archive)) = archives.iter().find(|(held, _)| right(held)) {
        let what = "is a folder that holds the archive".to_owned();
        let cure = format!("give {}", archive.display());
        return Err(DatasetError::Form { path: path.to_owned(), what, cure });
    }
    let held = Held::in_folder(Some(layout), path);
    match held.or_else(|| archives.first().map(|(held, _)| *held)) {
        Some(held) => held.check(layout, path),
        None => Ok(()),
    }
}

/// What is called a tar file in the folder `path`, the first few by name.
fn archives(path: &Path) -> Vec<PathBuf> {
    let called_tar = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        [".tar.gz", ".tgz", ".tar"].iter().any(|end| name.ends_with(end))
    };
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| called_tar(path) && path.is_file())
        .collect();
    found.sort_unstable();
    found.truncate(ARCHIVES);
    found
}
