//! The file of a cache as memory: the system reads what is looked at, and keeps it for all processes.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};

use memmap2::Mmap;

/// A file in memory.
#[derive(Debug)]
pub(super) struct Map {
    file: File,
    bytes: Mmap,
}

impl Map {
    /// All of `file`.
    #[allow(unsafe_code, reason = "whether a file changes is beyond what the compiler knows")]
    pub(super) fn new(file: File) -> Result<Self> {
        // SAFETY: the file may change while it is mapped. We write a cache under another name, rename it when it is whole and
        // never write to it again. If another program does, each number is checked when it is used, as in any other file.
        // If it is cut off, `get` says so before it touches bytes that are gone.
        let bytes = unsafe { Mmap::map(&file)? };
        Ok(Self { file, bytes })
    }

    /// So many bytes from place `at` on.
    ///
    /// # Errors
    /// Where the file ends before, by now or from the beginning: of the kind [`ErrorKind::UnexpectedEof`].
    pub(super) fn get(&self, at: u64, length: usize) -> Result<&[u8]> {
        let end = || Error::from(ErrorKind::UnexpectedEof);
        // Touching what was cut off since would end the process.
        if self.file.metadata()?.len() < self.bytes.len() as u64 {
            return Err(end());
        }
        let at = usize::try_from(at).map_err(|_| end())?;
        let bytes = self.bytes.get(at..).and_then(|rest| rest.get(..length));
        bytes.ok_or_else(end)
    }
}
