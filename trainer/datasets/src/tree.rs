//! Files by their paths within a folder or an archive (tar, tar.gz, zip), read in any order and from any thread.
//!
//! Archives are not trusted: paths that leave the folder, links, names that come twice and files that were cut off are
//! refused when a tree is opened, and no file is read further than it may be long. Nothing is unpacked to a path.

mod disk;
mod tarball;
mod zipped;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Bound;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use self::zipped::Zip;
use crate::DatasetError;
use crate::form::{Form, peek};
use crate::member::plain;

/// Most files a tree may have: three times those of ImageNet-1K.
const FILES_MAX: usize = 4_000_000;

/// The files below a folder or in an archive, by their paths within it, such as `train/cat/1.png`.
#[derive(Debug)]
pub(crate) struct Tree {
    /// What was given, for messages.
    path: PathBuf,
    /// What to do where it is damaged.
    cure: String,
    files: BTreeMap<String, Place>,
    archives: Vec<Archive>,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Disk(PathBuf),
    /// In a tar file, from `offset` on.
    Tar {
        archive: usize,
        offset: u64,
        size: u64,
    },
    Zip {
        archive: usize,
        index: usize,
    },
}

#[derive(Debug)]
enum Archive {
    Tar(File),
    Zip(Mutex<Zip>),
}

/// Why there is no tree.
enum Refusal {
    Io(io::Error),
    /// The whole is not in a form that is read: what it is, and what to do.
    Form(String, String),
    /// The member of this name is wrong, and why.
    Member(String, String),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Refusal {
    /// The whole is damaged.
    fn broken(kind: &str, reason: &str) -> Self {
        Self::Form(format!("is no whole {kind} archive ({})", plain(reason)), String::new())
    }
}

impl Tree {
    /// The files below the folder or in the archive `path`; `cure` says what to do where it is damaged.
    ///
    /// # Errors
    /// Where `path` cannot be read, or is neither a folder nor a whole archive that is safe.
    pub(crate) fn open(path: &Path, cure: &str) -> Result<Self, DatasetError> {
        let (files, archives) = (BTreeMap::new(), Vec::new());
        let mut tree = Self { path: path.to_owned(), cure: cure.to_owned(), files, archives };
        tree.fill().map_err(|refusal| tree.refused(refusal))?;
        Ok(tree)
    }

    fn fill(&mut self) -> Result<(), Refusal> {
        let kind = fs::metadata(&self.path)?;
        if kind.is_dir() {
            self.files = disk::files(&self.path)?;
            return Ok(());
        }
        if !kind.is_file() {
            let cure = "give a folder or an archive".to_owned();
            return Err(Refusal::Form("is neither a folder nor a file".to_owned(), cure));
        }
        let file = File::open(&self.path)?;
        let (head, _) = peek(&file)?;
        match Form::of(&head) {
            Form::Tar => self.add_tar(file, 0, kind.len(), "")?,
            Form::Gzip => {
                let unpacked = tarball::unpack(&file, kind.len())?;
                let size = unpacked.metadata()?.len();
                self.add_tar(unpacked, 0, size, "")?;
            }
            Form::Files("zip") => {
                let (archive, places) = zipped::open(file)?;
                let number = self.archives.len();
                self.archives.push(Archive::Zip(Mutex::new(archive)));
                for (name, index) in places {
                    let place = Place::Zip { archive: number, index };
                    if self.files.insert(name.clone(), place).is_some() {
                        return Err(Refusal::Member(name, "comes twice".to_owned()));
                    }
                }
            }
            form => {
                let (what, cure) = form
                    .refusal("a data set", false)
                    .map_err(|why| Refusal::broken("tar, tar.gz or zip", &why))?;
                return Err(Refusal::Form(what, cure));
            }
        }
        Ok(())
    }

    /// Adds the members of the tar file that `file` holds from `start` on, in `size` bytes, below the folder `under`
    /// (empty, or ending in `/`).
    fn add_tar(&mut self, file: File, start: u64, size: u64, under: &str) -> Result<(), Refusal> {
        let archive = self.archives.len();
        for (name, offset, size) in tarball::members(&file, start, size)? {
            let name = format!("{under}{name}");
            if self.files.contains_key(&name) {
                return Err(Refusal::Member(name, "comes twice".to_owned()));
            }
            self.files.insert(name, Place::Tar { archive, offset, size });
        }
        self.archives.push(Archive::Tar(file));
        Ok(())
    }

    /// Puts the members of the tar file `file` of this tree in its place, below the folder `under` (empty, or ending in
    /// `/`).
    ///
    /// # Errors
    /// Where it is missing, or no whole tar file that is safe.
    pub(crate) fn unfold(&mut self, file: &str, under: &str) -> Result<(), DatasetError> {
        let Some(place) = self.files.remove(file) else {
            return Err(self.wrong(file, "is missing"));
        };
        let added = self.unfold_place(place, under);
        added.map_err(|refusal| match refusal {
            Refusal::Member(name, reason) => self.wrong(&name, reason),
            Refusal::Form(what, _) => self.wrong(file, what),
            Refusal::Io(error) => self.wrong(file, error),
        })
    }

