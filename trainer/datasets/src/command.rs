//! `swast-trainer data`: make, unpack and verify, download, describe a data set.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args as ClapArgs, Subcommand};
use swast_tables::usage::UsageError;

use crate::cache::{Cache, Form, Prepared, is_cache, write};
use crate::cifar::{Layout, unpack};
use crate::contact::write_sheet;
use crate::describe::{describe, examine};
use crate::fetch::fetch;
use crate::folder::{FILE_MAX, IMAGE_CURE};
use crate::kind::{DatasetKind, Request, listing, load};
use crate::listing::Listing;
use crate::photographs::{Sizes, Skips};
use crate::synth;

/// Make, unpack and verify, download, describe a data set
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    Synth(SynthArgs),
    Import(ImportArgs),
    Fetch(FetchArgs),
    Info(InfoArgs),
}

/// Write synthetic images in the layout of a data set, to be read with `--dataset LAYOUT --data OUT`
#[derive(Debug, Clone, ClapArgs)]
struct SynthArgs {
    /// cifar10, cifar100, tinyimagenet, folder or imagenet
    #[arg(long, value_enum, default_value = "cifar10")]
    layout: DatasetKind,
    /// Folder to put the official folder in (cifar, tinyimagenet), or new folder (folder, imagenet); or new archive, its
    /// name ending in .tar.gz, or for tinyimagenet and folder in .tar or .zip
    #[arg(long, value_name = "DIR|FILE")]
    out: PathBuf,
    /// Number of training images
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(5..=50_000))]
    train: u64,
    /// Number of test images
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    test: u64,
    /// Seed; 0 gives the images of `--dataset synthetic`
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Verify an archive, or the folder unpacked from it, completely; with --out, also unpack it; with --cache, prepare its
/// images
#[derive(Debug, Clone, ClapArgs)]
struct ImportArgs {
    /// Archive or folder
    path: PathBuf,
    /// Data set [default: the one that PATH holds]
    #[arg(long, value_enum)]
    dataset: Option<DatasetKind>,
    /// Folder to unpack CIFAR into, or new file for --cache [default: PATH with `.cache` behind it]; what is there is not
    /// replaced
    #[arg(long, value_name = "DIR|FILE")]
    out: Option<PathBuf>,
    /// Write the images of folder or imagenet to one file, which --data takes instead of PATH: larger ones are scaled down
    /// until their shorter side has so many pixels
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    cache: Option<u16>,
    /// With --cache: JPEG quality of the images that are scaled; others that are JPEG stay as they are
    #[arg(long, default_value_t = 90, requires = "cache", value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// With --cache: keep pixels instead of JPEG
    #[arg(long, requires = "cache", conflicts_with = "quality")]
    raw: bool,
    /// With --cache: leave out up to N broken images, named on stderr
    #[arg(long, value_name = "N", default_value_t = 0, requires = "cache")]
    skip_broken: usize,
}

