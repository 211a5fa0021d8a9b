//! Rows in the memory of this machine.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::kernel::dot::{
    Element, TASK_ROWS, add_scaled, distance, dot, products, square, subtract_weighted, widened,
};
use crate::kernel::matrix::{Matrix, first_best};
use crate::kernel::screen::Screen;

/// Entries of a residual that are worth a task.
const TASK_ENTRIES: usize = 264;

/// Some rows of a matrix, without a copy.
#[derive(Debug)]
pub struct Host<'a, E> {
    /// The storage, row after row.
    matrix: &'a [E],
    width: usize,
    /// Which rows of the matrix they are.
    rows: &'a [u32],
    /// What makes searches for the best row fast.
    screen: Option<Screen>,
}

impl<'a, E: Element> Host<'a, E> {
    /// The rows `rows` of `matrix`.
    ///
    /// # Panics
    /// When the matrix is not stored row after row.
    pub fn new(matrix: &'a ArrayView2<'a, E>, rows: &'a [u32]) -> Self {
        let width = matrix.ncols();
        let matrix = matrix.as_slice().expect("rows are stored one after another");
        Self { matrix, width, rows, screen: None }
    }

    /// The same, prepared for many searches for the best row.
    pub fn screened(mut self) -> Self {
        let screen = Screen::new(self.rows.len(), self.width, |number| self.stored(number));
        self.screen = Some(screen);
        self
    }

    /// Row `number` as it is stored.
    #[inline(always)]
    pub fn stored(&self, number: usize) -> &'a [E] {
        let start = self.rows[number] as usize * self.width;
        &self.matrix[start..start + self.width]
    }
}

impl<E: Element> Matrix for Host<'_, E> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn width(&self) -> usize {
        self.width
    }

    fn row(&self, number: usize) -> Vec<f64> {
        widened(self.stored(number))
    }

    fn sum(&self) -> Vec<f64> {
        let mut sum = vec![0.0; self.width];
        (0..self.len()).for_each(|number| add_scaled(&mut sum, 1.0, self.stored(number)));
        sum
    }

    fn squares(&self) -> Vec<f64> {
        (0..self.len()).map(|number| square(self.stored(number))).collect()
    }

    fn products(&self, vector: &[f64]) -> Vec<f64> {
        products(self.len(), |number| self.stored(number), vector)
    }

    fn products_of(&self, chosen: &[usize], vector: &[f64]) -> Vec<f64> {
        products(chosen.len(), |place| self.stored(chosen[place]), vector)
    }

    fn product(&self, number: usize, vector: &[f64]) -> f64 {
        dot(self.stored(number), vector)
    }

    fn distances(&self, point: &[f64]) -> Vec<f64> {
        let numbers = (0..self.len()).into_par_iter().with_min_len(TASK_ROWS);
        numbers.map(|number| distance(self.stored(number), point)).collect()
    }

    fn less(&self, vector: &[f64], chosen: &[usize], weights: &[f64]) -> Vec<f64> {
        let mut rest = vector.to_vec();
        rest.par_chunks_mut(TASK_ENTRIES).enumerate().for_each(|(task, rest)| {
            let start = task * TASK_ENTRIES;
            subtract_weighted(rest, weights, |place| &self.stored(chosen[place])[start..]);
        });
        rest
    }

    fn best(&self, vector: &[f64], least: impl Fn(usize) -> Option<f64> + Sync) -> Option<usize> {
        match &self.screen {
            Some(screen) => {
                let leaders = screen.leaders(vector, &least);
                let exact = self.products_of(&leaders, vector);
                first_best(leaders.into_iter().zip(exact), least)
            }
            None => first_best(self.products(vector).into_iter().enumerate(), least),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whole_numbers_are_exact_and_a_screen_changes_nothing(
            entries in prop::collection::vec(-9i8..=9, 9 * 5), vector in prop::collection::vec(-9i8..=9, 5),
            barred in prop::collection::vec(any::<bool>(), 6),
        ) {
            let entries = entries.into_iter().map(f32::from).collect();
            let matrix = Array2::from_shape_vec((9, 5), entries).unwrap();
            let (view, vector) = (matrix.view(), vector.into_iter().map(f64::from).collect::<Vec<_>>());
            let rows = [7, 2, 0, 8, 3, 5];
            let host = Host::new(&view, &rows);
            let wide = matrix.mapv(f64::from).select(ndarray::Axis(0), &rows.map(|row| row as usize));
            let products = wide.dot(&ndarray::arr1(&vector));
            prop_assert_eq!((host.len(), host.width()), wide.dim());
            prop_assert_eq!(host.row(3), wide.row(3).to_vec());
            prop_assert_eq!(host.sum(), wide.sum_axis(ndarray::Axis(0)).to_vec());
            prop_assert_eq!(host.squares(), (&wide * &wide).sum_axis(ndarray::Axis(1)).to_vec());
            prop_assert_eq!(host.products(&vector), products.to_vec());
            prop_assert_eq!(host.products_of(&[4, 1], &vector), [products[4], products[1]]);
            prop_assert_eq!(host.product(5, &vector), products[5]);
            let gaps = &wide - &ndarray::arr1(&vector);
            let squared = (&gaps * &gaps).sum_axis(ndarray::Axis(1));
            prop_assert_eq!(host.distances(&vector), squared.mapv(f64::sqrt).to_vec());
            let rest = host.less(&vector, &[0, 2], &[2.0, -1.0]);
            let expected = ndarray::arr1(&vector) - &wide.row(0) * 2.0 + wide.row(2);
            prop_assert_eq!(rest, expected.to_vec());
            let least = |number: usize| (!barred[number]).then_some(-3.0);
            let best = host.best(&vector, least);
            let open = (0..6).filter(|&number| !barred[number] && products[number] > -3.0);
            let expected = open.rev().max_by(|&a, &b| products[a].total_cmp(&products[b]));
            prop_assert_eq!(best, expected);
            prop_assert_eq!(host.screened().best(&vector, least), best);
        }
    }
}
