//! Non-negative orthogonal matching pursuit: few rows whose weighted sum approaches a target, which here
//! is the sum of all rows (GradMatch, Killamsetty et al. 2021, section 3 and Algorithm 2).
//!
//! It minimises `|b - sum_i x_i a_i|^2 + ridge |x|^2` over x >= 0 with few of them above 0, greedily: the row
//! of the largest signed correlation with the residual joins, the weights are solved again, and while any
//! is not above 0 the most negative row leaves. What the rows are and how their products are had is the
//! business of [`Atoms`]; here are only indices, products and the factor of the support's Gram matrix.
//!
//! **It ends.** An iteration is accepted only if it lowers the objective, by more than rounding accounts
//! for, and the weights then minimise it on their support; so no support is ever seen twice, and there
//! are finitely many. If letting the most negative row leave does not lower it, the way is repeated with
//! the step of Lawson and Hanson (1974, chapter 23), which in exact arithmetic always does: it walks
//! from the old weights, along which the objective falls, to the new ones, and lets go the row whose
//! weight reaches 0 first. Where rounding spoils even that, the new row is barred until some other one
//! has been accepted; without progress every row is barred after at most n attempts.

use crate::SelectError;
use crate::progress::one_chosen;
use crate::pursuit::atoms::Atoms;
use crate::pursuit::cholesky::Cholesky;

/// Correlations below this share of what they are differences of are rounding errors.
const NOISE: f64 = 1e-13;

/// What a pursuit found.
#[derive(Debug, Clone, PartialEq)]
pub struct Pursuit {
    /// The candidates with a weight above 0, in the order they were chosen.
    pub chosen: Vec<usize>,
    /// Their weights.
    pub weights: Vec<f64>,
    /// Candidates of weight 0 that complete the budget, where the chosen ones are fewer: first those
    /// that were once held, then the others by signed correlation; lower index first among equals.
    pub spare: Vec<usize>,
    /// Norm of the residual that `chosen` and `weights` leave.
    pub residual: f64,
}

/// When a pursuit ends, besides when no row is left that would lower the objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Once as many rows are held as the budget allows.
    Budget,
    /// Also after as many iterations, or when the row of the largest correlation is held already
    /// (CORDS; its rows leave places empty that others have left).
    Iterations,
}

/// Pursues the sum of all `atoms` until `budget` rows are held, all with weights above 0, or no row is
/// left that would lower the objective, or the `ending` asks for it.
///
/// As in the authors' code the ridge does not apply to the first row while it is alone, unless without
/// it no other row could join.
///
/// # Errors
/// When the inner products of the rows exceed the range of a double.
pub fn pursue(
    atoms: &mut (impl Atoms + ?Sized),
    budget: usize,
    ridge: f64,
    ending: Ending,
) -> Result<Pursuit, SelectError> {
    let norms = atoms.norms();
    let target = atoms.target();
    let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
    if !(finite(&norms) && finite(&target.correlations) && target.norm.is_finite()) {
        return Err(SelectError::Overflow { what: "gradients" });
    }
    let mut search = Search {
        residual: atoms.residual(&[]),
        weights: Vec::new(),
        support: Vec::new(),
        held: vec![false; norms.len()],
        once_held: vec![false; norms.len()],
        factor: Cholesky::default(),
        grown: Cholesky::default(),
        spared: false,
        total: norms.iter().sum(),
        norms,
        ridge,
        atoms,
    };
    let mut barred = vec![false; search.norms.len()];
    let mut iterations = 0;
    while search.support.len() < budget {
        if ending == Ending::Iterations && (iterations == budget || search.best_is_held()) {
            break;
        }
        iterations += 1;
        let progress = match search.best(&barred) {
            Some(candidate) => {
                let joined = search.advance(candidate);
                barred[candidate] = !joined;
                joined
            }
            None if search.spared => search.end_sparing(),
            None => break,
        };
        if progress {
            one_chosen();
            barred.fill(false);
        }
    }
    Ok(search.finish(budget))
}

/// The state of a pursuit between two iterations: `weights` minimise the objective on `support`.
struct Search<'a, A: Atoms + ?Sized> {
    atoms: &'a mut A,
    ridge: f64,
    /// Euclidean norm of each candidate.
    norms: Vec<f64>,
    /// Sum of the norms.
    total: f64,
    /// What the weights leave of the target.
    residual: Vec<f64>,
    /// The candidates held, in the order they were chosen, which is that of the factor's rows.
    support: Vec<usize>,
    /// Their weights, all above 0.
    weights: Vec<f64>,
    /// Which candidates are held.
    held: Vec<bool>,
    /// Which candidates are held or have been.
    once_held: Vec<bool>,
    /// Factor of the Gram matrix of the support, plus the ridge.
    factor: Cholesky,
    /// The factor as it was before rows left it.
    grown: Cholesky,
    /// Whether the support is the first row alone, solved without the ridge.
    spared: bool,
}

