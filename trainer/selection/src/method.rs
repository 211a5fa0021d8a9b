//! The methods of selection, a file each: its struct is its options, the defaults those of training.

pub mod compat;
pub mod craig;
pub mod el2n;
pub mod forgetting;
pub mod full;
pub mod glister;
pub mod gradmatch;
pub mod grand;
pub mod herding;
pub mod k_center;
pub mod moderate;
pub mod random;
pub mod uncertainty;

use std::borrow::Cow;

use swast_tables::spec::{Options, SpecError, checked};

use crate::guide::Guide;
use crate::kernel::dot::Element;
use crate::quota::class_sizes;
use crate::{Coreset, Needs, Parts, Pool, SelectError, Selector};

/// What a method does with its options. It becomes a [`Selector`] by this.
pub trait Method: Options + Copy + Send + Sync {
    /// All that it may need, however it is set up.
    const NEEDS: Needs;
    /// When to choose it, and how to use its weights.
    const GUIDE: Guide;
    /// Whether it takes all samples, whatever the budget.
    const TAKES_ALL: bool = false;
    /// The key and the value that make it select within each class, where it can.
    const PER_CLASS: Option<(&'static str, &'static str)> = None;
    /// What help says of [`Self::alone`] where one default is not the whole of it, in a line.
    const ALONE: &'static str = "";

    /// What it needs, as it is set up.
    fn needs(&self) -> Needs {
        Self::NEEDS
    }

    /// The parts of a pool that it can look at by themselves, as it is set up.
    fn parts(&self) -> Parts {
        Parts::Whole
    }

    /// Defaults of a selection outside training, in which options that are given take the place of these. They may
    /// depend on the options as `asked`, those of training where none is given.
    fn alone(asked: Self, _case: Alone) -> Self {
        asked
    }

    /// The same method with options that others settle as those settle them, so that what is equal is written alike.
    ///
    /// # Errors
    /// When two options contradict each other.
    fn settled(self) -> Result<Self, SpecError> {
        Ok(self)
    }

    /// Refuses what cannot be chosen, `budget` samples (at least 1 and no more than there are) of classes of these
    /// `sizes`, before any work.
    ///
    /// # Errors
    /// When it cannot.
    fn check(&self, _sizes: &[usize], _budget: usize) -> Result<(), SelectError> {
        Ok(())
    }

    /// A score for each sample, where its [`Self::parts`] are scored; else none.
    ///
    /// # Errors
    /// When the pool does not tell what the method needs, or not as it must.
    fn scores<E: Element>(&self, _pool: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        Ok(Vec::new())
    }

    /// As [`Selector::select`], with labels, budget and options already checked.
    ///
    /// # Errors
    /// When the pool does not tell what the method needs, or not as it must.
    fn choose<E: Element>(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError>;

    /// As [`Self::choose`], for a class by itself; places may be left empty for [`Self::fill`].
    ///
    /// # Errors
    /// As for [`Self::choose`].
    fn choose_class<E: Element>(
        &self,
        class: &Pool<E>,
        budget: usize,
    ) -> Result<Coreset, SelectError> {
        self.choose(class, budget)
    }

    /// Fills the places up to `budget` that the classes left empty.
    fn fill<E: Element>(&self, _coreset: &mut Coreset, _pool: &Pool<E>, _budget: usize) {}
}

/// The score of every sample of `pool` by `method`: those that are given, or else those that follow from other evidence.
///
/// # Errors
/// When there is not one for each sample, or the evidence is not what the method needs.
fn scores<'a, E: Element>(
    method: &impl Method,
    pool: &Pool<'a, E>,
) -> Result<Cow<'a, [f64]>, SelectError> {
    let samples = pool.labels.len();
    match pool.evidence.scores {
        Some(scores) if scores.len() == samples => Ok(Cow::Borrowed(scores)),
        Some(scores) => Err(SelectError::Rows { what: "scores", rows: scores.len(), samples }),
        None => Ok(Cow::Owned(method.scores(pool)?)),
    }
}

/// Says that an option, by key and value, does not fit the rest of a request.
fn conflict<M: Options>((key, value): (&str, &str), reason: &str) -> SpecError {
    let (key, value, reason) = (key.to_owned(), value.to_owned(), reason.to_owned());
    SpecError::Value { method: M::NAME, key, value, reason }
}

/// The selection outside training that defaults are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone {
    /// Whether features are given.
    pub features: bool,
}

impl<M: Method, E: Element> Selector<E> for M {
    fn name(&self) -> &'static str {
        M::NAME
    }

    fn needs(&self) -> Needs {
        Method::needs(self)
    }

    fn parts(&self) -> Parts {
        Method::parts(self)
    }

    fn scores(&self, part: &Pool<E>) -> Result<Vec<f64>, SelectError> {
        Method::scores(self, part)
    }

    fn select(&self, pool: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        let budget = if M::TAKES_ALL { pool.labels.len() } else { budget };
        ready(self, pool, budget)?.choose(pool, budget)
    }

    fn select_class(&self, class: &Pool<E>, budget: usize) -> Result<Coreset, SelectError> {
        ready(self, class, budget)?.choose_class(class, budget)
    }

    fn fill(&self, coreset: &mut Coreset, pool: &Pool<E>, budget: usize) {
        Method::fill(self, coreset, pool, budget);
    }
}

/// The method, settled, once it is sure that it can choose `budget` samples of `pool`.
fn ready<M: Method, E: Element>(
    method: &M,
    pool: &Pool<E>,
    budget: usize,
) -> Result<M, SelectError> {
    pool.check(budget)?;
    checked(method)?;
    let method = method.settled()?;
    method.check(&class_sizes(pool.labels, pool.classes), budget)?;
    Ok(method)
}
