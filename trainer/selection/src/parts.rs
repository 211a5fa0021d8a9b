//! In which parts a selector may see a pool that is too large to be known all at once.

/// The parts of a pool that a selector can look at by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Any samples: [`scores`](crate::Selector::scores) of all of them are all it needs.
    Samples,
    /// Whole classes: [`scores`](crate::Selector::scores) of all of them are all it needs.
    ScoredClasses,
    /// Whole classes: their coresets ([`select_class`](crate::Selector::select_class)), for budgets shared out by largest
    /// remainder, make up the coreset once what they leave empty is [filled](crate::Selector::fill).
    Classes,
    /// None but the whole pool.
    Whole,
}
