//! Arguments of `swast-figures`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::draw::{Format, Which};

/// Draws the figures of the SWaST paper from the tables of the experiments.
#[derive(Debug, Parser)]
#[command(name = "swast-figures", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draw figures as SVG or PNG, and say whether the paper's claims hold in the tables.
    #[command(after_help = EXAMPLES)]
    Draw(Draw),
}

const EXAMPLES: &str = "Examples:
  swast-figures draw all
  swast-figures draw figure6 --profile desk --format png
  swast-figures draw figure1 --results data/published/quick --out /tmp/pictures";

/// Arguments of `draw`.
#[derive(Debug, Args)]
pub struct Draw {
    /// The figure; `all` skips figures that have no numbers yet.
    pub target: Target,
    /// Profile whose tables are drawn.
    #[arg(long, default_value = "quick")]
    pub profile: String,
    /// Picture formats, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "svg,png")]
    pub format: Vec<Format>,
    /// Folder of the tables [default: data/results/PROFILE].
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// Folder of the pictures [default: figures/out/PROFILE].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Every figure that has numbers.
    All,
    /// Noise against pruning, degree against selection.
    Figure1,
    /// Noise, overfitting and losses by epoch.
    Figure5,
    /// cut against prune-only.
    Figure6,
    /// Classifier and backbone prune rates.
    Figure7,
    /// Selectors beside one another.
    Selectors,
}

impl Target {
    /// The figures to draw, and whether absent numbers are an error.
    pub fn figures(self) -> (Vec<Which>, bool) {
        match self {
            Self::All => (Which::ALL.to_vec(), false),
            Self::Figure1 => (vec![Which::Figure1], true),
            Self::Figure5 => (vec![Which::Figure5], true),
            Self::Figure6 => (vec![Which::Figure6], true),
            Self::Figure7 => (vec![Which::Figure7], true),
            Self::Selectors => (vec![Which::Selectors], true),
        }
    }
}

impl Draw {
    /// Folder of the tables.
    pub fn results(&self) -> PathBuf {
        self.results.clone().unwrap_or_else(|| PathBuf::from("data/results").join(&self.profile))
    }

    /// Folder of the pictures.
    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from("figures/out").join(&self.profile))
    }
}
