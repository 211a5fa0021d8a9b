//! Writing data sets in the official CIFAR-10 layout, and unpacking archives: whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};

use super::layout::{Layout, PIXELS, PLANE};
use super::source::visit;
use super::stream::archive_error;
use super::{batch_share, read};
use crate::place::{free_target, io_error, new_file, new_folder, settle, stage};
use crate::{Dataset, DatasetError, LabelledImages, Limits};

/// Fine classes of a coarse one.
const FINE_CLASSES: usize = 5;

/// Writes `dataset` in the binary layout of `layout`, coarse classes as fifths of the fine ones: as an archive where `path`
/// ends in `.tar.gz` or `.tgz`, otherwise as the official folder within the folder `path`. Returns what
/// was made. Equal data give equal bytes; an archive that has them already is left as it is, anything else
/// in the way is refused.
pub fn write(layout: &Layout, dataset: &Dataset, path: &Path) -> Result<PathBuf, DatasetError> {
    if path.to_str().is_some_and(|name| name.ends_with(".tar.gz") || name.ends_with(".tgz")) {
        new_file(path, |file| write_archive(layout, dataset, file).map_err(io_error(path)))?;
        return Ok(path.to_owned());
    }
    new_folder(path, layout.folder, |staged| {
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
    let target = free_target(out, layout.folder)?;
    let staged = stage(out)?;
    visit(layout, path, &mut |opened| {
        let place = staged.path().join(opened.file);
        let mut file = File::create(&place).map_err(io_error(&place))?;
        io::copy(opened.reader, &mut file).map_err(|cause| archive_error(layout, path, &cause))?;
        Ok(())
    })?;
    // The temporary folder is not what is wrong.
    let dataset = read(layout, staged.path(), Limits::NONE).map_err(|error| match error {
        DatasetError::File { file, reason, .. } => layout.wrong(path, file, reason),
        other => other,
    })?;
    settle(staged, &target)?;
    Ok((target, dataset))
}

/// Writes `dataset` as an archive in the layout of `layout`.
fn write_archive(layout: &Layout, dataset: &Dataset, file: &mut File) -> io::Result<()> {
    let mut archive =
        tar::Builder::new(GzEncoder::new(BufWriter::new(file), Compression::default()));
    for (name, content) in contents(layout, dataset) {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let name = format!("{}/{name}", layout.folder);
        archive.append_data(&mut header, name, content.as_slice())?;
    }
    let compressed = archive.into_inner()?.finish()?;
    compressed.into_inner().map_err(io::IntoInnerError::into_error)?.flush()
}

/// The files of `dataset` and their content, in the order of the official archive's names.
fn contents<'a>(
    layout: &'a Layout,
    dataset: &'a Dataset,
) -> impl Iterator<Item = (&'static str, Vec<u8>)> + 'a {
    let lines = |name: &String| format!("{name}\n");
    let names = dataset.classes.iter().map(lines).collect::<String>();
    let coarse = layout.other_names.map(|(_, file)| {
        let names = dataset.classes.chunks(FINE_CLASSES).map(|fine| format!("like {}\n", fine[0]));
        (file, names.collect::<String>().into_bytes())
    });
    let batches = layout.train_files.len();
    let train = layout.train_files.iter().enumerate().map(move |(number, file)| {
        let share = |batch| batch_share(dataset.train.labels.len(), batches, batch);
        let start: usize = (0..number).map(share).sum();
        (*file, records(layout, &dataset.train, start, share(number)))
    });
    let test = (layout.test_file, records(layout, &dataset.test, 0, dataset.test.labels.len()));
    let names = [(layout.names.1, names.into_bytes())].into_iter().chain(coarse);
    names.chain(train).chain([test])
}

/// `count` records from image `start` on: the label bytes, then the red, green and blue planes.
fn records(layout: &Layout, samples: &LabelledImages, start: usize, count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count * layout.record());
    let images = samples.pixels.chunks_exact(PIXELS).zip(&samples.labels);
    for (pixels, label) in images.skip(start).take(count) {
        let label = u8::try_from(*label).expect("CIFAR has at most a hundred classes");
        let both = [label / FINE_CLASSES as u8, label];
        bytes.extend(&both[2 - layout.labels.len()..]);
        bytes.extend((0..PIXELS).map(|i| pixels[i % PLANE * 3 + i / PLANE]));
    }
    bytes
}
