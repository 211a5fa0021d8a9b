//! What can go wrong with a data set: each message says what, where, and the cure, and is complete: causes
//! are part of it, not a chain behind it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What can go wrong with a data set.
#[derive(Debug, Error)]
pub enum DatasetError {
    /// A data set that is named on the command line but cannot be read yet.
    #[error(
        "--dataset {name} is not yet supported; choose synthetic, cifar10, cifar100 or tinyimagenet instead"
    )]
    Unsupported {
        /// Name of the data set.
        name: String,
    },
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
    /// An entry of the archive that must not be there.
    #[error("{path}: entry `{entry}`: {reason}; get {archive} again", path = path.display())]
    Entry {
        /// The archive.
        path: PathBuf,
        /// Name of the entry.
        entry: String,
        /// What is wrong with it.
        reason: String,
        /// File name of the official archive.
        archive: &'static str,
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
                | Self::DataNeedless { .. }
                | Self::LimitZero { .. }
                | Self::Unsupported { .. }
        )
    }
}
