//! The two official CIFAR archives: their files, sizes and published statistics.
//!
//! A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; binary versions at
//! <https://www.cs.toronto.edu/~kriz/cifar.html>.

/// Height and width of an image, in pixels.
pub(super) const SIDE: usize = 32;
/// Bytes of one colour plane of an image.
pub(super) const PLANE: usize = SIDE * SIDE;
/// Bytes of the pixels of a record: three planes, red, green, blue.
pub(super) const PIXELS: usize = 3 * PLANE;
/// Largest size of a file of class names, in bytes.
pub(super) const NAMES_MAX: u64 = 4096;
/// Largest size of any other small file that an archive may hold (`readme.html`), in bytes.
pub(super) const OTHER_MAX: u64 = 65_536;

/// The files of a data set in the CIFAR binary format.
///
/// A batch is a sequence of records: label bytes, then `PIXELS` bytes. The class is the last label byte.
#[derive(Debug)]
pub struct Layout {
    /// Name of the data set, as on the command line.
    pub name: &'static str,
    /// File name of the official archive.
    pub archive: &'static str,
    /// Where the official archive is downloaded from.
    pub url: &'static str,
    /// SHA-256 of the official archive.
    pub sha256: &'static str,
    /// Folder within the archive.
    pub folder: &'static str,
    /// Folder within the official archive for Python, which is not read.
    pub python: &'static str,
    /// Training batches, in order.
    pub train_files: &'static [&'static str],
    /// Images in each official training batch.
    pub train_images: usize,
    /// The test batch.
    pub test_file: &'static str,
    /// Images in the official test batch.
    pub test_images: usize,
    /// File of the class names, one per line.
    pub names_file: &'static str,
    /// Number of classes.
    pub classes: usize,
    /// Label bytes of a record.
    pub label_bytes: usize,
    /// Whether every batch must have its official size. Otherwise smaller sets in the same layout are read
    /// too, if their training batches are equally long (to within one image).
    pub official_size_only: bool,
    /// Published mean of the training pixels / 255, per channel.
    pub mean: [f32; 3],
    /// Published standard deviation of the training pixels / 255, per channel.
    pub std: [f32; 3],
}

/// CIFAR-10.
pub const CIFAR10: Layout = Layout {
    name: "cifar10",
    archive: "cifar-10-binary.tar.gz",
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    folder: "cifar-10-batches-bin",
    python: "cifar-10-batches-py",
    train_files: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    train_images: 10_000,
    test_file: "test_batch.bin",
    test_images: 10_000,
    names_file: "batches.meta.txt",
    classes: 10,
    label_bytes: 1,
    official_size_only: false,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.2470, 0.2435, 0.2616],
};

/// CIFAR-100, with its 100 fine classes.
pub const CIFAR100: Layout = Layout {
    name: "cifar100",
    archive: "cifar-100-binary.tar.gz",
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    folder: "cifar-100-binary",
    python: "cifar-100-python",
    train_files: &["train.bin"],
    train_images: 50_000,
    test_file: "test.bin",
    test_images: 10_000,
    names_file: "fine_label_names.txt",
    classes: 100,
    label_bytes: 2,
    official_size_only: true,
    mean: [0.5071, 0.4865, 0.4409],
    std: [0.2673, 0.2564, 0.2762],
};

/// What a file is to the data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The training batch of this number, from 0.
    Train(usize),
    Test,
    Names,
}

impl Layout {
    /// Bytes of a record.
    pub(super) fn record(&self) -> usize {
        self.label_bytes + PIXELS
    }

    /// The part that the file called `name` is, and the layout's own copy of the name.
    pub(super) fn part(&self, name: &str) -> Option<(Part, &'static str)> {
        if let Some(number) = self.train_files.iter().position(|file| *file == name) {
            return Some((Part::Train(number), self.train_files[number]));
        }
        match name {
            _ if name == self.test_file => Some((Part::Test, self.test_file)),
            _ if name == self.names_file => Some((Part::Names, self.names_file)),
            _ => None,
        }
    }

    /// Official number of images of a batch.
    pub(super) fn official_images(&self, part: Part) -> usize {
        match part {
            Part::Train(_) => self.train_images,
            Part::Test => self.test_images,
            Part::Names => 0,
        }
    }

    /// Largest size of a file, in bytes.
    pub(super) fn size_max(&self, part: Part) -> u64 {
        match part {
            Part::Names => NAMES_MAX,
            batch => (self.official_images(batch) * self.record()) as u64,
        }
    }

    /// Most bytes the whole archive may unpack to: the official batches and a megabyte for the rest.
    pub(super) fn unpacked_max(&self) -> u64 {
        let train = self.train_files.len() as u64 * self.size_max(Part::Train(0));
        train + self.size_max(Part::Test) + (1 << 20)
    }

    /// What to do for want of the binary version.
    pub(super) fn binary_version(&self) -> String {
        let (archive, name) = (self.archive, self.name);
        format!("get the binary version, {archive} (`swast-trainer data fetch {name}`)")
    }

    /// All files the data set needs.
    pub(super) fn files(&self) -> impl Iterator<Item = (Part, &'static str)> {
        let train = self.train_files.iter().enumerate().map(|(i, file)| (Part::Train(i), *file));
        train.chain([(Part::Test, self.test_file), (Part::Names, self.names_file)])
    }
}
