//! Caches of a small set: what goes in comes out, and damage is refused.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::kind::listing;
use crate::photographs::Skips;
use crate::synth;
use crate::{DatasetKind, Digests, Request, load};

/// A cache of 40 training and 20 test images of 32 x 32 pixels in `form`.
fn made(form: Form, side: usize) -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("images");
    synth::write(DatasetKind::Folder, (0, 40, 20), &source).unwrap();
    let path = place.path().join("made");
    make(DatasetKind::Folder, &source, (form, side), &path);
    (place, path)
}

/// Writes `path`, a cache in `form` and of shorter side `side` of the images of `kind` at `source`.
pub(crate) fn make(kind: DatasetKind, source: &Path, (form, side): (Form, usize), path: &Path) {
    let (tree, listing) = listing(kind, source).unwrap().unwrap();
    let (name, file_max) = (&kind.to_string(), 1 << 20);
    let prepared = Prepared { name, tree: &tree, listing: &listing, side, form, file_max };
    write(&prepared, &mut Skips::new(&tree, "", 0), path).unwrap();
}

#[test]
fn raw_images_come_out_as_they_went_in_and_in_their_order() {
    let (place, path) = made(Form::Raw, 48);
    let wanted = Request { limit_train: Some(30), ..Request::default() };
    let load = |path: &Path| load(DatasetKind::Folder, Some(path), wanted).unwrap();
    let (cached, direct) = (load(&path), load(&place.path().join("images")));
    assert_eq!((Digests::of(&cached), &cached), (Digests::of(&direct), &direct));
    let cache = Cache::open(&path).unwrap();
    assert_eq!((cache.train(), cache.test(), cache.side()), (40, 20, 48));
    assert_eq!(DatasetKind::held_by(&path), DatasetKind::Folder);
    // The same again has the same bytes, and the digests of the parts tell what they hold.
    let (_again, other) = made(Form::Raw, 48);
    assert_eq!(fs::read(&other).unwrap(), fs::read(&path).unwrap());
    let [train, test] = cache.digests();
    assert_ne!(train, test);
}

#[test]
fn larger_images_are_scaled_and_jpeg_is_near() {
    let (_place, path) = made(Form::Jpeg(95), 32);
    let cache = Cache::open(&path).unwrap();
    let (_other, raw) = made(Form::Raw, 32);
    let raw = Cache::open(&raw).unwrap();
    for number in 0..60 {
        let ((near, label), (exact, same)) =
            (cache.image(number).unwrap(), raw.image(number).unwrap());
        assert_eq!(label, same);
        let pairs = near.pixels.iter().zip(&exact.pixels);
        let sum: u32 = pairs.map(|(one, other)| u32::from(one.abs_diff(*other))).sum();
        assert!(sum < 30 * 32 * 32 * 3, "{number}: {sum}");
    }
    assert!(cache.image(60).is_err());
    let (_small, path) = made(Form::Raw, 20);
    let small = Cache::open(&path).unwrap();
    assert_eq!((small.image(7).unwrap().0.width, small.image(59).unwrap().0.height), (20, 20));
}

#[test]
fn what_is_cut_off_or_damaged_is_refused_in_one_line() {
    let (_place, path) = made(Form::Raw, 16);
    let whole = fs::read(&path).unwrap();
    for keep in (8..whole.len()).step_by(997) {
        fs::write(&path, &whole[..keep]).unwrap();
        let message = Cache::open(&path).unwrap_err().to_string();
        assert!(
            message.contains("no whole cache") && message.contains("make it again"),
            "{message}"
        );
    }
    // Any other number in the header or the entries is refused, or gives other images.
    let places = (8..160).chain(whole.len() - 60 * ENTRY..whole.len());
    for place in places.step_by(3) {
        for value in [0, 0x7f, 0xff] {
            let mut damaged = whole.clone();
            damaged[place] = value;
            fs::write(&path, &damaged).unwrap();
            let Ok(cache) = Cache::open(&path) else { continue };
            let limits = Limits { train: 40, test: 20 };
            if let Err(error) = read_squares(&cache, Some(16), limits) {
                assert_eq!(error.to_string().lines().count(), 1, "{error}");
            }
        }
    }
}

#[test]
fn what_is_cut_off_after_it_was_opened_is_refused() {
    let (_place, path) = made(Form::Raw, 16);
    let cache = Cache::open(&path).unwrap();
    assert!(cache.image(3).is_ok());
    let whole = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(whole / 2).unwrap();
    let message = cache.image(59).unwrap_err().to_string();
    assert!(message.contains("image 59 cannot be read (it was cut off)"), "{message}");
    assert!(cache.labels(0, 60).is_err());
}
