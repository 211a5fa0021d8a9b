//! Synthetic images as files, in the layout of any data set that is read.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::cifar::{self, CIFAR10, CIFAR100};
use crate::image::{Picture, encode_jpeg, encode_png};
use crate::kind::DatasetKind;
use crate::place::{io_error, new_file, new_folder};
use crate::synthetic::synthesise;
use crate::{Dataset, DatasetError, LabelledImages, imagenet, tiny_imagenet};

/// JPEG quality of the images.
const QUALITY: u8 = 95;
/// Fine classes of CIFAR-100 for each figure.
const TINTS: usize = 10;

/// A file: its path and its content.
pub(crate) type Member = (String, Vec<u8>);

/// Writes synthetic images of `seed`, `train` for training and `test` for testing, in the layout of `layout` to `out`:
/// CIFAR and Tiny ImageNet as the official folder within the folder `out`, images in folders and ImageNet as the new
/// folder `out` itself. Where `out` ends in `.tar.gz` or `.tgz`, for Tiny ImageNet and images in folders also in `.tar`
/// or `.zip`, as an archive. Returns what was made; equal arguments give equal bytes.
///
/// # Errors
/// Where `layout` is computed and has no files, something is in the way, or `out` cannot be written.
pub(crate) fn write(
    layout: DatasetKind,
    (seed, train, test): (u64, usize, usize),
    out: &Path,
) -> Result<PathBuf, DatasetError> {
    let dataset = synthesise(seed, train, test);
    match layout {
        DatasetKind::Cifar10 => cifar::write(&CIFAR10, &dataset, out),
        DatasetKind::Cifar100 | DatasetKind::Cifar100Coarse => {
            cifar::write(&CIFAR100, &tinted(dataset), out)
        }
        DatasetKind::TinyImageNet => {
            let members = tiny_members(&dataset);
            if is_archive(out) {
                let folder =
                    |(name, content)| (format!("{}/{name}", tiny_imagenet::FOLDER), content);
                let members: Vec<Member> = members.into_iter().map(folder).collect();
                return write_archive(&members, out);
            }
            new_folder(out, tiny_imagenet::FOLDER, |folder| write_folder(&members, folder))
        }
        DatasetKind::Folder if is_archive(out) => write_archive(&folder_members(&dataset), out),
        DatasetKind::Folder => write_new(&folder_members(&dataset), out),
        DatasetKind::ImageNet => {
            write_new(&imagenet_members(&dataset).map_err(io_error(out))?, out)
        }
        DatasetKind::Synthetic | DatasetKind::Synthetic16 => Err(DatasetError::NoDownload {
            name: layout.to_string(),
            reason: "is computed and has no files; give --layout cifar10, cifar100, tinyimagenet, folder or imagenet",
        }),
    }
}

fn write_new(members: &[Member], out: &Path) -> Result<PathBuf, DatasetError> {
    let parent = out.parent().filter(|path| !path.as_os_str().is_empty());
    let Some(name) = out.file_name() else {
        return Err(DatasetError::Exists { path: out.to_owned() });
    };
    new_folder(parent.unwrap_or(Path::new(".")), Path::new(name), |folder| {
        write_folder(members, folder)
    })
}

fn write_folder(members: &[Member], folder: &Path) -> io::Result<()> {
    for (name, content) in members {
        let place = folder.join(name);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(place, content)?;
    }
    Ok(())
}

/// The ending of the name of an archive that `path` has.
fn ending(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    [".tar.gz", ".tgz", ".tar", ".zip"].into_iter().find(|ending| name.ends_with(ending))
}

fn is_archive(path: &Path) -> bool {
    ending(path).is_some()
}

fn write_archive(members: &[Member], path: &Path) -> Result<PathBuf, DatasetError> {
    let pack = |file: &mut File| match ending(path) {
        Some(".zip") => zipped(members, file),
        Some(".tar") => file.write_all(&tarred(members)?),
        _ => {
            let mut gzip = GzEncoder::new(BufWriter::new(file), Compression::fast());
            gzip.write_all(&tarred(members)?)?;
            gzip.finish()?.flush()
        }
    };
    new_file(path, |file| pack(file).map_err(io_error(path)))?;
    Ok(path.to_owned())
}

/// A tar file of `members`.
fn tarred(members: &[Member]) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, content.as_slice())?;
    }
    archive.into_inner()
}

fn zipped(members: &[Member], to: &mut (impl Write + Seek)) -> io::Result<()> {
    let mut archive = ZipWriter::new(to);
    for (name, content) in members {
        // Without the time, so that equal images give equal bytes.
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        archive.start_file(name, options).map_err(io::Error::other)?;
        archive.write_all(content)?;
    }
    archive.finish().map_err(io::Error::other)?.flush()
}

/// The images of `dataset` in a hundred classes: each figure in ten shades.
fn tinted(mut dataset: Dataset) -> Dataset {
    for images in [&mut dataset.train, &mut dataset.test] {
        let bytes = images.pixels.len() / images.labels.len().max(1);
        let each = images.pixels.chunks_mut(bytes.max(1)).zip(&mut images.labels);
        for (index, (pixels, label)) in each.enumerate() {
            let tint = index / TINTS % TINTS;
            for value in pixels.iter_mut().skip(tint % 3).step_by(3) {
                *value = *value / 2 + 12 * tint as u8;
            }
            *label = *label * TINTS as u16 + tint as u16;
        }
    }
    let shades =
        |name: &String| (0..TINTS).map(|tint| format!("{name}-{tint}")).collect::<Vec<_>>();
    dataset.classes = dataset.classes.iter().flat_map(shades).collect();
    dataset
}

