//! What the commands say: CSV on stdout for own points, a short summary for the studies, progress on
//! stderr.

use std::io::{Write, stderr, stdout};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use swast_analysis::epsilon::Extremes;
use swast_analysis::prune::PrunedFit;
use swast_analysis::reference::Reference;
use swast_analysis::scale::Scale;
use swast_analysis::study::{TRAINING_SETS, hurt_more};
use swast_analysis::text::{self, short};
use swast_figures::lab::needed;
use swast_tables::growth::{Observation, growth};
use swast_tables::rows::lab::BestCoresetRow;
use swast_tables::rows::{EpsilonRow, PruneStudyRow};
use swast_tables::share::share;
use swast_tables::stats::{Band, band_of_all};

/// A bar over `steps` on stderr; hidden where stderr is no terminal.
pub(crate) fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}, {eta} left");
    ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Prints `degree,epsilon,lambda_max,lambda_min`.
pub(crate) fn extremes(degrees: &[usize], found: &[Extremes]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(stdout().lock());
    writer.write_record(["degree", "epsilon", "lambda_max", "lambda_min"])?;
    for (degree, e) in degrees.iter().zip(found) {
        writer.serialize((degree, e.epsilon(), e.lambda_max, e.lambda_min))?;
    }
    Ok(writer.flush()?)
}

/// Prints `power,coefficient,pruned_coefficient`, and the losses on `points` points on stderr.
pub(crate) fn fit(
    fitted: &PrunedFit,
    points: usize,
    (before, after): (f64, f64),
    scale: &Scale,
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(stdout().lock());
    // A file of coefficients must not lose whose powers they belong to.
    let variable = scale.is_rescaled().then(|| scale.to_string());
    let header = ["power", "coefficient", "pruned_coefficient", "variable"];
    writer.write_record(&header[..if variable.is_some() { 4 } else { 3 }])?;
    let pairs = fitted.fit.coefficients.iter().zip(&fitted.pruned_coefficients);
    for (power, (coefficient, pruned)) in pairs.enumerate() {
        match &variable {
            Some(variable) => writer.serialize((power, coefficient, pruned, variable))?,
            None => writer.serialize((power, coefficient, pruned))?,
        }
    }
    writer.flush()?;
    let (rank, cutoff) = (fitted.fit.rank, fitted.fit.rank_cutoff);
    writeln!(
        stderr(),
        "mean squared error on the points: {before:e} before pruning, {after:e} after"
    )?;
    let most = points.min(fitted.fit.coefficients.len());
    writeln!(stderr(), "rank {rank} of at most {most} at the relative cut-off {cutoff:e}")?;
    let count = fitted.fit.coefficients.len();
    if rank < count {
        let which = "other polynomials fit the points as well, these coefficients are the smallest";
        writeln!(
            stderr(),
            "warning: the points settle {rank} of {count} coefficients: {which}; lower --degree for a single fit"
        )?;
    }
    Ok(())
}

/// Tells on stderr in which variable points are fitted, where it is not x.
pub(crate) fn rescaled(scale: &Scale) -> anyhow::Result<()> {
    if scale.is_rescaled() {
        let why = "which runs over [-1, 1] where x runs over the points (or over --domain)";
        writeln!(stderr(), "rescaled: polynomials and coefficients are in {scale}, {why}")?;
    }
    Ok(())
}

/// Prints medians and bands of the losses, and in how many draws pruning hurt the full set more. Own points
/// have a `reference` in place of a true function.
pub(crate) fn prune(rows: &[PruneStudyRow], reference: Option<&Reference>) -> anyhow::Result<()> {
    let draws = rows.len() / 2;
    let against = match reference {
        None => "loss against the true function",
        Some(Reference::None) => "loss on the points of each fit",
        Some(_) => "loss against the reference",
    };
    if let Some(reference) = reference {
        writeln!(stdout(), "no truth known: compared with {reference}")?;
    }
    let title = format!("{against}, {}", over(draws as u64));
    let of = |set: &str, loss: fn(&PruneStudyRow) -> f64| {
        let values: Vec<f64> = rows.iter().filter(|r| r.training_set == set).map(loss).collect();
        banded(&values)
    };
    let line = |set: &str| {
        let rise = |r: &PruneStudyRow| r.compared().1 - r.compared().0;
        vec![
            set.to_owned(),
            of(set, |r| r.compared().0),
            of(set, |r| r.compared().1),
            of(set, rise),
        ]
    };
    let head = ["fitted to", "before pruning", "after", "change"].map(str::to_owned).to_vec();
    let lines = [vec![head], TRAINING_SETS.into_iter().map(line).collect()].concat();
    columns(&title, &lines)?;
    let hurt = hurt_more(rows);
    if let [hurt] = hurt[..] {
        let less = if hurt { "" } else { "does not " };
        let raises = if hurt { "raises" } else { "raise" };
        let words = "the loss more on the full set than on the coreset in this draw";
        return Ok(writeln!(stdout(), "pruning {less}{raises} {words}")?);
    }
    let words = "pruning raises the loss more on the full set than on the coreset in";
    Ok(writeln!(stdout(), "{words} {} of draws", share(&hurt))?)
}

