//! Tiny archives, good and bad in every way that `read` must refuse.

mod forms;
mod interrupts;
mod overwrites;
mod pickled;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use tar::{EntryType, Header};
use tempfile::TempDir;

use super::*;
use crate::synthesise;

/// CIFAR-10 with two batches of at most four images.
const TINY: Layout = Layout {
    train_files: &["data_batch_1.bin", "data_batch_2.bin"],
    train_images: 4,
    test_images: 3,
    classes: 3,
    ..CIFAR10
};
/// CIFAR-100 with four training images.
const TINY100: Layout =
    Layout { train_images: 4, test_images: 3, classes: 3, official_class: Some("ant"), ..CIFAR100 };

const FEW: Limits = Limits { train: 5, test: 1 };

const NAMES: &[u8] = b"ant\nbee\ncat\n\n";

/// The byte of the pixel at `plane` (channel by channel, row by row) of the image with `label`.
fn plane_byte(label: u8, plane: usize) -> u8 {
    ((plane * 31 + plane / 1024 * 7 + usize::from(label) * 53) % 251) as u8
}

fn batch(layout: &Layout, labels: &[u8]) -> Vec<u8> {
    let record = |label: &u8| {
        // A coarse label, where there is one, is not a class.
        let head = [*label % 2, *label][2 - layout.labels.len()..].to_vec();
        head.into_iter().chain((0..3072).map(|plane| plane_byte(*label, plane))).collect::<Vec<_>>()
    };
    labels.iter().flat_map(record).collect()
}

