//! `swast-analysis map`

use clap::ValueEnum;
use swast_analysis::design::Design;
use swast_analysis::draw::Trials;
use swast_analysis::generate::{Apart, PartlyNoisy};
use swast_analysis::map::{Ground, Kind, difficulties, pruned_losses};
use swast_analysis::text;
use swast_figures::figure::Picture;
use swast_figures::lab::{self, Map};
use swast_tables::folder::claim;
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;
use swast_tables::rows::lab::PruneMapRow;
use swast_tables::table;

use super::{check_rows, check_size, pruning, say_lowered, setting, with_progress, write};
use crate::args::MapArgs;
use crate::{pictures, report};

/// Noise levels of `noise-degree`.
const LEVELS: usize = 20;
/// The highest degree of a map by default.
const HIGHEST: usize = 22;
const DIFFICULTY_MAP: &str = "difficulty_map.csv";

/// `swast-analysis map`
pub(crate) fn execute(args: &MapArgs) -> anyhow::Result<()> {
    let all = Kind::value_variants();
    let kinds: Vec<Kind> =
        all.iter().filter(|k| args.kinds.is_empty() || args.kinds.contains(k)).copied().collect();
    let (mut losses, mut drawn, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for kind in &kinds {
        check(args, *kind)?;
    }
    claim(&args.run.out)?;
    // The number that is pruned is itself a side of `pruned-noisy`.
    let lowered = kinds.contains(&Kind::NoiseDegree).then(|| lowest(args, Kind::NoiseDegree));
    for kind in kinds {
        if kind == Kind::DegreeSize {
            let rows = difficulty_rows(args)?;
            // The rows of `epsilon.csv`, under a name of their own: those there are another study's.
            let text = table::text(&rows);
            table::replace(&args.run.out.join(DIFFICULTY_MAP), text.as_bytes())?;
            written.push(DIFFICULTY_MAP.to_owned());
            drawn.push(difficulty_picture(args, &rows));
            continue;
        }
        let cells = cells(args, kind)?;
        let rows = with_progress(&args.run, cells.len() as u64, |done| {
            pruned_losses(kind, &cells, trials(args), done)
        })?;
        drawn.push(loss_picture(args, kind, &rows));
        losses.extend(rows);
    }
    if !losses.is_empty() {
        write(&args.run.out, &losses)?;
        written.insert(0, "prune_map.csv".to_owned());
    }
    written.extend(pictures::write(&args.run, &drawn)?);
    if let Some(degree) = lowered {
        say_lowered(&args.pruning, degree);
    }
    report::written(&written, &args.run.out)
}

/// Checks that the rows and the fits of a map fit into memory.
fn check(args: &MapArgs, kind: Kind) -> anyhow::Result<()> {
    let degrees = args.degrees.as_ref().map_or(LEVELS, |degrees| degrees.0.len());
    let highest = args.degrees.as_ref().and_then(|degrees| degrees.0.last().copied());
    let (sides, points, degree) = match kind {
        Kind::NoiseDegree => ([LEVELS, degrees], args.points, highest.unwrap_or(HIGHEST)),
        Kind::PrunedNoisy => {
            let degree = args.pruning.degree;
            ([degree + 2, args.points], args.points, degree)
        }
        Kind::DegreeSize => {
            let largest = args.sizes.0.last().copied().unwrap_or(0);
            ([args.sizes.0.len(), degrees], args.noisy + largest, highest.unwrap_or(HIGHEST))
        }
    };
    check_size(points, degree)?;
    Ok(check_rows(args.trials, &sides)?)
}

fn trials(args: &MapArgs) -> Trials {
    Trials { seed: args.run.seed, count: args.trials }
}

/// The cells of a map of pruned losses, all of them valid.
fn cells(args: &MapArgs, kind: Kind) -> anyhow::Result<Vec<Ground>> {
    let draw = &args.draw;
    let flags = &args.pruning;
    let degrees = degrees(args, kind);
    let lowest = lowest(args, kind);
    let ground = Ground {
        recipe: PartlyNoisy {
            target: draw.function,
            design: args.design.unwrap_or(Design::Equispaced),
            points: args.points,
            noise: draw.noise,
            noisy_fraction: draw.noisy_fraction,
        },
        pruning: pruning(flags, lowest)?,
    };
    if kind == Kind::PrunedNoisy {
        return Ok(ground.over_pruned_and_noisy());
    }
    if !(args.noise_max.is_finite() && args.noise_max > 0.0) {
        let reason = format!("{} is no largest noise; give more than 0", args.noise_max);
        return Err(setting("--noise-max", &reason).into());
    }
    let level = |i: usize| args.noise_max * i as f64 / LEVELS as f64;
    let noises: Vec<f64> = (1..=LEVELS).map(level).collect();
    Ok(ground.over_noise_and_degree(&noises, &degrees))
}

/// The degrees of a map of pruned losses.
fn degrees(args: &MapArgs, kind: Kind) -> Vec<usize> {
    match (&args.degrees, kind) {
        (Some(degrees), Kind::NoiseDegree) => degrees.0.clone(),
        (None, Kind::NoiseDegree) => (3..=HIGHEST).collect(),
        _ => vec![args.pruning.degree],
    }
}

fn lowest(args: &MapArgs, kind: Kind) -> usize {
    degrees(args, kind).into_iter().min().unwrap_or(args.pruning.degree)
}

fn loss_picture(args: &MapArgs, kind: Kind, rows: &[PruneMapRow]) -> Picture {
    let (x, y): (&str, &str) = match kind {
        Kind::NoiseDegree => ("degree of the polynomial", "noise level"),
        _ => ("coefficients pruned", "share of noisy points"),
    };
    let sides = |row: &PruneMapRow| match kind {
        Kind::NoiseDegree => (row.degree as f64, row.noise),
        _ => (row.pruned as f64, row.noisy_fraction),
    };
    let panel = |title: &str, loss: fn(&PruneMapRow) -> f64| {
        let observation = |row: &PruneMapRow| (sides(row).0, sides(row).1, loss(row));
        let observations = rows.iter().map(observation).collect();
        let (title, value) = (title.to_owned(), "median loss".to_owned());
        Map { title, x: x.to_owned(), y: y.to_owned(), value, observations, goal: None }
    };
    let maps = [
        panel("Pruned fit to all points", |row| row.loss_full),
        panel("Pruned fit to the coreset", |row| row.loss_coreset),
    ];
    let flags = &args.pruning;
    let fixed = match kind {
        Kind::NoiseDegree => {
            format!(
                "{} coefficients pruned, {} of the points noisy",
                rows.first().map_or(0, |row| row.pruned),
                args.draw.noisy_fraction
            )
        }
        _ => format!("degree {}, noise {}", flags.degree, args.draw.noise),
    };
    let caption = format!(
        "Median loss against the true function after pruning, {} a cell: {}, {} {} points, {fixed}, {} basis.",
        text::draws(args.trials),
        name_of(args.draw.function),
        args.points,
        name_of(args.design.unwrap_or(Design::Equispaced)),
        name_of(flags.basis)
    );
    pictures::picture(
        &format!("map_{}", name_of(kind).replace('-', "_")),
        vec![lab::maps(&maps, pictures::SIZE)],
        caption,
    )
}

fn difficulty_rows(args: &MapArgs) -> anyhow::Result<Vec<EpsilonRow>> {
    let degrees = args.degrees.as_ref().map_or_else(|| (1..=20).collect(), |d| d.0.clone());
    let apart = |clean: &usize| Apart {
        target: args.draw.function,
        design: args.design.unwrap_or(Design::Uniform),
        noisy: args.noisy,
        clean: *clean,
        noise: args.draw.noise,
    };
    let sets: Vec<Apart> = args.sizes.0.iter().map(apart).collect();
    with_progress(&args.run, sets.len() as u64, |done| {
        difficulties(&sets, &degrees, trials(args), done)
    })
}

fn difficulty_picture(args: &MapArgs, rows: &[EpsilonRow]) -> Picture {
    let observations = rows.iter().map(|r| (r.degree as f64, r.clean as f64, r.epsilon)).collect();
    let map = Map {
        title: "Selection difficulty I".to_owned(),
        x: "degree of the polynomial".to_owned(),
        y: "points in the coreset".to_owned(),
        value: "median of I".to_owned(),
        observations,
        goal: Some(0.5),
    };
    let caption = format!(
        "Median of I over {} a cell: {}, a full set of {} noisy points (noise {}) and a clean coreset drawn apart, {} design. Dots: I is at most 0.5. Grey: infinite.",
        text::draws(args.trials),
        name_of(args.draw.function),
        args.noisy,
        args.draw.noise,
        name_of(args.design.unwrap_or(Design::Uniform))
    );
    pictures::picture("map_degree_size", vec![lab::maps(&[map], pictures::SIZE)], caption)
}
