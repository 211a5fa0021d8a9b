//! The archive of a data set as a stream of bounded length, and what is said where it is none.

use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::layout::Layout;
use crate::DatasetError;
use crate::form::{Form, peek};

/// The tar file that `stored` is or holds gzip-compressed, ending in an error after the most bytes that
/// `layout` may have. What is neither is named, with what to do; `path` is for messages.
pub(super) fn open_tar<'a>(
    layout: &Layout,
    path: &Path,
    stored: impl Read + 'a,
) -> Result<Box<dyn Read + 'a>, DatasetError> {
    let left = layout.unpacked_max();
    let broken = |cause| archive_error(layout, path, &cause);
    let (head, stored) = peek(stored).map_err(broken)?;
    match Form::of(&head) {
        Form::Tar => Ok(Box::new(Bounded { inner: stored, left })),
        Form::Gzip => {
            let (head, unpacked) = peek(GzDecoder::new(stored)).map_err(broken)?;
            match Form::of(&head) {
                Form::Tar => Ok(Box::new(Bounded { inner: unpacked, left })),
                form => Err(refusal(layout, path, form, true)),
            }
        }
        form => Err(refusal(layout, path, form, false)),
    }
}

/// The error for a file that is of `form`, found within gzip or as it is.
fn refusal(layout: &Layout, path: &Path, form: Form, within_gzip: bool) -> DatasetError {
    let path = path.to_owned();
    match form.refusal(layout.name, within_gzip) {
        Ok((what, cure)) => DatasetError::Form { path, what, cure },
        Err(reason) => DatasetError::Archive { path, reason, archive: layout.archive },
    }
}

/// The error for a failure of the tar or gzip stream at `path`.
pub(super) fn archive_error(layout: &Layout, path: &Path, cause: &io::Error) -> DatasetError {
    let (path, archive) = (path.to_owned(), layout.archive);
    if cause.kind() == io::ErrorKind::FileTooLarge {
        return DatasetError::TooLarge { path, limit: layout.unpacked_max(), archive };
    }
    // After a colon, the reader of tar files repeats bytes of the file.
    let text = cause.to_string();
    let reason = text.split(':').next().unwrap_or_default().escape_debug().to_string();
    DatasetError::Archive { path, reason, archive }
}

/// A reader that fails with `FileTooLarge` after `left` bytes instead of going on.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}
