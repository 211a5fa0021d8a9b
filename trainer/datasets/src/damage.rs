//! Every layout, damaged in every way: one clear line, and nothing half-written.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use flate2::{Compression, write::GzEncoder};
use tar::EntryType;

use crate::synth::{Member, folder_members, imagenet_members, tiny_members};
use crate::{DatasetError, DatasetKind, Request, cifar, load, synthesise};

/// A layout as an archive.
struct Subject {
    name: &'static str,
    members: Vec<Member>,
    gzipped: bool,
    /// What the names of the files of a split begin with.
    split: &'static str,
    /// A file that says the classes of the images, and what makes it wrong; without one, a new file of a new class.
    labels: (&'static str, &'static [u8]),
    /// A file with images.
    image: String,
    import: fn(&Path, &Path) -> Result<(), DatasetError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Truncated,
    MissingSplit,
    WrongLabels,
    Duplicate,
    Traversal,
    Link,
    Empty,
    NoImage,
    Bomb,
}

const ALL: [Damage; 9] = [
    Damage::Truncated,
    Damage::MissingSplit,
    Damage::WrongLabels,
    Damage::Duplicate,
    Damage::Traversal,
    Damage::Link,
    Damage::Empty,
    Damage::NoImage,
    Damage::Bomb,
];

fn import(kind: DatasetKind, path: &Path) -> Result<(), DatasetError> {
    let resolution = kind.is_resized().then_some(32);
    load(kind, Some(path), Request { resolution, ..Request::default() }).map(|_| ())
}

/// The members of a tar file.
fn untarred(bytes: &[u8]) -> Vec<Member> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(Result::unwrap);
    let member = |mut entry: tar::Entry<'_, &[u8]>| {
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (name, content)
    };
    entries.map(member).collect()
}

/// ImageNet with its archives unpacked, as torchvision wants it.
fn imagenet() -> Vec<Member> {
    let published = imagenet_members(&synthesise(0, 20, 10)).unwrap();
    let [train, val, kit] = [0, 1, 2].map(|i: usize| &published[i].1);
    let mut members = Vec::new();
    for (class, bytes) in untarred(train) {
        let folder = class.trim_end_matches(".tar");
        let inner = untarred(&bytes).into_iter();
        members.extend(inner.map(|(name, bytes)| (format!("train/{folder}/{name}"), bytes)));
    }
    members.extend(untarred(val).into_iter().map(|(name, bytes)| (format!("val/{name}"), bytes)));
    let mut unpacked = Vec::new();
    GzDecoder::new(kit.as_slice()).read_to_end(&mut unpacked).unwrap();
    members.extend(untarred(&unpacked));
    members
}

fn subjects() -> [Subject; 5] {
    let dataset = synthesise(0, 20, 10);
    let first = |members: &[Member], start: &str| {
        members.iter().find(|(name, _)| name.starts_with(start)).unwrap().0.clone()
    };
    let (tiny, folder, imagenet) = (tiny_members(&dataset), folder_members(&dataset), imagenet());
    [
        Subject {
            name: "cifar binary",
            members: cifar::tests::small(false),
            gzipped: true,
            split: "cifar-10-batches-bin/test",
            labels: ("cifar-10-batches-bin/batches.meta.txt", b"ant\nbee\n"),
            image: "cifar-10-batches-bin/data_batch_1.bin".to_owned(),
            import: cifar::tests::unpack_small,
        },
        Subject {
            name: "cifar python",
            members: cifar::tests::small(true),
            gzipped: true,
            split: "cifar-10-batches-py/test",
            labels: ("cifar-10-batches-py/batches.meta", b"\x80\x02}q\x01."),
            image: "cifar-10-batches-py/data_batch_1".to_owned(),
            import: cifar::tests::unpack_small,
        },
        Subject {
            name: "tinyimagenet",
            image: first(&tiny, "train/n00000003"),
            members: tiny,
            gzipped: false,
            split: "val/",
            labels: ("val/val_annotations.txt", b"val_0.JPEG\tn99999999\n"),
            import: |path, _| import(DatasetKind::TinyImageNet, path),
        },
        Subject {
            name: "folder",
            image: first(&folder, "train/disc"),
            members: folder,
            gzipped: false,
            split: "train/",
            labels: ("", b""),
            import: |path, _| import(DatasetKind::Folder, path),
        },
        Subject {
            name: "imagenet",
            image: first(&imagenet, "train/n00000003"),
            members: imagenet,
            gzipped: false,
            split: "val/",
            labels: (
                "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt",
                b"1\n2\n3\n4\n5\n6\n7\n8\n9\n77\n",
            ),
            import: |path, _| import(DatasetKind::ImageNet, path),
        },
    ]
}

