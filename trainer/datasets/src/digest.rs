//! The digest of images and their labels, by which results are held to the data they come from.

use sha2::{Digest, Sha256};

use super::synthetic::{NAME, VERSION};
use super::{Dataset, LabelledImages};

/// What is digested, and in which order: raise the number when that changes.
const FORMAT: &str = "swast images 1";

/// SHA-256, in hexadecimal digits, of `images`, a part of `dataset`, as they are: the number of classes, the
/// shape, the labels and the pixels in their order, of synthetic images also the version of their generator.
/// Their seed and number are in the images.
///
/// The same images have the same digest whatever archive or folder they come from. It is that of the stored
/// labels only before [`flip_labels`](super::flip_labels) changes them.
pub fn digest(images: &LabelledImages, dataset: &Dataset) -> String {
    let source =
        if dataset.name == NAME { format!("{NAME} {VERSION}") } else { "files".to_owned() };
    let mut hasher = Sha256::new();
    hasher.update(format!("{FORMAT}\n{source}\n"));
    let shape = [dataset.classes.len(), dataset.height, dataset.width, images.labels.len()];
    for number in shape {
        hasher.update((number as u64).to_le_bytes());
    }
    for label in &images.labels {
        hasher.update(label.to_le_bytes());
    }
    hasher.update(&images.pixels);
    hex(&hasher.finalize())
}

/// `bytes` in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{CIFAR10, DatasetKind, load, synthesise, unpack, write};

    fn both(dataset: &Dataset) -> [String; 2] {
        [&dataset.train, &dataset.test].map(|images| digest(images, dataset))
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
        let load =
            |path: &Path, limit| load(DatasetKind::Cifar10, Some(path), limit, None).unwrap();
        for path in [here("a.tar.gz"), here("b"), unpacked, here("c.tar")] {
            assert_eq!(both(&load(&path, None)), both(&read));
            let limited = both(&load(&path, Some(24)));
            assert!(limited[0] != both(&read)[0] && limited[1] == both(&read)[1]);
        }
        // Other numbers normalise the same images where they are synthetic.
        assert_ne!(both(&synthesise(4, 25, 6)), both(&read));
    }

    #[test]
    fn the_digest_changes_with_all_that_is_learnt_from() {
        let dataset = synthesise(0, 12, 5);
        let [train, test] = both(&dataset);
        assert!(train != test && train.len() == 64);
        assert_eq!(both(&dataset.clone())[0], train);
        let changes: [fn(&mut Dataset); 8] = [
            |dataset| dataset.train.labels[7] = 3,
            |dataset| dataset.train.labels.swap(0, 1),
            |dataset| *dataset.train.pixels.last_mut().unwrap() ^= 1,
            |dataset| dataset.train.pixels[..2 * 3072].rotate_left(3072),
            |dataset| dataset.train.truncate(11, 32 * 32),
            |dataset| dataset.classes.push("other".to_owned()),
            |dataset| (dataset.height, dataset.width) = (16, 64),
            |dataset| *dataset = synthesise(1, 12, 5),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut changed = dataset.clone();
            change(&mut changed);
            assert_ne!(digest(&changed.train, &changed), train, "change {number}");
        }
    }

    /// Computed with Python: `hashlib.sha256(header + struct.pack("<4Q", 3, 1, 2, 2) + labels + pixels)`.
    #[test]
    fn the_digest_of_a_hand_case() {
        let train = LabelledImages { pixels: (1..=12).collect(), labels: vec![2, 258] };
        let test = LabelledImages { pixels: Vec::new(), labels: Vec::new() };
        let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
        let (mean, std) = ([0.5; 3], [0.25; 3]);
        let name = "hand".to_owned();
        let dataset = Dataset { name, classes, height: 1, width: 2, mean, std, train, test };
        assert_eq!(
            digest(&dataset.train, &dataset),
            "6151a8a1dabf331cf061464300ad97c16a82678ac4d04dcf66180b4613412b52"
        );
    }
}
