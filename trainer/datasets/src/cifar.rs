//! CIFAR-10 and CIFAR-100, read from an official archive (the binary one or the one for Python) or from the
//! folder unpacked from it, and smaller sets written in the binary layout.

mod batch;
mod export;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod held;
mod layout;
mod pickle;
mod python;
mod source;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;

use self::batch::BatchError;
pub use self::export::{unpack, write};
pub(crate) use self::held::layout_held;
pub use self::layout::{CIFAR10, CIFAR100, CIFAR100_COARSE, Layout};
use self::layout::{Part, SIDE};
use self::source::{Opened, visit};
use self::stream::archive_error;
use super::{Dataset, DatasetError, LabelledImages, Limits};

/// Reads the data set of `layout` from `path`, the archive or the folder unpacked from it; keeps the
/// first images within `limits`. Every record is checked, kept or not.
pub(super) fn read(layout: &Layout, path: &Path, limits: Limits) -> Result<Dataset, DatasetError> {
    let mut parts = Parts::new(layout);
    visit(layout, path, &mut |mut opened| {
        let file = opened.stored;
        parts.add(layout, limits, &mut opened).map_err(|error| match error {
            BatchError::Content(reason) => layout.wrong(path, file, reason),
            BatchError::Source(cause) => archive_error(layout, path, &cause),
        })
    })?;
    parts.assemble(layout, path, limits)
}

impl Layout {
    /// What to do where the data are damaged.
    fn cure(&self) -> String {
        format!("get {} again", self.archive)
    }

    /// The error of a file that is wrong.
    fn wrong(&self, path: &Path, file: &'static str, reason: String) -> DatasetError {
        DatasetError::File { path: path.to_owned(), file, reason, archive: self.archive }
    }
}

/// What has been read so far; files come in any order.
struct Parts {
    /// Per training batch: how many records it has, and the images kept.
    train: Vec<Option<(usize, LabelledImages)>>,
    test: Option<(usize, LabelledImages)>,
    names: Option<Vec<String>>,
    /// Whether the files are those of the version for Python.
    pickled: bool,
}

impl Parts {
    fn new(layout: &Layout) -> Self {
        let train = layout.train_files.iter().map(|_| None).collect();
        Self { train, test: None, names: None, pickled: false }
    }

    fn add(
        &mut self,
        layout: &Layout,
        limits: Limits,
        opened: &mut Opened<'_>,
    ) -> Result<(), BatchError> {
        self.pickled |= opened.stored != opened.file;
        match opened.part {
            Part::OtherNames => return Ok(()),
            Part::Names => {
                self.names = Some(batch::read_names(layout, opened)?);
                return Ok(());
            }
            Part::Train(_) | Part::Test => {}
        }
        let records = batch::record_count(layout, opened.part, opened.size)?;
        if let Part::Train(number) = opened.part {
            // Batches are equally long to within one record, so at least this many images come before.
            let before = number * (records - 1);
            let keep = limits.train.saturating_sub(before);
            let samples = batch::read_records(layout, opened, records, keep)?;
            self.train[number] = Some((records, samples));
        } else {
            let samples = batch::read_records(layout, opened, records, limits.test)?;
            self.test = Some((records, samples));
        }
        Ok(())
    }

    /// Puts the batches together in their order, once it is certain that all are there.
    fn assemble(
        self,
        layout: &Layout,
        path: &Path,
        limits: Limits,
    ) -> Result<Dataset, DatasetError> {
        let stored = |file| {
            let name = layout.pickles().find(|pickled| self.pickled && pickled.binary == file);
            name.map_or(file, |pickled| pickled.file)
        };
        let missing = |file| layout.wrong(path, stored(file), "is missing".to_owned());
        let mut batches = Vec::new();
        for (batch, file) in self.train.into_iter().zip(layout.train_files) {
            batches.push(batch.ok_or_else(|| missing(file))?);
        }
        let (test_records, test) = self.test.ok_or_else(|| missing(layout.test_file))?;
        let classes = self.names.ok_or_else(|| missing(layout.names.1))?;

        let counts: Vec<usize> = batches.iter().map(|(records, _)| *records).collect();
        check_counts(layout, path, &counts, test_records)?;
        if layout.official_class == classes.first().map(String::as_str) {
            check_official(layout, path, &counts, test_records)?;
        }
        let mut train = LabelledImages { pixels: Vec::new(), labels: Vec::new() };
        for (_, mut samples) in batches {
            train.pixels.append(&mut samples.pixels);
            train.labels.append(&mut samples.labels);
        }
        train.truncate(limits.train, SIDE * SIDE);
        let (name, mean, std) = (layout.name.to_owned(), layout.mean, layout.std);
        Ok(Dataset {
            name,
            seed: None,
            classes,
            height: SIDE,
            width: SIDE,
            mean,
            std,
            train,
            test,
            skipped: Default::default(),
        })
    }
}

/// A batch cut off between two records looks whole; comparison reveals it: training batches are equally
/// long to within one record (longer ones first), and official ones go with the official test batch.
fn check_counts(
    layout: &Layout,
    path: &Path,
    train: &[usize],
    test: usize,
) -> Result<(), DatasetError> {
    let total: usize = train.iter().sum();
    for (number, (count, file)) in train.iter().zip(layout.train_files).enumerate() {
        let expected = batch_share(total, train.len(), number);
        if *count != expected {
            let reason = format!(
                "{count} records where {expected} are expected beside the other batches: it was cut off, \
                 or another one"
            );
            return Err(layout.wrong(path, file, reason));
        }
    }
    if total == layout.train_images * train.len() && test != layout.test_images {
        let expected = layout.test_images;
        let reason = format!("{test} records where {expected} are expected: it was cut off");
        return Err(layout.wrong(path, layout.test_file, reason));
    }
    Ok(())
}

/// Every batch of the official set has its official size.
fn check_official(
    layout: &Layout,
    path: &Path,
    train: &[usize],
    test: usize,
) -> Result<(), DatasetError> {
    let batches = layout.train_files.iter().zip(train);
    let batches = batches.map(|(file, count)| (*file, *count, layout.train_images));
    let mut all = batches.chain([(layout.test_file, test, layout.test_images)]);
    let Some((file, count, official)) = all.find(|(_, count, official)| count != official) else {
        return Ok(());
    };
    let (record, bytes) = (layout.record(), count * layout.record());
    let expected = official * record;
    let reason = format!(
        "{bytes} bytes where {official} records of {record} bytes ({expected}) are expected"
    );
    Err(layout.wrong(path, file, reason))
}

/// Size of batch `number` when `total` images are split into `batches`: equal, the first ones one longer.
fn batch_share(total: usize, batches: usize, number: usize) -> usize {
    total / batches + usize::from(number < total % batches)
}
