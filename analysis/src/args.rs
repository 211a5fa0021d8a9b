//! The command line: flags, their defaults (those of Figure 1) and what `--help` teaches.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use swast_analysis::best::Method;
use swast_analysis::design::Design;
use swast_analysis::map::Kind;
use swast_analysis::poly::Basis;
use swast_analysis::reference::Reference;
use swast_analysis::scale::Scale;
use swast_analysis::target::Target;
use swast_analysis::trials::{Pairing, Solver};
use swast_figures::draw::Format;

use crate::degrees::Degrees;

/// The interplay of redundant weights and samples, studied on polynomials (Figure 1 of the SWaST paper)
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Does pruning hurt a fit to noisy points more than a fit to the clean ones? (Figure 1a, 1b)
    Prune(PruneArgs),
    /// How well can a coreset stand in for the full set, degree by degree? (Figure 1c)
    Epsilon(EpsilonArgs),
    /// Fit your own points and prune the fit; coefficients as CSV on stdout
    Fit(FitArgs),
    /// Losses after pruning, and I, over pairs of settings: tables and heat maps
    Map(MapArgs),
    /// Which points make the best coreset, and how many of them does a degree need?
    BestCoreset(BestArgs),
    /// Move the points and the settings in a browser and see what changes
    Explore(ExploreArgs),
}

/// What the two studies share.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Number of threads; the numbers do not depend on it [default: all cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Folder for the tables and pictures; the last one named counts
    #[arg(long, value_name = "DIR", default_value = "data/results/quick", overrides_with = "out")]
    pub(crate) out: PathBuf,
    /// Picture formats, several with commas
    #[arg(long, value_delimiter = ',', default_value = "svg,png")]
    pub(crate) format: Vec<Format>,
}

/// What every draw of the maps and of the search for coresets shares.
#[derive(Debug, Args)]
pub(crate) struct DrawArgs {
    /// The true function
    #[arg(long, default_value = "runge")]
    pub(crate) function: Target,
    /// Standard deviation of the noise
    #[arg(long, default_value_t = 0.1, allow_negative_numbers = true)]
    pub(crate) noise: f64,
    /// Share of the points that are noisy
    #[arg(long, default_value_t = 0.5, allow_negative_numbers = true)]
    pub(crate) noisy_fraction: f64,
}

const PRUNE_HELP: &str = "\
Writes prune_study.csv (every draw, both training sets), prune_curves.csv and prune_points.csv (the
first draw, on a grid of 401 points) into DIR.

Examples:
  swast-analysis prune                              the paper's setting, 1000 draws
  swast-analysis prune --basis legendre --refit     prune Legendre coefficients, fit the rest again
  swast-analysis prune --data points.csv            your own points (columns x,y and optionally noisy)

Functions: runge 1/(1 + 25x²), abs |x|, sine sin(πx), exp eˣ, step sign x, witch 1/(1 + x²), gauss
exp(-x²/0.08). A formula has numbers, x, pi, + - * / ^, parentheses, sin, cos, tan, exp, ln, sqrt, abs.

Own points with a column noisy (1 noisy, 0 clean) are one draw; without it each draw takes a random
share --noisy-fraction as noisy. The clean ones are the coreset, unless a column coreset (1 in it, 0
not) says otherwise. Their truth is not known: losses are taken against the broken line through the
clean points, or against what --function names: a function of x, a formula such as
'2e5 + 9e4 * sin((x - 1990) / 6)', or none, which leaves the losses on the points of each fit. --resample draws --trials times: noise on a random choice of the points, as many and as large as in
the file, about what they are compared with. The table has `data` as the design, and as the function
where that is the line; noise that is unknown is empty. Both sets are fitted in the variable that runs
over [-1, 1] where x runs over all points, or over --domain: the unit and the origin of x do not matter.";

