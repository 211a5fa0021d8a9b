//! `swast-analysis prune`

use swast_analysis::Error;
use swast_analysis::draw::Trials;
use swast_analysis::generate::PartlyNoisy;
use swast_analysis::points::{self, PointTable};
use swast_analysis::reference::Reference;
use swast_analysis::scale::Scale;
use swast_analysis::study::{PruneStudy, Source};
use swast_analysis::target::Target;
use swast_figures::artifact::figure1;
use swast_figures::read::results::Results;
use swast_tables::folder::claim;

use super::{
    check_rows, check_size, pruning, say_lowered, setting, variable, with_progress, write,
};
use crate::args::PruneArgs;
use crate::{pictures, report};

/// `swast-analysis prune`
pub(crate) fn execute(args: &PruneArgs) -> anyhow::Result<()> {
    let mut scale = Scale::IDENTITY;
    let reference = args.function.clone().unwrap_or(match args.data {
        Some(_) => Reference::Line,
        None => Reference::Function(Target::Runge),
    });
    let source = match &args.data {
        None => generated(args, &reference)?,
        Some(path) => {
            let table = points::read(path)?;
            scale = variable(args.domain, &table.points)?;
            check_size(table.points.len(), args.pruning.degree)?;
            own(args, table, (reference.clone(), scale))?
        }
    };
    // Points with marks are one draw, however often they are drawn.
    let count = if source.is_fixed() { 1 } else { args.trials };
    check_size(args.points, args.pruning.degree)?;
    check_rows(count, &[2])?;
    let trials = Trials { seed: args.run.seed, count };
    let study = PruneStudy::try_new(source, pruning(&args.pruning, args.pruning.degree)?)?;
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
    report::prune(&rows, args.data.as_ref().map(|_| &reference))?;
    report::rescaled(&scale)?;
    say_lowered(&args.pruning, args.pruning.degree);
    report::written(&written, &args.run.out)
}

fn generated(args: &PruneArgs, reference: &Reference) -> Result<Source, Error> {
    let Reference::Function(target) = *reference else {
        let reason = "generated points have a true function; name one of runge, abs, sine, exp, step, witch, gauss, or give your own points with --data";
        return Err(setting("--function", reason));
    };
    Ok(Source::Generated(PartlyNoisy {
        target,
        design: args.design,
        points: args.points,
        noise: args.noise,
        noisy_fraction: args.noisy_fraction,
    }))
}

fn own(
    args: &PruneArgs,
    table: PointTable,
    (reference, scale): (Reference, Scale),
) -> Result<Source, Error> {
    match table.marked() {
        Some(points) if args.resample => Source::resampled(points, reference, scale),
        Some(points) => Ok(Source::Marked { points, reference, scale }),
        None if args.resample => {
            let reason =
                "no column `noisy` says how many points are noisy; add one (1 noisy, 0 clean)";
            Err(setting("--resample", reason))
        }
        None => Ok(Source::Unmarked {
            points: table.points,
            noisy_fraction: args.noisy_fraction,
            reference,
            scale,
        }),
    }
}
