//! Figure 5: what pruning does to the coreset: its noise (a), overfitting (b), and the loss of
//! noisy samples against clean ones (c), by epoch.

mod gap;
mod noise;
mod ratio;

use super::Artifact;
use crate::figure::{Figure, HEIGHT, Panel, WIDTH, compose};
use crate::read::over_epochs::Series;
use crate::read::results::{FigureError, Results, Wanted};
use crate::scene::{Axis, Entry, Mark, Plot};

/// Its entry in the registry.
pub(super) const ARTIFACT: Artifact = Artifact {
    name: "figure5",
    line: "Noise, overfitting and losses by epoch",
    commands: &["make figures", "swast-trainer sweep figure5"],
    draw: figure,
};

/// Draws a panel from its rows.
type PanelOf = fn(&Results, Wanted) -> Result<Panel, FigureError>;

/// The figure from `runs.csv`, `epochs.csv` and `selections.csv`; each panel has runs of its own.
fn figure(results: &Results) -> Result<Figure, FigureError> {
    let panels: [PanelOf; 3] = [noise::panel, gap::panel, ratio::panel];
    let drawn = (0..).zip(panels).map(|(i, panel)| panel(results, ARTIFACT.rows_of_panel(i)));
    compose(ARTIFACT.name, drawn)
}

/// Means by epoch, with bands over the range of seeds where there are several.
fn plot(title: &str, y: &str, series: &[Series]) -> Plot {
    let (mut bands, mut lines, mut legend) = (Vec::new(), Vec::new(), Vec::new());
    for one in series.iter().filter(|s| !s.points.is_empty()) {
        let look = one.variant.look();
        if one.points.iter().any(|(_, s)| s.count > 1) {
            let points = one.points.iter().map(|(e, s)| (*e, s.low, s.high)).collect();
            bands.push(Mark::Band(points, look.colour));
        }
        let points = one.points.iter().map(|(e, s)| (*e, s.mean)).collect();
        lines.push(Mark::Line(points, look));
        legend.push(Entry::line(look, one.variant.label()));
    }
    let points = || series.iter().flat_map(|s| s.points.iter());
    Plot {
        width: WIDTH,
        height: HEIGHT,
        title: title.to_owned(),
        x: Axis::whole("epoch", points().map(|p| p.0)),
        y: Axis::linear(y, points().flat_map(|p| [p.1.low, p.1.high])),
        marks: bands.into_iter().chain(lines).collect(),
        legend,
    }
}

/// What lines and bands are, after what is measured; nothing for one seed.
fn drawn(series: &[Series]) -> &'static str {
    let several = series.iter().flat_map(|one| &one.points).any(|(_, values)| values.count > 1);
    if several { "; lines are means over seeds, bands their range" } else { "" }
}

/// The one unpruned series and the pruned ones.
fn split(series: &[Series]) -> (Option<&Series>, Vec<&Series>) {
    let base = series.iter().find(|s| s.variant.name == "coreset-only");
    (base, series.iter().filter(|s| s.variant.name == "cut").collect())
}
