//! Images read and decoded on all cores, in the order of their list.

use rayon::prelude::*;
use swast_tables::usage::note;

use crate::image::size;
use crate::listing::Listed;
use crate::tree::Tree;
use crate::{DatasetError, LabelledImages, Skipped};

/// So many files are in memory at a time.
const AT_A_TIME: usize = 1024;

/// Decodes the content of a file into the pixels of an image; or why it cannot.
type Decode<'a> = &'a (dyn Fn(&[u8], &mut [u8]) -> Result<(), String> + Sync);

/// Reads images of one size from a tree.
pub(crate) struct Reader<'a> {
    pub(crate) tree: &'a Tree,
    /// Bytes of the pixels of an image.
    pub(crate) bytes: usize,
    /// No image file is larger, in bytes.
    pub(crate) file_max: u64,
    pub(crate) decode: Decode<'a>,
}

/// How many broken images are passed over.
pub(crate) struct Skips<'a> {
    tree: &'a Tree,
    cure: &'a str,
    allowed: usize,
    passed: usize,
}

/// The sizes of images, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// The smallest width and the smallest height.
    pub(crate) least: (usize, usize),
    /// The largest width and the largest height.
    pub(crate) most: (usize, usize),
    /// Median of the shorter sides.
    pub(crate) median: usize,
}

impl Sizes {
    /// Those of the images `listed` in `tree` that have any; `None` where none has.
    pub(crate) fn of(tree: &Tree, listed: &[Listed], file_max: u64) -> Option<Self> {
        let one = |image: &Listed| size(&tree.read(&image.file, file_max).ok()?).ok();
        let sizes: Vec<(usize, usize)> = listed.par_iter().filter_map(one).collect();
        let extremes = |of: fn(&(usize, usize)) -> usize| {
            let values = sizes.iter().map(of);
            Some((values.clone().min()?, values.max()?))
        };
        let (widths, heights) = (extremes(|size| size.0)?, extremes(|size| size.1)?);
        let mut shorter: Vec<usize> = sizes.iter().map(|size| size.0.min(size.1)).collect();
        shorter.sort_unstable();
        let median = shorter[shorter.len() / 2];
        Some(Self { least: (widths.0, heights.0), most: (widths.1, heights.1), median })
    }
}

impl Reader<'_> {
    /// Reads the first `limit` of the images `listed` that are whole. Broken ones are named on stderr.
    ///
    /// # Errors
    /// Where more images are broken than may be skipped: the first that is one too many.
    pub(crate) fn read(
        &self,
        listed: &[Listed],
        limit: usize,
        skips: &mut Skips<'_>,
    ) -> Result<(LabelledImages, Vec<Skipped>), DatasetError> {
        let count = listed.len().min(limit);
        let mut images = LabelledImages { pixels: vec![0; count * self.bytes], labels: Vec::new() };
        let (mut skipped, mut next) = (Vec::new(), 0);
        while images.labels.len() < count && next < listed.len() {
            let kept = images.labels.len();
            let wanted = (count - kept).min(AT_A_TIME).min(listed.len() - next);
            let part = &listed[next..next + wanted];
            next += wanted;
            let place = &mut images.pixels[kept * self.bytes..][..wanted * self.bytes];
            let broken: Vec<Option<String>> = part
                .par_iter()
                .zip(place.par_chunks_mut(self.bytes))
                .map(|(image, pixels)| {
                    let file = self.tree.read(&image.file, self.file_max);
                    file.and_then(|file| (self.decode)(&file, pixels)).err()
                })
                .collect();
            for ((at, image), broken) in part.iter().enumerate().zip(broken) {
                let to = images.labels.len();
                if let Some(reason) = broken {
                    skips.pass(&image.file, &reason)?;
                    skipped.push(Skipped { file: image.file.clone(), before: to });
                    continue;
                }
                let from = (kept + at) * self.bytes;
                images.pixels.copy_within(from..from + self.bytes, to * self.bytes);
                images.labels.push(image.label);
            }
        }
        images.pixels.truncate(images.labels.len() * self.bytes);
        Ok((images, skipped))
    }
}

impl<'a> Skips<'a> {
    /// Of up to `allowed` images of `tree`; `cure` says what to do about a broken one.
    pub(crate) fn new(tree: &'a Tree, cure: &'a str, allowed: usize) -> Self {
        Self { tree, cure, allowed, passed: 0 }
    }

    /// Passes over the broken image `file`, and names it on stderr.
    ///
    /// # Errors
    /// Where it is one too many.
    pub(crate) fn pass(&mut self, file: &str, reason: &str) -> Result<(), DatasetError> {
        if self.allowed == 0 {
            return Err(self.tree.wrong_cure(file, reason, self.cure));
        }
        if self.passed == self.allowed {
            let cure = format!("it is one more than --skip-broken {} allows", self.allowed);
            return Err(self.tree.wrong_cure(file, reason, &cure));
        }
        self.passed += 1;
        note(format!("{}: entry `{file}`: {reason}; skipped", self.tree.path().display()));
        Ok(())
    }
}
