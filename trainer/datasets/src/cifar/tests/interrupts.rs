//! A signal in the middle of an import leaves nothing. The tests start themselves as the process that gets it.

use std::fs::{File, OpenOptions};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// Where the started process puts what; for all others it is not set.
const FOLDER: &str = "SWAST_TEST_IMPORT";

/// Not a test of its own: what the started process does.
#[test]
fn the_started_process_imports() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let _ = unpack(&CIFAR10, &folder.join("pipe"), &folder.join("out"));
}

/// An import that waits for the rest of its archive, which comes through a pipe.
struct Import {
    child: Child,
    pipe: File,
    out: PathBuf,
    _folder: TempDir,
}

impl Import {
    fn start(archive: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, out) = (folder.path().join("pipe"), folder.path().join("out"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cifar::tests::interrupts::the_started_process_imports"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut pipe = OpenOptions::new().write(true).open(&pipe).unwrap();
        pipe.write_all(&archive[..archive.len() / 2]).unwrap();
        let import = Self { child, pipe, out, _folder: folder };
        let start = Instant::now();
        while !import.half_written() {
            assert!(start.elapsed() < Duration::from_secs(60), "the import does not start");
            thread::sleep(Duration::from_millis(5));
        }
        import
    }

    /// Whether a file is there, in a temporary folder.
    fn half_written(&self) -> bool {
        let mut folders = fs::read_dir(&self.out).into_iter().flatten().flatten();
        folders
            .any(|entry| fs::read_dir(entry.path()).is_ok_and(|mut files| files.next().is_some()))
    }
}

#[test]
fn a_signal_ends_an_import_and_leaves_nothing() {
    let source = tempfile::tempdir().unwrap();
    let archive = source.path().join("a.tar.gz");
    write(&CIFAR10, &synthesise(0, 50, 10), &archive).unwrap();
    let archive = fs::read(archive).unwrap();
    for (name, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
        let mut import = Import::start(&archive);
        let sent = Command::new("kill").args([name, &import.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(import.child.wait().unwrap().signal(), Some(number));
        assert_eq!(fs::read_dir(&import.out).unwrap().count(), 0, "{name}");
    }
    // Without a signal, the rest of the archive completes it.
    let mut import = Import::start(&archive);
    import.pipe.write_all(&archive[archive.len() / 2..]).unwrap();
    drop(import.pipe);
    assert!(import.child.wait().unwrap().success());
    let folder = import.out.join(CIFAR10.folder);
    assert_eq!(read(&CIFAR10, &folder, Limits::NONE).unwrap().train.labels.len(), 50);
}
