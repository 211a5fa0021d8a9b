//! `swast-analysis fit`

use swast_analysis::Error;
use swast_analysis::fit::{Fit, mean_squared_error};
use swast_analysis::points;
use swast_analysis::poly::Basis;
use swast_analysis::prune::PrunedFit;
use swast_analysis::scale::Scale;

use super::{check_size, pruning, setting, variable};
use crate::args::FitArgs;
use crate::report;

/// `swast-analysis fit`
pub(crate) fn execute(args: &FitArgs) -> anyhow::Result<()> {
    let pruning = pruning(&args.pruning)?;
    if args.original && pruning.basis != Basis::Monomial {
        let reason = "powers of x are wanted, not another basis; use --basis monomial";
        return Err(setting("--original", reason).into());
    }
    let points = points::read(&args.data)?.points;
    let scale = variable(args.domain, &points)?;
    check_size(points.len(), pruning.degree)?;
    let points = scale.points(&points);
    let fitted = pruning.apply(&points)?;
    let loss = |coefficients: &[f64]| mean_squared_error(coefficients, pruning.basis, &points);
    let losses = (loss(&fitted.fit.coefficients), loss(&fitted.pruned_coefficients));
    if !(losses.0.is_finite() && losses.1.is_finite()) {
        return Err(Error::Overflow { degree: pruning.degree }.into());
    }
    if args.original {
        let fitted = PrunedFit {
            pruned_coefficients: scale.original(&fitted.pruned_coefficients, &points)?,
            fit: Fit {
                coefficients: scale.original(&fitted.fit.coefficients, &points)?,
                ..fitted.fit
            },
        };
        return report::fit(&fitted, points.len(), losses, &Scale::IDENTITY);
    }
    report::fit(&fitted, points.len(), losses, &scale)?;
    report::rescaled(&scale)
}
