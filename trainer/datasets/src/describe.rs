//! A data set in words: its classes and images, their pixels, and what is wrong with them.

use std::fmt::Write;

use crate::photographs::Sizes;
use crate::statistics::{channel_statistics, class_counts, shared};
use crate::{Dataset, Skipped};

/// So many names or pairs are listed of what is wrong.
const LISTED: usize = 10;

/// Images per class, mean and standard deviation, as text.
pub(crate) fn describe(dataset: &Dataset) -> String {
    let mut text = summary(dataset);
    table(dataset, &mut text);
    text
}

/// The same, with the `sizes` of the images as stored where they have any, what the training and the test set share, and
/// the files that are broken.
pub(crate) fn examine(dataset: &Dataset, sizes: Option<Sizes>) -> String {
    let mut text = summary(dataset);
    let classes = dataset.classes.len();
    // Writing to a string does not fail.
    for (part, images) in [("training", &dataset.train), ("test", &dataset.test)] {
        let counts = class_counts(images, classes);
        let (least, most) = (counts.iter().min(), counts.iter().max());
        let (least, most) = (least.unwrap_or(&0), most.unwrap_or(&0));
        let _ = writeln!(text, "{part} images per class: {least} to {most}");
    }
    if let Some(Sizes { least, most, median }) = sizes {
        let _ = writeln!(
            text,
            "stored images: {} x {} to {} x {} pixels (width x height), median of the shorter side {median}",
            least.0, least.1, most.0, most.1,
        );
    }
    let pairs = shared(&dataset.train, &dataset.test);
    let shown: Vec<String> = pairs
        .iter()
        .take(LISTED)
        .map(|(train, test)| format!("training {train} = test {test}"))
        .collect();
    let _ = writeln!(
        text,
        "{}",
        found("test images that are training images too", pairs.len(), &shown)
    );
    let broken: Vec<&Skipped> = dataset.skipped.iter().flatten().collect();
    let shown: Vec<String> =
        broken.iter().take(LISTED).map(|skipped| format!("`{}`", skipped.file)).collect();
    let _ = writeln!(text, "{}", found("broken files", broken.len(), &shown));
    table(dataset, &mut text);
    text
}

/// How many of `what` there are, and the first ones.
fn found(what: &str, count: usize, shown: &[String]) -> String {
    match count {
        0 => format!("{what}: none"),
        _ if count > shown.len() => format!("{what}: {count} ({}, ...)", shown.join(", ")),
        _ => format!("{what}: {count} ({})", shown.join(", ")),
    }
}

fn summary(dataset: &Dataset) -> String {
    let (height, width) = (dataset.height, dataset.width);
    let (name, classes) = (&dataset.name, dataset.classes.len());
    let (train, test) = (dataset.train.labels.len(), dataset.test.labels.len());
    let mut text = format!(
        "{name}: {train} training and {test} test images of {height} x {width} pixels, {classes} classes\n"
    );
    let (mean, std) = channel_statistics(&dataset.train.pixels);
    let triple = |values: [f32; 3]| values.map(|value| format!("{value:.4}")).join(" ");
    let _ = writeln!(text, "training pixels / 255   mean {}   std {}", triple(mean), triple(std));
    let _ = writeln!(
        text,
        "normalised with         mean {}   std {}",
        triple(dataset.mean),
        triple(dataset.std)
    );
    text
}

/// Appends the images of each class to `text`.
fn table(dataset: &Dataset, text: &mut String) {
    let classes = dataset.classes.len();
    let _ = writeln!(text, "{:>5}  {:<24}{:>8}{:>8}", "label", "class", "train", "test");
    let (train, test) =
        (class_counts(&dataset.train, classes), class_counts(&dataset.test, classes));
    for (label, class) in dataset.classes.iter().enumerate() {
        let _ = writeln!(text, "{label:>5}  {class:<24}{:>8}{:>8}", train[label], test[label]);
    }
}
