//! `swast-analysis best-coreset`

use clap::ValueEnum;
use swast_analysis::best::{BestStudy, Method, check_sizes, difficulties};
use swast_analysis::draw::{Draw, Trials};
use swast_analysis::generate::PartlyNoisy;
use swast_analysis::points;
use swast_analysis::text;
use swast_figures::lab;
use swast_tables::folder::claim;
use swast_tables::names::name_of;
use swast_tables::rows::lab::BestCoresetRow;

use super::{check_rows, check_size, setting, variable, with_progress, write};
use crate::args::BestArgs;
use crate::{pictures, report};

/// `swast-analysis best-coreset`
pub(crate) fn execute(args: &BestArgs) -> anyhow::Result<()> {
    if !(args.goal.is_finite() && args.goal > 0.0) {
        return Err(setting(
            "--goal",
            &format!("{} is no I to reach; give more than 0", args.goal),
        )
        .into());
    }
    // The exhaustive search is a check for small sets; it has to be asked for.
    let asked = |m: &&Method| match args.method.as_slice() {
        [] => **m != Method::Exhaustive,
        named => named.contains(m),
    };
    let methods: Vec<Method> = Method::value_variants().iter().filter(asked).copied().collect();
    let highest = args.degrees.0.iter().copied().max().unwrap_or(0);
    let rows = match &args.data {
        Some(path) => {
            let points = points::read(path)?.points;
            check_size(points.len(), highest)?;
            own_rows(args, &points, &methods)?
        }
        None => {
            let study = BestStudy {
                recipe: PartlyNoisy {
                    target: args.draw.function,
                    design: args.design,
                    points: args.points,
                    noise: args.draw.noise,
                    noisy_fraction: args.draw.noisy_fraction,
                },
                degrees: args.degrees.0.clone(),
                sizes: sizes(args, args.points),
                methods,
            };
            study.check()?;
            check_size(args.points, highest)?;
            let sides = [study.degrees.len(), study.sizes.len(), study.methods.len()];
            check_rows(args.trials, &sides)?;
            let steps = args.trials * study.degrees.len() as u64;
            let trials = Trials { seed: args.run.seed, count: args.trials };
            claim(&args.run.out)?;
            with_progress(&args.run, steps, |done| study.run(trials, done))?
        }
    };
    write(&args.run.out, &rows)?;
    let size = (pictures::SIZE.0, pictures::SIZE.1 - 150);
    let plot = |degree: &usize| lab::size(&rows, *degree, args.goal, size);
    let mut plots: Vec<_> = args.degrees.0.iter().map(plot).collect();
    // One legend serves all.
    plots.iter_mut().skip(1).for_each(|plot| plot.legend.clear());
    let pairs = plots.chunks(2).map(<[_]>::to_vec).collect();
    let picture = pictures::picture("best_coreset", pairs, caption(args, &rows));
    let drawn = pictures::write(&args.run, &[picture])?;
    report::best_coreset(&rows, args.goal)?;
    report::written(&[vec!["best_coreset.csv".to_owned()], drawn].concat(), &args.run.out)
}

fn sizes(args: &BestArgs, points: usize) -> Vec<usize> {
    args.sizes.as_ref().map_or_else(|| (1..points.max(2)).collect(), |sizes| sizes.0.clone())
}

/// The rows of one's own points, one draw; what is random goes by the seed.
fn own_rows(
    args: &BestArgs,
    points: &points::Points,
    methods: &[Method],
) -> anyhow::Result<Vec<BestCoresetRow>> {
    let sizes = sizes(args, points.len());
    check_sizes(&sizes, points.len())?;
    let scale = variable(args.domain, points)?;
    claim(&args.run.out)?;
    let (mut rows, draw) = (Vec::new(), Draw::first(args.run.seed));
    for degree in &args.degrees.0 {
        let found = difficulties(points, (&scale, *degree), methods, &sizes, draw)?;
        rows.extend(found.into_iter().map(|found| BestCoresetRow {
            trial: 0,
            seed: args.run.seed,
            function: "data".to_owned(),
            design: "data".to_owned(),
            points: points.len(),
            noisy_fraction: f64::NAN,
            noise: f64::NAN,
            degree: *degree,
            method: name_of(found.method),
            size: found.size,
            epsilon: found.epsilon,
        }));
    }
    Ok(rows)
}

fn caption(args: &BestArgs, rows: &[BestCoresetRow]) -> String {
    let draws = rows.last().map_or(0, |row| row.trial + 1);
    let drawn = match rows.first() {
        Some(row) if args.data.is_none() => format!(
            "{}, {} {} points, noise {} on a share of {}",
            row.function, row.points, row.design, row.noise, row.noisy_fraction
        ),
        Some(row) => format!("{} points of one's own", row.points),
        None => String::new(),
    };
    let over = match draws {
        1 => text::draws(1),
        _ => format!("median of {}", text::draws(draws)),
    };
    format!(
        "Difficulty I of coresets that are part of the full set, by size: {over}; {drawn}. Dashed grey: the goal."
    )
}