/// The images of a part with their labels.
fn images<'a>(
    dataset: &Dataset,
    part: &'a LabelledImages,
) -> impl Iterator<Item = (&'a [u8], usize)> + use<'a> {
    let bytes = dataset.height * dataset.width * 3;
    part.pixels.chunks_exact(bytes).zip(part.labels.iter().map(|label| usize::from(*label)))
}

/// `pixels` of `side` x `side`, each twice in both directions.
fn doubled(pixels: &[u8], side: usize) -> Vec<u8> {
    let at = |i: usize| (i / (2 * side) / 2 * side + i % (2 * side) / 2) * 3;
    (0..4 * side * side).flat_map(|i| &pixels[at(i)..at(i) + 3]).copied().collect()
}

/// The picture that `pixels` of `side` x `side` are, twice as large, as a JPEG file.
fn jpeg(pixels: &[u8], side: usize) -> Vec<u8> {
    let (width, height) = (2 * side, 2 * side);
    let picture = Picture { pixels: doubled(pixels, side), width, height };
    encode_jpeg(&picture, QUALITY).expect("synthetic images are small")
}

/// The number in `WordNet` that a class of synthetic images has.
fn wnid(label: usize) -> String {
    format!("n{:08}", label + 1)
}

/// As many training images of each class as all have.
fn even(dataset: &Dataset) -> usize {
    (dataset.train.labels.len() / dataset.classes.len()).max(1)
}

/// Tiny ImageNet, within its folder.
pub(crate) fn tiny_members(dataset: &Dataset) -> Vec<Member> {
    let (classes, each) = (dataset.classes.len(), even(dataset));
    let lines =
        |line: &dyn Fn(usize) -> String| (0..classes).map(line).collect::<String>().into_bytes();
    let mut members = vec![
        ("wnids.txt".to_owned(), lines(&|label| wnid(label) + "\n")),
        (
            "words.txt".to_owned(),
            lines(&|label| format!("{}\t{}\n", wnid(label), dataset.classes[label])),
        ),
    ];
    let picture = |pixels: &[u8]| jpeg(pixels, dataset.height);
    let mut counts = vec![0; classes];
    for (pixels, label) in images(dataset, &dataset.train) {
        if counts[label] < each {
            let (class, number) = (wnid(label), counts[label]);
            let name = format!("train/{class}/images/{class}_{number}.JPEG");
            members.push((name, picture(pixels)));
            counts[label] += 1;
        }
    }
    let mut list = String::new();
    for (number, (pixels, label)) in images(dataset, &dataset.test).enumerate() {
        members.push((format!("val/images/val_{number}.JPEG"), picture(pixels)));
        list += &format!("val_{number}.JPEG\t{}\t0\t0\t63\t63\n", wnid(label));
    }
    members.push(("val/val_annotations.txt".to_owned(), list.into_bytes()));
    members
}

/// Images in folders, as PNG.
pub(crate) fn folder_members(dataset: &Dataset) -> Vec<Member> {
    let mut members = Vec::new();
    for (part, samples) in [("train", &dataset.train), ("val", &dataset.test)] {
        for (number, (pixels, label)) in images(dataset, samples).enumerate() {
            let class = &dataset.classes[label];
            let picture =
                Picture { pixels: pixels.to_vec(), width: dataset.width, height: dataset.height };
            let mut file = Vec::new();
            encode_png(&picture, &mut file).expect("memory takes any image");
            members.push((format!("{part}/{class}/{number:05}.png"), file));
        }
    }
    members
}

/// The three archives of ImageNet as published.
pub(crate) fn imagenet_members(dataset: &Dataset) -> io::Result<Vec<Member>> {
    let picture = |pixels: &[u8]| jpeg(pixels, dataset.height);
    let mut of_class: Vec<Vec<Member>> = vec![Vec::new(); dataset.classes.len()];
    for (pixels, label) in images(dataset, &dataset.train) {
        let name = format!("{}_{}.JPEG", wnid(label), of_class[label].len());
        of_class[label].push((name, picture(pixels)));
    }
    let mut train = Vec::new();
    for (label, members) in of_class.iter().enumerate().filter(|(_, members)| !members.is_empty()) {
        train.push((format!("{}.tar", wnid(label)), tarred(members)?));
    }
    let (mut val, mut truth) = (Vec::new(), String::new());
    // The numbers of the ground truth do not follow the numbers in WordNet.
    let id = |label: usize| dataset.classes.len() - label;
    for (number, (pixels, label)) in images(dataset, &dataset.test).enumerate() {
        val.push((format!("ILSVRC2012_val_{:08}.JPEG", number + 1), picture(pixels)));
        truth += &format!("{}\n", id(label));
    }
    let synsets = dataset.classes.iter().enumerate();
    let synsets = synsets.map(|(label, name)| (id(label), wnid(label), name.clone()));
    let kit = [
        (format!("{}/{}", imagenet::KIT, imagenet::META), imagenet::meta_file(synsets)),
        (format!("{}/{}", imagenet::KIT, imagenet::GROUND_TRUTH), truth.into_bytes()),
    ];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tarred(&kit)?)?;
    Ok(vec![
        (imagenet::TRAIN_TAR.to_owned(), tarred(&train)?),
        (imagenet::VAL_TAR.to_owned(), tarred(&val)?),
        (format!("{}.tar.gz", imagenet::KIT), gzip.finish()?),
    ])
}

#[cfg(test)]
mod tests;