#[derive(Debug, Args)]
#[command(after_help = PRUNE_HELP)]
pub(crate) struct PruneArgs {
    /// Your own points, in place of generated ones
    #[arg(long, value_name = "CSV", conflicts_with_all = ["points", "noise", "design"])]
    pub(crate) data: Option<PathBuf>,
    /// The interval of x that is mapped to [-1, 1] [default: the range of your points]
    #[arg(long, value_name = "A,B", requires = "data", value_parser = domain, allow_hyphen_values = true)]
    pub(crate) domain: Option<Scale>,
    /// The true function: runge, abs, sine, exp, step, witch or gauss; for your own points what they are compared with:
    /// one of these, a formula in x, line or none [default: runge; line]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) function: Option<Reference>,
    /// Draw the noise of your own points again in each draw
    #[arg(long, requires = "data")]
    pub(crate) resample: bool,
    /// Number of points
    #[arg(long, default_value_t = 10, value_parser = count)]
    pub(crate) points: usize,
    /// Standard deviation of the noise
    #[arg(long, default_value_t = 0.1, allow_negative_numbers = true)]
    pub(crate) noise: f64,
    /// Share of the points that are noisy
    #[arg(long, default_value_t = 0.5, allow_negative_numbers = true)]
    pub(crate) noisy_fraction: f64,
    /// Placement of the abscissae in [-1, 1]
    #[arg(long, default_value = "equispaced")]
    pub(crate) design: Design,
    /// Number of independent draws
    #[arg(long, default_value_t = 1_000, value_parser = draws)]
    pub(crate) trials: u64,
    #[command(flatten)]
    pub(crate) pruning: PruningArgs,
    /// Draw figure1a, figure1b and figure1d into DIR as well
    #[arg(long)]
    pub(crate) plot: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What is fitted and pruned.
#[derive(Debug, Args)]
pub(crate) struct PruningArgs {
    /// Degree of the polynomial
    #[arg(long, default_value_t = 10, value_parser = degree)]
    pub(crate) degree: usize,
    /// Number of coefficients of smallest magnitude set to zero [default: 3, or fewer so that one is left]
    #[arg(long)]
    pub(crate) prune: Option<usize>,
    /// Basis of the coefficients
    #[arg(long, default_value = "monomial")]
    pub(crate) basis: Basis,
    /// Fit the surviving coefficients again
    #[arg(long)]
    pub(crate) refit: bool,
}

const EPSILON_HELP: &str = "\
Writes epsilon.csv (one row per draw, pairing, solver and degree) into DIR. With your own points it
writes nothing and prints CSV degree,epsilon,lambda_max,lambda_min on stdout instead.

Examples:
  swast-analysis epsilon --pairing disjoint,subset,at-fit     the paper's setting, 200 draws
  swast-analysis epsilon --solver exact,argmin --trials 20    closed form beside numerical maximisation
  swast-analysis epsilon --full a.csv --coreset b.csv         your own full set and coreset (columns x,y)
  swast-analysis epsilon --data points.csv --pairing subset   one file; its column noisy tells clean (0) from noisy (1)

Pairings: disjoint takes the noisy points as the full set; subset takes all points, so the value
cannot exceed max(1, N/n - 1); at-fit takes the ratio at the least-squares fit to the noisy points
alone. With --full and --coreset, subset adds the coreset's points that the full set lacks. Points
may lie anywhere: I is the same in every unit of x.";

#[derive(Debug, Args)]
#[command(after_help = EPSILON_HELP)]
pub(crate) struct EpsilonArgs {
    /// Your own full set; needs --coreset
    #[arg(long, value_name = "CSV", requires = "coreset")]
    pub(crate) full: Option<PathBuf>,
    /// Your own coreset; needs --full
    #[arg(long, value_name = "CSV", requires = "full")]
    pub(crate) coreset: Option<PathBuf>,
    /// Your own points; the column noisy (0), or coreset (1), tells the coreset from the rest
    #[arg(long, value_name = "CSV", conflicts_with_all = ["full", "coreset"])]
    pub(crate) data: Option<PathBuf>,
    /// The interval of your x that is mapped to [-1, 1] [default: the range of the full set]
    #[arg(long, value_name = "A,B", value_parser = domain, allow_hyphen_values = true)]
    pub(crate) domain: Option<Scale>,
    /// The true function
    #[arg(long, default_value = "runge")]
    pub(crate) function: Target,
    /// Number of noisy points
    #[arg(long, default_value_t = 50, value_parser = count)]
    pub(crate) noisy: usize,
    /// Number of clean points
    #[arg(long, default_value_t = 20, value_parser = count)]
    pub(crate) clean: usize,
    /// Standard deviation of the noise
    #[arg(long, default_value_t = 0.1, allow_negative_numbers = true)]
    pub(crate) noise: f64,
    /// Degrees of the polynomials; 1..20 includes 20
    #[arg(long, default_value = "1..20")]
    pub(crate) degrees: Degrees,
    /// Pairings, several with commas
    #[arg(long, value_delimiter = ',', default_value = "disjoint")]
    pub(crate) pairing: Vec<Pairing>,
    /// Placement of the abscissae in [-1, 1]
    #[arg(long, default_value = "uniform")]
    pub(crate) design: Design,
    /// Solvers, several with commas; at-fit takes exact only
    #[arg(long, value_delimiter = ',', default_value = "exact")]
    pub(crate) solver: Vec<Solver>,
    /// Number of independent draws
    #[arg(long, default_value_t = 200, value_parser = draws)]
    pub(crate) trials: u64,
    /// Draw figure1c into DIR as well (epsilon of your own points)
    #[arg(long)]
    pub(crate) plot: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const FIT_HELP: &str = "\
Prints CSV power,coefficient,pruned_coefficient on stdout and the losses on stderr. With --basis
chebyshev or legendre, power is the degree of the basis polynomial. The points are fitted in
u = (x - centre) / half_width, which runs over [-1, 1] where x runs over them: the unit and the origin
of x do not matter. The coefficients are those of u; where u is not x, a fourth column, variable, and
stderr tell it. --original gives those of x, if these predict the same at the points.

Examples:
  swast-analysis fit --data points.csv --degree 10 --prune 3 > coefficients.csv
  swast-analysis fit --data points.csv --degree 3 --prune 0 --original
  swast-analysis fit --data points.csv --degree 3 --plot --out mine > coefficients.csv";

#[derive(Debug, Args)]
#[command(after_help = FIT_HELP)]
pub(crate) struct FitArgs {
    /// The points: a CSV file with the columns x,y
    #[arg(long, value_name = "CSV")]
    pub(crate) data: PathBuf,
    /// The interval of x that is mapped to [-1, 1] [default: the range of the points]
    #[arg(long, value_name = "A,B", value_parser = domain, allow_hyphen_values = true)]
    pub(crate) domain: Option<Scale>,
    /// Print the coefficients of x in place of those of u; an error where they would predict otherwise
    #[arg(long)]
    pub(crate) original: bool,
    #[command(flatten)]
    pub(crate) pruning: PruningArgs,
    /// Draw the points and the fit, before and after pruning, into DIR (fit)
    #[arg(long)]
    pub(crate) plot: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const MAP_HELP: &str = "\
noise-degree    median pruned loss over noise and degree, fitted to all points and to the coreset
pruned-noisy    the same over the number of pruned coefficients and the share of noisy points
degree-size     median I over degree and coreset size, full set and coreset drawn apart

Writes prune_map.csv and difficulty_map.csv (a row per cell and draw) and a heat map of each into DIR.

Examples:
  swast-analysis map                                        all maps
  swast-analysis map noise-degree --basis legendre          how much is owed to the basis
  swast-analysis map degree-size --degrees 1..12 --sizes 5..60";

#[derive(Debug, Args)]
#[command(after_help = MAP_HELP)]
pub(crate) struct MapArgs {
    /// Which maps, several with commas [default: all]
    #[arg(value_delimiter = ',')]
    pub(crate) kinds: Vec<Kind>,
    #[command(flatten)]
    pub(crate) draw: DrawArgs,
    /// Number of points of the pruned fits
    #[arg(long, default_value_t = 10, value_parser = count)]
    pub(crate) points: usize,
    /// Largest noise of noise-degree; its 20 levels are equally spaced
    #[arg(long, default_value_t = 0.4, allow_negative_numbers = true)]
    pub(crate) noise_max: f64,
    /// Degrees [default: 3..22 for noise-degree, 1..20 for degree-size]
    #[arg(long)]
    pub(crate) degrees: Option<Degrees>,
    /// Coreset sizes of degree-size
    #[arg(long, default_value = "5,10,15,20,25,30,35,40,45,50,55,60,65,70,75,80,85,90,95,100")]
    pub(crate) sizes: Degrees,
    /// Noisy points of degree-size
    #[arg(long, default_value_t = 50, value_parser = count)]
    pub(crate) noisy: usize,
    /// Placement of the abscissae [default: equispaced, uniform for degree-size]
    #[arg(long)]
    pub(crate) design: Option<Design>,
    /// Draws per cell
    #[arg(long, default_value_t = 200, value_parser = draws)]
    pub(crate) trials: u64,
    #[command(flatten)]
    pub(crate) pruning: PruningArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const BEST_HELP: &str = "\
Writes best_coreset.csv (a row per draw, degree, method and size) and best_coreset.svg into DIR, and
prints how many points each degree needs for I up to --goal. Coresets are parts of the full set, and
all their points count alike.

Methods: greedy gives up points one by one; exchange swaps points from there; exhaustive tries every
subset where there are at most 20000; random, leverage (chances by leverage score), moderate
(residuals near their median), el2n (largest residuals), gradmatch (matching pursuit of the
gradient), craig (facility location on gradients), bound (no coreset can be better: a point whose
leverage h is near 1 cannot be left out, and kept it counts N/n times).

Examples:
  swast-analysis best-coreset --degrees 2,5,10
  swast-analysis best-coreset --points 12 --degrees 2 --method greedy,exchange,exhaustive
  swast-analysis best-coreset --data points.csv --degrees 3";

#[derive(Debug, Args)]
#[command(after_help = BEST_HELP)]
pub(crate) struct BestArgs {
    /// Your own full set (columns x,y), in place of generated ones
    #[arg(long, value_name = "CSV", conflicts_with_all = ["points", "design"])]
    pub(crate) data: Option<PathBuf>,
    /// The interval of x that is mapped to [-1, 1] [default: the range of your points]
    #[arg(long, value_name = "A,B", requires = "data", value_parser = domain, allow_hyphen_values = true)]
    pub(crate) domain: Option<Scale>,
    #[command(flatten)]
    pub(crate) draw: DrawArgs,
    /// Number of points of the full set
    #[arg(long, default_value_t = 60, value_parser = searched)]
    pub(crate) points: usize,
    /// Placement of the abscissae in [-1, 1]
    #[arg(long, default_value = "uniform")]
    pub(crate) design: Design,
    /// Degrees of the polynomials
    #[arg(long, default_value = "1,2,4,6,8,10")]
    pub(crate) degrees: Degrees,
    /// Coreset sizes [default: 1 up to all but one]
    #[arg(long)]
    pub(crate) sizes: Option<Degrees>,
    /// Methods, several with commas [default: all but exhaustive]
    #[arg(long, value_delimiter = ',')]
    pub(crate) method: Vec<Method>,
    /// The I that is good enough
    #[arg(long, default_value_t = 0.5)]
    pub(crate) goal: f64,
    /// Number of independent draws
    #[arg(long, default_value_t = 10, value_parser = draws)]
    pub(crate) trials: u64,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Where the laboratory is served.
#[derive(Debug, Args)]
pub(crate) struct ExploreArgs {
    /// Port; 0 takes any free one
    #[arg(long, default_value_t = 7878)]
    pub(crate) port: u16,
    /// Address; the default can be reached from this machine alone
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) address: IpAddr,
    /// Your own points to begin with (columns x,y and optionally noisy, coreset), 200 at most
    #[arg(long, value_name = "CSV")]
    pub(crate) data: Option<PathBuf>,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
}

/// A number of points that fits into memory.
fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=1_000_000) => Ok(count),
        _ => Err("give a whole number from 1 to 1000000".to_owned()),
    }
}

/// A number of draws whose rows fit into memory.
fn draws(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(count @ 1..=1_000_000) => Ok(count),
        _ => Err("give a whole number from 1 to 1000000".to_owned()),
    }
}

/// The two ends of an interval.
fn domain(text: &str) -> Result<Scale, String> {
    let ends = text
        .split_once(',')
        .and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    ends.and_then(|(low, high)| Scale::over(low, high))
        .ok_or_else(|| "give two numbers, the smaller one first, such as -1,1".to_owned())
}

/// A full set whose every point can be tried again and again.
fn searched(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 2..=10_000) => Ok(count),
        _ => Err("give a whole number from 2 to 10000".to_owned()),
    }
}

fn degree(text: &str) -> Result<usize, String> {
    match text.parse::<Degrees>()?.0.as_slice() {
        [degree] => Ok(*degree),
        _ => Err("one degree is wanted; write for example 10".to_owned()),
    }
}
