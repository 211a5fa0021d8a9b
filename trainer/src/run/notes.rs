//! What a run loses in silence otherwise: classes without a sample or without a weight. Each is noted once on stderr.

use swast_selection::{Need, Parts};
use swast_tables::usage::{UsageError, note};
use tch::{Kind, Tensor};

use crate::model::weights::Weights;
use crate::settings::Settings;
use crate::train::data::TrainingData;
use crate::train::select::Selected;
use crate::train::state::State;

/// Most classes that are named; of more, the number is given.
const NAMED: usize = 10;

/// Refuses a run whose selector looks at validation samples where none are held out, before any work.
///
/// # Errors
/// When the validation part is empty and the selector needs it.
pub fn check_validation(settings: &Settings, data: &TrainingData) -> Result<(), UsageError> {
    let Some(selection) = settings.selection else { return Ok(()) };
    let empty = data.validation_indices.size()[0] == 0;
    if !empty || !selection.selector.needs().has(Need::Validation) {
        return Ok(());
    }
    let (images, selector) = (data.pool.len(), selection.selector.name());
    Err(UsageError(format!(
        "--limit-train: of {images} training images none is held out for validation, which {selector} needs; give at least 10"
    )))
}

/// Notes classes without a sample in the training set or in the validation part.
pub fn note_data(data: &TrainingData) {
    let pool = present(data.pool_labels.iter().map(|&label| usize::from(label)), data.classes);
    note_absent("training images", data.pool.len(), &pool, "give a larger --limit-train");
    let labels = data.images.labels(&data.validation_indices);
    let Ok(labels) = Vec::<i64>::try_from(labels) else { return };
    if !labels.is_empty() {
        let held_out = present(labels.iter().map(|&label| label as usize), data.classes);
        let cure = "accuracy on it says nothing of the others";
        note_absent("validation images", labels.len(), &held_out, cure);
    }
}

/// Notes that the classifier of `weights` is not used where it is for other classes.
pub fn note_weights(weights: Option<&Weights>, classes: usize) {
    if let Some(weights) = weights.filter(|weights| !weights.are_for(classes)) {
        let path = weights.path().display();
        note(format!(
            "--weights: {path}: its classifier is not for {classes} classes; fc starts from a draw"
        ));
    }
}

/// Notes what a selector keeps in memory of all samples of a data set that does not fit there itself. A network gives
/// `features` numbers a sample.
pub fn note_pool(settings: &Settings, data: &TrainingData, features: usize) {
    let Some(selection) = settings.selection.filter(|_| data.images.is_streamed()) else { return };
    let selector = selection.selector.selector::<f32>();
    let needs = selector.needs();
    let width = [(Need::Features, features), (Need::Probabilities, data.classes)];
    let width: usize = width.iter().filter(|(need, _)| needs.has(*need)).map(|(_, n)| n).sum();
    if width > 0 && selector.parts() == Parts::Whole {
        let (samples, selector) = (data.pool.len(), selection.selector);
        let gigabytes = (samples * width * size_of::<f32>()) as f64 / 1e9;
        note(format!(
            "--selector {selector} compares all samples: {samples} x {width} numbers, {gigabytes:.1} GB of memory at each selection"
        ));
    }
}

/// Notes classes without a sample in the coreset `selected`, although the training set has some.
pub fn note_coreset(selected: &Selected, data: &TrainingData) {
    let label = |sample: &u32| {
        let place = data.pool.binary_search(sample).ok()?;
        Some(usize::from(data.pool_labels[place]))
    };
    let chosen = present(selected.samples.iter().filter_map(label), data.classes);
    let pool = present(data.pool_labels.iter().map(|&label| usize::from(label)), data.classes);
    let lost: Vec<usize> =
        (0..data.classes).filter(|&class| pool[class] && !chosen[class]).collect();
    if !lost.is_empty() {
        let (size, epoch) = (selected.samples.len(), selected.epoch);
        let (classes, have) = listed(&lost);
        note(format!(
            "epoch {epoch}: {classes} {have} no sample in the coreset of {size}; give a larger --fraction"
        ));
    }
}

/// Notes classes without an active weight in the classifier: nothing a network sees changes their logits.
pub fn note_classifier(state: &State) {
    let Some(masks) = state.pruned.as_ref().map(|pruned| &pruned.masks) else { return };
    let Some(layer) = masks.layers.iter().find(|layer| layer.layer.classifier) else { return };
    let active: Tensor = masks.bytes(layer).sum_dim_intlist(1, false, Kind::Int64);
    let Ok(active) = Vec::<i64>::try_from(active) else { return };
    let lost: Vec<usize> = (0..active.len()).filter(|&class| active[class] == 0).collect();
    if !lost.is_empty() {
        let (classes, have) = listed(&lost);
        note(format!("{classes} {have} no active weight in fc; lower --fc-prune-rate"));
    }
}

/// Whether each of `classes` classes is among `labels`.
fn present(labels: impl Iterator<Item = usize>, classes: usize) -> Vec<bool> {
    let mut present = vec![false; classes];
    labels.for_each(|label| present[label] = true);
    present
}

fn note_absent(what: &str, count: usize, present: &[bool], cure: &str) {
    let held = present.iter().filter(|held| **held).count();
    if held < present.len() {
        note(format!("the {count} {what} hold {held} of {} classes; {cure}", present.len()));
    }
}

/// `class 3`, `classes 3, 5` or `12 classes`, and the verb that follows.
fn listed(classes: &[usize]) -> (String, &'static str) {
    let numbers: Vec<String> = classes.iter().map(usize::to_string).collect();
    match classes {
        [class] => (format!("class {class}"), "has"),
        _ if classes.len() <= NAMED => (format!("classes {}", numbers.join(", ")), "have"),
        _ => (format!("{} classes", classes.len()), "have"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_classes_are_named_and_many_counted() {
        assert_eq!(listed(&[3]), ("class 3".to_owned(), "has"));
        assert_eq!(listed(&[3, 5]), ("classes 3, 5".to_owned(), "have"));
        let many: Vec<usize> = (0..12).collect();
        assert_eq!(listed(&many), ("12 classes".to_owned(), "have"));
        assert_eq!(present([1, 1].into_iter(), 3), [false, true, false]);
    }
}
