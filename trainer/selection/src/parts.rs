//! In which parts a selector may see a pool that is too large to be known all at once.

/// The parts of a pool that a selector can look at by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Any samples: [`scores`](crate::Selector::scores) of all of them are all it needs.
    Samples,
    /// Whole classes: [`scores`](crate::Selector::scores) of all of them are all it needs.
    ScoredClasses,
    /// Whole classes: their coresets, for budgets shared out by largest remainder, make up the coreset. Places that a class
    /// leaves empty then go to samples of that class.
    Classes,
    /// None but the whole pool.
    Whole,
}
