//! Drawings of the polynomial laboratory: one draw that a reader moves, many draws of it, maps over
//! two settings, and what a coreset's size buys. Rows in, plots out; sizes are the caller's.

mod coefficients;
mod fit;
mod map;
mod size;

use crate::artifact::figure1::{difficulty, losses};
use crate::scene::Plot;
use swast_tables::rows::{EpsilonRow, PruneStudyRow};

pub use coefficients::coefficients;
pub use fit::{fit, own_fit};
pub use map::{Map, maps};
pub use size::{needed, size};

/// Width and height of a plot in pixels, legend excluded.
pub type Size = (u32, u32);

/// Losses before and after pruning over all draws in `rows` (Figure 1d).
pub fn losses(rows: &[PruneStudyRow], size: Size) -> Plot {
    let study = losses::study(rows);
    let plot = losses::plot(&study);
    Plot { width: size.0, height: size.1, ..plot }
}

/// The coreset difficulty I against the degree (Figure 1c): exact values, the values of the
/// numerical search, the bound of a subset and the growth rate.
pub fn difficulty(rows: &[EpsilonRow], size: Size) -> Plot {
    sized(difficulty::plot(&difficulty::pairings(rows)), "Selection difficulty I by degree", size)
}

fn sized(plot: Plot, title: &str, (width, height): Size) -> Plot {
    Plot { width, height, title: title.to_owned(), ..plot }
}
