//! Where the members of a tar file are. A compressed one is unpacked once, to a file without a name.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use flate2::read::MultiGzDecoder;
use tar::Archive;

use super::{FILES_MAX, Refusal};
use crate::form::{Form, peek};
use crate::member::{check_path, is_file, plain};

/// Length of a block of a tar file, in bytes.
const BLOCK: u64 = 512;
/// Images hardly shrink, so an archive unpacks to no more than so many times its size,
const RATIO_MAX: u64 = 16;
/// and so many bytes for headers and lists.
const UNPACKED_FREE: u64 = 256 << 20;

/// A member: its path, where its content begins, and how long it is, in bytes.
type Member = (String, u64, u64);

/// A part of a file, read without moving its position.
struct Section<'a> {
    file: &'a File,
    start: u64,
    size: u64,
    at: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size.saturating_sub(self.at);
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.file.read_at(&mut buffer[..most], self.start + self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Section<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// The members of the tar file that `file` holds from `start` on, in `size` bytes.
pub(super) fn members(file: &File, start: u64, size: u64) -> Result<Vec<Member>, Refusal> {
    let broken = |error: io::Error| {
        // After a colon, the reader of tar files repeats bytes of the file.
        Refusal::broken("tar", error.to_string().split(':').next().unwrap_or_default())
    };
    let mut archive = Archive::new(Section { file, start, size, at: 0 });
    let (mut members, mut end) = (Vec::new(), 0);
    for entry in archive.entries_with_seek().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let shown = plain(&String::from_utf8_lossy(&entry.path_bytes()));
        let refuse = |reason: String| Refusal::Member(shown.clone(), reason);
        check_path(&entry.path().map_err(broken)?).map_err(refuse)?;
        let (offset, length) = (entry.raw_file_position(), entry.size());
        end = offset.saturating_add(length);
        if end > size {
            return Err(refuse("ends before its size: the archive was cut off".to_owned()));
        }
        if !is_file(entry.header().entry_type()).map_err(refuse)? {
            continue;
        }
        let Ok(name) = String::from_utf8(entry.path_bytes().into_owned()) else {
            return Err(refuse("has a name that is not UTF-8".to_owned()));
        };
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        if members.len() == FILES_MAX {
            return Err(refuse(format!("is one of more than {FILES_MAX} members")));
        }
        members.push((name, start + offset, length));
    }
    if end.next_multiple_of(BLOCK) + BLOCK > size {
        return Err(Refusal::broken("tar", "it lacks its end: it was cut off"));
    }
    Ok(members)
}

/// The tar file that `file`, of `size` bytes, holds compressed by gzip.
pub(super) fn unpack(file: &File, size: u64) -> Result<File, Refusal> {
    let broken = |error: io::Error| Refusal::broken(".tar.gz", &error.to_string());
    let section = Section { file, start: 0, size, at: 0 };
    let (head, mut unpacked) =
        peek(MultiGzDecoder::new(BufReader::new(section))).map_err(broken)?;
    match Form::of(&head) {
        Form::Tar => {}
        form => {
            return Err(match form.refusal("a data set", true) {
                Ok((what, cure)) => Refusal::Form(what, cure),
                Err(reason) => Refusal::broken(".tar.gz", &reason),
            });
        }
    }
    let most = size.saturating_mul(RATIO_MAX).saturating_add(UNPACKED_FREE);
    let mut target = tempfile::tempfile()?;
    let mut buffer = vec![0; 1 << 18];
    let mut written = 0;
    loop {
        let count = unpacked.read(&mut buffer).map_err(broken)?;
        if count == 0 {
            return Ok(target);
        }
        written += count as u64;
        if written > most {
            return Err(Refusal::Form(
                format!("unpacks to more than {most} bytes, too many for images"),
                "get it again, or unpack it and give the folder".to_owned(),
            ));
        }
        target.write_all(&buffer[..count])?;
    }
}
