//! What can go wrong with a data set: each message says what, where, and the cure, and is complete: causes
//! are part of it, not a chain behind it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What can go wrong with a data set.
#[derive(Debug, Error)]
pub enum DatasetError {
    /// A data set that is read from disk was asked for without saying where it is.
    #[error(
        "--data is missing: --dataset {name} needs {archive} or the folder unpacked from it \
         (`swast-trainer data fetch {name}` downloads it)"
    )]
    DataMissing {
        /// Name of the data set.
        name: String,
        /// File name of the official archive.
        archive: &'static str,
    },
    /// ImageNet was asked for without saying where it is.
    #[error(
        "--data is missing: --dataset imagenet needs the folder with its archives or with `train` and `val` \
         (`swast-trainer data fetch imagenet` says which files to get)"
    )]
    ImageNetMissing,
    /// Own images were asked for without saying where they are.
    #[error(
        "--data is missing: --dataset {name} needs a folder or an archive (tar, tar.gz, zip) with images in \
         `train/CLASS/`"
    )]
    FolderMissing {
        /// Name of the data set.
        name: String,
    },
    /// A path was given for a data set that is computed.
    #[error("--data {path}: --dataset synthetic is computed, not read; leave --data out", path = path.display())]
    DataNeedless {
        /// The path.
        path: PathBuf,
    },
    /// No image was asked for.
    #[error("--{flag} 0 leaves no image; give at least 1")]
    LimitZero {
        /// The flag.
        flag: &'static str,
    },
    /// A file or folder could not be opened, read or written.
    #[error("{path}: {cause}; check the path and its permissions", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        cause: io::Error,
    },
    /// The archive is not a whole tar file, gzip-compressed or plain.
    #[error("{path}: not a whole .tar.gz archive ({reason}); get {archive} again", path = path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// Why, without any bytes of the file.
        reason: String,
        /// File name of the official archive.
        archive: &'static str,
    },
    /// The data are not in a form that is read.
    #[error("{path}: {what}; {cure}", path = path.display())]
    Form {
        /// The file or folder.
        path: PathBuf,
        /// What it is or holds instead.
        what: String,
        /// How to go on.
        cure: String,
    },
    /// The archive unpacks to more than the data set can hold.
    #[error(
        "{path}: unpacks to more than {limit} bytes, too large for {archive}; get {archive} again",
        path = path.display()
    )]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// Size of the official content, with room for headers, in bytes.
        limit: u64,
        /// File name of the official archive.
        archive: &'static str,
    },
    /// A member of an archive or a file of a folder is wrong, or must not be there.
    #[error("{path}: entry `{entry}`: {reason}; {cure}", path = path.display())]
    Entry {
        /// The archive or folder.
        path: PathBuf,
        /// Name of the member.
        entry: String,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        cure: String,
    },
    /// The images do not fit in memory.
    #[error(
        "{path}: {images} images of {side} x {side} pixels need {need} of memory, {free} are free; \
         give a smaller --resolution or --limit-train",
        path = path.display()
    )]
    Memory {
        /// The archive or folder.
        path: PathBuf,
        /// Number of images.
        images: usize,
        /// Side of an image, in pixels.
        side: usize,
        /// Memory that is needed, with its unit.
        need: String,
        /// Memory that is free, with its unit.
        free: String,
    },
    /// An option that the data set does not have.
    #[error("--{flag}: --dataset {name} has {reason}; leave --{flag} out")]
    Needless {
        /// The flag.
        flag: &'static str,
        /// Name of the data set.
        name: String,
        /// Why it is of no use.
        reason: &'static str,
    },
    /// A side of images that is not possible.
    #[error("--resolution {side}: give a number of pixels from 1 to {most}")]
    Resolution {
        /// What was given.
        side: usize,
        /// The largest that is possible.
        most: usize,
    },
    /// A file of the data set is wrong.
    #[error("{path}: `{file}`: {reason}; get {archive} again", path = path.display())]
    File {
        /// The archive or folder.
        path: PathBuf,
        /// Name of the file in it.
        file: &'static str,
        /// What is wrong with it.
        reason: String,
        /// File name of the official archive.
        archive: &'static str,
    },
    /// Something is in the way of what is to be written.
    #[error("{path}: exists already; remove it or choose another --out", path = path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// There is no archive that can be downloaded.
    #[error("{name}: {reason}")]
    NoDownload {
        /// Name of the data set.
        name: String,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// A download failed.
    #[error("{url}: {reason}; download it by hand and pass it with --data")]
    Download {
        /// What was to be downloaded.
        url: String,
        /// What went wrong.
        reason: String,
    },
}

impl DatasetError {
    /// Whether it is about how a command was used, rather than about what it met.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::DataMissing { .. }
                | Self::FolderMissing { .. }
                | Self::DataNeedless { .. }
                | Self::LimitZero { .. }
                | Self::ImageNetMissing
                | Self::Needless { .. }
                | Self::Resolution { .. }
        )
    }
}
