//! Loops that are worth the widest vectors of the processor they run on.

/// A piece of work whose loops are worth wide vectors. `run` and all it calls must be `#[inline(always)]`, so that they
/// are compiled where it is run.
pub(super) trait Work {
    /// What it makes.
    type Output;

    /// Does it.
    fn run(self) -> Self::Output;
}

/// What `work` makes.
pub(super) fn widely<W: Work>(work: W) -> W::Output {
    work.run()
}
