//! Images that are still files, and the order in which they come.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use swast_tables::stream::stream;

/// An image that is still a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its path in the tree.
    pub(crate) file: String,
    /// Its class, from 0.
    pub(crate) label: u16,
}

/// What there is of a data set, in the order in which it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Names of the classes, by label.
    pub(crate) classes: Vec<String>,
    pub(crate) train: Vec<Listed>,
    pub(crate) test: Vec<Listed>,
    /// What was decided where the data do not say, in lines to be shown.
    pub(crate) notes: Vec<String>,
}

/// The images of all classes in one order that never changes: rounds of one image of each class, in an order of their
/// own, so that every beginning has all classes alike.
pub(crate) fn mixed(mut classes: Vec<Vec<Listed>>, part: &str) -> Vec<Listed> {
    for (images, number) in classes.iter_mut().zip(0..) {
        images.shuffle(&mut stream(0, &format!("{part} images of a class"), number));
    }
    let rounds = classes.iter().map(Vec::len).max().unwrap_or(0);
    let mut classes: Vec<_> = classes.into_iter().map(Vec::into_iter).collect();
    let mut order = Vec::new();
    for round in 0..rounds {
        let mut images: Vec<_> = classes.iter_mut().filter_map(Iterator::next).collect();
        images.shuffle(&mut stream(0, &format!("{part} classes of a round"), round as u64));
        order.extend(images);
    }
    order
}

/// `name`, with `number` behind it where the name is among those `taken` already.
pub(crate) fn apart(taken: &mut BTreeSet<String>, name: &str, number: &str) -> String {
    if taken.insert(name.to_owned()) { name.to_owned() } else { format!("{name} ({number})") }
}
