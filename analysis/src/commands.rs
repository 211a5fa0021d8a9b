//! What each command does with valid settings: call the library, write the tables, draw, report.

mod best;
mod map;
mod plot;

use std::path::Path;

use swast_analysis::Error;
use swast_analysis::fit::mean_squared_error;
use swast_analysis::lab::{Request, State};
use swast_analysis::points::{self, MarkedPoints, Points};
use swast_analysis::prune::Pruning;
use swast_analysis::scale::Scale;
use swast_analysis::study::{PruneStudy, Source};
use swast_analysis::target::Target;
use swast_analysis::trials::{EpsilonStudy, Pairing, Solver, extremes};
use swast_figures::read::results::Results;
use swast_tables::table::{self, Row};

use crate::args::{EpsilonArgs, ExploreArgs, FitArgs, PruneArgs, PruningArgs, RunArgs};
use crate::explore::serve;
use crate::report;

pub(crate) use best::best_coreset;
pub(crate) use map::map;

/// `swast-analysis prune`
pub(crate) fn prune(args: &PruneArgs) -> anyhow::Result<()> {
    let mut scale = Scale::IDENTITY;
    let source = match &args.data {
        None => Source::Generated {
            target: args.function.unwrap_or(Target::Runge),
            design: args.design,
            points: args.points,
            noise: args.noise,
            noisy_fraction: args.noisy_fraction,
        },
        Some(path) => {
            let (table, target) = (points::read(path)?, args.function);
            scale = Scale::of(&table.points);
            match table.marked() {
                Some(points) => Source::Marked { points, target },
                None => Source::Unmarked {
                    points: table.points,
                    noisy_fraction: args.noisy_fraction,
                    target,
                },
            }
        }
    };
    // Points with marks are one draw, however often they are drawn.
    let trials = if source.is_fixed() { 1 } else { args.trials };
    let study = PruneStudy::try_new(source, pruning(&args.pruning)?)?;
    let rows = with_progress(&args.run, trials, |done| study.run(trials, args.run.seed, done))?;
    let (curves, shown_points) = study.shown(args.run.seed)?;
    write(&args.run.out, &rows)?;
    write(&args.run.out, &curves)?;
    write(&args.run.out, &shown_points)?;
    let mut written =
        ["prune_study.csv", "prune_curves.csv", "prune_points.csv"].map(str::to_owned).to_vec();
    if args.plot {
        let pictures = swast_figures::artifact::figure1::pruning(&Results::new(&args.run.out))?;
        written.extend(plot::pictures(&args.run, &pictures)?);
    }
    report::prune(&rows)?;
    report::rescaled(&scale)?;
    report::written(&written, &args.run.out)
}

/// `swast-analysis epsilon`
pub(crate) fn epsilon(args: &EpsilonArgs) -> anyhow::Result<()> {
    let requests = requests(&args.pairing, &args.solver)?;
    let degrees = &args.degrees.0;
    let own = args.data.is_some() || args.full.is_some();
    if own {
        let (pairing, solver) = one_request(&requests)?;
        let (full, coreset) = own_points(args, pairing)?;
        let found = extremes(&full, &coreset, degrees, solver, (args.run.seed, 0))?;
        if args.plot {
            plot::own_difficulty(
                &args.run,
                (pairing, solver),
                (&full, &coreset),
                (degrees, &found),
            )?;
        }
        return report::extremes(degrees, &found);
    }
    let (counts, what) = ((args.noisy, args.clean), (args.function, args.design));
    let study = EpsilonStudy::try_new(what, counts, args.noise, degrees.clone(), requests)?;
    let rows =
        with_progress(&args.run, args.trials, |done| study.run(args.trials, args.run.seed, done))?;
    write(&args.run.out, &rows)?;
    let mut written = vec!["epsilon.csv".to_owned()];
    if args.plot {
        let picture = swast_figures::artifact::figure1::selection(&Results::new(&args.run.out))?;
        written.extend(plot::pictures(&args.run, &[picture])?);
    }
    report::epsilon(&rows)?;
    report::written(&written, &args.run.out)
}

/// `swast-analysis fit`
pub(crate) fn fit(args: &FitArgs) -> anyhow::Result<()> {
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

/// `swast-analysis explore`
pub(crate) fn explore(args: &ExploreArgs) -> anyhow::Result<()> {
    let query = match &args.data {
        None => String::new(),
        Some(path) => {
            let mut table = points::read(path)?;
            let scale = Scale::of(&table.points);
            table.points = scale.points(&table.points);
            // Without marks all points are clean and the coreset.
            let marked = table.marked().unwrap_or_else(|| {
                MarkedPoints::new(table.points.clone(), vec![false; table.points.len()])
            });
            let query = State { own: Some(marked), ..State::default() }.query();
            Request::parse(&query).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
            report::rescaled(&scale)?;
            query
        }
    };
    serve((args.address, args.port), &query, !args.no_open)
}

fn pruning(args: &PruningArgs) -> Result<Pruning, Error> {
    Pruning::try_new(args.degree, args.prune, args.basis, args.refit)
}

/// Every pairing with every solver it has: `at-fit` is not a supremum, so there is nothing to
/// maximise.
fn requests(pairings: &[Pairing], solvers: &[Solver]) -> Result<Vec<(Pairing, Solver)>, Error> {
    let mut requests = Vec::new();
    for pairing in pairings {
        let before = requests.len();
        for solver in solvers {
            let request = (*pairing, *solver);
            if request != (Pairing::AtFit, Solver::Argmin) && !requests.contains(&request) {
                requests.push(request);
            }
        }
        if *pairing == Pairing::AtFit
            && requests.len() == before
            && !solvers.contains(&Solver::Exact)
        {
            let reason = "argmin maximises, and at-fit has nothing to maximise; use --solver exact";
            return Err(setting("--solver", reason));
        }
    }
    Ok(requests)
}

fn one_request(requests: &[(Pairing, Solver)]) -> Result<(Pairing, Solver), Error> {
    match requests {
        [(Pairing::AtFit, _)] => Err(setting(
            "--pairing",
            "at-fit needs the true function, which own points lack; use disjoint or subset",
        )),
        [request] => Ok(*request),
        _ => Err(setting("--pairing", "own points take one pairing and one solver; name one each")),
    }
}

fn setting(flag: &'static str, reason: &str) -> Error {
    Error::Setting { flag, reason: reason.to_owned() }
}

fn own_points(args: &EpsilonArgs, pairing: Pairing) -> anyhow::Result<(Points, Points)> {
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
    if full.is_empty() || coreset.is_empty() {
        anyhow::bail!(
            "--data: all points are marked alike; give at least one point to the coreset (noisy 0) and one to the rest (noisy 1)"
        );
    }
    let full = if pairing == Pairing::Subset { full.join(&coreset.without(&full)) } else { full };
    Ok((full, coreset))
}

/// Runs `work` on the threads asked for, with a progress bar where someone is watching.
fn with_progress<T: Send>(
    args: &RunArgs,
    trials: u64,
    work: impl FnOnce(&(dyn Fn() + Sync)) -> Result<T, Error> + Send,
) -> anyhow::Result<T> {
    let threads = args.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let bar = report::progress(trials);
    let result = pool.install(|| work(&|| bar.inc(1)));
    bar.finish_and_clear();
    Ok(result?)
}

fn write<R: Row>(folder: &Path, rows: &[R]) -> anyhow::Result<()> {
    Ok(table::write(&folder.join(R::FILE), rows)?)
}
