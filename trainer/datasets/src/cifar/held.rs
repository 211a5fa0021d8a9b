//! Which data set an archive or folder holds, by the names within it.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use tar::Archive;

use super::layout::{CIFAR10, CIFAR100, Layout};
use super::stream::open_tar;
use crate::DatasetError;

/// So many entries of an archive are looked at.
const ENTRIES: usize = 16;
/// So many archives in a folder are looked into.
const ARCHIVES: usize = 8;

/// The data sets that differ in their files.
const LAYOUTS: [&Layout; 2] = [&CIFAR10, &CIFAR100];

/// The data set that the path of a file within an archive belongs to.
pub(super) fn named_by(entry: &Path) -> Option<&'static Layout> {
    let within = |folder: &str| entry.components().any(|part| part.as_os_str() == folder);
    let named = |layout: &&Layout| within(layout.python) || within(layout.folder);
    let name = entry.file_name()?.to_str()?;
    // `train` and `test`, as in the version of CIFAR-100 for Python, say least.
    let mut layouts = LAYOUTS.into_iter();
    layouts
        .find(named)
        .or_else(|| LAYOUTS.into_iter().find(|layout| layout.part(name).is_some()))
        .or_else(|| LAYOUTS.into_iter().find(|layout| layout.pickled(name).is_some()))
}

/// The data set in the archive `path`, as far as its beginning shows.
fn in_archive(path: &Path) -> Option<&'static Layout> {
    // The layout bounds how much is unpacked.
    let file = BufReader::new(File::open(path).ok()?);
    let mut archive = Archive::new(open_tar(&CIFAR10, path, file).ok()?);
    for entry in archive.entries().ok()?.take(ENTRIES) {
        let entry = entry.ok()?;
        // A folder may be called `train` or `test` anywhere.
        if !entry.header().entry_type().is_dir()
            && let Some(held) = named_by(&entry.path().ok()?)
        {
            return Some(held);
        }
    }
    None
}

/// The data set in the folder `path`, archives aside; of several, that of `layout` rather.
fn in_folder(layout: Option<&Layout>, path: &Path) -> Option<&'static Layout> {
    let mut layouts = LAYOUTS;
    layouts.sort_by_key(|other| layout.is_none_or(|own| !own.same_files(other)));
    let binary = layouts.iter().find(|layout| {
        let batches = || layout.train_files.iter().chain([&layout.test_file]);
        path.join(layout.folder).is_dir() || batches().any(|file| path.join(file).is_file())
    });
    let pickled = || {
        layouts.iter().find(|layout| {
            let mut files = layout.pickles();
            path.join(layout.python).is_dir() || files.all(|file| path.join(file.file).is_file())
        })
    };
    binary.or_else(pickled).copied()
}

/// Refuses `path`, where the data set `found` was found, unless that is the one of `layout`.
pub(super) fn check(found: &Layout, layout: &Layout, path: &Path) -> Result<(), DatasetError> {
    if found.same_files(layout) {
        return Ok(());
    }
    let what = format!("holds {}, not {}", found.name, layout.name);
    let cure = format!("give --dataset {}", found.name);
    Err(DatasetError::Form { path: path.to_owned(), what, cure })
}

/// The data set that `path` holds, an archive or a folder, in either version; `None` where that cannot be
/// seen, or only at the cost of using up what can be read once.
pub(crate) fn layout_held(path: &Path) -> Option<&'static Layout> {
    let kind = fs::metadata(path).ok()?;
    if kind.is_file() {
        in_archive(path)
    } else if kind.is_dir() {
        let archived = || archives(path).iter().find_map(|archive| in_archive(archive));
        in_folder(None, path).or_else(archived)
    } else {
        None
    }
}

/// Refuses the folder `path`, which has no file of `layout`, if what it has instead is known.
pub(super) fn check_folder(layout: &Layout, path: &Path) -> Result<(), DatasetError> {
    let archives: Vec<_> = archives(path)
        .into_iter()
        .filter_map(|archive| Some((in_archive(&archive)?, archive)))
        .collect();
    if let Some((_, archive)) = archives.iter().find(|(held, _)| held.same_files(layout)) {
        let what = "is a folder that holds the archive".to_owned();
        let cure = format!("give {}", archive.display());
        return Err(DatasetError::Form { path: path.to_owned(), what, cure });
    }
    let held = in_folder(Some(layout), path);
    match held.or_else(|| archives.first().map(|(held, _)| *held)) {
        Some(held) => check(held, layout, path),
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
