//! Pictures beside the tables.

use swast_analysis::epsilon::Extremes;
use swast_analysis::points::Points;
use swast_analysis::trials::{Pairing, Solver};
use swast_figures::draw;
use swast_figures::figure::Picture;
use swast_figures::lab;
use swast_figures::scene::{Plot, Sheet};
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;

use crate::args::RunArgs;

/// Size of a plot, as in the figures of the paper.
pub(super) const SIZE: lab::Size = (1600, 1050);

/// Writes `pictures` in the formats asked for; answers their file names.
pub(super) fn pictures(run: &RunArgs, pictures: &[Picture]) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for picture in pictures {
        for path in draw::write(picture, &run.out, &run.format)? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            names.extend(name);
        }
    }
    Ok(names)
}

/// Plots side by side in rows over a caption.
pub(super) fn picture(name: &str, rows: Vec<Vec<Plot>>, caption: String) -> Picture {
    let sheet = Sheet { rows, caption: vec![caption] };
    Picture { name: name.to_owned(), sheet }
}

/// Draws I of one's own points against the degree; says nothing, as stdout is the table's.
pub(super) fn own_difficulty(
    run: &RunArgs,
    (pairing, solver): (Pairing, Solver),
    (full, coreset): (&Points, &Points),
    (degrees, found): (&[usize], &[Extremes]),
) -> anyhow::Result<()> {
    let rest = if pairing == Pairing::Subset { full.len() - coreset.len() } else { full.len() };
    let row = |(degree, extremes): (&usize, &Extremes)| EpsilonRow {
        trial: 0,
        seed: run.seed,
        function: "data".to_owned(),
        pairing: name_of(pairing),
        design: "data".to_owned(),
        degree: *degree,
        noisy: rest,
        clean: coreset.len(),
        noise: f64::NAN,
        solver: name_of(solver),
        epsilon: extremes.epsilon(),
    };
    let rows: Vec<EpsilonRow> = degrees.iter().zip(found).map(row).collect();
    let caption = format!(
        "Coreset difficulty I of {} points for a full set of {} points, by degree.",
        coreset.len(),
        full.len()
    );
    let plots = vec![vec![lab::difficulty(&rows, SIZE)]];
    pictures(run, &[picture("epsilon", plots, caption)]).map(|_| ())
}
