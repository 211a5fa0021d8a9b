//! The command line: flags, their defaults (those of Figure 1) and what `--help` teaches.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use swast_analysis::design::Design;
use swast_analysis::poly::Basis;
use swast_analysis::target::Target;
use swast_analysis::trials::{Pairing, Solver};

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
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Folder for the tables
    #[arg(long, value_name = "DIR", default_value = "data/results/quick")]
    pub(crate) out: PathBuf,
}

const PRUNE_HELP: &str = "\
Writes prune_study.csv (every draw, both training sets), prune_curves.csv and prune_points.csv (the
first draw, on a grid of 401 points) into DIR.

Examples:
  swast-analysis prune                              the paper's setting, 1000 draws
  swast-analysis prune --basis legendre --refit     prune Legendre coefficients, fit the rest again
  swast-analysis prune --data points.csv            your own points (columns x,y and optionally noisy)

Own points with a column noisy (1 noisy, 0 clean) are one draw; without it each draw takes a random
share --noisy-fraction as noisy. The clean ones are the coreset, unless a column coreset (1 in it, 0
not) says otherwise. Losses are taken against --function where you give it, otherwise against the
broken line through the coreset. The table then says `data` for the design and NaN for the noise,
which is unknown.";

#[derive(Debug, Args)]
#[command(after_help = PRUNE_HELP)]
pub(crate) struct PruneArgs {
    /// Your own points, in place of generated ones
    #[arg(long, value_name = "CSV", conflicts_with_all = ["points", "noise", "design"])]
    pub(crate) data: Option<PathBuf>,
    /// The true function [default: runge]
    #[arg(long)]
    pub(crate) function: Option<Target>,
    /// Number of points
    #[arg(long, default_value_t = 10)]
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
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..(1 << 56)))]
    pub(crate) trials: u64,
    #[command(flatten)]
    pub(crate) pruning: PruningArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What is fitted and pruned.
#[derive(Debug, Args)]
pub(crate) struct PruningArgs {
    /// Degree of the polynomial
    #[arg(long, default_value_t = 10, value_parser = degree)]
    pub(crate) degree: usize,
    /// Number of coefficients of smallest magnitude set to zero
    #[arg(long, default_value_t = 3)]
    pub(crate) prune: usize,
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
alone. With --full and --coreset, subset adds the coreset's points that the full set lacks.";

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
    /// The true function
    #[arg(long, default_value = "runge")]
    pub(crate) function: Target,
    /// Number of noisy points
    #[arg(long, default_value_t = 50)]
    pub(crate) noisy: usize,
    /// Number of clean points
    #[arg(long, default_value_t = 20)]
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
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..(1 << 56)))]
    pub(crate) trials: u64,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const FIT_HELP: &str = "\
Prints CSV power,coefficient,pruned_coefficient on stdout and the losses on stderr. With --basis
chebyshev or legendre, power is the degree of the basis polynomial.

Example:
  swast-analysis fit --data points.csv --degree 10 --prune 3 > coefficients.csv";

#[derive(Debug, Args)]
#[command(after_help = FIT_HELP)]
pub(crate) struct FitArgs {
    /// The points: a CSV file with the columns x,y
    #[arg(long, value_name = "CSV")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) pruning: PruningArgs,
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
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
}

fn degree(text: &str) -> Result<usize, String> {
    match text.parse::<Degrees>()?.0.as_slice() {
        [degree] => Ok(*degree),
        _ => Err("one degree is wanted; write for example 10".to_owned()),
    }
}
