//! Doors for `make fuzz` to what is read from files that nobody vouches for. Whatever the bytes, they return.

use std::fs;
use std::path::Path;

use crate::cache::{self, Cache, Form, Prepared};
use crate::image::{JpegRoom, Rect};
use crate::photographs::Skips;
use crate::tree::Tree;
use crate::{DatasetKind, Part, Request, Source, load};
use crate::{cifar, folder, image, imagenet, synth, tiny_imagenet};

/// No member of an archive is read that is larger, in bytes.
const MEMBER_MAX: u64 = 1 << 16;

/// `bytes` as a batch of CIFAR-100 in its binary form.
pub fn cifar_records(bytes: &[u8]) {
    cifar::fuzz::records(bytes);
}

/// `bytes` as files of CIFAR-10 and CIFAR-100 in their Python form.
pub fn cifar_pickles(bytes: &[u8]) {
    cifar::fuzz::pickles(bytes);
}

/// `bytes` as a picture; JPEG, PNG or WebP.
pub fn picture(bytes: &[u8]) {
    // A small file may promise a large picture, which takes its time.
    let Ok((width, height)) = image::size(bytes) else { return };
    if width * height > 1 << 16 {
        return;
    }
    let whole = image::decode(bytes);
    if let Ok(picture) = &whole {
        assert_eq!(picture.pixels.len(), 3 * width * height);
    }
    if image::is_jpeg(bytes) {
        // Without marks and with them, all of it and a part that begins within a mean.
        let marks = image::jpeg_marks(bytes).unwrap_or_default();
        let all = Rect { left: 0, top: 0, width, height };
        let (left, top) = (width / 3, height / 5);
        let part = Rect { left, top, width: (width - left).div_ceil(2), height: 1 };
        for (rect, reduction) in [(all, 2), (part, 2), (all, 4), (part, 4), (all, 8), (part, 8)] {
            let mut room = JpegRoom::default();
            let decoded = image::decode_jpeg_part(bytes, &[], (rect, reduction), &mut room);
            assert!(decoded.is_ok() || whole.is_err());
            let Rect { width, height, .. } = rect.reduced(reduction);
            assert!(decoded.is_err() || room.pixels.len() == 3 * width * height);
            let marked = image::decode_jpeg_part(bytes, &marks, (rect, reduction), &mut room);
            assert!(marked.is_ok() || whole.is_err());
        }
    }
}

/// `bytes` as the list of classes in the development kit of ImageNet.
pub fn synsets(bytes: &[u8]) {
    imagenet::fuzz(bytes);
}

/// `bytes` as the three lists of Tiny ImageNet, each after a byte 0, in `folder`, which has images of two classes.
pub fn annotations(folder: &Path, bytes: &[u8]) {
    let mut lists = bytes.splitn(3, |byte| *byte == 0);
    for name in ["wnids.txt", "words.txt", "val/val_annotations.txt"] {
        let written = fs::write(folder.join(name), lists.next().unwrap_or_default());
        written.expect("the folder can be written");
    }
    let _refused = tiny_imagenet::check_lists(folder);
}

/// `bytes` as an archive at `path`: a tar, gzip or zip file, and what is in it.
pub fn archive(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the file can be written");
    if let Ok(tree) = Tree::open(path, "") {
        let names: Vec<String> = tree.names().map(str::to_owned).collect();
        for name in names {
            assert!(!name.split('/').any(|part| part == ".."), "{name}");
            let _refused = tree.read(&name, MEMBER_MAX);
        }
    }
    let _refused = load(DatasetKind::Cifar10, Some(path), Request::default());
}

/// `bytes` as a cache at `path`.
pub fn cached(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the file can be written");
    let Ok(cache) = Cache::open(path) else { return };
    let Ok(kind) = cache.name().parse() else { return };
    let wanted = Request { resolution: Some(16), ..Request::default() };
    let Ok(Source::Cache(streamed)) = Source::open(kind, Some(path), wanted) else { return };
    let indices: Vec<i64> = (0..streamed.train.len().min(4) as i64).collect();
    let _refused = streamed.images(Part::Train).augmented(&indices, 2, (0, 1)).count();
    let _refused = streamed.images(Part::Train).plain(&indices, 2).count();
}

/// Writes small valid files for `target` to begin with into its folder in the folder that the environment names as SEEDS,
/// if it does.
pub fn write_seeds(target: &str) {
    let Some(folder) = std::env::var_os("SEEDS") else { return };
    for (_, name, bytes) in seeds().into_iter().filter(|(of, ..)| *of == target) {
        fs::write(Path::new(&folder).join(target).join(name), bytes).expect("there is room");
    }
}

/// Small valid files: the target, a name, the content.
fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("there is room");
    let here = |name: &str| folder.path().join(name);
    let synth = |kind: DatasetKind, name: &str| {
        synth::write(kind, (0, 10, 10), &here(name)).expect("there is room");
    };
    for name in ["a.tar", "a.tar.gz", "a.zip", "images"] {
        synth(DatasetKind::Folder, name);
    }
    synth(DatasetKind::Cifar10, "cifar.tar.gz");
    let (tree, listing) = folder::open(&here("images")).expect("it was written");
    for (name, form) in [("raw", Form::Raw), ("jpeg", Form::Jpeg(90))] {
        let (set, file_max) = ("folder", MEMBER_MAX);
        let prepared =
            Prepared { name: set, tree: &tree, listing: &listing, side: 8, form, file_max };
        let written = cache::write(&prepared, &mut Skips::new(&tree, "", 0), &here(name));
        written.expect("there is room");
    }
    let read = |target, name| (target, name, fs::read(here(name)).expect("it was written"));
    let mut seeds: Vec<_> = ["a.tar", "a.tar.gz", "a.zip", "cifar.tar.gz"]
        .map(|name| read("archive", name))
        .into_iter()
        .chain(["raw", "jpeg"].map(|name| read("cache", name)))
        .collect();
    let lists =
        "n01\nn02\n\0n01\tant\nn02\tbee, wasp\n\0n01_0.JPEG\tn01\t0\t0\t62\t57\nn02_1.JPEG\tn02\n";
    seeds.push(("annotations", "lists", lists.into()));
    seeds.push(("cifar_records", "one", vec![7; 3074]));
    seeds
}
