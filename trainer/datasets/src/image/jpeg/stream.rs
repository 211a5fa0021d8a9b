//! The entropy-coded bytes of a scan in a file: between markers, each 0xff followed by a 0 that says that it is none.

use memchr::memchr;

use super::Fault;

/// The bytes of a scan, an interval between two markers at a time.
pub(super) struct Stream<'a, 'r> {
    file: &'a [u8],
    /// Where the scan begins.
    start: usize,
    at: usize,
    /// Those of the interval that was read last, without the zeros.
    bytes: &'r mut Vec<u8>,
}

impl<'a, 'r> Stream<'a, 'r> {
    /// The bytes of `file` from the byte `at` on; `room` is memory to use.
    pub(super) fn new(file: &'a [u8], at: usize, room: &'r mut Vec<u8>) -> Self {
        Self { file, start: at, at, bytes: room }
    }

    /// The place of the next marker, or of the end, after an interval.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    /// The bytes that were read last.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes
    }

    /// What follows in the file.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.file.get(self.at..).unwrap_or_default()
    }

    /// Reads up to the next marker.
    pub(super) fn interval(&mut self) {
        self.read(self.file.len());
    }

    /// Reads from byte `from` of the scan to byte `to`, at most up to the next marker.
    pub(super) fn part(&mut self, from: usize, to: Option<usize>) {
        self.at = self.start.saturating_add(from);
        let end = to.map_or(self.file.len(), |to| self.start.saturating_add(to));
        self.read(end.min(self.file.len()));
    }

    /// Reads up to the next marker, at most to byte `end` of the file.
    fn read(&mut self, end: usize) {
        self.bytes.clear();
        let mut rest = self.file.get(self.at..end).unwrap_or_default();
        while let Some(place) = memchr(0xff, rest) {
            if rest.get(place + 1) != Some(&0) {
                self.bytes.extend_from_slice(&rest[..place]);
                self.at = end - rest.len() + place;
                return;
            }
            self.bytes.extend_from_slice(&rest[..=place]);
            rest = &rest[place + 2..];
        }
        self.bytes.extend_from_slice(rest);
        self.at = end;
    }

    /// Passes over the bytes up to the next marker.
    pub(super) fn pass_over(&mut self) {
        let mut rest = self.rest();
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
