//! Downloading the official archives, with `curl`; what comes is checked against its SHA-256.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::digest::hex;
use super::{DatasetError, Layout};

/// No official archive is larger, in bytes.
const SIZE_MAX: u64 = 200_000_000;

/// Downloads the official archive of `layout` into the folder `out` and returns its path. An archive that is
/// there already is not downloaded again, if it is the official one.
pub fn fetch(layout: &Layout, out: &Path) -> Result<PathBuf, DatasetError> {
    let io_error = |path: &Path, cause| DatasetError::Io { path: path.to_owned(), cause };
    let target = out.join(layout.archive);
    if target.exists() {
        let found = sha256(&target).map_err(|error| io_error(&target, error))?;
        return if found == layout.sha256 {
            Ok(target)
        } else {
            Err(DatasetError::Exists { path: target })
        };
    }
    fs::create_dir_all(out).map_err(|error| io_error(out, error))?;
    let staged = tempfile::tempdir_in(out).map_err(|error| io_error(out, error))?;
    let fresh = staged.path().join(layout.archive);
    let failed = |reason| DatasetError::Download { url: layout.url.to_owned(), reason };
    download(layout.url, &fresh).map_err(failed)?;
    let found = sha256(&fresh).map_err(|error| io_error(&fresh, error))?;
    if found != layout.sha256 {
        let expected = layout.sha256;
        return Err(failed(format!(
            "what came has SHA-256 {found}, the official archive {expected}"
        )));
    }
    fs::rename(&fresh, &target).map_err(|error| io_error(&target, error))?;
    Ok(target)
}

/// Downloads `url` to `path`; on failure, why in one line.
fn download(url: &str, path: &Path) -> Result<(), String> {
    let finished = Command::new("curl")
        .args(["--fail", "--location", "--silent", "--show-error", "--retry", "3"])
        .args(["--connect-timeout", "30", "--max-filesize", &SIZE_MAX.to_string(), "--output"])
        .args([path.as_os_str(), url.as_ref()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`curl` does not start ({error}), install it"))?;
    if finished.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&finished.stderr);
    Err(text.lines().last().unwrap_or("curl failed").to_owned())
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

#[cfg(test)]
mod tests {
    use super::super::CIFAR10;
    use super::*;

    /// SHA-256 of `abc` (FIPS 180-2, appendix B.1).
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn served(content: &str, sha256: &'static str) -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("served");
        fs::write(&file, content).unwrap();
        let url = format!("file://{}", file.display()).leak();
        (folder, Layout { url, sha256, ..CIFAR10 })
    }

    #[test]
    fn a_download_is_kept_only_if_its_checksum_is_right() {
        if Command::new("curl").arg("--version").output().is_err() {
            println!("no `curl` here: downloads are not tested");
            return;
        }
        let out = tempfile::tempdir().unwrap();
        let (_folder, layout) = served("abd", ABC);
        let message = fetch(&layout, out.path()).unwrap_err().to_string();
        assert!(message.contains("what came has SHA-256 a52d159f"), "{message}");
        let (folder, layout) = served("abc", ABC);
        fs::remove_file(folder.path().join("served")).unwrap();
        let message = fetch(&layout, out.path()).unwrap_err().to_string();
        assert!(
            message.contains("download it by hand") && message.lines().count() == 1,
            "{message}"
        );
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);

        let (_folder, layout) = served("abc", ABC);
        let path = fetch(&layout, out.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "abc");
        assert_eq!(fetch(&layout, out.path()).unwrap(), path);
        fs::write(&path, "mine").unwrap();
        let message = fetch(&layout, out.path()).unwrap_err().to_string();
        assert!(message.contains("exists already"), "{message}");
    }
}
