//! Writing data sets in the official CIFAR-10 layout, and unpacking archives: whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};

use super::form::archive_error;
use super::interrupt::Interrupted;
use super::layout::{Layout, PIXELS, PLANE};
use super::source::visit;
use super::{batch_share, read};
use crate::{Dataset, DatasetError, LabelledImages, Limits};

/// What the names of temporary folders begin with.
const STAGED: &str = ".swast-import-";

/// Writes `dataset` in the binary layout of `layout`, which has one label byte: as an archive where `path`
/// ends in `.tar.gz` or `.tgz`, otherwise as the official folder within the folder `path`. Returns what
/// was made. Equal data give equal bytes; an archive that has them already is left as it is, anything else
/// in the way is refused.
pub fn write(layout: &Layout, dataset: &Dataset, path: &Path) -> Result<PathBuf, DatasetError> {
    assert_eq!(layout.labels.len(), 1, "only the layout of CIFAR-10 is written");
    if path.to_str().is_some_and(|name| name.ends_with(".tar.gz") || name.ends_with(".tgz")) {
        write_archive(layout, dataset, path)?;
        return Ok(path.to_owned());
    }
    place_folder(layout, path, |staged| {
        for (file, content) in contents(layout, dataset) {
            fs::write(staged.join(file), content)?;
        }
        Ok(())
    })
}

/// Unpacks the data set at `path` (archive or folder) into the official folder within `out`, verifies what
/// was unpacked, and only then puts it in its place. Returns the folder and its verified content.
pub fn unpack(
    layout: &Layout,
    path: &Path,
    out: &Path,
) -> Result<(PathBuf, Dataset), DatasetError> {
    let target = free_target(layout, out)?;
    let staged = stage(out)?;
    visit(layout, path, &mut |opened| {
        let place = staged.path().join(opened.file);
        let mut file = File::create(&place).map_err(io_error(&place))?;
        io::copy(opened.reader, &mut file).map_err(|cause| archive_error(layout, path, &cause))?;
        Ok(())
    })?;
    let dataset = read(layout, staged.path(), Limits::NONE)?;
    settle(staged, &target)?;
    Ok((target, dataset))
}

fn write_archive(layout: &Layout, dataset: &Dataset, path: &Path) -> Result<(), DatasetError> {
    let io = io_error(path);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(&io)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(&io)?;
    let interrupted = Interrupted::removes(file.path()).map_err(&io)?;
    let mut archive =
        tar::Builder::new(GzEncoder::new(BufWriter::new(&mut file), Compression::default()));
    for (name, content) in contents(layout, dataset) {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let name = format!("{}/{name}", layout.folder);
        archive.append_data(&mut header, name, content.as_slice()).map_err(&io)?;
    }
    let compressed = archive.into_inner().and_then(GzEncoder::finish).map_err(&io)?;
    compressed.into_inner().map_err(|error| io(error.into_error()))?.flush().map_err(&io)?;
    publish(file.path(), 0o644).map_err(&io)?;
    match interrupted.keep(|| file.persist_noclobber(path)) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            match same_content(error.file.path(), path) {
                Ok(true) => Ok(()),
                _ => Err(DatasetError::Exists { path: path.to_owned() }),
            }
        }
        Err(error) => Err(io(error.error)),
    }
}

