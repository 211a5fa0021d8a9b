//! What the commands say: CSV on stdout for own points, a short summary for the studies, progress on
//! stderr.

use std::io::{Write, stderr, stdout};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use swast_analysis::epsilon::Extremes;
use swast_analysis::prune::PrunedFit;
use swast_analysis::stats::{band, growth, share};
use swast_analysis::study::{TRAINING_SETS, hurt_more};
use swast_analysis::text::short;
use swast_figures::rows::{EpsilonRow, PruneStudyRow};

/// A bar over `trials` draws on stderr; hidden where stderr is no terminal.
pub(crate) fn progress(trials: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} draws, {eta} left");
    ProgressBar::with_draw_target(Some(trials), ProgressDrawTarget::stderr())
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

/// Prints `power,coefficient,pruned_coefficient`, and the losses on stderr.
pub(crate) fn fit(fitted: &PrunedFit, (before, after): (f64, f64)) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(stdout().lock());
    writer.write_record(["power", "coefficient", "pruned_coefficient"])?;
    let pairs = fitted.fit.coefficients.iter().zip(&fitted.pruned_coefficients);
    for (power, (coefficient, pruned)) in pairs.enumerate() {
        writer.serialize((power, coefficient, pruned))?;
    }
    writer.flush()?;
    let (rank, cutoff) = (fitted.fit.rank, fitted.fit.rank_cutoff);
    writeln!(
        stderr(),
        "mean squared error on the points: {before:e} before pruning, {after:e} after"
    )?;
    writeln!(stderr(), "rank {rank} at the relative cut-off {cutoff:e}")?;
    Ok(())
}

/// Prints medians and bands of the losses, and in how many draws pruning hurt the full set more.
pub(crate) fn prune(rows: &[PruneStudyRow], out: &Path) -> anyhow::Result<()> {
    let mut text = stdout().lock();
    writeln!(
        text,
        "loss against the true function over {} draws, median (5-95 %):",
        rows.len() / 2
    )?;
    for set in TRAINING_SETS {
        let of = |loss: fn(&PruneStudyRow) -> f64| {
            let values: Vec<f64> =
                rows.iter().filter(|r| r.training_set == set).map(loss).collect();
            let band = band(&values);
            format!("{} ({} - {})", short(band.median), short(band.low), short(band.high))
        };
        let (before, after) = (of(|row| row.loss_before), of(|row| row.loss_after));
        writeln!(text, "  {set:<8} before pruning {before}, after {after}")?;
    }
    let share = share(&hurt_more(rows));
    writeln!(
        text,
        "pruning raises the loss more on the full set than on the coreset in {share} of draws"
    )?;
    writeln!(
        text,
        "written: prune_study.csv, prune_curves.csv, prune_points.csv in {}",
        out.display()
    )?;
    Ok(())
}

/// Prints median and band at the lowest, a middle and the highest degree, and the growth rate, of
/// each pairing and solver.
pub(crate) fn epsilon(rows: &[EpsilonRow], out: &Path) -> anyhow::Result<()> {
    let mut text = stdout().lock();
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for row in rows {
        let group = (row.pairing.as_str(), row.solver.as_str());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let draws = rows.last().map_or(0, |row| row.trial + 1);
    writeln!(text, "coreset difficulty over {draws} draws, median (5-95 %):")?;
    for (pairing, solver) in groups {
        let of_group = || rows.iter().filter(|r| r.pairing == pairing && r.solver == solver);
        let mut degrees: Vec<usize> = of_group().map(|row| row.degree).collect();
        degrees.sort_unstable();
        degrees.dedup();
        let mut ends = vec![degrees[0], degrees[degrees.len() / 2], degrees[degrees.len() - 1]];
        ends.dedup();
        let at = |degree: usize| {
            let values: Vec<f64> =
                of_group().filter(|r| r.degree == degree).map(|r| r.epsilon).collect();
            let band = band(&values);
            format!(
                "degree {degree}: {} ({} - {})",
                short(band.median),
                short(band.low),
                short(band.high)
            )
        };
        let parts: Vec<String> = ends.into_iter().map(at).collect();
        writeln!(text, "  {pairing} {solver}  {}", parts.join(", "))?;
        let observations: Vec<_> = of_group().map(|r| (r.trial, r.degree, r.epsilon)).collect();
        if let Some(growth) = growth(&observations) {
            let interval = growth
                .interval
                .map_or_else(String::new, |(low, high)| format!(" (95 %: {low:.4} - {high:.4})"));
            writeln!(
                text,
                "    growth of ln I per degree: {:.4}{interval}; {} values that are not finite or 0 left out",
                growth.rate, growth.left_out
            )?;
        }
    }
    writeln!(text, "written: epsilon.csv in {}", out.display())?;
    Ok(())
}
