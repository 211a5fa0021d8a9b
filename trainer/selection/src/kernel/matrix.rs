//! The products and distances of rows that methods choose by. Only scalars and single rows pass, so that the rows may be
//! stored anywhere.

/// N rows of D numbers. All results are in double precision and depend on neither threads nor vector width.
pub trait Matrix: Sync {
    /// Number of rows.
    fn len(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers in a row.
    fn width(&self) -> usize;

    /// Row `number`.
    fn row(&self, number: usize) -> Vec<f64>;

    /// The sum of all rows.
    fn sum(&self) -> Vec<f64>;

    /// Squared Euclidean norm of each row.
    fn squares(&self) -> Vec<f64>;

    /// Inner product of each row with `vector`.
    fn products(&self, vector: &[f64]) -> Vec<f64>;

    /// Inner products of the rows `chosen` with `vector`.
    fn products_of(&self, chosen: &[usize], vector: &[f64]) -> Vec<f64>;

    /// Inner product of row `number` with `vector`, as in [`Self::products`].
    fn product(&self, number: usize, vector: &[f64]) -> f64;

    /// Euclidean distance of each row to `point`.
    fn distances(&self, point: &[f64]) -> Vec<f64>;

    /// `vector` less the sum of the rows `chosen`, times `weights`.
    fn less(&self, vector: &[f64], chosen: &[usize], weights: &[f64]) -> Vec<f64>;

    /// The row of the largest product with `vector` among those whose product exceeds what `least` asks of them, which
    /// is nothing of those that are out of the question; the lower number among equals.
    fn best(&self, vector: &[f64], least: impl Fn(usize) -> Option<f64> + Sync) -> Option<usize>;
}

/// The first of the rows, given in ascending order with their products, of the largest product that exceeds what `least`
/// asks.
pub fn first_best(
    products: impl Iterator<Item = (usize, f64)>,
    least: impl Fn(usize) -> Option<f64>,
) -> Option<usize> {
    let (mut best, mut largest) = (None, f64::NEG_INFINITY);
    for (number, product) in products {
        if product > largest && least(number).is_some_and(|least| product > least) {
            (best, largest) = (Some(number), product);
        }
    }
    best
}
