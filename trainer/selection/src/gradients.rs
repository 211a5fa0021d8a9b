//! The gradients that GradMatch, CRAIG and GLISTER compare: of the cross-entropy in the last layer, kept in
//! the factors they are products of, or given row by row.
//!
//! With the error `r = p - y` and the penultimate features h the gradient by the bias is r (C numbers) and by
//! the weights `r h^T` (C x E). The authors' code writes both out, N x C (E + 1) numbers; here nothing
//! larger than r and h is ever stored.

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use serde::{Deserialize, Serialize};

use crate::kernel::dot::{Element, dot, row};

/// Which gradient of the last layer represents a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastLayer {
    /// By the bias alone: r.
    Bias,
    /// By bias and weights: r and `r h^T`.
    Full,
}

impl LastLayer {
    /// As much as can be known with features, or without.
    pub fn known(features: bool) -> Self {
        if features { Self::Full } else { Self::Bias }
    }
}

/// The gradients of all samples of a pool.
#[derive(Debug)]
pub enum Gradients<'a, E> {
    /// Row by row, N x D.
    Rows(CowArray<'a, E, Ix2>),
    /// By the bias: the errors, N x C.
    Bias(Array2<E>),
    /// By bias and weights: the errors (N x C) and the features (N x E).
    Full(Array2<E>, CowArray<'a, E, Ix2>),
}

impl<E: Element> Gradients<'_, E> {
    /// Numbers in a gradient.
    pub fn width(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.ncols(),
            Self::Bias(errors) => errors.ncols(),
            Self::Full(errors, features) => errors.ncols() * (1 + features.ncols()),
        }
    }

    /// Inner product of the gradient of `sample` with `direction`: one number per entry; for
    /// [`Self::Full`] first the C by the bias, then C rows of E by the weights.
    pub fn product(&self, sample: usize, direction: &[f64]) -> f64 {
        match self {
            Self::Rows(rows) => dot(row(&rows.view(), sample), direction),
            Self::Bias(errors) => dot(row(&errors.view(), sample), direction),
            Self::Full(errors, features) => {
                let (bias, weights) = direction.split_at(errors.ncols());
                let feature = row(&features.view(), sample);
                let by_class = bias.iter().zip(weights.chunks_exact(feature.len().max(1)));
                let errors = row(&errors.view(), sample);
                let terms = errors.iter().zip(by_class);
                terms.map(|(&r, (b, w))| r.into() * (b + dot(feature, w))).sum()
            }
        }
    }
}

/// The errors `p - y` of the rows of `probabilities` (N x C) with these `labels`.
///
/// # Panics
/// When a label is not below C.
pub fn errors<E: Element>(probabilities: &ArrayView2<E>, labels: &[u16]) -> Array2<E> {
    let mut errors = probabilities.to_owned();
    for (mut error, &label) in errors.rows_mut().into_iter().zip(labels) {
        let own = &mut error[usize::from(label)];
        *own = *own - E::one();
    }
    errors
}
