//! The content of CIFAR's files as any bytes.

use super::batch::{read_records, record_count};
use super::layout::{CIFAR10, CIFAR100, Part};
use super::python::binary_files;
use super::source::Opened;

pub(crate) fn records(mut bytes: &[u8]) {
    let (size, stored, file) = (bytes.len() as u64, "train.bin", "train.bin");
    if let Ok(records) = record_count(&CIFAR100, Part::Train(0), size) {
        let reader = &mut bytes;
        let mut opened = Opened { part: Part::Train(0), file, stored, size, reader };
        let _refused = read_records(&CIFAR100, &mut opened, records, records);
    }
}

pub(crate) fn pickles(bytes: &[u8]) {
    for layout in [&CIFAR10, &CIFAR100] {
        for pickled in layout.pickles() {
            let _refused = binary_files(layout, pickled, bytes);
        }
    }
}
