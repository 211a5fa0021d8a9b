//! The claim on a run's folder: one process at a time works there, on this machine or any other that shares the folder.
//!
//! Leases are numbered files. The process that makes the file with the next number holds the run; making a file is
//! exclusive on every file system. The holder changes its file every few seconds, so its time says that the holder is
//! alive; a file that has not changed for [`EXPIRY`] may be succeeded. File times are compared with that of a file made
//! now in the same folder, so that clocks of several machines need not agree. On the machine of the holder a lock on the
//! file tells at once that the holder has ended.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A holder that has not shown itself for so long may be succeeded.
pub const EXPIRY: Duration = Duration::from_secs(60);
const PREFIX: &str = "lease-";
/// The first character of the file of a holder.
const HELD: u8 = b'{';
/// The first character of the file of a holder that has left.
const LEFT: u8 = b'-';
/// A file without content is younger than this if its holder is about to write it.
const MAKING: Duration = Duration::from_secs(2);

/// Who holds a lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the machine.
    pub host: String,
    /// Process on it.
    pub process: u32,
    /// Identifies one start of one machine: two machines may have the same name.
    boot: String,
    /// Seconds without a sign of life after which the lease may be succeeded.
    expiry: f64,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            0 => write!(f, "another process"),
            process => write!(f, "process {process} on {}", self.host),
        }
    }
}

impl Holder {
    fn this_process(expiry: Duration) -> Self {
        let line = |path: &str| {
            fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
        };
        let host = line("/proc/sys/kernel/hostname");
        Self {
            host: if host.is_empty() { "this machine".to_owned() } else { host },
            process: std::process::id(),
            boot: line("/proc/sys/kernel/random/boot_id"),
            expiry: expiry.as_secs_f64(),
        }
    }

    fn is_on_this_machine(&self) -> bool {
        !self.boot.is_empty() && self.boot == Self::this_process(EXPIRY).boot
    }
}

/// Why there is no lease.
#[derive(Debug, Error)]
pub enum LeaseError {
    /// Another process is at work.
    #[error("{0} is at work there")]
    Held(Holder),
    /// The folder could not be used.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A lease that this process holds until it is dropped, or lost to another one after a long silence.
#[derive(Debug)]
pub struct Lease {
    claim: Arc<Claim>,
    /// Ends the heartbeat when it is dropped.
    _beat: Sender<()>,
}

/// What the heartbeat and the holder share.
#[derive(Debug)]
struct Claim {
    folder: PathBuf,
    number: u64,
    expiry: Duration,
    sign: Mutex<Sign>,
}

/// The sign of life.
#[derive(Debug)]
struct Sign {
    /// Locked while the process lives.
    file: File,
    /// When it was last changed.
    shown: Instant,
    /// Whether the lease is no longer this process's.
    over: bool,
}

impl Lease {
    /// Takes the lease on `folder`, which exists.
    ///
    /// # Errors
    /// [`LeaseError::Held`] when another process holds it.
    pub fn take(folder: &Path, expiry: Duration) -> Result<Self, LeaseError> {
        let text = serde_json::to_vec(&Holder::this_process(expiry)).map_err(io::Error::from)?;
        loop {
            let newest = numbers(folder)?.last().copied();
            if let Some(holder) = newest.map_or(Ok(None), |number| living(folder, number))? {
                return Err(LeaseError::Held(holder));
            }
            let number = newest.unwrap_or(0) + 1;
            let made = OpenOptions::new().write(true).create_new(true).open(path(folder, number));
            let mut file = match made {
                Ok(file) => file,
                // Another process was faster: look again.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error.into()),
            };
            // A process that looks holds it for a moment. Where there are no locks, the file's time decides alone.
            let _locked = file.lock();
            file.write_all(&text)?;
            for old in numbers(folder)?.into_iter().filter(|old| *old < number) {
                let _gone = fs::remove_file(path(folder, old));
            }
            let sign = Mutex::new(Sign { file, shown: Instant::now(), over: false });
            let claim = Arc::new(Claim { folder: folder.to_owned(), number, expiry, sign });
            return Ok(Self { _beat: beat(Arc::clone(&claim)), claim });
        }
    }

    /// Its number: of two holders of a folder the later one has the higher.
    pub fn number(&self) -> u64 {
        self.claim.number
    }

    /// Returns true if the lease is still held. Asks the file system only after a silence, such as that of a process that
    /// was stopped.
    pub fn is_held(&self) -> bool {
        let mut sign = self.claim.sign();
        if sign.shown.elapsed() > self.claim.expiry / 2 {
            self.claim.show(&mut sign);
        }
        !sign.over
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut sign = self.claim.sign();
        self.claim.show(&mut sign);
        if !sign.over {
            // The file stays, as its number must not be given again.
            let _left = sign.write(LEFT);
            sign.over = true;
        }
    }
}

/// Shows several times per expiry that the holder of `claim` lives, until the sender is dropped.
fn beat(claim: Arc<Claim>) -> Sender<()> {
    let (beat, ended) = channel();
    std::thread::spawn(move || {
        while ended.recv_timeout(claim.expiry / 8) == Err(RecvTimeoutError::Timeout) {
            claim.show(&mut claim.sign());
        }
    });
    beat
}

impl Claim {
    fn sign(&self) -> MutexGuard<'_, Sign> {
        self.sign.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows that the holder lives, if no other has succeeded it.
    fn show(&self, sign: &mut Sign) {
        match numbers(&self.folder) {
            Ok(numbers) if numbers.last() == Some(&self.number) => {
                if !sign.over && sign.write(HELD).is_ok() {
                    sign.shown = Instant::now();
                }
            }
            // A file system that does not answer for a while takes nothing away.
            Err(error) if error.kind() != ErrorKind::NotFound => {}
            Ok(_) | Err(_) => sign.over = true,
        }
    }
}

impl Sign {
    /// Writes the first character, which renews the file's time by the clock of its file system.
    fn write(&mut self, first: u8) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&[first])?;
        self.file.sync_all()
    }
}