/// A header of an image that promises gigabytes.
fn bomb(image: &[u8]) -> Vec<u8> {
    let mut image = image.to_vec();
    if image.starts_with(b"\x89PNG") {
        image[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let mut crc = flate2::Crc::new();
        crc.update(&image[12..29]);
        image[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    } else if let Some(frame) = image.windows(2).position(|pair| pair == [0xff, 0xc0]) {
        image[frame + 5..frame + 9].fill(0xff);
    }
    image
}

/// A tar file of `members`.
fn tar(members: &[(String, EntryType, Vec<u8>)]) -> Vec<u8> {
    let sized = members
        .iter()
        .map(|(name, kind, content)| (&**name, *kind, content.clone(), content.len() as u64));
    cifar::tests::tar_bytes(&sized.collect::<Vec<_>>())
}

impl Subject {
    /// The archive with `damage`, or whole.
    fn archive(&self, damage: Option<Damage>) -> Vec<u8> {
        let regular =
            |(name, content): &Member| (name.clone(), EntryType::Regular, content.clone());
        let mut members: Vec<_> = self.members.iter().map(regular).collect();
        let image = members.iter().position(|member| member.0 == self.image).unwrap();
        match damage {
            Some(Damage::MissingSplit) => {
                members.retain(|member| !member.0.starts_with(self.split));
            }
            Some(Damage::WrongLabels) => match members.iter().position(|m| m.0 == self.labels.0) {
                Some(labels) => members[labels].2 = self.labels.1.to_vec(),
                None => members.push(("val/dog/1.png".into(), EntryType::Regular, vec![1])),
            },
            Some(Damage::Duplicate) => members.push(members[image].clone()),
            Some(Damage::Traversal) => members[image].0 = format!("x/../../{}", self.image),
            Some(Damage::Link) => {
                members[image].1 = EntryType::Symlink;
                members[image].2 = Vec::new();
            }
            Some(Damage::Empty) => members[image].2 = Vec::new(),
            Some(Damage::NoImage) => members[image].2 = b"<html>not found</html>".to_vec(),
            Some(Damage::Bomb) if !self.gzipped => members[image].2 = bomb(&members[image].2),
            _ => {}
        }
        let mut bytes = tar(&members);
        if self.gzipped {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(&bytes).unwrap();
            if damage == Some(Damage::Bomb) {
                (0..64).for_each(|_| gzip.write_all(&[0; 1 << 20]).unwrap());
            }
            bytes = gzip.finish().unwrap();
        }
        if damage == Some(Damage::Truncated) {
            bytes.truncate(bytes.len() / 2);
        }
        bytes
    }
}

/// What `folder` holds, at any depth.
fn state(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(state(&path));
        }
        paths.push(path);
    }
    paths.sort();
    paths
}

#[test]
fn every_damage_of_every_layout_is_one_line_and_leaves_nothing() {
    for subject in subjects() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.tar");
        fs::write(&path, subject.archive(None)).unwrap();
        let out = tempfile::tempdir().unwrap();
        (subject.import)(&path, out.path()).unwrap();
        for damage in ALL {
            fs::write(&path, subject.archive(Some(damage))).unwrap();
            let out = tempfile::tempdir().unwrap();
            let before = state(folder.path());
            let outcome = (subject.import)(&path, out.path());
            let name = subject.name;
            let message = outcome.map(|()| "it is read").unwrap_err().to_string();
            println!("{name}, {damage:?}: {message}");
            assert!(message.starts_with(path.to_str().unwrap()), "{name} {damage:?}: {message}");
            assert!(message.chars().all(|c| !c.is_control()), "{name} {damage:?}: {message}");
            // What is wrong, and after it the cure.
            assert!(message.len() < 400 && message.contains("; "), "{name} {damage:?}: {message}");
            let part = match damage {
                Damage::Traversal => "the path leaves the archive's folder",
                Damage::Link => "is a link",
                Damage::Duplicate => "comes twice",
                Damage::Bomb if subject.gzipped => "unpacks to more than",
                Damage::Bomb => "has 65",
                _ => "",
            };
            assert!(message.contains(part), "{name} {damage:?}: {message}");
            assert_eq!(state(folder.path()), before, "{name} {damage:?}");
            assert_eq!(state(out.path()), Vec::<PathBuf>::new(), "{name} {damage:?}");
        }
    }
}