/// Download an official archive and check it; a download that broke off goes on where it stopped
#[derive(Debug, Clone, ClapArgs)]
struct FetchArgs {
    /// cifar10, cifar100 or tinyimagenet; for imagenet, what to download by hand
    #[arg(value_enum, value_name = "NAME")]
    dataset: DatasetKind,
    /// Folder to put the archive in
    #[arg(long, visible_alias = "out", value_name = "DIR", default_value = "data/raw")]
    to: PathBuf,
    /// Address of a copy of the archive, or of the folder it is in (ending in `/`)
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

/// Describe a data set: its classes, images per class, sizes and colours, and what is wrong with it
#[derive(Debug, Clone, ClapArgs)]
struct InfoArgs {
    /// Archive or folder; not needed for synthetic
    #[arg(conflicts_with = "data")]
    path: Option<PathBuf>,
    /// Data set [default: the one that PATH holds; synthetic without a path]
    #[arg(long, value_enum)]
    dataset: Option<DatasetKind>,
    /// The same as PATH
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Side of the images, in pixels, for folder and imagenet [default: as for train]
    #[arg(long, value_name = "PIXELS")]
    resolution: Option<usize>,
    /// New PNG file with some training images of each class
    #[arg(long, value_name = "FILE.png")]
    contact_sheet: Option<PathBuf>,
}

/// Does what `args` ask for, and prints a description of the data set on stdout.
pub fn execute(args: &Args) -> Result<()> {
    let report = match &args.action {
        Action::Synth(args) => synth(args)?,
        Action::Import(args) => import(args)?,
        Action::Fetch(args) => {
            let (path, verdict) = fetch(args.dataset, &args.to, args.from.as_deref())?;
            format!("{}: downloaded; {verdict}\n", path.display())
        }
        Action::Info(args) => info(args)?,
    };
    Ok(io::stdout().write_all(report.as_bytes())?)
}

fn synth(args: &SynthArgs) -> Result<String> {
    let (train, test) = (usize::try_from(args.train)?, usize::try_from(args.test)?);
    let path = synth::write(args.layout, (args.seed, train, test), &args.out)?;
    let dataset = load(args.layout, Some(&path), Request::default())?;
    Ok(format!("{}: written\n{}", path.display(), describe(&dataset)))
}

fn import(args: &ImportArgs) -> Result<String> {
    let kind = args.dataset.unwrap_or_else(|| DatasetKind::held_by(&args.path));
    if let Some(side) = args.cache {
        return import_cache(args, kind, usize::from(side));
    }
    Ok(match &args.out {
        Some(_) if kind.has_files() => {
            let reason = format!("{kind} is read without unpacking it; leave --out out");
            return Err(UsageError(reason).into());
        }
        Some(out) => {
            let layout = layout(kind)?;
            let (folder, dataset) = unpack(layout, &args.path, out)?;
            format!("{}: unpacked and verified\n{}", folder.display(), describe(&dataset))
        }
        None => {
            if !kind.has_files() {
                layout(kind)?;
            }
            let dataset = load(kind, Some(&args.path), Request::default())?;
            format!("{}: verified\n{}", args.path.display(), describe(&dataset))
        }
    })
}

/// Writes the images of `kind` as a cache of shorter side `side`.
fn import_cache(args: &ImportArgs, kind: DatasetKind, side: usize) -> Result<String> {
    if is_cache(&args.path) {
        let path = args.path.display();
        let reason = format!("{path}: is a cache already; give the images that it was made from");
        return Err(UsageError(reason).into());
    }
    let Some((tree, listing)) = listing(kind, &args.path)? else {
        let reason =
            format!("--cache: {kind} has small images; a cache is for folder and imagenet");
        return Err(UsageError(reason).into());
    };
    let beside = || {
        let mut name = args.path.clone().into_os_string();
        name.push(".cache");
        PathBuf::from(name)
    };
    let out = args.out.clone().unwrap_or_else(beside);
    let form = if args.raw { Form::Raw } else { Form::Jpeg(args.quality) };
    let name = kind.to_string();
    let prepared =
        Prepared { name: &name, tree: &tree, listing: &listing, side, form, file_max: FILE_MAX };
    write(&prepared, &mut Skips::new(&tree, IMAGE_CURE, args.skip_broken), &out)?;
    let cache = Cache::open(&out)?;
    let (train, test, classes) = (cache.train(), cache.test(), cache.classes().len());
    let path = out.display();
    Ok(format!(
        "{path}: written\n{kind}: {train} training and {test} test images, {classes} classes; read it with `--dataset {kind} --data {path}`\n"
    ))
}

/// Reads the whole data set, broken images left out.
fn info(args: &InfoArgs) -> Result<String> {
    let path = args.path.as_deref().or(args.data.as_deref());
    let kind = match (args.dataset, path) {
        (Some(kind), _) => kind,
        (None, Some(path)) => DatasetKind::held_by(path),
        (None, None) => DatasetKind::default(),
    };
    let skip_broken = if kind.has_files() { usize::MAX } else { 0 };
    let wanted = Request { resolution: args.resolution, skip_broken, ..Request::default() };
    let dataset = load(kind, path, wanted)?;
    let listed = path.map_or(Ok(None), |path| listing(kind, path))?;
    let sizes = listed.and_then(|(tree, Listing { train, test, .. })| {
        Sizes::of(&tree, &[train, test].concat(), FILE_MAX)
    });
    let mut text = examine(&dataset, sizes);
    if let Some(sheet) = &args.contact_sheet {
        write_sheet(&dataset, sheet)?;
        text += &format!("{}: written\n", sheet.display());
    }
    Ok(text)
}

fn layout(kind: DatasetKind) -> Result<&'static Layout, UsageError> {
    kind.layout().ok_or_else(|| {
        UsageError(format!("{kind}: there is no archive of it to handle; give cifar10 or cifar100"))
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn report(words: &[&str]) -> Result<String> {
        let words = ["data"].iter().chain(words);
        match Cli::try_parse_from(words)?.args.action {
            Action::Synth(args) => synth(&args),
            Action::Import(args) => import(&args),
            Action::Info(args) => info(&args),
            other => panic!("{other:?} is not tested here"),
        }
    }

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_synth_writes_import_verifies_and_unpacks() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let archive = path("made.tar.gz");
        let made = report(&["synth", "--out", &archive, "--train", "23", "--test", "10"]).unwrap();
        assert!(
            made.contains("cifar10: 23 training and 10 test images of 32 x 32 pixels, 10 classes")
        );
        assert!(made.contains("disc-rows                      3       1\n"), "{made}");

        let unpacked = report(&["import", &archive, "--out", &path("here")]).unwrap();
        assert!(
            unpacked.contains("cifar-10-batches-bin: unpacked and verified\ncifar10: 23 training")
        );
        let verified = report(&["import", &path("here")]).unwrap();
        let table = |text: &str| text.split_once("label").map(|(_, table)| table.to_owned());
        assert_eq!(table(&verified), table(&made));
        let message =
            report(&["import", &archive, "--dataset", "synthetic"]).unwrap_err().to_string();
        assert!(message.contains("synthetic: there is no archive"), "{message}");
    }

    #[test]
    fn info_says_what_a_folder_holds_and_what_is_wrong_with_it() {
        let folder = crate::folder::tests::damaged();
        let path = folder.path().join("photos");
        let sheet = folder.path().join("sheet.png");
        let words = ["info", path.to_str().unwrap(), "--contact-sheet", sheet.to_str().unwrap()];
        let text = report(&words).unwrap();
        for line in [
            "folder: 17 training and 18 test images of 32 x 32 pixels, 3 classes",
            "training images per class: 5 to 6",
            "stored images: 40 x 36 to 45 x 36 pixels (width x height), median of the shorter side 36",
            "test images that are training images too: 1 (training ",
            "broken files: 1 (`train/ant/deep/3.Png`)",
            "    1  ant                            5       6",
        ] {
            assert!(text.contains(line), "`{line}` is not in: {text}");
        }
        let picture = crate::image::decode(&std::fs::read(&sheet).unwrap()).unwrap();
        assert!(picture.height > 3 * 32 && picture.width > 6 * 32);
        // The same again is there already; something else is not replaced.
        report(&words).unwrap();
        std::fs::write(&sheet, "mine").unwrap();
        let message = report(&words).unwrap_err().to_string();
        assert!(message.ends_with("exists already; remove it or give another --contact-sheet"));
        let synthetic = report(&["info"]).unwrap();
        assert!(
            synthetic.contains("synthetic: 20000 training") && synthetic.contains("files: none")
        );
    }

    #[test]
    fn a_cache_is_made_and_read_in_place_of_its_source() {
        let folder = crate::folder::tests::damaged();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let photos = path("photos");
        let message = report(&["import", &photos, "--cache", "16"]).unwrap_err().to_string();
        assert!(message.contains("`train/ant/deep/3.Png`: is no whole PNG image"), "{message}");
        assert!(!folder.path().join("photos.cache").exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        let words = ["import", &photos, "--cache", "16", "--skip-broken", "1", "--raw"];
        let made = report(&words).unwrap();
        assert!(made.contains("folder: 17 training and 18 test images, 3 classes; read it with"));
        let text = report(&["info", &path("photos.cache")]).unwrap();
        assert!(
            text.contains("folder: 17 training and 18 test images of 32 x 32 pixels"),
            "{text}"
        );
        let message = report(&["import", &path("photos.cache"), "--dataset", "imagenet"]);
        let message = message.unwrap_err().to_string();
        assert!(message.contains("is a cache of folder, not imagenet; give --dataset folder"));
        let words = ["import", &path("photos.cache"), "--cache", "8"];
        let message = report(&words).unwrap_err().to_string();
        assert!(message.contains("photos.cache: is a cache already; give"), "{message}");
        assert!(!folder.path().join("photos.cache.cache").exists());
        let tiny = crate::tiny_imagenet::tests::small();
        let words = ["import", tiny.path().to_str().unwrap(), "--cache", "16"];
        assert!(report(&words).unwrap_err().to_string().contains("tinyimagenet has small images"));
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        for words in [&["info"][..], &["import"], &["import", "--cache", "8"]] {
            let (sender, receiver) = std::sync::mpsc::channel();
            let words = [words, &[path.to_str().unwrap()]].concat().join(" ");
            std::thread::spawn(move || {
                let words: Vec<&str> = words.split(' ').collect();
                sender.send(report(&words).unwrap_err().to_string())
            });
            let message = receiver.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
            assert!(message.contains("pipe: is neither a folder nor a file; give a"), "{message}");
        }
    }

    #[test]
    fn tiny_imagenet_is_verified_and_not_unpacked() {
        let folder = crate::tiny_imagenet::tests::small();
        let path = folder.path().to_str().unwrap();
        let verified = report(&["import", path]).unwrap();
        let text =
            "verified\ntinyimagenet: 12 training and 5 test images of 64 x 64 pixels, 3 classes";
        assert!(verified.contains(text), "{verified}");
        let message = report(&["import", path, "--out", path]).unwrap_err().to_string();
        assert!(message.contains("leave --out out"), "{message}");
    }
}