/// The holder at work in `folder`; `None` where there is none.
///
/// # Errors
/// When the folder cannot be read.
pub fn holder(folder: &Path) -> io::Result<Option<Holder>> {
    match numbers(folder)?.last() {
        Some(number) => living(folder, *number),
        None => Ok(None),
    }
}

/// Removes every lease in `folder`: for the holder, when the work is done.
pub fn clear(folder: &Path) {
    for number in numbers(folder).unwrap_or_default() {
        let _gone = fs::remove_file(path(folder, number));
    }
}

fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{PREFIX}{number}"))
}

/// The numbers of the leases in `folder`, ascending.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse().ok());
        numbers.extend::<Option<u64>>(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The holder of the lease `number`, unless it has left, ended or been silent for too long.
fn living(folder: &Path, number: u64) -> io::Result<Option<Holder>> {
    let path = path(folder, number);
    // Opened, not only looked at: a shared file system then fetches its present time.
    let opened = OpenOptions::new().read(true).write(true).open(&path);
    let mut file = match opened.or_else(|_| File::open(&path)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let silence = silence(folder, &file)?;
    if text.first() == Some(&LEFT) {
        return Ok(None);
    }
    let Ok(holder) = serde_json::from_slice::<Holder>(&text) else {
        let unknown = || Holder {
            host: "another machine".to_owned(),
            process: 0,
            ..Holder::this_process(EXPIRY)
        };
        return Ok((silence < MAKING).then(unknown));
    };
    let ended = holder.is_on_this_machine() && file.try_lock().is_ok();
    let silent = silence.as_secs_f64() > holder.expiry;
    Ok((!ended && !silent).then_some(holder))
}

/// How long `file` in `folder` has not been changed: by the clock of their file system, or by ours where nothing can be
/// written.
fn silence(folder: &Path, file: &File) -> io::Result<Duration> {
    let now = tempfile::tempfile_in(folder).and_then(|now| now.metadata()?.modified());
    let now = now.unwrap_or_else(|_| SystemTime::now());
    Ok(now.duration_since(file.metadata()?.modified()?).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn one_process_at_a_time_holds_a_folder() {
        let folder = folder();
        let first = Lease::take(folder.path(), LONG).unwrap();
        assert!(first.is_held());
        let own = std::process::id();
        let Err(LeaseError::Held(by)) = Lease::take(folder.path(), LONG) else {
            panic!("taken twice")
        };
        assert_eq!((by.process, holder(folder.path()).unwrap().unwrap()), (own, by));
        drop(first);
        assert_eq!(holder(folder.path()).unwrap(), None);
        // A number is not given again.
        assert_eq!(Lease::take(folder.path(), LONG).unwrap().number(), 2);
    }

    /// A holder on another machine: only the time of its file is known.
    fn far(folder: &Path, number: u64, age: Duration) {
        let far = Holder { host: "far".to_owned(), process: 7, boot: "x".to_owned(), expiry: 30.0 };
        fs::write(path(folder, number), serde_json::to_vec(&far).unwrap()).unwrap();
        let file = OpenOptions::new().write(true).open(path(folder, number)).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn a_silent_holder_is_succeeded_and_notices() {
        let folder = folder();
        far(folder.path(), 3, Duration::from_secs(10));
        assert_eq!(holder(folder.path()).unwrap().unwrap().host, "far");
        far(folder.path(), 3, Duration::from_secs(31));
        let lease = Lease::take(folder.path(), LONG).unwrap();
        assert_eq!(lease.number(), 4);
        // Another one takes it over in turn, as if this process had been stopped for long.
        far(folder.path(), 5, Duration::ZERO);
        lease.claim.sign().shown = Instant::now() - LONG;
        assert!(!lease.is_held());
        drop(lease);
        assert_eq!(holder(folder.path()).unwrap().unwrap().host, "far");
    }

    #[test]
    fn a_holder_that_has_ended_on_this_machine_is_succeeded_at_once() {
        let folder = folder();
        let gone = Holder { process: 1, ..Holder::this_process(LONG) };
        fs::write(path(folder.path(), 1), serde_json::to_vec(&gone).unwrap()).unwrap();
        assert_eq!(Lease::take(folder.path(), LONG).unwrap().number(), 2);
    }

    #[test]
    fn of_many_that_try_at_once_one_holds() {
        let folder = folder();
        far(folder.path(), 1, Duration::from_secs(99));
        let held: Vec<Lease> = std::thread::scope(|scope| {
            let take = || scope.spawn(|| Lease::take(folder.path(), LONG).ok());
            let all: Vec<_> = (0..8).map(|_| take()).collect();
            all.into_iter().filter_map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(held.iter().filter(|lease| lease.is_held()).count(), 1);
        assert_eq!(held.len(), 1);
    }

    #[test]
    fn a_folder_that_vanishes_ends_the_lease() {
        let folder = folder();
        let lease = Lease::take(folder.path(), LONG).unwrap();
        fs::remove_dir_all(folder.path()).unwrap();
        lease.claim.sign().shown = Instant::now() - LONG;
        assert!(!lease.is_held());
    }
}
