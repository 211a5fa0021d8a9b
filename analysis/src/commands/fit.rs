//! `swast-analysis fit`

use swast_analysis::Error;
use swast_analysis::design::equispaced;
use swast_analysis::fit::{Fit, mean_squared_error};
use swast_analysis::points::{self, Points};
use swast_analysis::poly::Basis;
use swast_analysis::prune::PrunedFit;
use swast_analysis::scale::Scale;
use swast_analysis::study::GRID_POINTS;
use swast_figures::lab;
use swast_tables::folder::claim;
use swast_tables::rows::PruneCurveRow;
use swast_tables::rows::lab::PointRow;

use super::{check_size, pruning, say_lowered, setting, variable};
use crate::args::FitArgs;
use crate::{pictures, report};

/// `swast-analysis fit`
pub(crate) fn execute(args: &FitArgs) -> anyhow::Result<()> {
    let pruning = pruning(&args.pruning, args.pruning.degree)?;
    if args.original && pruning.basis != Basis::Monomial {
        let reason = "powers of x are wanted, not another basis; use --basis monomial";
        return Err(setting("--original", reason).into());
    }
    let given = points::read(&args.data)?.points;
    let scale = variable(args.domain, &given)?;
    check_size(given.len(), pruning.degree)?;
    if args.plot {
        claim(&args.run.out)?;
    }
    let points = scale.points(&given);
    let fitted = pruning.apply(&points)?;
    let loss = |coefficients: &[f64]| mean_squared_error(coefficients, pruning.basis, &points);
    let losses = (loss(&fitted.fit.coefficients), loss(&fitted.pruned_coefficients));
    if !(losses.0.is_finite() && losses.1.is_finite()) {
        return Err(Error::Overflow { degree: pruning.degree }.into());
    }
    if args.original {
        let original = PrunedFit {
            pruned_coefficients: scale.original(&fitted.pruned_coefficients, &points)?,
            fit: Fit {
                coefficients: scale.original(&fitted.fit.coefficients, &points)?,
                ..fitted.fit
            },
        };
        report::fit(&original, points.len(), losses, &Scale::IDENTITY)?;
    } else {
        report::fit(&fitted, points.len(), losses, &scale)?;
        report::rescaled(&scale)?;
    }
    if args.plot {
        draw(args, (&given, &scale), (&fitted, pruning.pruned))?;
    }
    say_lowered(&args.pruning, pruning.degree);
    Ok(())
}

/// Draws the points and their fit without a word on stdout, which is the table's.
fn draw(
    args: &FitArgs,
    (points, scale): (&Points, &Scale),
    (fitted, pruned): (&PrunedFit, usize),
) -> anyhow::Result<()> {
    let (low, high) = points.range();
    let basis = args.pruning.basis;
    let row = |u: f64| PruneCurveRow {
        training_set: "full".to_owned(),
        x: scale.undo(u),
        truth: f64::NAN,
        fit: basis.eval(&fitted.fit.coefficients, u),
        pruned_fit: basis.eval(&fitted.pruned_coefficients, u),
    };
    let grid = equispaced(scale.apply(low), scale.apply(high), GRID_POINTS);
    let curves: Vec<PruneCurveRow> = grid.into_iter().map(row).collect();
    let shown = |(x, y)| PointRow { x, y, noisy: 0, coreset: 1 };
    let shown: Vec<PointRow> = points.iter().map(shown).collect();
    let degree = args.pruning.degree;
    let plot = lab::own_fit(&curves, &shown, &format!("Fit of degree {degree}"), pictures::SIZE);
    let caption = format!(
        "Polynomial of degree {degree} fitted to {} points, before and after its {pruned} smallest coefficients are set to 0; curves end at the frame.",
        points.len()
    );
    pictures::write(&args.run, &[pictures::picture("fit", vec![vec![plot]], caption)])?;
    Ok(())
}
