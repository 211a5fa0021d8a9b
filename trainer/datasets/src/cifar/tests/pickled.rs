//! The version for Python: what it holds is what the binary version holds.

use super::*;
use crate::{CIFAR100_COARSE, DatasetKind, Digests, Request, load};

/// CIFAR-100 as small as [`TINY100`], with coarse classes.
const TINY_COARSE: Layout =
    Layout { train_images: 4, test_images: 3, classes: 2, ..CIFAR100_COARSE };

/// A pickle, written as Python 2 does.
#[derive(Default)]
struct Pickler(Vec<u8>);

impl Pickler {
    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.raw(&[b'U', text.len() as u8]).raw(text.as_bytes())
    }

    fn number(self, number: usize) -> Self {
        self.raw(b"J").raw(&(number as u32).to_le_bytes())
    }

    /// A list under `key`, written a thousand at a time.
    fn list<T: Copy>(self, key: &str, items: &[T], item: impl Fn(Self, T) -> Self) -> Self {
        let start = self.text(key).raw(b"]q\x03");
        items.chunks(1000).fold(start, |own, items| {
            items.iter().fold(own.raw(b"("), |own, value| item(own, *value)).raw(b"e")
        })
    }

    fn labels(self, key: &str, labels: &[u8]) -> Self {
        self.list(key, labels, |own, label| own.raw(&[b'K', label]))
    }

    fn names(self, key: &str, names: &[&str]) -> Self {
        self.list(key, names, Self::text)
    }

    fn array(self, (rows, columns): (usize, usize), by_column: bool, bytes: &[u8]) -> Self {
        let start = self.text("data").raw(
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01",
        );
        start
            .number(rows)
            .number(columns)
            .raw(b"\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb")
            .raw(&[0x89 - u8::from(by_column), b'T'])
            .raw(&(bytes.len() as u32).to_le_bytes())
            .raw(bytes)
            .raw(b"tb")
    }
}

fn dictionary(content: impl FnOnce(Pickler) -> Pickler) -> Vec<u8> {
    content(Pickler::default().raw(b"\x80\x02}q\x01(")).raw(b"u.").0
}

/// The binary batch `records` of `layout`, as it is in the version for Python.
fn pickled_batch(layout: &Layout, records: &[u8], by_column: bool) -> Vec<u8> {
    let records: Vec<&[u8]> = records.chunks_exact(layout.record()).collect();
    let (skip, count) = (layout.labels.len(), records.len());
    let rows = records.iter().flat_map(|record| &record[skip..]).copied().collect::<Vec<_>>();
    let bytes = if by_column {
        (0..rows.len()).map(|i| rows[i % count * 3072 + i / count]).collect()
    } else {
        rows
    };
    dictionary(|pickler| {
        let names: Vec<_> =
            records.iter().map(|_| "leptodactylus_pentadactylus_s_000004.png").collect();
        let start =
            pickler.text("batch_label").text("training batch 1 of 5").names("filenames", &names);
        let start = start.array((count, 3072), by_column, &bytes);
        layout.labels.iter().enumerate().fold(start, |own, (i, key)| {
            own.labels(key, &records.iter().map(|record| record[i]).collect::<Vec<_>>())
        })
    })
}

pub(super) fn pickled_names(layout: &Layout) -> Vec<u8> {
    dictionary(|pickler| {
        let start = pickler.names(layout.names.0, &["ant", "bee", "cat"]);
        start.text("num_vis").number(3072).names("coarse_label_names", &["x", "y"])
    })
}

/// [`good`] in the version for Python.
pub(super) fn pickled_good() -> Vec<Member> {
    let batch = |name, labels: &[u8], by_column| {
        file(name, pickled_batch(&TINY, &batch(&TINY, labels), by_column))
    };
    vec![
        batch("cifar-10-batches-py/data_batch_2", &[0, 1, 2], true),
        file("cifar-10-batches-py/readme.html", b"<html>".to_vec()),
        batch("cifar-10-batches-py/test_batch", &[2, 1], false),
        file("cifar-10-batches-py/batches.meta", pickled_names(&TINY)),
        batch("cifar-10-batches-py/data_batch_1", &[2, 2, 1, 0], false),
    ]
}

