//! Downloads from a server on this machine that behaves badly in every way that servers do.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::{CIFAR10, CIFAR100_COARSE};

/// How the server answers a request.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// With what was asked for.
    Whole,
    /// With everything, whatever was asked for.
    NoRanges,
    /// It declares what was asked for, sends so many bytes of it, and closes.
    Cut(usize),
    /// The same, and falls silent instead.
    Stall(usize),
    /// With so many bytes, the size undeclared.
    Undeclared(usize),
    Status(&'static str),
}

struct Server {
    url: String,
    /// Of each request, from where on it wants the file.
    starts: Arc<Mutex<Vec<usize>>>,
}

/// What is served: larger than the buffers on its way.
fn content() -> Vec<u8> {
    (0..300_000_u64).map(|i| ((i * i) >> 7) as u8).collect()
}

impl Server {
    /// Gives the `answers` one after another; after the last, that one again.
    fn start(content: Vec<u8>, answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/a", listener.local_addr().unwrap());
        let starts = Arc::new(Mutex::new(Vec::new()));
        let (mut answers, seen) = (VecDeque::from(answers.to_vec()), Arc::clone(&starts));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answer = answers[0];
                if answers.len() > 1 {
                    answers.pop_front();
                }
                // A client may close at any time.
                let _ = serve(stream.unwrap(), &content, answer, &seen);
            }
        });
        Self { url, starts }
    }

    fn starts(&self) -> Vec<usize> {
        self.starts.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    content: &[u8],
    answer: Answer,
    starts: &Mutex<Vec<usize>>,
) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).to_lowercase();
    let range = request.lines().find_map(|line| line.strip_prefix("range: bytes="));
    let start = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
    starts.lock().unwrap().push(start);
    let partial = |rest: &[u8]| {
        let (length, total) = (rest.len(), content.len());
        match start {
            0 => format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n"),
            _ => format!(
                "HTTP/1.1 206 Partial Content\r\nContent-Length: {length}\r\n\
                 Content-Range: bytes {start}-{}/{total}\r\n",
                total - 1
            ),
        }
    };
    let rest = &content[start.min(content.len())..];
    let (head, sent) = match answer {
        Answer::Whole if start >= content.len() => {
            let head = format!(
                "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nContent-Range: bytes */{}\r\n",
                content.len()
            );
            (head, &rest[..0])
        }
        Answer::Whole => (partial(rest), rest),
        Answer::NoRanges => {
            (format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", content.len()), content)
        }
        Answer::Cut(count) | Answer::Stall(count) => (partial(rest), &rest[..count]),
        Answer::Undeclared(count) => ("HTTP/1.1 200 OK\r\n".to_owned(), &content[..count]),
        Answer::Status(status) => {
            (format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n"), &rest[..0])
        }
    };
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    stream.write_all(sent)?;
    if matches!(answer, Answer::Stall(_)) {
        // Until the client gives up.
        let _ = stream.read(&mut [0]);
    }
    Ok(())
}

const QUICK: Patience = Patience { stall_s: 1, pause: Duration::ZERO, attempts: 3 };

/// A folder to download to, and the archive that [`content`] is.
struct Here {
    folder: tempfile::TempDir,
    archive: Archive,
}

impl Here {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sum");
        fs::write(&path, content()).unwrap();
        let sum = sha256(&path).unwrap().leak();
        fs::remove_file(path).unwrap();
        let check = Check::Sha256(sum);
        let archive = Archive { name: "a.tar.gz", url: "", size_max: 400_000, check };
        Self { folder, archive }
    }

    fn fetch(&self, server: &Server) -> Result<PathBuf, DatasetError> {
        fetch_archive(&self.archive, self.folder.path(), &server.url, QUICK)
    }

    fn failure(&self, server: &Server) -> String {
        let message = self.fetch(server).unwrap_err().to_string();
        assert!(message.starts_with(&server.url) && message.lines().count() == 1, "{message}");
        assert!(message.ends_with("; download it by hand and pass it with --data"), "{message}");
        message
    }

    /// Names of the files, and their sizes.
    fn files(&self) -> Vec<(String, u64)> {
        let entries = fs::read_dir(self.folder.path()).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())
        });
        entries.collect()
    }

    fn leave_part(&self, bytes: &[u8]) {
        fs::write(self.folder.path().join("a.tar.gz.part"), bytes).unwrap();
    }

    /// What the server was asked for until the archive was there as a whole.
    fn succeeds(&self, answers: &[Answer]) -> Vec<usize> {
        let server = Server::start(content(), answers);
        assert_eq!(fs::read(self.fetch(&server).unwrap()).unwrap(), content());
        assert_eq!(self.files(), [("a.tar.gz".to_owned(), 300_000)]);
        let starts = server.starts();
        // The official archive is not downloaded again.
        self.fetch(&server).unwrap();
        assert_eq!(server.starts(), starts);
        starts
    }
}

