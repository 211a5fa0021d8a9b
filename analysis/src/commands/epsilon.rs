//! `swast-analysis epsilon`

use swast_analysis::Error;
use swast_analysis::draw::{Draw, Trials};
use swast_analysis::epsilon::Extremes;
use swast_analysis::generate::Apart;
use swast_analysis::points::{self, Points};
use swast_analysis::trials::{Curve, EpsilonStudy, Pairing, Solver, extremes};
use swast_figures::artifact::figure1;
use swast_figures::figure::Picture;
use swast_figures::lab;
use swast_figures::read::results::Results;
use swast_tables::folder::claim;
use swast_tables::names::name_of;
use swast_tables::rows::EpsilonRow;
use swast_tables::usage::note;

use super::{check_rows, check_size, setting, variable, with_progress, write};
use crate::args::EpsilonArgs;
use crate::{pictures, report};

/// `swast-analysis epsilon`
pub(crate) fn execute(args: &EpsilonArgs) -> anyhow::Result<()> {
    let curves = curves(&args.pairing, &args.solver)?;
    if args.data.is_some() || args.full.is_some() {
        return own(args, one_curve(&curves)?);
    }
    if args.domain.is_some() {
        let reason =
            "generated points are in [-1, 1]; give your own points as well, or leave it out";
        return Err(setting("--domain", reason).into());
    }
    check_size(args.noisy + args.clean, args.degrees.0.iter().copied().max().unwrap_or(0))?;
    check_rows(args.trials, &[curves.len(), args.degrees.0.len()])?;
    let sets = Apart {
        target: args.function,
        design: args.design,
        noisy: args.noisy,
        clean: args.clean,
        noise: args.noise,
    };
    let study = EpsilonStudy::try_new(sets, args.degrees.0.clone(), curves)?;
    let trials = Trials { seed: args.run.seed, count: args.trials };
    claim(&args.run.out)?;
    let rows = with_progress(&args.run, args.trials, |done| study.run(trials, done))?;
    write(&args.run.out, &rows)?;
    let mut written = vec!["epsilon.csv".to_owned()];
    if args.plot {
        let picture = figure1::selection(&Results::new(&args.run.out))?;
        written.extend(pictures::write(&args.run, &[picture])?);
    }
    report::epsilon(&rows)?;
    report::written(&written, &args.run.out)
}

/// I of one's own points. A picture is drawn without a word, as stdout is the table's.
fn own(args: &EpsilonArgs, curve: Curve) -> anyhow::Result<()> {
    let degrees = &args.degrees.0;
    let own = own_points(args, curve.pairing)?;
    let draw = Draw::first(args.run.seed);
    let scale = variable(args.domain, &own.full)?;
    let highest = degrees.iter().copied().max().unwrap_or(0);
    check_size(own.full.len().saturating_add(own.coreset.len()), highest)?;
    if args.plot {
        claim(&args.run.out)?;
    }
    if curve.pairing == Pairing::Disjoint && args.full.is_none() {
        let (noisy, clean) = (own.full.len(), own.coreset.len());
        note(format!(
            "I of the {clean} clean points for the {noisy} noisy ones, apart from each other; --pairing subset compares with all points"
        ));
    }
    let found = extremes((&own.full, &own.coreset), &scale, degrees, curve.solver, draw)?;
    if args.plot {
        pictures::write(&args.run, &[own_picture(args, curve, &own, &found)])?;
    }
    report::extremes(degrees, &found)
}

fn own_picture(args: &EpsilonArgs, curve: Curve, own: &Own, found: &[Extremes]) -> Picture {
    let (full, coreset) = (own.full.len(), own.coreset.len());
    let rest = if curve.pairing == Pairing::Subset { full - coreset } else { full };
    let row = |(degree, extremes): (&usize, &Extremes)| EpsilonRow {
        trial: 0,
        seed: args.run.seed,
        function: "data".to_owned(),
        pairing: name_of(curve.pairing),
        design: "data".to_owned(),
        degree: *degree,
        noisy: rest,
        clean: coreset,
        noise: f64::NAN,
        solver: name_of(curve.solver),
        epsilon: extremes.epsilon(),
    };
    let rows: Vec<EpsilonRow> = args.degrees.0.iter().zip(found).map(row).collect();
    let caption = format!(
        "Coreset difficulty I of {coreset} points for a full set of {full} points, by degree."
    );
    pictures::picture("epsilon", vec![vec![lab::difficulty(&rows, pictures::SIZE)]], caption)
}

/// Every pairing with every solver it has: `at-fit` is not a supremum, so there is nothing to
/// maximise.
fn curves(pairings: &[Pairing], solvers: &[Solver]) -> Result<Vec<Curve>, Error> {
    let mut curves = Vec::new();
    let nothing = Curve { pairing: Pairing::AtFit, solver: Solver::Argmin };
    for pairing in pairings {
        let before = curves.len();
        for solver in solvers {
            let curve = Curve { pairing: *pairing, solver: *solver };
            if curve != nothing && !curves.contains(&curve) {
                curves.push(curve);
            }
        }
        if *pairing == Pairing::AtFit && curves.len() == before && !solvers.contains(&Solver::Exact)
        {
            let reason = "argmin maximises, and at-fit has nothing to maximise; use --solver exact";
            return Err(setting("--solver", reason));
        }
    }
    Ok(curves)
}

fn one_curve(curves: &[Curve]) -> Result<Curve, Error> {
    match curves {
        [Curve { pairing: Pairing::AtFit, .. }] => Err(setting(
            "--pairing",
            "at-fit needs the true function, which own points lack; use disjoint or subset",
        )),
        [curve] => Ok(*curve),
        _ => Err(setting("--pairing", "own points take one pairing and one solver; name one each")),
    }
}

/// A full set and a coreset of one's own.
struct Own {
    full: Points,
    coreset: Points,
}

fn own_points(args: &EpsilonArgs, pairing: Pairing) -> anyhow::Result<Own> {
    let (full, coreset) = match (&args.full, &args.coreset, &args.data) {
        (Some(full), Some(coreset), _) => {
            (points::read(full)?.points, points::read(coreset)?.points)
        }
        (_, _, Some(path)) => {
            let Some(marked) = points::read(path)?.marked() else {
                anyhow::bail!(
                    "{}: row 1: no column `noisy` tells the coreset (0) from the rest (1), and no column `coreset` (1 and 0); add one, or give --full and --coreset",
                    path.display()
                );
            };
            (marked.rest(), marked.coreset())
        }
        _ => anyhow::bail!("--full and --coreset go together; give both"),
    };
    let full = if pairing == Pairing::Subset { full.join(&coreset.without(&full)) } else { full };
    if full.is_empty() || coreset.is_empty() {
        anyhow::bail!(
            "--data: all points are marked alike; give at least one point to the coreset (noisy 0) and, unless with --pairing subset, one to the rest (noisy 1)"
        );
    }
    Ok(Own { full, coreset })
}