/// Whether the regular file `other` has the bytes of the file `own`.
fn same_content(own: &Path, other: &Path) -> io::Result<bool> {
    let (own_data, other_data) = (fs::metadata(own)?, fs::symlink_metadata(other)?);
    if !other_data.is_file() || other_data.len() != own_data.len() {
        return Ok(false);
    }
    let (mut own, mut other) =
        (BufReader::new(File::open(own)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (own.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 || left[..length] != right[..length] {
            return Ok(left.is_empty() && right.is_empty());
        }
        own.consume(length);
        other.consume(length);
    }
}

/// Makes the official folder within `out`: `fill` writes to a temporary folder, which is then renamed.
fn place_folder(
    layout: &Layout,
    out: &Path,
    fill: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<PathBuf, DatasetError> {
    let target = free_target(layout, out)?;
    let staged = stage(out)?;
    fill(staged.path()).map_err(io_error(staged.path()))?;
    settle(staged, &target)?;
    Ok(target)
}

/// The official folder within `out`, which must not exist yet.
fn free_target(layout: &Layout, out: &Path) -> Result<PathBuf, DatasetError> {
    let target = out.join(layout.folder);
    // A link that leads nowhere is in the way as well, and so is a file where the folder is to be.
    let exists = |path: &Path| path.symlink_metadata().is_ok();
    if exists(out) && !out.is_dir() {
        return Err(DatasetError::Exists { path: out.to_owned() });
    }
    if exists(&target) { Err(DatasetError::Exists { path: target }) } else { Ok(target) }
}

/// A temporary folder to be filled, locked while the process lives, and removed if it is interrupted.
struct Staged {
    // Let go first: what is removed on a signal must not be removed here at the same time.
    interrupted: Interrupted,
    folder: tempfile::TempDir,
    _lock: Option<File>,
}

impl Staged {
    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Makes a temporary folder in `out`, and removes those that interrupted processes left there.
fn stage(out: &Path) -> Result<Staged, DatasetError> {
    fs::create_dir_all(out).map_err(io_error(out))?;
    for entry in fs::read_dir(out).map_err(io_error(out))?.flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(STAGED) && path.is_dir();
        // A folder that another process fills is locked by it.
        if is_ours && File::open(&path).is_ok_and(|folder| folder.try_lock().is_ok()) {
            fs::remove_dir_all(&path).map_err(io_error(&path))?;
        }
    }
    let folder = tempfile::Builder::new().prefix(STAGED).tempdir_in(out).map_err(io_error(out))?;
    let lock = File::open(folder.path()).ok().filter(|lock| lock.try_lock().is_ok());
    let interrupted = Interrupted::removes(folder.path()).map_err(io_error(out))?;
    Ok(Staged { interrupted, folder, _lock: lock })
}

fn settle(staged: Staged, target: &Path) -> Result<(), DatasetError> {
    publish(staged.path(), 0o755).map_err(io_error(target))?;
    // From now on a signal ends the process at once: the folder is in its place or still temporary.
    staged.interrupted.keep(|| fs::rename(staged.path(), target)).map_err(io_error(target))?;
    // It is no longer temporary.
    let _ = staged.folder.keep();
    Ok(())
}

/// Temporary files are private; data sets are not.
fn publish(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> DatasetError {
    let path = path.to_owned();
    move |cause| DatasetError::Io { path: path.clone(), cause }
}

/// The files of `dataset` and their content, in the order of the official archive's names.
fn contents<'a>(
    layout: &'a Layout,
    dataset: &'a Dataset,
) -> impl Iterator<Item = (&'static str, Vec<u8>)> + 'a {
    let names = dataset.classes.iter().map(|name| format!("{name}\n")).collect::<String>();
    let batches = layout.train_files.len();
    let train = layout.train_files.iter().enumerate().map(move |(number, file)| {
        let share = |batch| batch_share(dataset.train.labels.len(), batches, batch);
        let start: usize = (0..number).map(share).sum();
        (*file, records(&dataset.train, start, share(number)))
    });
    let test = (layout.test_file, records(&dataset.test, 0, dataset.test.labels.len()));
    [(layout.names.1, names.into_bytes())].into_iter().chain(train).chain([test])
}

/// `count` records from image `start` on: one label byte, then the red, green and blue planes.
fn records(samples: &LabelledImages, start: usize, count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count * (1 + PIXELS));
    let images = samples.pixels.chunks_exact(PIXELS).zip(&samples.labels);
    for (pixels, label) in images.skip(start).take(count) {
        bytes.push(u8::try_from(*label).expect("CIFAR-10 has ten classes"));
        bytes.extend((0..PIXELS).map(|i| pixels[i % PLANE * 3 + i / PLANE]));
    }
    bytes
}
