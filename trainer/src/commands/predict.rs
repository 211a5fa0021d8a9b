//! `swast-trainer predict`: what the model of a run takes pictures for.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args as ClapArgs;
use swast_datasets::{Part, Request, Source, centre_of};
use tch::{Kind, Tensor};

use super::evaluate::{check_test_set, finished_run};
use super::machine::{Machine, Prepared};
use crate::feed::normalise::Normalise;
use crate::feed::{self, Feed};
use crate::model::inference::Inference;
use crate::model::network::prefers_channels_last;
use crate::model::sparse::pays::Passes;
use crate::model::{Architecture, Network};
use crate::run::record::{Images, Saved};

/// Classify pictures with the model that a run left
#[derive(Debug, Clone, ClapArgs)]
#[command(after_long_help = "\
Prints CSV: the picture, the class and its probability, the likeliest first. A picture is scaled and its
centre taken as in the evaluation of the run.

Examples:
  swast-trainer predict --run runs/cut cat.jpg dog.png
  swast-trainer predict --run runs/cut --data cifar-10-binary.tar.gz --top 3 0 17    # test images 0 and 17")]
pub struct Args {
    /// Folder of the run
    #[arg(long)]
    pub run: PathBuf,
    /// JPEG, PNG or WebP files, or indices into the test set
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// Archive or folder of the data set, for indices; not needed for synthetic
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Print the N likeliest classes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub top: u16,
    /// Where and how to compute.
    #[command(flatten)]
    pub machine: Machine,
}

/// Prints the likeliest classes of each picture as CSV.
pub fn execute(args: &Args) -> Result<()> {
    let (saved, model) = finished_run(&args.run)?;
    let Some(images) = &saved.images else {
        bail!(
            "{}: an earlier version made the run, without the names of its classes; repeat the run",
            args.run.display()
        );
    };
    let Prepared { device, precision, .. } =
        args.machine.prepare(Some(saved.settings.precision))?;
    let architecture = Architecture::new(saved.settings.model, images.classes.len(), images.side);
    let mut network = Network::new(architecture, saved.settings.seed, device);
    network.precision = precision;
    network.load(&model).with_context(|| args.run.display().to_string())?;
    let inference = Inference::new(&network, Passes { images: args.images.len() as i64, batch: 1 });
    let layout = prefers_channels_last(device);
    let normalise = Normalise::new(images.side, (images.mean, images.std), layout, device);
    let mut tests = None;
    let mut report = csv::Writer::from_writer(Vec::new());
    report.write_record(["image", "class", "probability"])?;
    for path in &args.images {
        let input = match index_of(path) {
            None => picture(path, images, &normalise)?,
            Some(index) => {
                let tests = match &mut tests {
                    Some(tests) => tests,
                    none => none.insert(test_set(args, &saved, layout, device)?),
                };
                test_image(&**tests, index)?
            }
        };
        let logits = inference.forward(&input).logits;
        let probabilities = logits.softmax(-1, Kind::Float).reshape([-1]);
        let count = i64::from(args.top).min(images.classes.len() as i64);
        let (values, labels) = probabilities.topk(count, 0, true, true);
        for (value, label) in
            Vec::<f32>::try_from(values)?.iter().zip(Vec::<i64>::try_from(labels)?)
        {
            let class = images.classes[label as usize].as_str();
            report.write_record([&*path.to_string_lossy(), class, &value.to_string()])?;
        }
    }
    Ok(io::stdout().write_all(&report.into_inner().context("the report is in memory")?)?)
}

/// The index that `image` is, where there is no file of that name.
fn index_of(image: &Path) -> Option<i64> {
    let index = image.to_str()?.parse::<u32>().ok()?;
    (!image.exists()).then_some(i64::from(index))
}

/// The file `path` as a network takes it, f32 `[1, 3, H, W]`.
fn picture(path: &Path, images: &Images, normalise: &Normalise) -> Result<Tensor> {
    let side = images.side as i64;
    let pixels = centre_of(path, images.short, images.side)?;
    let pixels = Tensor::from_data_size(&pixels, &[1, side, side, 3], Kind::Uint8);
    Ok(normalise.images(&pixels.to_device(normalise.device())))
}

/// The test set of the run.
fn test_set(
    args: &Args,
    saved: &Saved,
    layout: bool,
    device: tch::Device,
) -> Result<Box<dyn Feed>> {
    let settings = &saved.settings;
    let wanted = Request {
        limit_train: settings.limit_train,
        limit_test: settings.limit_test,
        resolution: settings.resolution,
        skip_broken: settings.skip_broken,
    };
    let source = Source::open(settings.dataset, args.data.as_deref(), wanted)?;
    if let Some(measured_on) = &saved.test_digest {
        check_test_set(&args.run, measured_on, &source.digests(None, None).test)?;
    }
    Ok(feed::open(&source, Part::Test, layout, device))
}

/// The test image `index` as a network takes it, f32 `[1, 3, H, W]`.
fn test_image(tests: &dyn Feed, index: i64) -> Result<Tensor> {
    if index >= tests.count() {
        bail!("{index}: the test set has {} images; give an index below that", tests.count());
    }
    let indices = Tensor::from_slice(&[index]).to_device(tests.device());
    let images = tests.plain(&indices, 1).next().context("one index is one image")?;
    Ok(images?.1)
}
