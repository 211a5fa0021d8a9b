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
/// Most bytes that the version for Python may have for an image beside its record: its name, mostly.
const IMAGE_NAME_MAX: u64 = 128;

/// The files of a data set in the CIFAR binary format.
///
/// A batch is a sequence of records: label bytes, then `PIXELS` bytes. The version for Python has the same
/// content: its batches are called the same without `.bin`.
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
    /// Folder within the official archive for Python.
    pub python: &'static str,
    /// File of the class names in the archive for Python.
    pub python_names: &'static str,
    /// Training batches, in order.
    pub train_files: &'static [&'static str],
    /// Images in each official training batch.
    pub train_images: usize,
    /// The test batch.
    pub test_file: &'static str,
    /// Images in the official test batch.
    pub test_images: usize,
    /// The class names: their key in the Python version, and their file, one per line.
    pub names: (&'static str, &'static str),
    /// The names that belong to the other label: they are unpacked, but not read.
    pub other_names: Option<(&'static str, &'static str)>,
    /// Number of classes.
    pub classes: usize,
    /// The label bytes of a record, by their keys in the Python version.
    pub labels: &'static [&'static str],
    /// Which of the label bytes is the class.
    pub class_label: usize,
    /// Where the first class is called so, the set is the official one, and every batch must have its official size: a
    /// single training batch that was cut off is seen by nothing else.
    pub official_class: Option<&'static str>,
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
    python_names: "batches.meta",
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
    names: ("label_names", "batches.meta.txt"),
    other_names: None,
    classes: 10,
    labels: &["labels"],
    class_label: 0,
    official_class: None,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.2470, 0.2435, 0.2616],
};

/// The names of the fine classes of CIFAR-100: key and file.
const FINE: (&str, &str) = ("fine_label_names", "fine_label_names.txt");
/// The names of its coarse classes.
const COARSE: (&str, &str) = ("coarse_label_names", "coarse_label_names.txt");

/// CIFAR-100, with its 100 fine classes.
pub const CIFAR100: Layout = Layout {
    name: "cifar100",
    archive: "cifar-100-binary.tar.gz",
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    folder: "cifar-100-binary",
    python: "cifar-100-python",
    python_names: "meta",
    train_files: &["train.bin"],
    train_images: 50_000,
    test_file: "test.bin",
    test_images: 10_000,
    names: FINE,
    other_names: Some(COARSE),
    classes: 100,
    labels: &["coarse_labels", "fine_labels"],
    class_label: 1,
    official_class: Some("apple"),
    mean: [0.5071, 0.4865, 0.4409],
    std: [0.2673, 0.2564, 0.2762],
};

/// CIFAR-100, with its 20 coarse classes.
pub const CIFAR100_COARSE: Layout = Layout {
    name: "cifar100-coarse",
    names: COARSE,
    other_names: Some(FINE),
    official_class: Some("aquatic_mammals"),
    classes: 20,
    class_label: 0,
    ..CIFAR100
};

/// What a file is to the data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The training batch of this number, from 0.
    Train(usize),
    Test,
    /// The names of the classes.
    Names,
    /// Names that belong to another label.
    OtherNames,
}

/// A file of the version for Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pickled {
    /// Its name.
    pub(super) file: &'static str,
    /// What it is; [`Part::Names`] holds all names.
    pub(super) part: Part,
    /// The file of the binary version that has the content of this one.
    pub(super) binary: &'static str,
}

impl Layout {
    /// Bytes of a record.
    pub(super) fn record(&self) -> usize {
        self.labels.len() + PIXELS
    }

    /// Whether `other` is read from the same files.
    pub(super) fn same_files(&self, other: &Self) -> bool {
        self.folder == other.folder
    }

    /// The part that the file called `name` is, and the layout's own copy of the name.
    pub(super) fn part(&self, name: &str) -> Option<(Part, &'static str)> {
        self.files().find(|(_, file)| *file == name)
    }

    /// The file of the version for Python that is called `name`.
    pub(super) fn pickled(&self, name: &str) -> Option<Pickled> {
        self.pickles().find(|pickled| pickled.file == name)
    }

    /// Official number of images of a batch.
    pub(super) fn official_images(&self, part: Part) -> usize {
        match part {
            Part::Train(_) => self.train_images,
            Part::Test => self.test_images,
            Part::Names | Part::OtherNames => 0,
        }
    }

    /// Largest size of a file, in bytes.
    pub(super) fn size_max(&self, part: Part) -> u64 {
        match part {
            Part::Names | Part::OtherNames => NAMES_MAX,
            batch => (self.official_images(batch) * self.record()) as u64,
        }
    }

    /// Largest size of a file of the version for Python, in bytes: it also has the name of each image.
    pub(super) fn pickled_max(&self, part: Part) -> u64 {
        self.size_max(part) + self.official_images(part) as u64 * IMAGE_NAME_MAX + OTHER_MAX
    }

    /// Most objects that a file of the version for Python may hold: the labels and the name of each image, and
    /// a few more.
    pub(super) fn objects_max(&self, part: Part) -> usize {
        (self.labels.len() + 1) * self.official_images(part) + 1024
    }

    /// Most bytes the whole archive may unpack to: the official batches and a megabyte for the rest.
    pub(super) fn unpacked_max(&self) -> u64 {
        let train = self.train_files.len() as u64 * self.pickled_max(Part::Train(0));
        train + self.pickled_max(Part::Test) + (1 << 20)
    }

    /// All files the data set has.
    pub(super) fn files(&self) -> impl Iterator<Item = (Part, &'static str)> {
        let names = [(Part::Names, self.names.1)].into_iter();
        let other = self.other_names.map(|(_, file)| (Part::OtherNames, file));
        self.batches().chain(names).chain(other)
    }

    /// The batches among the files.
    fn batches(&self) -> impl Iterator<Item = (Part, &'static str)> {
        let train = self.train_files.iter().enumerate().map(|(i, file)| (Part::Train(i), *file));
        train.chain([(Part::Test, self.test_file)])
    }

    /// All files of the version for Python.
    pub(super) fn pickles(&self) -> impl Iterator<Item = Pickled> {
        let batches = self.batches().map(|(part, binary)| Pickled {
            file: binary.trim_end_matches(".bin"),
            part,
            binary,
        });
        let (file, binary) = (self.python_names, self.names.1);
        batches.chain([Pickled { file, part: Part::Names, binary }])
    }
}