/// Whether downloads can be tested here.
fn curl() -> bool {
    let found = Command::new("curl").arg("--version").output().is_ok();
    if !found {
        println!("no `curl` here: downloads are not tested");
    }
    found
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    if !curl() {
        return;
    }
    assert_eq!(Here::new().succeeds(&[Answer::Whole]), [0]);
    let broken = [Answer::Cut(100_000), Answer::Stall(50_000), Answer::Cut(1), Answer::Whole];
    assert_eq!(Here::new().succeeds(&broken), [0, 100_000, 150_000, 150_001]);

    // Over two commands.
    let here = Here::new();
    let message = here.failure(&Server::start(content(), &[Answer::Cut(70_000), Answer::Cut(0)]));
    assert!(
        message.contains("70000 bytes are in ") && message.contains("goes on from there"),
        "{message}"
    );
    assert_eq!(here.files(), [("a.tar.gz.part".to_owned(), 70_000)]);
    assert_eq!(here.succeeds(&[Answer::Whole]), [70_000]);
}

#[test]
fn what_is_left_of_another_download_does_no_harm() {
    if !curl() {
        return;
    }
    let here = Here::new();
    here.leave_part(&content()[..10_000]);
    assert_eq!(here.succeeds(&[Answer::NoRanges]), [10_000, 0]);
    let here = Here::new();
    here.leave_part(b"something else");
    assert_eq!(here.succeeds(&[Answer::Whole]), [14, 0]);
    // All of it is there but its name.
    let here = Here::new();
    here.leave_part(&content());
    assert_eq!(here.succeeds(&[Answer::Whole]), [300_000]);
    let here = Here::new();
    std::os::unix::fs::symlink("elsewhere", here.folder.path().join("a.tar.gz.part")).unwrap();
    let server = Server::start(content(), &[Answer::Whole]);
    assert!(matches!(here.fetch(&server).unwrap_err(), DatasetError::Exists { .. }));
}

#[test]
fn what_is_not_the_archive_is_refused_and_not_kept() {
    if !curl() {
        return;
    }
    for (answer, part) in [
        (Answer::Status("404 Not Found"), "404"),
        (Answer::Undeclared(200_000), "what came has SHA-256 "),
    ] {
        let here = Here::new();
        let message = here.failure(&Server::start(content(), &[answer]));
        assert!(message.contains(part), "{message}");
        assert_eq!(here.files(), [], "{message}");
    }
    let here = Here::new();
    let mut other = content();
    other[7] ^= 1;
    let message = here.failure(&Server::start(other, &[Answer::Whole]));
    assert!(message.contains("what came has SHA-256 "), "{message}");
    assert_eq!(here.files(), []);
    // Too large, declared or not.
    for answer in [Answer::Whole, Answer::Undeclared(4_000_000)] {
        let message = here.failure(&Server::start(vec![0; 4_000_000], &[answer]));
        assert!(message.contains("more than 400000 bytes"), "{message}");
        assert_eq!(here.files(), []);
    }
    // Without a checksum, the size is what there is.
    let check = Check::TinyImageNet(300_000);
    let sized = Here { archive: Archive { check, ..here.archive }, ..here };
    let message = sized.failure(&Server::start(vec![0; 300_001], &[Answer::Whole]));
    assert!(message.contains("300001 bytes came, the official archive has 300000"), "{message}");
    let message = sized.failure(&Server::start(content(), &[Answer::Whole]));
    assert!(message.contains("no whole tar, tar.gz or zip archive"), "{message}");
    assert_eq!(sized.files(), []);
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    if !curl() {
        return;
    }
    let (here, start) = (Here::new(), Instant::now());
    let message = here.failure(&Server::start(content(), &[Answer::Stall(0)]));
    assert!(message.contains("too slow") || message.contains("timed out"), "{message}");
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(here.files(), []);
    // Nobody listens.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server { url: format!("http://{nobody}/a"), starts: Arc::default() };
    here.failure(&server);
}

#[test]
fn what_is_in_the_way_stays() {
    let here = Here::new();
    fs::write(here.folder.path().join("a.tar.gz"), "mine").unwrap();
    let server = Server::start(content(), &[Answer::Whole]);
    assert!(matches!(here.fetch(&server).unwrap_err(), DatasetError::Exists { .. }));
    assert_eq!(here.files(), [("a.tar.gz".to_owned(), 4)]);
    fs::remove_file(here.folder.path().join("a.tar.gz")).unwrap();
    here.leave_part(b"");
    let other = File::open(here.folder.path().join("a.tar.gz.part")).unwrap();
    other.lock().unwrap();
    let message = here.failure(&server);
    assert!(message.contains("another process writes"), "{message}");
    assert_eq!(server.starts(), [0_usize; 0]);
}

#[test]
fn each_data_set_says_where_it_comes_from() {
    let archive = |kind| Archive::of_kind(kind).unwrap().name;
    assert_eq!(archive(DatasetKind::Cifar10), CIFAR10.archive);
    assert_eq!(archive(DatasetKind::Cifar100Coarse), CIFAR100_COARSE.archive);
    assert_eq!(archive(DatasetKind::TinyImageNet), "tiny-imagenet-200.zip");
    let refused = |kind| Archive::of_kind(kind).unwrap_err().to_string();
    let imagenet = refused(DatasetKind::ImageNet);
    assert!(
        imagenet.contains("account") && imagenet.contains("ILSVRC2012_img_train.tar"),
        "{imagenet}"
    );
    assert!(refused(DatasetKind::Synthetic).contains("nothing to download"));
}
