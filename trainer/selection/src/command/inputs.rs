//! The files that a selection reads, together: labels and matrices of the rows and of held-out ones.

use std::path::{Path, PathBuf};

use anyhow::Result;
use ndarray::Array2;

use super::numbers::{
    Matrix, Precision, check_fit, check_labels, read_correctness, read_labels, read_matrix,
    read_probabilities,
};
use super::{Args, Header};
use crate::{Evidence, History, Moment, Pool, Validation};

/// How a file becomes a matrix; what stderr should tell of it is added to the lines.
type Read = fn(&Path, Option<Header>, &mut Vec<String>) -> Result<Matrix>;

/// The matrices that describe some rows.
struct Tables<M> {
    gradients: Option<M>,
    features: Option<M>,
    probabilities: Option<M>,
}

impl Tables<Matrix> {
    /// Reads the files at the paths given, each with a row for each of `labels` from the file beside them; without
    /// labels they may have any number of rows.
    fn read(
        [gradients, features, probabilities]: [&Option<PathBuf>; 3],
        labels: Option<(&Path, usize)>,
        (header, notes): (Option<Header>, &mut Vec<String>),
    ) -> Result<Self> {
        let mut read = |path: &Option<PathBuf>, read: Read| {
            let Some(path) = path else { return Ok(None) };
            let matrix = read(path, header, notes)?;
            check_fit(&matrix, path, labels)?;
            anyhow::Ok(Some(matrix))
        };
        Ok(Self {
            gradients: read(gradients, |path, header, _| read_matrix(path, header))?,
            features: read(features, |path, header, _| read_matrix(path, header))?,
            probabilities: read(probabilities, read_probabilities)?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Matrix> {
        [&self.gradients, &self.features, &self.probabilities].into_iter().flatten()
    }

    fn in_precision<E: Precision>(self) -> Tables<Array2<E>> {
        Tables {
            gradients: self.gradients.map(E::of),
            features: self.features.map(E::of),
            probabilities: self.probabilities.map(E::of),
        }
    }
}

impl<E> Tables<Array2<E>> {
    fn evidence<'a>(&'a self, history: Option<&'a History>) -> Evidence<'a, E> {
        let Self { gradients, features, probabilities } = self;
        Evidence {
            features: features.as_ref(),
            probabilities: probabilities.as_ref(),
            gradients: gradients.as_ref(),
            history,
            ..Evidence::default()
        }
    }
}

/// The number of classes that `labels` name.
pub(super) fn classes_of(labels: &[u16]) -> usize {
    labels.iter().max().map_or(0, |&label| usize::from(label) + 1)
}

/// All that the files tell.
pub(super) struct Inputs<M> {
    labels: Vec<u16>,
    own: Tables<M>,
    held_out_labels: Vec<u16>,
    held_out: Tables<M>,
    classes: usize,
    history: Option<History>,
    notes: Vec<String>,
}

impl Inputs<Matrix> {
    /// Reads the files that `args` name beside the `labels`, which are known.
    ///
    /// # Errors
    /// When one is no such file, or does not fit the others.
    pub(super) fn read(args: &Args, labels: Vec<u16>) -> Result<Self> {
        let (mut notes, header) = (Vec::new(), args.header);
        let own = Tables::read(
            [&args.gradients, &args.features, &args.probabilities],
            Some((&args.labels, labels.len())),
            (header, &mut notes),
        )?;
        let held_out_labels =
            args.validation_labels.as_deref().map(|path| read_labels(path, header)).transpose()?;
        let held_out = Tables::read(
            [&args.validation_gradients, &args.validation_features, &args.validation_probabilities],
            args.validation_labels.as_deref().zip(held_out_labels.as_ref().map(Vec::len)),
            (header, &mut notes),
        )?;
        let named = classes_of(&labels).max(1);
        let classes = own.probabilities.as_ref().map_or(named, Matrix::columns);
        check_labels(&labels, &args.labels, classes)?;
        if let (Some(path), Some(labels)) = (&args.validation_labels, &held_out_labels) {
            check_labels(labels, path, classes)?;
        }
        // Given gradients are not asked for the labels of held-out rows, unless classes are.
        let held_out_labels = held_out_labels
            .unwrap_or_else(|| vec![0; held_out.gradients.as_ref().map_or(0, Matrix::rows)]);
        let history =
            args.correctness.as_deref().map(|path| read_correctness(path, header)).transpose()?;
        Ok(Self { labels, own, held_out_labels, held_out, classes, history, notes })
    }

    /// Whether all matrices are stored in single precision.
    pub(super) fn is_single(&self) -> bool {
        self.own.all().chain(self.held_out.all()).all(|m| matches!(m, Matrix::Single(_)))
    }

    /// The same in one precision.
    pub(super) fn in_precision<E: Precision>(self) -> Inputs<Array2<E>> {
        let Self { labels, held_out_labels, classes, history, notes, .. } = self;
        let (own, held_out) = (self.own.in_precision(), self.held_out.in_precision());
        Inputs { labels, own, held_out_labels, held_out, classes, history, notes }
    }
}

impl<E> Inputs<Array2<E>> {
    /// Lines for stderr.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// All this as a pool at a `moment`.
    pub(super) fn pool(&self, moment: Moment) -> Pool<'_, E> {
        let Self { labels, classes, history, .. } = self;
        let (evidence, unseen) =
            (self.own.evidence(history.as_ref()), self.held_out.evidence(None));
        let held_out = Validation { labels: &self.held_out_labels, evidence: unseen };
        let validation = (!held_out.labels.is_empty()).then_some(held_out);
        Pool { labels, classes: *classes, evidence, validation, moment }
    }
}