/// Puts `members` into a folder.
fn unpacked(members: &[Member]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, _, content, _) in members {
        let place = root.path().join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content).unwrap();
    }
    root
}

#[test]
fn it_reads_as_the_binary_version_in_every_form() {
    let expected = read_members(&good(), Limits::NONE).unwrap();
    let dataset = read_members(&pickled_good(), Limits::NONE).unwrap();
    assert_eq!((Digests::of(&dataset), &dataset), (Digests::of(&expected), &expected));
    assert_eq!(read_members(&pickled_good(), FEW).unwrap(), read_members(&good(), FEW).unwrap());
    // The folder that torchvision makes, and the one within it.
    let root = unpacked(&pickled_good());
    fs::write(root.path().join("cifar-10-python.tar.gz"), gzip(&tar_bytes(&pickled_good())))
        .unwrap();
    assert_eq!(read(&TINY, root.path(), Limits::NONE).unwrap(), expected);
    let inner = root.path().join("cifar-10-batches-py");
    assert_eq!(read(&TINY, &inner, Limits::NONE).unwrap(), expected);
    // It is unpacked as the binary version.
    let out = tempfile::tempdir().unwrap();
    let (folder, dataset) = unpack(&TINY, root.path(), out.path()).unwrap();
    assert_eq!(dataset, expected);
    assert_eq!(fs::read(folder.join("data_batch_2.bin")).unwrap(), batch(&TINY, &[0, 1, 2]));
    assert_eq!(layout_held(root.path()).map(|layout| layout.name), Some("cifar10"));
}

#[test]
fn coarse_classes_are_those_of_the_first_label() {
    let names = ("coarse_label_names", "coarse_label_names.txt");
    let binary = [
        file("cifar-100-binary/train.bin", batch(&TINY100, &[2, 0, 1, 1])),
        file("cifar-100-binary/test.bin", batch(&TINY100, &[0, 1, 2])),
        file("cifar-100-binary/fine_label_names.txt", b"ant\nbee\ncat\n".to_vec()),
        file("cifar-100-binary/coarse_label_names.txt", b"x\ny\n".to_vec()),
    ];
    let pickles = [
        file("cifar-100-python/meta", pickled_names(&TINY100)),
        file("cifar-100-python/test", pickled_batch(&TINY100, &batch(&TINY100, &[0, 1, 2]), false)),
        file(
            "cifar-100-python/train",
            pickled_batch(&TINY100, &batch(&TINY100, &[2, 0, 1, 1]), true),
        ),
    ];
    assert_eq!(TINY_COARSE.names, names);
    for members in [&binary[..], &pickles] {
        let (_folder, path) = place(&gzip(&tar_bytes(members)));
        let [fine, coarse] =
            [&TINY100, &TINY_COARSE].map(|layout| read(layout, &path, Limits::NONE).unwrap());
        assert_eq!(
            (fine.train.labels, fine.classes),
            (vec![2, 0, 1, 1], ["ant", "bee", "cat"].map(str::to_owned).to_vec())
        );
        assert_eq!(
            (&coarse.train.labels[..], &coarse.test.labels[..]),
            (&[0, 0, 1, 1][..], &[0, 1, 0][..])
        );
        assert_eq!(
            (coarse.classes, coarse.train.pixels),
            (vec!["x".to_owned(), "y".to_owned()], fine.train.pixels)
        );
        // What is unpacked for one is read for the other.
        let out = tempfile::tempdir().unwrap();
        let (folder, _) = unpack(&TINY_COARSE, &path, out.path()).unwrap();
        assert_eq!(read(&TINY100, &folder, Limits::NONE).unwrap().test, fine.test);
        for (name, _, content, _) in &binary {
            assert_eq!(fs::read(out.path().join(name)).unwrap(), *content, "{name}");
        }
    }
}

