//! Downloading the official archives: each is checked before it takes its name, and a download that broke off
//! goes on where it stopped.

mod transfer;

#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use self::transfer::{Patience, Transfer};
use super::digest::hex;
use super::kind::DatasetKind;
use super::{DatasetError, Layout, tiny_imagenet};

/// A file to download.
#[derive(Debug, Clone, Copy)]
struct Archive {
    /// Its name.
    name: &'static str,
    /// Where the official one is.
    url: &'static str,
    /// It is not larger, in bytes.
    size_max: u64,
    check: Check,
}

/// How an archive is known to be the official one.
#[derive(Debug, Clone, Copy)]
enum Check {
    /// By its SHA-256.
    Sha256(&'static str),
    /// No checksum is published: by its size in bytes, and by its lists and the images that they promise.
    TinyImageNet(u64),
}

/// No CIFAR archive is larger, in bytes.
const CIFAR_MAX: u64 = 200_000_000;

/// Tiny ImageNet, of a course at Stanford.
const TINY_IMAGENET: Archive = Archive {
    name: tiny_imagenet::ARCHIVE,
    url: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    size_max: 248_100_043,
    check: Check::TinyImageNet(248_100_043),
};

/// What has to be downloaded for ImageNet-1K, and why we cannot.
const IMAGENET: &str = "needs an account: log in at https://image-net.org/download-images.php, get \
     ILSVRC2012_img_train.tar (138 GB), ILSVRC2012_img_val.tar (6.3 GB) and ILSVRC2012_devkit_t12.tar.gz, and put \
     all three into one folder DIR without unpacking them; then --dataset imagenet --data DIR reads them";

impl Archive {
    fn of_layout(layout: &Layout) -> Self {
        let check = Check::Sha256(layout.sha256);
        Self { name: layout.archive, url: layout.url, size_max: CIFAR_MAX, check }
    }

    /// That of `kind`, if it has one that can be downloaded.
    fn of_kind(kind: DatasetKind) -> Result<Self, DatasetError> {
        let reason = match (kind, kind.layout()) {
            (_, Some(layout)) => return Ok(Self::of_layout(layout)),
            (DatasetKind::TinyImageNet, _) => return Ok(TINY_IMAGENET),
            (DatasetKind::ImageNet, _) => IMAGENET,
            _ => "there is nothing to download; give cifar10, cifar100 or tinyimagenet",
        };
        Err(DatasetError::NoDownload { name: kind.to_string(), reason })
    }

    /// How what was downloaded was checked.
    fn verdict(&self) -> &'static str {
        match self.check {
            Check::Sha256(_) => "its SHA-256 is that of the official archive",
            Check::TinyImageNet(_) => {
                "no checksum is published; its size is that of the official archive, and its images are those of its lists"
            }
        }
    }

    /// Why the file at `path` is not the official archive, if it is not.
    fn refuse(&self, path: &Path) -> io::Result<Option<String>> {
        match self.check {
            Check::Sha256(expected) => {
                let found = sha256(path)?;
                let reason =
                    format!("what came has SHA-256 {found}, the official archive {expected}");
                Ok((found != expected).then_some(reason))
            }
            Check::TinyImageNet(expected) => {
                let found = fs::metadata(path)?.len();
                if found != expected {
                    return Ok(Some(format!(
                        "{found} bytes came, the official archive has {expected}"
                    )));
                }
                let checked = tiny_imagenet::check_lists(path);
                Ok(checked.err().map(|error| format!("what came is not the archive: {error}")))
            }
        }
    }
}

/// Downloads the official archive of `kind` into the folder `to`, from `from` if given: the address of the archive
/// elsewhere, or of a folder if it ends in `/`. An archive that is there already is not downloaded again, if it is
/// the official one. Returns its path, and how it was checked.
pub fn fetch(
    kind: DatasetKind,
    to: &Path,
    from: Option<&str>,
) -> Result<(PathBuf, &'static str), DatasetError> {
    let archive = Archive::of_kind(kind)?;
    let url = match from {
        Some(folder) if folder.ends_with('/') => format!("{folder}{}", archive.name),
        Some(url) => url.to_owned(),
        None => archive.url.to_owned(),
    };
    Ok((fetch_archive(&archive, to, &url, Patience::USUAL)?, archive.verdict()))
}

fn fetch_archive(
    archive: &Archive,
    to: &Path,
    url: &str,
    patience: Patience,
) -> Result<PathBuf, DatasetError> {
    let io_error = |path: &Path, cause| DatasetError::Io { path: path.to_owned(), cause };
    let target = to.join(archive.name);
    if target.symlink_metadata().is_ok() {
        let refused = archive.refuse(&target).map_err(|error| io_error(&target, error))?;
        return match refused {
            None => Ok(target),
            Some(_) => Err(DatasetError::Exists { path: target }),
        };
    }
    fs::create_dir_all(to).map_err(|error| io_error(to, error))?;
    let part = to.join(format!("{}.part", archive.name));
    if part.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(DatasetError::Exists { path: part });
    }
    let here = |error| io_error(&part, error);
    let file = OpenOptions::new().append(true).create(true).open(&part).map_err(here)?;
    let failed = |reason| DatasetError::Download { url: url.to_owned(), reason };
    if file.try_lock().is_err() {
        return Err(failed(format!("another process writes {}", part.display())));
    }
    let resumed = file.metadata().map_err(here)?.len() > 0;
    let transfer = Transfer { url, part: &part, file: &file, size_max: archive.size_max, patience };
    transfer.run().map_err(failed)?;
    let mut refused = archive.refuse(&part).map_err(here)?;
    if refused.is_some() && resumed {
        // What was there may have come from elsewhere.
        file.set_len(0).map_err(here)?;
        transfer.run().map_err(failed)?;
        refused = archive.refuse(&part).map_err(here)?;
    }
    if let Some(reason) = refused {
        fs::remove_file(&part).map_err(here)?;
        return Err(failed(reason));
    }
    fs::rename(&part, &target).map_err(|error| io_error(&target, error))?;
    Ok(target)
}

/// SHA-256 of the file at `path`, in hexadecimal digits.
fn sha256(path: &Path) -> io::Result<String> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hasher = Sha256::new();
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            break;
        }
        hasher.update(block);
        let length = block.len();
        reader.consume(length);
    }
    Ok(hex(&hasher.finalize()))
}
