//! The entropy-coded bytes of a scan in a file: between markers, each 0xff followed by a 0 that says that it is none.

use memchr::memchr;

use super::Fault;

/// The bytes of a scan, an interval between two markers at a time.
pub(super) struct Stream<'a, 'r> {
    file: &'a [u8],
    at: usize,
    /// Those of the interval that was read last, without the zeros.
    bytes: &'r mut Vec<u8>,
}

impl<'a, 'r> Stream<'a, 'r> {
    /// The bytes of `file` from the byte `at` on; `room` is memory to use.
    pub(super) fn new(file: &'a [u8], at: usize, room: &'r mut Vec<u8>) -> Self {
        Self { file, at, bytes: room }
    }

    /// The place of the next marker, or of the end, after an interval.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    /// Reads up to the next marker.
    pub(super) fn interval(&mut self) -> &[u8] {
        self.bytes.clear();
        let mut rest = self.file.get(self.at..).unwrap_or_default();
        while let Some(place) = memchr(0xff, rest) {
            if rest.get(place + 1) != Some(&0) {
                self.bytes.extend_from_slice(&rest[..place]);
                self.at = self.file.len() - rest.len() + place;
                return self.bytes;
            }
            self.bytes.extend_from_slice(&rest[..=place]);
            rest = &rest[place + 2..];
        }
        self.bytes.extend_from_slice(rest);
        self.at = self.file.len();
        self.bytes
    }

    /// Passes over the bytes up to the next marker.
    pub(super) fn pass_over(&mut self) {
        let mut rest = self.file.get(self.at..).unwrap_or_default();
        while let Some(place) = memchr(0xff, rest) {
            if rest.get(place + 1) != Some(&0) {
                self.at = self.file.len() - rest.len() + place;
                return;
            }
            rest = &rest[place + 2..];
        }
        self.at = self.file.len();
    }

    /// Goes on after the restart marker that must follow, number `number` of 8.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Fault> {
        if self.file.get(self.at..self.at + 2) != Some(&[0xff, 0xd0 + number]) {
            return Err("a restart marker is missing");
        }
        self.at += 2;
        Ok(())
    }
}
