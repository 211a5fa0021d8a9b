//! Loops that are worth the widest vectors of the processor they run on.

use pulp::{Arch, NullaryFnOnce};

/// A piece of work whose loops are worth wide vectors. `run` and all it calls must be `#[inline(always)]`, so that they
/// are compiled where it is run.
pub(crate) trait Work {
    /// What it makes.
    type Output;

    /// Does it.
    fn run(self) -> Self::Output;
}

/// What `work` makes, compiled for every width and run in the widest there is. No products and sums are fused: every
/// width gives the same bits.
pub(crate) fn widely<W: Work>(work: W) -> W::Output {
    Arch::new().dispatch(Wide(work))
}

struct Wide<W>(W);

impl<W: Work> NullaryFnOnce for Wide<W> {
    type Output = W::Output;

    #[inline(always)]
    fn call(self) -> W::Output {
        self.0.run()
    }
}