    fn unfold_place(&mut self, place: Place, under: &str) -> Result<(), Refusal> {
        match place {
            Place::Disk(path) => {
                let mut file = File::open(path)?;
                let (head, _) = peek(&file)?;
                if Form::of(&head) == Form::Gzip {
                    file = tarball::unpack(&file, file.metadata()?.len())?;
                }
                let size = file.metadata()?.len();
                self.add_tar(file, 0, size, under)
            }
            Place::Tar { archive, offset, size } => match &self.archives[archive] {
                Archive::Tar(file) => {
                    let file = file.try_clone()?;
                    self.add_tar(file, offset, size, under)
                }
                Archive::Zip(_) => unreachable!("the place is in a tar file"),
            },
            Place::Zip { .. } => {
                let cure = String::new();
                Err(Refusal::Form("is a tar file in a zip archive, which is not read".into(), cure))
            }
        }
    }

    /// Whether there is the file `file`.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// The same tree seen from its folder `folder`; unchanged where it has no such folder.
    pub(crate) fn within(mut self, folder: &str) -> Self {
        let start = format!("{folder}/");
        if self.names_below(&start).next().is_some() {
            let files = std::mem::take(&mut self.files).into_iter();
            let inner = files.filter_map(|(name, place)| {
                name.strip_prefix(&start).map(|name| (name.to_owned(), place))
            });
            self.files = inner.collect();
        }
        self
    }

    /// What was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The paths of all files, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The rest of the paths of the files whose paths begin with `start`, in order.
    pub(crate) fn names_below(&self, start: &str) -> impl Iterator<Item = &str> {
        let from = (Bound::Included(start), Bound::Unbounded);
        self.files.range::<str, _>(from).map_while(move |(name, _)| name.strip_prefix(start))
    }

    /// The content of `file`, which may have `size_max` bytes; or why it cannot be read.
    pub(crate) fn read(&self, file: &str, size_max: u64) -> Result<Vec<u8>, String> {
        let place = self.files.get(file).ok_or("is missing")?;
        let bytes = self.read_place(place, size_max).map_err(|error| plain(&error.to_string()))?;
        if bytes.len() as u64 > size_max {
            return Err(format!("has more than {size_max} bytes"));
        }
        Ok(bytes)
    }

    /// At most one byte more than `size_max`.
    fn read_place(&self, place: &Place, size_max: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match place {
            Place::Disk(path) => {
                if !fs::metadata(path)?.is_file() {
                    return Err(io::Error::other("is not a regular file"));
                }
                File::open(path)?.take(size_max + 1).read_to_end(&mut bytes)?;
            }
            Place::Tar { archive, offset, size } => {
                if let Archive::Tar(file) = &self.archives[*archive] {
                    let length = usize::try_from((*size).min(size_max + 1));
                    bytes.resize(length.map_err(io::Error::other)?, 0);
                    file.read_exact_at(&mut bytes, *offset)?;
                }
            }
            Place::Zip { archive, index } => {
                if let Archive::Zip(zip) = &self.archives[*archive] {
                    let mut zip = zip.lock().unwrap_or_else(PoisonError::into_inner);
                    let entry = zip.by_index(*index).map_err(io::Error::other)?;
                    entry.take(size_max + 1).read_to_end(&mut bytes)?;
                }
            }
        }
        Ok(bytes)
    }

    /// The text of the list `file`, which may have `size_max` bytes.
    ///
    /// # Errors
    /// Where it is missing, too long or not UTF-8.
    pub(crate) fn text(&self, file: &str, size_max: u64) -> Result<String, DatasetError> {
        let bytes = self.read(file, size_max).map_err(|reason| self.wrong(file, reason))?;
        String::from_utf8(bytes).map_err(|_| self.wrong(file, "is not UTF-8 text"))
    }

    /// The error of a file that is wrong.
    pub(crate) fn wrong(&self, file: &str, reason: impl Display) -> DatasetError {
        self.wrong_cure(file, reason, &self.cure)
    }

    /// The error of a file that is wrong, with another cure.
    pub(crate) fn wrong_cure(&self, file: &str, reason: impl Display, cure: &str) -> DatasetError {
        let (path, entry, cure) = (self.path.clone(), plain(file), cure.to_owned());
        DatasetError::Entry { path, entry, reason: reason.to_string(), cure }
    }

    fn refused(&self, refusal: Refusal) -> DatasetError {
        let path = self.path.clone();
        match refusal {
            Refusal::Io(cause) => DatasetError::Io { path, cause },
            Refusal::Form(what, cure) => {
                let cure = if cure.is_empty() { self.cure.clone() } else { cure };
                DatasetError::Form { path, what, cure }
            }
            Refusal::Member(name, reason) => self.wrong(&name, reason),
        }
    }
}