impl<A: Atoms + ?Sized> Search<'_, A> {
    /// Rounding error of a correlation, per unit of the candidate's norm.
    fn noise(&self) -> f64 {
        let held = self.support.iter().zip(&self.weights).map(|(&c, w)| self.norms[c] * w);
        // The target is itself a sum of all rows.
        NOISE * (self.atoms.target().norm + held.sum::<f64>()) + f64::EPSILON * self.total
    }

    /// The candidate, neither held nor barred, of the largest correlation above rounding; the lower
    /// index among equals.
    fn best(&self, barred: &[bool]) -> Option<usize> {
        let (noise, Self { held, norms, .. }) = (self.noise(), self);
        let open = |candidate: usize| !(held[candidate] || barred[candidate]);
        let least = |candidate: usize| open(candidate).then(|| noise * norms[candidate]);
        self.atoms.best(&self.residual, &least)
    }

    /// Whether no row that is not held has a larger correlation than each that is.
    fn best_is_held(&self) -> bool {
        let correlations = self.atoms.correlations(&self.residual);
        let largest = |held: bool| {
            let own = correlations.iter().zip(&self.held).filter(|(_, is)| **is == held);
            own.map(|(correlation, _)| *correlation).fold(f64::NEG_INFINITY, f64::max)
        };
        largest(true) > largest(false).max(0.0) && !self.spared
    }

    /// Lets `candidate` join; returns whether that lowered the objective. If not, nothing has changed.
    fn advance(&mut self, candidate: usize) -> bool {
        let place = self.support.len();
        let (beside, itself) = self.atoms.hold(candidate);
        let right = self.atoms.target().correlations[candidate];
        if !self.factor.append(&beside, itself + self.ridge, right) {
            self.atoms.release(place);
            return false;
        }
        self.support.push(candidate);
        self.weights.push(0.0);
        let first = place == 0;
        let solved = if first { vec![right / itself] } else { self.factor.solve() };
        if solved.iter().all(|weight| *weight > 0.0) {
            let residual = self.atoms.residual(&solved);
            self.adopt(solved, residual);
            self.spared = first && self.ridge > 0.0;
            return true;
        }
        self.grown.clone_from(&self.factor);
        let weights = drop_most_negative(&mut self.factor, solved.clone());
        if self.adopt_if_lower(weights) {
            return true;
        }
        self.factor.clone_from(&self.grown);
        let weights = walk(&mut self.factor, &self.weights, solved);
        if self.adopt_if_lower(weights) {
            return true;
        }
        std::mem::swap(&mut self.factor, &mut self.grown);
        self.factor.remove(place);
        self.atoms.release(place);
        self.support.pop();
        self.weights.pop();
        false
    }

    /// Applies the ridge to the first row as well, which may leave others something to do. Always
    /// counts as progress.
    fn end_sparing(&mut self) -> bool {
        let weights = self.factor.solve();
        let residual = self.atoms.residual(&weights);
        self.adopt(weights, residual);
        true
    }

    /// Takes over `weights` if the objective is lower there; returns whether it is.
    fn adopt_if_lower(&mut self, weights: Vec<f64>) -> bool {
        let residual = self.atoms.residual(&weights);
        let lower = self.lowers(&weights, &residual);
        if lower {
            self.adopt(weights, residual);
        }
        lower
    }

    /// Whether the objective at `weights`, which leave this `residual`, is below the present one, by more
    /// than rounding. Half its gradient is `ridge x - correlation`, and a quadratic changes by the mean
    /// of its gradients at both ends times the way between them.
    fn lowers(&self, weights: &[f64], residual: &[f64]) -> bool {
        let before = self.atoms.held_correlations(&self.residual);
        let after = self.atoms.held_correlations(residual);
        let (mut gain, mut way) = (0.0, 0.0);
        for (place, &candidate) in self.support.iter().enumerate() {
            let (old, new) = (self.weights[place], weights[place]);
            let slope = before[place] + after[place] - self.ridge * (old + new);
            gain += slope * (new - old);
            way += self.norms[candidate] * (new - old).abs();
        }
        gain > self.noise() * way
    }

    /// Takes over `weights`, one per row of the support, and lets go the rows that weigh 0. The factor
    /// has let go of them already.
    fn adopt(&mut self, weights: Vec<f64>, residual: Vec<f64>) {
        self.spared = false;
        self.residual = residual;
        for &candidate in &self.support {
            self.held[candidate] = true;
            self.once_held[candidate] = true;
        }
        self.weights = weights;
        for place in (0..self.support.len()).rev() {
            if self.weights[place] == 0.0 {
                self.weights.remove(place);
                self.held[self.support.remove(place)] = false;
                self.atoms.release(place);
            }
        }
    }

    fn finish(self, budget: usize) -> Pursuit {
        let noise = self.noise();
        let candidates = 0..self.norms.len();
        let mut spare: Vec<usize> = candidates.filter(|&candidate| !self.held[candidate]).collect();
        let wanted = budget.min(self.norms.len()) - self.support.len();
        if wanted > 0 {
            let correlations = self.atoms.correlations(&self.residual);
            let rank = |candidate: usize| {
                let correlation = correlations[candidate];
                let silent = correlation.abs() <= noise * self.norms[candidate];
                (!self.once_held[candidate], if silent { 0.0 } else { -correlation })
            };
            spare.sort_by(|&a, &b| {
                let ((a_new, a), (b_new, b)) = (rank(a), rank(b));
                a_new.cmp(&b_new).then(a.total_cmp(&b))
            });
        }
        spare.truncate(wanted);
        let residual = residual(self.atoms, &self.support, &self.weights, &self.residual);
        Pursuit { chosen: self.support, weights: self.weights, spare, residual }
    }
}

