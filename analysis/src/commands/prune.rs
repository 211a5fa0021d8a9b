//! `swast-analysis prune`

use swast_analysis::draw::Trials;
use swast_analysis::generate::PartlyNoisy;
use swast_analysis::points;
use swast_analysis::scale::Scale;
use swast_analysis::study::{PruneStudy, Source};
use swast_analysis::target::Target;
use swast_figures::artifact::figure1;
use swast_figures::read::results::Results;
use swast_tables::folder::claim;

use super::{check_rows, check_size, pruning, variable, with_progress, write};
use crate::args::PruneArgs;
use crate::{pictures, report};

/// `swast-analysis prune`
pub(crate) fn execute(args: &PruneArgs) -> anyhow::Result<()> {
    let mut scale = Scale::IDENTITY;
    let source = match &args.data {
        None => Source::Generated(PartlyNoisy {
            target: args.function.unwrap_or(Target::Runge),
            design: args.design,
            points: args.points,
            noise: args.noise,
            noisy_fraction: args.noisy_fraction,
        }),
        Some(path) => {
            let (table, target) = (points::read(path)?, args.function);
            scale = variable(args.domain, &table.points)?;
            check_size(table.points.len(), args.pruning.degree)?;
            match table.marked() {
                Some(points) => Source::Marked { points, target, scale },
                None => Source::Unmarked {
                    points: table.points,
                    noisy_fraction: args.noisy_fraction,
                    target,
                    scale,
                },
            }
        }
    };
    // Points with marks are one draw, however often they are drawn.
    let count = if source.is_fixed() { 1 } else { args.trials };
    check_size(args.points, args.pruning.degree)?;
    check_rows(count, &[2])?;
    let trials = Trials { seed: args.run.seed, count };
    let study = PruneStudy::try_new(source, pruning(&args.pruning)?)?;
    claim(&args.run.out)?;
    let rows = with_progress(&args.run, count, |done| study.run(trials, done))?;
    let (curves, shown_points) = study.shown(args.run.seed)?;
    write(&args.run.out, &rows)?;
    write(&args.run.out, &curves)?;
    write(&args.run.out, &shown_points)?;
    let mut written =
        ["prune_study.csv", "prune_curves.csv", "prune_points.csv"].map(str::to_owned).to_vec();
    if args.plot {
        let drawn = figure1::pruning(&Results::new(&args.run.out))?;
        written.extend(pictures::write(&args.run, &drawn)?);
    }
    report::prune(&rows)?;
    report::rescaled(&scale)?;
    report::written(&written, &args.run.out)
}
