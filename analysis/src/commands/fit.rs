//! `swast-analysis fit`

use swast_analysis::Error;
use swast_analysis::fit::mean_squared_error;
use swast_analysis::points;
use swast_analysis::scale::Scale;

use super::pruning;
use crate::args::FitArgs;
use crate::report;

/// `swast-analysis fit`
pub(crate) fn execute(args: &FitArgs) -> anyhow::Result<()> {
    let pruning = pruning(&args.pruning)?;
    let points = points::read(&args.data)?.points;
    let scale = Scale::of(&points);
    let points = scale.points(&points);
    let fitted = pruning.apply(&points)?;
    let loss = |coefficients: &[f64]| mean_squared_error(coefficients, pruning.basis, &points);
    let losses = (loss(&fitted.fit.coefficients), loss(&fitted.pruned_coefficients));
    if !(losses.0.is_finite() && losses.1.is_finite()) {
        return Err(Error::Overflow { degree: pruning.degree }.into());
    }
    report::fit(&fitted, points.len(), losses, &scale)?;
    report::rescaled(&scale)
}
