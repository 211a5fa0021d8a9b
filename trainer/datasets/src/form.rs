//! The forms in which archives come, by their first bytes, whatever they are called.

use std::io::{self, Cursor, Read};

/// Length of a tar header, in bytes.
const BLOCK: usize = 512;
/// Where the checksum of a tar header is, in bytes.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// What the first bytes of a file show it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
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
    /// That of a file that begins with `head`, which is as long as a tar header unless the file is shorter.
    pub(crate) fn of(head: &[u8]) -> Self {
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

    /// What a file of this form is and what to do with it, where it is not the archive of `name` that was wanted; or
    /// why it is no archive at all.
    pub(crate) fn refusal(self, name: &str, within_gzip: bool) -> Result<(String, String), String> {
        let within = if within_gzip { " within gzip" } else { "" };
        Ok(match self {
            Self::Gzip | Self::Tar => (
                "is gzipped twice".to_owned(),
                "unpack it once (`gzip -dc < FILE > once.tar.gz`) and give what comes out"
                    .to_owned(),
            ),
            Self::Compressed(program) => (
                format!("is compressed with {program}{within}, which is not read"),
                format!("unpack it (`{program} -dc < FILE > plain.tar`) and give what comes out"),
            ),
            Self::Files(kind) => (
                format!("is a {kind} archive{within}, which is not read"),
                "unpack it and give the folder that comes out".to_owned(),
            ),
            Self::Pickle => (
                format!("is one pickled file of Python{within}, not the whole of {name}"),
                "give the archive or folder that it is from".to_owned(),
            ),
            Self::Other(reason) => return Err(format!("{reason}{within}")),
        })
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

/// The first bytes of `reader`, at most a tar header of them, and the whole of it again.
pub(crate) fn peek<R: Read>(mut reader: R) -> io::Result<(Vec<u8>, impl Read + use<R>)> {
    let mut head = Vec::with_capacity(BLOCK);
    reader.by_ref().take(BLOCK as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}
