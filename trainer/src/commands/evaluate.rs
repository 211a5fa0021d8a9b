//! `swast-trainer evaluate`: loss and accuracy of the model a run left.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args as ClapArgs;
use swast_datasets::{DatasetKind, Part, Request, Source};
use swast_tables::shell;
use swast_tables::usage::note;
use tch::Tensor;

use super::machine::{Machine, Prepared};
use crate::feed;
use crate::model::network::prefers_channels_last;
use crate::model::sparse::Kernels;
use crate::model::{Architecture, Network};
use crate::run::failed;
use crate::run::record::{MODEL, Saved, finished, saved};
use crate::train::measure::{measure, measure_by};

/// Measure the model that a run left on the test set
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Examples:
  swast-trainer evaluate --run data/results/custom/runs/0123456789ab
  swast-trainer evaluate --run runs/cut --dataset cifar10 --data cifar-10-binary.tar.gz
  swast-trainer evaluate --run runs/cut --batch-size 1    # as fast as single images are answered")]
pub struct Args {
    /// Folder of the run
    #[arg(long)]
    pub run: PathBuf,
    /// Data set [default: the run's]
    #[arg(long, value_enum)]
    pub dataset: Option<DatasetKind>,
    /// Archive or folder of the data set; not needed for synthetic
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Use only the first N test images [default: as the run did]
    #[arg(long, value_name = "N")]
    pub limit_test: Option<usize>,
    /// Images in one pass; results differ in rounding alone [default: as many as fit, up to 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch_size: Option<u32>,
    /// Which kernels evaluate pruned networks on a CPU in fp32; they differ in rounding
    #[arg(long, value_enum, default_value_t, help_heading = "Machine")]
    pub kernels: Kernels,
    /// Where and how to compute.
    #[command(flatten)]
    pub machine: Machine,
}

/// The finished run in the folder `run`, and the tensors of its model.
///
/// # Errors
/// When there is none, or it failed or is not finished.
pub(super) fn finished_run(run: &Path) -> Result<(Saved, Vec<(String, Tensor)>)> {
    let saved = saved(run)?;
    if let (None, Some(failed)) = (finished(run)?, failed::read(run)) {
        bail!("{}: the run failed: {}", run.display(), failed.error);
    }
    if finished(run)?.is_none() {
        let (folder, out, command) =
            (run.display(), shell::quoted(run.as_os_str()), &saved.command);
        bail!("{folder}: the run is not finished; finish it with `{command} --out {out}`");
    }
    let path = run.join(MODEL);
    let model = if path.is_file() { Tensor::read_safetensors(&path).ok() } else { None };
    match model {
        Some(model) => Ok((saved, model)),
        None => bail!(
            "{}: is missing or no safetensors file; remove the folder and repeat the run",
            path.display()
        ),
    }
}

/// Prints the test accuracy and loss as CSV.
pub fn execute(args: &Args) -> Result<()> {
    let (Saved { settings, test_digest, .. }, model) = finished_run(&args.run)?;
    let Prepared { device, precision, .. } = args.machine.prepare(Some(settings.precision))?;
    let kind = args.dataset.unwrap_or(settings.dataset);
    let limit_test = args.limit_test.or(settings.limit_test);
    let own = kind == settings.dataset;
    let resolution = settings.resolution.filter(|_| own);
    let skip_broken = if own { settings.skip_broken } else { 0 };
    let limit_train = settings.limit_train;
    let wanted = Request { limit_train, limit_test, resolution, skip_broken };
    let source = Source::open(kind, args.data.as_deref(), wanted)?;
    if kind != settings.dataset || limit_test != settings.limit_test {
        note("these are other test images than the run was measured on");
    } else if let Some(measured_on) = test_digest {
        check_test_set(&args.run, &measured_on, &source.digests(None, None).test)?;
    }
    let architecture = Architecture::new(settings.model, source.classes().len(), source.height());
    let layout = prefers_channels_last(device);
    let mut network = Network::new(architecture, settings.seed, device);
    network.precision = precision;
    network.kernels = args.kernels;
    network.load(&model).with_context(|| args.run.join(MODEL).display().to_string())?;
    let images = feed::open(&source, Part::Test, layout, device);
    let indices = Tensor::arange(images.count(), (tch::Kind::Int64, device));
    let measured = match args.batch_size {
        Some(batch) => measure_by(&network, &*images, &indices, i64::from(batch))?,
        None => measure(&network, &*images, &indices)?,
    };
    let measured = measured.context("the test set is empty")?;
    let report = format!("test_accuracy,test_loss\n{},{}\n", measured.accuracy, measured.loss);
    Ok(io::stdout().write_all(report.as_bytes())?)
}

/// Checks that the test set is the one whose numbers the run has recorded.
pub(super) fn check_test_set(run: &Path, measured_on: &str, now: &str) -> Result<()> {
    if measured_on == now {
        return Ok(());
    }
    let folder = run.display();
    bail!(
        "--data: is another test set ({now}) than the run in {folder} was measured on ({measured_on}); give that one"
    )
}
