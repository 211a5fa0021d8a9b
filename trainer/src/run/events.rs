//! TensorBoard event files: their names, their records, and the bytes of a run's scalars in them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the name of an event file begins with; the second of its making follows.
const PREFIX: &str = "events.out.tfevents.";

// Field numbers of event.proto and summary.proto.
const EVENT_WALL_TIME: u8 = 1;
const EVENT_STEP: u8 = 2;
const EVENT_FILE_VERSION: u8 = 3;
const EVENT_SUMMARY: u8 = 5;
const EVENT_SESSION_LOG: u8 = 7;
const SESSION_LOG_STATUS: u8 = 1;
const SUMMARY_VALUE: u8 = 1;
const VALUE_TAG: u8 = 1;
const VALUE_SIMPLE_VALUE: u8 = 2;

/// `SessionLog.SessionStatus` of a run that starts, or starts again.
const START: u64 = 1;

/// An event file that grows by whole records.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
    /// Length of the whole records, in bytes.
    len: u64,
}

impl EventFile {
    /// Makes a file in `folder`, and the folder where it is absent, for a run that starts or goes on: of the files before
    /// it, TensorBoard drops the values at `step`, the first that is written, and later.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn resumed(folder: &Path, step: u64) -> io::Result<Self> {
        fs::create_dir_all(folder).map_err(|e| named(folder, &e))?;
        // TensorBoard reads the files of a folder in the order of their names. The process that goes on
        // may have the smaller id, or a clock that is behind: its file still has to come last.
        let last = last_second(folder).map_err(|e| named(folder, &e))?;
        let second = last.map_or(0, |last| last.saturating_add(1)).max(now().as_secs());
        static FILES: AtomicU64 = AtomicU64::new(0);
        let n = FILES.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{second:010}.{}.{}.{n}", host(), std::process::id());
        let path = folder.join(name);
        let options = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = options.map_err(|e| named(&path, &e))?;
        let mut events = Self { path, file, len: 0 };
        let version = record(&event(now(), 0, EVENT_FILE_VERSION, b"brain.Event:2"));
        // Readers of this version drop values at a start only, not where steps go back. One of them takes
        // no notice of the first start of a run, so a run that is new needs one as well.
        let mut log = Vec::new();
        number(&mut log, SESSION_LOG_STATUS, START);
        let start = record(&event(now(), step, EVENT_SESSION_LOG, &log));
        events.append(&[version, start].concat())?;
        Ok(events)
    }

    /// Appends the values of some tags at a step. They are kept as `f32`, as everywhere in TensorBoard.
    /// Of several values of a tag at one step, TensorBoard may show only the last.
    ///
    /// # Errors
    /// When they cannot be written; none of them is in the file then.
    pub fn scalars(&mut self, step: u64, values: &[(&str, f64)]) -> io::Result<()> {
        self.append(&record(&event(now(), step, EVENT_SUMMARY, &summary(values))))
    }

    fn append(&mut self, records: &[u8]) -> io::Result<()> {
        // One write: a process that is killed leaves at most one torn record, at the end, which readers skip.
        if let Err(e) = self.file.write_all(records) {
            // No record behind a torn one is ever read. The write is what went wrong, so that is what we say
            // even where this fails as well.
            let _ = self.file.set_len(self.len);
            return Err(named(&self.path, &e));
        }
        self.len += records.len() as u64;
        Ok(())
    }
}

fn named(path: &Path, cause: &io::Error) -> io::Error {
    io::Error::new(cause.kind(), format!("{}: {cause}", path.display()))
}

/// The largest second in the names of the event files of `folder`.
fn last_second(folder: &Path) -> io::Result<Option<u64>> {
    let mut last = None;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        last = last.max(rest.and_then(|rest| rest.split('.').next()?.parse().ok()));
    }
    Ok(last)
}

/// Name of this machine. It only tells people where a file came from, so any will do where it is unknown.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    match name.trim() {
        "" => "localhost".to_owned(),
        name => name.chars().map(plain).collect(),
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn event(wall_time: Duration, step: u64, what: u8, content: &[u8]) -> Vec<u8> {
    let mut event = Vec::new();
    fixed(&mut event, EVENT_WALL_TIME, 1, &wall_time.as_secs_f64().to_le_bytes());
    // A number that is absent is 0, and protocol buffers leave it out then.
    if step > 0 {
        number(&mut event, EVENT_STEP, step);
    }
    message(&mut event, what, content);
    event
}

fn summary(values: &[(&str, f64)]) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, value) in values {
        let mut bytes = Vec::new();
        message(&mut bytes, VALUE_TAG, tag.as_bytes());
        fixed(&mut bytes, VALUE_SIMPLE_VALUE, 5, &(*value as f32).to_le_bytes());
        message(&mut summary, SUMMARY_VALUE, &bytes);
    }
    summary
}

// Fields of protocol buffers: the number of the field and its wire type in one byte, then the value.

fn number(to: &mut Vec<u8>, field: u8, value: u64) {
    to.push(field << 3);
    varint(to, value);
}

/// Wire type 1 has 8 bytes, 5 has 4.
fn fixed(to: &mut Vec<u8>, field: u8, wire_type: u8, bytes: &[u8]) {
    to.push(field << 3 | wire_type);
    to.extend_from_slice(bytes);
}

fn message(to: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    to.push(field << 3 | 2);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// A record of the `TFRecord` format.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let check = |bytes: &[u8]| masked(crc32c(bytes)).to_le_bytes();
    [&length[..], &check(&length), data, &check(data)].concat()
}

/// The format masks its checksums, because a checksum of bytes that hold checksums says little.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli).
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| CRC_OF_BYTE[(crc as u8 ^ byte) as usize] ^ (crc >> 8);
    !bytes.iter().fold(!0, step)
}

const CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            // The reversed polynomial, where the bit that is shifted out is set.
            crc = (crc >> 1) ^ ((crc & 1) * 0x82f6_3b78);
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests;