/// Prints median and band at some degrees, and the growth rate, of each pairing and solver.
pub(crate) fn epsilon(rows: &[EpsilonRow]) -> anyhow::Result<()> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for row in rows {
        let group = (row.pairing.as_str(), row.solver.as_str());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let draws = rows.last().map_or(0, |row| row.trial + 1);
    let mut degrees: Vec<usize> = rows.iter().map(|row| row.degree).collect();
    degrees.sort_unstable();
    degrees.dedup();
    let of_group = |(pairing, solver): (&str, &str)| {
        let (pairing, solver) = (pairing.to_owned(), solver.to_owned());
        rows.iter().filter(move |r| r.pairing == pairing && r.solver == solver)
    };
    let head = groups.iter().map(|(pairing, solver)| format!("{pairing} {solver}"));
    let mut lines = vec![std::iter::once("degree".to_owned()).chain(head).collect::<Vec<_>>()];
    // Half a dozen degrees tell the story; the table has all of them.
    for degree in degrees.iter().step_by(degrees.len().div_ceil(6)).chain(degrees.last()) {
        let cell = |group: &(&str, &str)| {
            let of_degree = of_group(*group).filter(|r| r.degree == *degree);
            banded(&of_degree.map(|r| r.epsilon).collect::<Vec<_>>())
        };
        let line = std::iter::once(degree.to_string()).chain(groups.iter().map(cell)).collect();
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    columns(&format!("coreset difficulty I, {}", over(draws)), &lines)?;
    for group in groups {
        if let Some(growth) = growth(of_group(group).map(Observation::from)) {
            let interval = growth.interval.map_or_else(
                || " (in this draw)".to_owned(),
                |(low, high)| format!(" (95 %: {low:.4} - {high:.4})"),
            );
            writeln!(
                stdout(),
                "{} {}: ln I grows by {:.4}{interval} per degree; {} values that are not finite or 0 left out",
                group.0,
                group.1,
                growth.rate,
                growth.left_out
            )?;
        }
    }
    Ok(())
}

/// Prints how many points each degree needs for I up to `goal`, by method.
pub(crate) fn best_coreset(rows: &[BestCoresetRow], goal: f64) -> anyhow::Result<()> {
    let mut methods: Vec<&str> = Vec::new();
    let mut degrees: Vec<usize> = Vec::new();
    let largest = rows.iter().map(|row| row.size).max();
    for row in rows {
        // A method that does not go up to the largest size cannot say what is needed.
        if Some(row.size) == largest && !methods.contains(&row.method.as_str()) {
            methods.push(&row.method);
        }
        if !degrees.contains(&row.degree) {
            degrees.push(row.degree);
        }
    }
    degrees.sort_unstable();
    let (draws, points) = rows.last().map_or((0, 0), |row| (row.trial + 1, row.points));
    let head = std::iter::once("degree").chain(methods.iter().copied());
    let mut lines = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    for degree in degrees {
        let cell = |method: &&str| {
            needed(rows, degree, method, goal).map_or_else(|| "-".to_owned(), |n| n.to_string())
        };
        lines.push(std::iter::once(degree.to_string()).chain(methods.iter().map(cell)).collect());
    }
    let title = format!(
        "points of {points} needed for a median I of at most {goal} from there on, {} (-: none of the sizes)",
        text::draws(draws)
    );
    columns(&title, &lines)
}

/// Prints what was written where.
pub(crate) fn written(files: &[String], out: &Path) -> anyhow::Result<()> {
    Ok(writeln!(stdout(), "written: {} in {}", files.join(", "), out.display())?)
}

/// What a table of `draws` draws gives.
fn over(draws: u64) -> String {
    if draws == 1 { text::draws(1) } else { format!("median (5-95 %) of {}", text::draws(draws)) }
}

/// The median with its band, or the value of a single draw.
fn banded(values: &[f64]) -> String {
    if let [value] = values {
        return short(*value);
    }
    let of =
        |band: Band| format!("{} ({} - {})", short(band.median), short(band.low), short(band.high));
    band_of_all(values).map_or_else(|| "none".to_owned(), of)
}

/// Prints a title and lines of cells, each column as wide as its widest cell.
fn columns(title: &str, lines: &[Vec<String>]) -> anyhow::Result<()> {
    let mut text = stdout().lock();
    writeln!(text, "{title}")?;
    let count = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| {
        let cells = lines.iter().filter_map(|line| line.get(i));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        writeln!(text, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