#[test]
fn wrong_pickles_are_refused() {
    let with = |name: &str, content: Vec<u8>| {
        let mut members = pickled_good();
        let member = members.iter_mut().find(|member| member.0.ends_with(name)).unwrap();
        *member = file(member.0, content);
        members
    };
    let two = |array: fn(Pickler) -> Pickler| {
        with("test_batch", dictionary(|pickler| array(pickler).labels("labels", &[0, 1])))
    };
    refuse(
        &with("data_batch_1", b"\x80\x02cos\nsystem\n.".to_vec()),
        &["`data_batch_1`: pickled data, byte 2"],
    );
    refuse(&two(|pickler| pickler), &["`test_batch`: has no array `data`"]);
    refuse(
        &two(|pickler| pickler.array((1, 3072), false, &[0; 3072])),
        &["2 `labels` for 1 images"],
    );
    refuse(&two(|pickler| pickler.array((2, 3), false, &[0; 6])), &["images of 3 bytes"]);
    refuse(
        &two(|pickler| pickler.array((2, 3072), false, &[0; 3072])),
        &["an array of 2 x 3072 with 3072 bytes"],
    );
    let label = |label| pickled_batch(&TINY, &batch(&TINY, &[0, label]), false);
    refuse(
        &with("test_batch", label(3)),
        &["`test_batch`: record 1 has label 3, the last class is 2"],
    );
    refuse(
        &with("batches.meta", dictionary(|pickler| pickler.names("label_names", &["a"]))),
        &["1 class names"],
    );
    refuse(
        &with("batches.meta", dictionary(|pickler| pickler.names("label_names", &["a\nb", "c"]))),
        &["no name"],
    );
    refuse(&with("test_batch", vec![0; 200_000]), &["`test_batch`: 200000 bytes where at most"]);
    for (index, member) in pickled_good().into_iter().enumerate().filter(|(index, _)| *index != 1) {
        let name = member.0.rsplit('/').next().unwrap();
        let mut members = pickled_good();
        members.remove(index);
        refuse(&members, &[&format!("`{name}`: is missing")]);
        members.extend([member.clone(), member.clone()]);
        refuse(&members, &[&format!("`{name}`: comes twice")]);
        let mut cut = member.2.clone();
        cut.truncate(cut.len() - 1);
        refuse(&with(name, cut), &[&format!("`{name}`: ends after"), "it was cut off"]);
    }
    // Both versions in one archive: it is not clear which is meant.
    refuse(&[good(), pickled_good()].concat(), &["comes twice"]);
}

/// A batch that Python wrote (`tests/golden/dataset/cifar_pickle.py`).
#[test]
fn a_pickle_of_python_is_read() {
    let content = include_bytes!("../../../../../tests/golden/dataset/data_batch_1");
    let layout = Layout { train_files: &["data_batch_1.bin"], classes: 10, ..TINY };
    let mut members = pickled_good();
    members.retain(|member| !member.0.contains("data_batch"));
    members.push(file("cifar-10-batches-py/data_batch_1", content.to_vec()));
    let ten = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    members[2] = file(members[2].0, dictionary(|pickler| pickler.names("label_names", &ten)));
    let (_folder, path) = place(&gzip(&tar_bytes(&members)));
    let train = read(&layout, &path, Limits::NONE).unwrap().train;
    assert_eq!(train.labels, [6, 9, 4]);
    for (image, pixels) in train.pixels.chunks_exact(3072).enumerate() {
        for (place, byte) in pixels.iter().enumerate() {
            let column = place % 3 * 1024 + place / 3;
            assert_eq!(usize::from(*byte), (image * 89 + column * 7 + column / 256) % 256);
        }
    }
}

/// The real CIFAR-10 in both versions.
#[test]
fn the_real_images_have_one_digest_in_both_versions() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cifar-10-binary.tar.gz");
    if !path.exists() {
        println!("no ../shared/data/cifar-10-binary.tar.gz: the real CIFAR-10 is not tested");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (binary, dataset) = unpack(&CIFAR10, &path, folder.path()).unwrap();
    let python = folder.path().join("python");
    fs::create_dir(&python).unwrap();
    for pickled in CIFAR10.pickles() {
        let content = fs::read(binary.join(pickled.binary)).unwrap();
        let content = if pickled.part == Part::Names {
            let names: Vec<_> =
                std::str::from_utf8(&content).unwrap().split_terminator('\n').collect();
            dictionary(|pickler| pickler.names("label_names", &names))
        } else {
            pickled_batch(&CIFAR10, &content, false)
        };
        fs::write(python.join(pickled.file), content).unwrap();
    }
    let pickled = load(DatasetKind::Cifar10, Some(&python), Request::default()).unwrap();
    assert_eq!((Digests::of(&pickled), pickled.classes), (Digests::of(&dataset), dataset.classes));
}
