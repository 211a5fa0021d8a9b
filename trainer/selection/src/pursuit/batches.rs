//! Mean gradients of mini-batches (GradMatch-PB): consecutive samples of the pool stand for one another.

use ndarray::{Array2, Axis, s};
use rayon::prelude::*;

use crate::gradients::Gradients;
use crate::kernel::dot::{Element, add_scaled, row, widened};

/// The mean gradient of each `size` consecutive samples, the last ones being what is left: a row each, laid out as a
/// direction of [`Gradients::product`].
///
/// # Panics
/// When `size` is 0.
pub fn batch_means<E: Element>(
    gradients: &Gradients<E>,
    samples: usize,
    size: usize,
) -> Array2<f64> {
    let width = gradients.width();
    let mut means = Array2::zeros((samples.div_ceil(size), width));
    let rows = means.as_slice_mut().expect("a new matrix is stored row after row");
    rows.par_chunks_mut(width.max(1)).enumerate().for_each(|(batch, mean)| {
        let members = batch * size..samples.min((batch + 1) * size);
        let share = 1.0 / members.len() as f64;
        match gradients {
            Gradients::Rows(all) => {
                members.for_each(|sample| add_scaled(mean, share, row(&all.view(), sample)));
            }
            Gradients::Bias(all) => {
                members.for_each(|sample| add_scaled(mean, share, row(&all.view(), sample)));
            }
            Gradients::Full(errors, features) => {
                let (bias, weights) = mean.split_at_mut(errors.ncols());
                let block = s![members.start..members.end, ..];
                let own = errors.slice(block).mapv(|r| r.into() * share);
                bias.copy_from_slice(&own.sum_axis(Axis(0)).to_vec());
                let flat: Vec<f64> =
                    members.clone().flat_map(|m| widened(row(&features.view(), m))).collect();
                let shape = (members.len(), features.ncols());
                let wide = Array2::from_shape_vec(shape, flat).expect("a row per sample");
                let products = own.t().dot(&wide);
                weights.iter_mut().zip(&products).for_each(|(entry, product)| *entry = *product);
            }
        }
    });
    means
}
