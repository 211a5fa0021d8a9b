//! The digests of images and their labels, by which results are held to the data they come from.

use sha2::{Digest, Sha256};

use super::Dataset;
use super::synthetic::VERSION;

/// What is digested, and in which order: raise the number when that changes.
const FORMAT: &str = "swast images 1";
/// The first digits that are kept: 64 bits.
const DIGITS: usize = 16;

/// What a run reads of a data set: the first 16 hexadecimal digits of a SHA-256 value for each part.
///
/// It is that of the number of classes, the shape, the labels and the pixels in their order, and the names of the broken
/// images that were left out; of a generated data set
/// that of the generator, its version, the seed and the sizes, as its pixels follow from these. The same images have the
/// same digest whatever archive or folder they come from. It is that of the stored labels only before
/// [`flip_labels`](super::flip_labels) changes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// The training set.
    pub train: String,
    /// The test set.
    pub test: String,
}

impl Digests {
    /// Of all images of `dataset`.
    pub fn of(dataset: &Dataset) -> Self {
        Self::within(dataset, None, None)
    }

    /// Of the first `limit_train` training images and the first `limit_test` test images of `dataset`, or of all.
    pub fn within(
        dataset: &Dataset,
        limit_train: Option<usize>,
        limit_test: Option<usize>,
    ) -> Self {
        Self { train: digest(dataset, 0, limit_train), test: digest(dataset, 1, limit_test) }
    }
}

/// The digest of the first `limit` images of the training set of `dataset`, which is part 0, or of the test set, part 1.
fn digest(dataset: &Dataset, part: usize, limit: Option<usize>) -> String {
    let images = [&dataset.train, &dataset.test][part];
    let count = images.labels.len().min(limit.unwrap_or(usize::MAX));
    let mut hasher = Sha256::new();
    let (name, of) = (&dataset.name, ["train", "test"][part]);
    let source = dataset.seed.map(|seed| format!("{name} {VERSION} {seed} {of}"));
    hasher.update(format!("{FORMAT}\n{}\n", source.as_deref().unwrap_or("files")));
    for number in [dataset.classes.len(), dataset.height, dataset.width, count] {
        hasher.update((number as u64).to_le_bytes());
    }
    if source.is_none() {
        for label in &images.labels[..count] {
            hasher.update(label.to_le_bytes());
        }
        hasher.update(&images.pixels[..count * dataset.height * dataset.width * 3]);
    }
    // Those after the last image that is wanted were not looked at.
    for skipped in &dataset.skipped[part] {
        if limit.is_none_or(|limit| skipped.before < limit) {
            hasher.update(format!("skipped {}\n", skipped.file));
        }
    }
    hex(&hasher.finalize())[..DIGITS].to_owned()
}

/// The digest of the first `count` images of a part of a cache that has the digest `whole`, normalised by `moments`.
pub(crate) fn limited(whole: [u8; 32], count: usize, moments: [[f32; 3]; 2]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{FORMAT}\ncache\n"));
    hasher.update(whole);
    hasher.update((count as u64).to_le_bytes());
    moments.as_flattened().iter().for_each(|moment| hasher.update(moment.to_le_bytes()));
    hex(&hasher.finalize())[..DIGITS].to_owned()
}

