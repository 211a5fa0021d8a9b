//! Arguments of `swast-figures`.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::artifact::{self, Artifact};
use crate::draw::Format;

/// Draws the figures and tables of the SWaST paper from the tables of the experiments.
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
    /// Draw figures and tables, and say whether the paper's claims hold in the results.
    #[command(after_help = EXAMPLES)]
    Draw(Draw),
    /// Put verdicts, pictures and tables on one page of HTML that needs nothing else.
    Report(Report),
    /// Print the verdicts on all claims as a table in Markdown, a column a folder of tables.
    Claims(Claims),
}

const EXAMPLES: &str = "Examples:
  swast-figures draw all
  swast-figures draw figure6 --profile desk --format png
  swast-figures draw table1 --format md,tex
  swast-figures draw figure1 --results data/published/quick --out /tmp/pictures";

/// Arguments of `draw`.
#[derive(Debug, Args)]
pub struct Draw {
    /// The artifact, with the commands that make its tables; `all` and `tables` skip artifacts that have no numbers yet.
    #[arg(value_name = "ARTIFACT", value_parser = target())]
    pub target: Target,
    /// Profile whose tables are drawn.
    #[arg(long, default_value = "quick")]
    pub profile: String,
    /// Formats, separated by commas; md, csv and tex are of tables alone.
    #[arg(long, value_delimiter = ',', default_value = "svg,png,md,csv,tex")]
    pub format: Vec<Format>,
    /// Folder of the tables [default: data/results/PROFILE].
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// Folder of the pictures [default: figures/out/PROFILE].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct Report {
    /// Profile whose tables are reported on.
    #[arg(long, default_value = "quick")]
    pub profile: String,
    /// Folder of the tables [default: data/results/PROFILE].
    #[arg(long, value_name = "DIR")]
    pub results: Option<PathBuf>,
    /// The page [default: figures/out/PROFILE/report.html].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `claims`.
#[derive(Debug, Args)]
pub struct Claims {
    /// Folders of tables, such as data/published/desk.
    #[arg(value_name = "DIR", required = true)]
    pub results: Vec<PathBuf>,
}

/// What to draw.
#[derive(Debug, Clone)]
pub struct Target {
    /// The artifacts, in order.
    pub artifacts: Vec<&'static Artifact>,
    /// Whether absent numbers are an error; else the artifact is skipped.
    pub required: bool,
}

/// The word for every artifact.
const ALL: &str = "all";
/// The word for every table of the paper.
const TABLES: &str = "tables";

impl Target {
    fn named(name: &str) -> Option<Self> {
        let those = |prefix| artifact::ALL.iter().filter(move |a| a.name.starts_with(prefix));
        Some(match name {
            ALL => Self { artifacts: those("").collect(), required: false },
            TABLES => Self { artifacts: those("table").collect(), required: false },
            _ => Self { artifacts: vec![artifact::find(name)?], required: true },
        })
    }
}

/// Reads the name of an artifact, `all` or `tables`; help and errors list all names.
fn target() -> impl TypedValueParser<Value = Target> {
    let value = |artifact: &Artifact| {
        let commands = artifact.commands.join(" | ");
        PossibleValue::new(artifact.name).help(format!("{} [{commands}]", artifact.line))
    };
    let all = PossibleValue::new(ALL).help("Every artifact that has numbers");
    let tables = PossibleValue::new(TABLES).help("Every table of the paper that has numbers");
    let values = [all, tables].into_iter().chain(artifact::ALL.iter().map(value));
    PossibleValuesParser::new(values).try_map(|name| Target::named(&name).ok_or("not an artifact"))
}

/// The folder of the tables of `profile`, unless another is given.
fn results(given: Option<&PathBuf>, profile: &str) -> PathBuf {
    given.cloned().unwrap_or_else(|| PathBuf::from("data/results").join(profile))
}

impl Report {
    /// Folder of the tables.
    pub fn results(&self) -> PathBuf {
        results(self.results.as_ref(), &self.profile)
    }

    /// Where the page is unless another place is asked for: beside the pictures.
    pub fn folder(&self) -> PathBuf {
        PathBuf::from("figures/out").join(&self.profile)
    }

    /// The page.
    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| self.folder().join("report.html"))
    }
}

impl Draw {
    /// Folder of the tables.
    pub fn results(&self) -> PathBuf {
        results(self.results.as_ref(), &self.profile)
    }

    /// Folder of the pictures.
    pub fn out(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from("figures/out").join(&self.profile))
    }
}