/// `|b - sum_i x_i a_i|` of the target b and the `weights` x of the rows `chosen`, which are those held, in that order,
/// and leave what is `left`: from `|r|^2 = |b|^2 - sum_i x_i <a_i, b + r>`.
pub(super) fn residual(
    atoms: &(impl Atoms + ?Sized),
    chosen: &[usize],
    weights: &[f64],
    left: &[f64],
) -> f64 {
    let target = atoms.target();
    let after = atoms.held_correlations(left);
    let gained = chosen
        .iter()
        .zip(weights)
        .zip(after)
        .map(|((&candidate, weight), after)| weight * (target.correlations[candidate] + after));
    (target.norm.powi(2) - gained.sum::<f64>()).max(0.0).sqrt()
}

/// Lets the row of the most negative of the solved `weights` leave the factor and solves again, until all
/// are above 0 (the authors' rule). Returns one weight per row of the support, 0 for those that left.
fn drop_most_negative(factor: &mut Cholesky, mut weights: Vec<f64>) -> Vec<f64> {
    let rows = weights.len();
    let mut places: Vec<usize> = (0..rows).collect();
    while let Some(leaver) = first_minimum(weights.iter().copied()) {
        if weights[leaver] > 0.0 {
            break;
        }
        factor.remove(leaver);
        places.remove(leaver);
        weights = factor.solve();
    }
    spread(&places, &weights, rows)
}

/// Walks from the `old` weights towards the solved `weights` until the first reaches 0, whose row leaves the
/// factor, and so on (the inner loop of Lawson and Hanson). Returns as [`drop_most_negative`] does.
pub(super) fn walk(factor: &mut Cholesky, old: &[f64], mut weights: Vec<f64>) -> Vec<f64> {
    let mut places: Vec<usize> = (0..old.len()).collect();
    let mut position = old.to_vec();
    while weights.iter().any(|weight| *weight <= 0.0) {
        let share = |(&from, &to): (&f64, &f64)| match to {
            _ if to > 0.0 => f64::INFINITY,
            _ if from > 0.0 => from / (from - to),
            _ => 0.0,
        };
        let shares: Vec<f64> = position.iter().zip(&weights).map(share).collect();
        let Some(leaver) = first_minimum(shares.iter().copied()) else { break };
        for (from, to) in position.iter_mut().zip(&weights) {
            *from += shares[leaver] * (to - *from);
        }
        factor.remove(leaver);
        places.remove(leaver);
        position.remove(leaver);
        weights = factor.solve();
    }
    spread(&places, &weights, old.len())
}

/// Index of the smallest value, the first among equals.
fn first_minimum(values: impl Iterator<Item = f64>) -> Option<usize> {
    values.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
}

/// `length` weights: `weights` at `places`, 0 elsewhere.
fn spread(places: &[usize], weights: &[f64], length: usize) -> Vec<f64> {
    let mut all = vec![0.0; length];
    for (&place, &weight) in places.iter().zip(weights) {
        all[place] = weight;
    }
    all
}

#[cfg(test)]
mod tests;