/// `bytes` in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::LabelledImages;
    use crate::{CIFAR10, DatasetKind, Request, Skipped, load, synthesise, unpack, write};

    fn both(dataset: &Dataset) -> [String; 2] {
        let Digests { train, test } = Digests::of(dataset);
        [train, test]
    }

    /// A data set of `count` training images that counts as read from files.
    fn images(count: usize) -> Dataset {
        Dataset { seed: None, ..synthesise(0, count, 5) }
    }

    #[test]
    fn the_digest_does_not_depend_on_where_the_images_come_from() {
        let folder = tempfile::tempdir().unwrap();
        let here = |name: &str| folder.path().join(name);
        write(&CIFAR10, &synthesise(4, 25, 6), &here("a.tar.gz")).unwrap();
        let (unpacked, read) = unpack(&CIFAR10, &here("a.tar.gz"), &here("b")).unwrap();
        let mut plain = tar::Builder::new(std::fs::File::create(here("c.tar")).unwrap());
        plain.append_dir_all(".", here("b")).unwrap();
        plain.finish().unwrap();
        let load = |path: &Path, limit_train| {
            let wanted = Request { limit_train, ..Request::default() };
            load(DatasetKind::Cifar10, Some(path), wanted).unwrap()
        };
        for path in [here("a.tar.gz"), here("b"), unpacked, here("c.tar")] {
            assert_eq!(both(&load(&path, None)), both(&read));
            let limited = both(&load(&path, Some(24)));
            assert!(limited[0] != both(&read)[0] && limited[1] == both(&read)[1]);
            // What a run with a limit reads is known from the whole data set.
            let within = Digests::within(&read, Some(24), None);
            assert_eq!([within.train, within.test], limited);
        }
    }

    #[test]
    fn the_digest_changes_with_all_that_is_learnt_from() {
        let dataset = images(12);
        let [train, test] = both(&dataset);
        assert!(train != test && train.len() == 16);
        assert_eq!(both(&dataset.clone())[0], train);
        let changes: [fn(&mut Dataset); 7] = [
            |dataset| dataset.train.labels[7] = 3,
            |dataset| dataset.train.labels.swap(0, 1),
            |dataset| *dataset.train.pixels.last_mut().unwrap() ^= 1,
            |dataset| dataset.train.pixels[..2 * 3072].rotate_left(3072),
            |dataset| dataset.train.truncate(11, 32 * 32),
            |dataset| dataset.classes.push("other".to_owned()),
            |dataset| (dataset.height, dataset.width) = (16, 64),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut changed = dataset.clone();
            change(&mut changed);
            assert_ne!(both(&changed)[0], train, "change {number}");
        }
    }

    #[test]
    fn the_digest_names_what_was_left_out_before_the_last_image() {
        let mut dataset = images(12);
        let whole = Digests::of(&dataset);
        dataset.skipped[0].push(Skipped { file: "a.png".to_owned(), before: 5 });
        let without = Digests::of(&dataset);
        assert!(without.train != whole.train && without.test == whole.test);
        dataset.skipped[0][0].file.push('x');
        assert_ne!(Digests::of(&dataset).train, without.train);
        let first = |limit| Digests::within(&dataset, Some(limit), None).train;
        let plain = images(12);
        assert_eq!(first(5), Digests::within(&plain, Some(5), None).train);
        assert_ne!(first(6), Digests::within(&plain, Some(6), None).train);
    }

    #[test]
    fn generated_images_are_known_by_what_generates_them() {
        let here = both(&synthesise(0, 12, 5));
        assert_eq!(both(&synthesise(0, 12, 9))[0], here[0]);
        for other in [synthesise(1, 12, 5), synthesise(0, 13, 5), images(12)] {
            assert_ne!(both(&other)[0], here[0]);
        }
        // Equal sizes do not make the parts equal.
        let [train, test] = both(&synthesise(0, 5, 5));
        assert_ne!(train, test);
    }

    /// Computed with Python: `hashlib.sha256(header + struct.pack("<4Q", 3, 1, 2, 2) + labels + pixels)`.
    #[test]
    fn the_digest_of_a_hand_case() {
        let train = LabelledImages { pixels: (1..=12).collect(), labels: vec![2, 258] };
        let test = LabelledImages { pixels: Vec::new(), labels: Vec::new() };
        let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
        let (mean, std) = ([0.5; 3], [0.25; 3]);
        let (name, seed) = ("hand".to_owned(), None);
        let skipped = Default::default();
        let dataset =
            Dataset { name, seed, classes, height: 1, width: 2, mean, std, train, test, skipped };
        assert_eq!(Digests::of(&dataset).train, "6151a8a1dabf331c");
    }
}
