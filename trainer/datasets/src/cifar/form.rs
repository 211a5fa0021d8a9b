//! The forms in which archives come, by their first bytes, whatever they are called.

use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::layout::Layout;
use crate::DatasetError;

/// Length of a tar header, in bytes.
const BLOCK: usize = 512;
/// Where the checksum of a tar header is, in bytes.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// What the first bytes of a file show it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Gzip,
    Tar,
    /// Compressed by the program of this name, which is not gzip.
    Compressed(&'static str),
    /// An archive of this name that holds files, and is no tar file.
    Files(&'static str),
    /// A pickled Python object.
    Pickle,
    /// None of these: what can be said of it.
    Other(&'static str),
}

impl Form {
    fn of(head: &[u8]) -> Self {
        let magics: [(&[u8], Self); 8] = [
            (b"\x1f\x8b", Self::Gzip),
            (b"\xfd7zXZ\0", Self::Compressed("xz")),
            (b"BZh", Self::Compressed("bzip2")),
            (b"\x28\xb5\x2f\xfd", Self::Compressed("zstd")),
            (b"PK\x03\x04", Self::Files("zip")),
            (b"PK\x05\x06", Self::Files("zip")),
            (b"7z\xbc\xaf\x27\x1c", Self::Files("7z")),
            (b"Rar!", Self::Files("rar")),
        ];
        match head {
            [] => Self::Other("it is empty"),
            [0x80, 2..=5, ..] => Self::Pickle,
            _ if is_tar(head) => Self::Tar,
            _ if head.trim_ascii_start().starts_with(b"<") => Self::Other("it is a web page"),
            _ => match magics.iter().find(|(magic, _)| head.starts_with(magic)) {
                Some((_, form)) => *form,
                None => Self::Other("it begins like neither a gzip nor a tar file"),
            },
        }
    }
}

/// Whether `head` is a tar header: the sum of its bytes, its checksum taken as blanks, is its checksum.
fn is_tar(head: &[u8]) -> bool {
    if head.len() < BLOCK {
        return false;
    }
    let written = String::from_utf8_lossy(&head[CHECKSUM]);
    let written = written.trim_matches(['\0', ' ']);
    let bytes = head[..BLOCK].iter().enumerate();
    let sum: u32 =
        bytes.map(|(i, byte)| u32::from(if CHECKSUM.contains(&i) { b' ' } else { *byte })).sum();
    u32::from_str_radix(written, 8) == Ok(sum)
}

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
    let within = if within_gzip { " within gzip" } else { "" };
    let (what, cure) = match form {
        Form::Gzip | Form::Tar => (
            "is gzipped twice".to_owned(),
            "unpack it once (`gzip -dc < FILE > once.tar.gz`) and give what comes out".to_owned(),
        ),
        Form::Compressed(program) => (
            format!("is compressed with {program}{within}, which is not read"),
            format!("unpack it (`{program} -dc < FILE > plain.tar`) and give what comes out"),
        ),
        Form::Files(kind) => (
            format!("is a {kind} archive{within}, which is not read"),
            "unpack it and give the folder that comes out".to_owned(),
        ),
        Form::Pickle => (
            format!("is one pickled file of Python{within}, not the whole of {}", layout.name),
            "give the archive or folder that it is from".to_owned(),
        ),
        Form::Other(reason) => {
            let reason = format!("{reason}{within}");
            return DatasetError::Archive {
                path: path.to_owned(),
                reason,
                archive: layout.archive,
            };
        }
    };
    DatasetError::Form { path: path.to_owned(), what, cure }
}

/// The first bytes of `reader`, at most a tar header of them, and the whole of it again.
fn peek<R: Read>(mut reader: R) -> io::Result<(Vec<u8>, impl Read + use<R>)> {
    let mut head = Vec::with_capacity(BLOCK);
    reader.by_ref().take(BLOCK as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
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