/// An entry: name, type, content, and the size its header declares.
type Member = (&'static str, EntryType, Vec<u8>, u64);

fn file(name: &'static str, content: Vec<u8>) -> Member {
    let size = content.len() as u64;
    (name, EntryType::Regular, content, size)
}

fn good() -> Vec<Member> {
    vec![
        file("cifar-10-batches-bin/readme.html", b"<html>".to_vec()),
        file("cifar-10-batches-bin/data_batch_2.bin", batch(&TINY, &[0, 1, 2])),
        file("cifar-10-batches-bin/test_batch.bin", batch(&TINY, &[2, 1])),
        file("cifar-10-batches-bin/batches.meta.txt", NAMES.to_vec()),
        file("cifar-10-batches-bin/data_batch_1.bin", batch(&TINY, &[2, 2, 1, 0])),
    ]
}

/// [`good`], or the same in the version for Python; for tests of damage.
pub(crate) fn small(pickled: bool) -> Vec<(String, Vec<u8>)> {
    let members = if pickled { pickled::pickled_good() } else { good() };
    members.into_iter().map(|(name, _, content, _)| (name.to_owned(), content)).collect()
}

/// Unpacks a set of the size of [`small`].
pub(crate) fn unpack_small(path: &Path, out: &Path) -> Result<(), DatasetError> {
    unpack(&TINY, path, out).map(|_| ())
}

pub(crate) fn tar_bytes(members: &[(&str, EntryType, Vec<u8>, u64)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content, size) in members {
        let mut header = Header::new_gnu();
        // Written by hand: the builder would refuse the names that we must refuse.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(*size);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend([0; 1024]);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn place(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.tar.gz");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn read_members(members: &[Member], limits: Limits) -> Result<Dataset, DatasetError> {
    let (_folder, path) = place(&gzip(&tar_bytes(members)));
    read(&TINY, &path, limits)
}

/// Reads `bytes` as an archive and checks that the one-line error says all of `parts`.
fn refuse_bytes(layout: &Layout, bytes: &[u8], parts: &[&str]) {
    let (_folder, path) = place(bytes);
    let message = read(layout, &path, Limits::NONE).unwrap_err().to_string();
    for part in [&["tiny.tar.gz", "get cifar-", " again"], parts].concat() {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert_eq!(message.lines().count(), 1, "{message}");
}

fn refuse(members: &[Member], parts: &[&str]) {
    refuse_bytes(&TINY, &gzip(&tar_bytes(members)), parts);
}

/// `good()` with the file called `name` replaced by `content`.
fn with(name: &str, content: Vec<u8>) -> Vec<Member> {
    let mut members = good();
    let member = members.iter_mut().find(|member| member.0.ends_with(name)).unwrap();
    *member = file(member.0, content);
    members
}

#[test]
fn an_archive_is_read_in_the_order_of_its_batches_as_rows_of_rgb() {
    let dataset = read_members(&good(), Limits::NONE).unwrap();
    assert_eq!(dataset.classes, ["ant", "bee", "cat"]);
    assert_eq!(dataset.train.labels, [2, 2, 1, 0, 0, 1, 2]);
    assert_eq!(dataset.test.labels, [2, 1]);
    for (image, label) in dataset.train.pixels.chunks_exact(3072).zip(&dataset.train.labels) {
        for (row, column, channel) in [(0, 0, 0), (0, 1, 2), (5, 9, 1), (31, 31, 2)] {
            let expected = plane_byte(*label as u8, channel * 1024 + row * 32 + column);
            assert_eq!(image[(row * 32 + column) * 3 + channel], expected);
        }
    }
}

#[test]
fn limits_keep_the_first_images() {
    let all = read_members(&good(), Limits::NONE).unwrap();
    for limit in 1..=9 {
        let dataset = read_members(&good(), Limits { train: limit, test: limit }).unwrap();
        let kept = limit.min(7);
        assert_eq!(dataset.train.labels, all.train.labels[..kept]);
        assert_eq!(dataset.train.pixels, all.train.pixels[..kept * 3072]);
        assert_eq!(dataset.test.labels, all.test.labels[..limit.min(2)]);
        assert_eq!(dataset.test.pixels, all.test.pixels[..limit.min(2) * 3072]);
    }
}

#[test]
fn cifar100_has_the_fine_label_second_and_only_its_official_size() {
    let members = |count: usize| {
        vec![
            file("cifar-100-binary/train.bin", batch(&TINY100, &[2, 0, 1, 1][..count])),
            file("cifar-100-binary/test.bin", batch(&TINY100, &[0, 1, 2])),
            file("cifar-100-binary/coarse_label_names.txt", b"x\n".to_vec()),
            file("cifar-100-binary/fine_label_names.txt", NAMES.to_vec()),
        ]
    };
    let (_folder, path) = place(&gzip(&tar_bytes(&members(4))));
    assert_eq!(read(&TINY100, &path, Limits::NONE).unwrap().train.labels, [2, 0, 1, 1]);
    let bytes = gzip(&tar_bytes(&members(3)));
    refuse_bytes(&TINY100, &bytes, &["`train.bin`: 9222 bytes where 4 records of 3074 bytes"]);
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    for name in ["../data_batch_1.bin", "cifar-10-batches-bin/../../x", "/data_batch_1.bin"] {
        let mut members = good();
        members.push(file(name, batch(&TINY, &[0])));
        refuse(&members, &[&format!("entry `{name}`"), "leaves the archive's folder"]);
    }
}

#[test]
fn links_and_special_entries_are_refused() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char] {
        let mut members = good();
        members.insert(0, ("cifar-10-batches-bin/data_batch_1.bin", kind, Vec::new(), 0));
        let what = if kind.is_fifo() || kind.is_character_special() {
            "special type"
        } else {
            "is a link"
        };
        refuse(&members, &["entry `cifar-10-batches-bin/data_batch_1.bin`", what]);
    }
}

#[test]
fn wrong_sizes_are_refused_before_anything_is_read() {
    refuse(
        &with("test_batch.bin", batch(&TINY, &[0; 4])),
        &["`test_batch.bin`: 12292 bytes", "9219"],
    );
    refuse(
        &with("batches.meta.txt", vec![b'x'; 5000]),
        &["`batches.meta.txt`: 5000 bytes", "4096"],
    );
    refuse(&with("readme.html", vec![0; 70_000]), &["70000 bytes that do not belong to cifar10"]);
    // A size field that lies: nothing of that size is allocated or waited for.
    let mut members = good();
    members[4].3 = 1 << 32;
    refuse(&members, &["`data_batch_1.bin`: 4294967296 bytes where at most 12292"]);
}

#[test]
fn batches_that_were_cut_off_are_refused() {
    let short = |labels: &[u8], cut| {
        let mut content = batch(&TINY, labels);
        content.truncate(content.len() - cut);
        content
    };
    refuse(
        &with("test_batch.bin", short(&[0, 1], 1)),
        &["`test_batch.bin`: 6145 bytes where 3 rec"],
    );
    refuse(&with("test_batch.bin", Vec::new()), &["`test_batch.bin`: 0 bytes"]);
    // Cut between two records.
    refuse(
        &with("data_batch_2.bin", batch(&TINY, &[0])),
        &["`data_batch_1.bin`: 4 records where 3"],
    );
    refuse(
        &with("data_batch_2.bin", batch(&TINY, &[0; 4])),
        &["`test_batch.bin`: 2 records where 3"],
    );
}

#[test]
fn labels_and_names_are_checked() {
    let bad_label = with("data_batch_2.bin", batch(&TINY, &[0, 3, 0]));
    refuse(&bad_label, &["`data_batch_2.bin`: record 1 has label 3, the last class is 2"]);
    // Also where the image itself would not be kept.
    assert!(read_members(&bad_label, Limits { train: 1, test: 1 }).is_err());
    refuse(&with("batches.meta.txt", b"a\nb\n".to_vec()), &["2 class names where 3 are expected"]);
    refuse(&with("batches.meta.txt", b"a\nb\na\n".to_vec()), &["repeated class name `a`"]);
    refuse(&with("batches.meta.txt", b"a\nb\nc\x1b[0m\n".to_vec()), &["class name `c\\u{1b}[0m`"]);
    refuse(&with("batches.meta.txt", b"a\nb\n\xff\n".to_vec()), &["is not UTF-8"]);
}

#[test]
fn missing_and_repeated_files_are_refused() {
    for (index, member) in good().into_iter().enumerate().skip(1) {
        let name = Path::new(member.0).file_name().unwrap().to_str().unwrap();
        let mut members = good();
        members.remove(index);
        refuse(&members, &[&format!("`{name}`: is missing")]);
        members.extend([member.clone(), member.clone()]);
        refuse(&members, &[&format!("`{name}`: comes twice")]);
    }
}

#[test]
fn what_is_no_whole_gzipped_tar_is_refused() {
    let not_whole = "not a whole .tar.gz archive";
    refuse_bytes(&TINY, b"<html>404 not found</html>", &[not_whole]);
    refuse_bytes(&TINY, b"", &[not_whole]);
    refuse_bytes(&TINY, &gzip(&[b'x'; 2000]), &[not_whole]);
    let whole = gzip(&tar_bytes(&good()));
    refuse_bytes(&TINY, &whole[..whole.len() - 4], &[not_whole]);
    let mut flipped = whole.clone();
    *flipped.iter_mut().nth_back(7).unwrap() ^= 1; // the first byte of the checksum
    refuse_bytes(&TINY, &flipped, &[not_whole]);
    // Cut anywhere: an error, whichever it is.
    for keep in (0..whole.len()).step_by(97) {
        let (_folder, path) = place(&whole[..keep]);
        assert!(read(&TINY, &path, Limits::NONE).is_err(), "cut to {keep} bytes");
    }
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    // Many small files, and one long name: all within a few kilobytes of gzip.
    let bomb: Vec<Member> = (0..60).map(|_| file("x/other", vec![0; 65_536])).collect();
    refuse(&bomb, &["unpacks to more than"]);
    let name = ("././@LongLink", EntryType::GNULongName, vec![b'a'; 4 << 20], 4 << 20);
    refuse(&[name], &["unpacks to more than"]);
    // After the end of the tar file.
    let mut bytes = tar_bytes(&good());
    bytes.resize(bytes.len() + (4 << 20), 0);
    refuse_bytes(&TINY, &gzip(&bytes), &["unpacks to more than"]);
}

#[test]
fn a_folder_is_read_like_its_archive() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("cifar-10-batches-bin");
    fs::create_dir(&inner).unwrap();
    for (name, _, content, _) in good() {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let expected = read_members(&good(), FEW).unwrap();
    assert_eq!(read(&TINY, folder.path(), FEW).unwrap(), expected);
    assert_eq!(read(&TINY, &inner, FEW).unwrap(), expected);

    fs::write(inner.join("data_batch_2.bin"), batch(&TINY, &[0, 1, 9])).unwrap();
    assert!(
        read(&TINY, &inner, Limits::NONE).unwrap_err().to_string().contains("record 2 has label 9")
    );
    fs::remove_file(inner.join("data_batch_2.bin")).unwrap();
    assert!(read(&TINY, &inner, Limits::NONE).unwrap_err().to_string().contains("is missing"));
    fs::create_dir(inner.join("data_batch_2.bin")).unwrap();
    assert!(
        read(&TINY, &inner, Limits::NONE).unwrap_err().to_string().contains("not a regular file")
    );
}

#[test]
fn what_is_written_reads_back_and_repeats() {
    let dataset = synthesise(3, 23, 7);
    let out = tempfile::tempdir().unwrap();
    let (first, second) = (out.path().join("a.tar.gz"), out.path().join("b.tgz"));
    write(&CIFAR10, &dataset, &first).unwrap();
    write(&CIFAR10, &dataset, &second).unwrap();
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    let folder = write(&CIFAR10, &dataset, out.path()).unwrap();
    for path in [&first, &folder] {
        let back = read(&CIFAR10, path, Limits::NONE).unwrap();
        assert_eq!((&back.train, &back.test), (&dataset.train, &dataset.test));
        assert_eq!(back.classes, dataset.classes);
    }
    let again = write(&CIFAR10, &dataset, out.path()).unwrap_err().to_string();
    assert!(again.contains("exists already; remove it or choose another --out"));
}

#[test]
fn unpacking_keeps_the_bytes_and_leaves_nothing_of_a_bad_archive() {
    let out = tempfile::tempdir().unwrap();
    let (_folder, path) = place(&gzip(&tar_bytes(&good())));
    let (folder, dataset) = unpack(&TINY, &path, out.path()).unwrap();
    assert_eq!(dataset, read(&TINY, &path, Limits::NONE).unwrap());
    assert_eq!(fs::read(folder.join("data_batch_1.bin")).unwrap(), batch(&TINY, &[2, 2, 1, 0]));

    let bad = tempfile::tempdir().unwrap();
    let (_folder, path) =
        place(&gzip(&tar_bytes(&with("data_batch_1.bin", batch(&TINY, &[7; 4])))));
    assert!(unpack(&TINY, &path, bad.path()).is_err());
    assert_eq!(fs::read_dir(bad.path()).unwrap().count(), 0);
}

/// The real CIFAR-10 against what NumPy reads from it (`tests/golden/dataset/cifar10.py`).
#[test]
fn the_real_archive_reads_as_in_numpy() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cifar-10-binary.tar.gz");
    if !path.exists() {
        println!("no ../shared/data/cifar-10-binary.tar.gz: the real CIFAR-10 is not tested");
        return;
    }
    let dataset = read(&CIFAR10, &path, Limits::NONE).unwrap();
    let golden = include_str!("../../../../tests/golden/dataset/cifar10.csv");
    let found = [("train", &dataset.train), ("test", &dataset.test)].map(|(part, samples)| {
        let labels: Vec<u8> = samples.labels.iter().map(|label| *label as u8).collect();
        let sum: usize =
            labels.iter().enumerate().map(|(i, label)| (i + 1) * usize::from(*label)).sum();
        let (images, labels, pixels) = (labels.len(), crc32(&labels), crc32(&samples.pixels));
        format!("{part},{images},{sum},{labels},{pixels}")
    });
    assert!(golden.lines().skip(1).eq(found.iter().map(String::as_str)), "{found:?}");
    // The published statistics are those of these pixels, to the four decimals they are given with.
    let (mean, std) = crate::channel_statistics(&dataset.train.pixels);
    let published = CIFAR10.mean.iter().chain(&CIFAR10.std);
    assert!(mean.iter().chain(&std).zip(published).all(|(own, other)| (own - other).abs() < 6e-5));
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn what_an_interrupted_import_left_is_removed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.tar.gz");
    write(&CIFAR10, &crate::synthesise(0, 20, 5), &archive).unwrap();
    let out = folder.path().join("out");
    let [left, filled] = ["left", "filled"].map(|n| out.join(format!(".swast-import-{n}")));
    for path in [&left, &filled] {
        fs::create_dir_all(path).unwrap();
        fs::write(path.join("data_batch_1.bin"), "half").unwrap();
    }
    fs::create_dir(out.join(".others")).unwrap();
    // Another process at work holds this one.
    let other = fs::File::open(&filled).unwrap();
    other.lock().unwrap();
    unpack(&CIFAR10, &archive, &out).unwrap();
    assert!(!left.exists() && filled.exists() && out.join(".others").exists());
}
