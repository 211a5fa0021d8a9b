//! The polynomial laboratory over HTTP: what it serves, what it refuses, and, where there is a
//! browser, what a reader sees.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use swast_tests::{command, fail, root, succeed};

/// A running laboratory; stopped when dropped.
struct Lab {
    child: Child,
    address: String,
}

impl Lab {
    fn start() -> Self {
        let mut child = command("swast-analysis")
            .args(["explore", "--no-open", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
        stream
    }

    /// Status and body of the answer to raw `bytes`; the status is 0 where there is none.
    fn send(&self, bytes: &[u8]) -> (u16, String) {
        let mut stream = self.connect();
        // A server that has refused may stop reading; its answer counts all the same.
        let _refused = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        (status, answer.split_once("\r\n\r\n").map(|(_, b)| b.to_owned()).unwrap_or_default())
    }

    fn get(&self, target: &str) -> (u16, String) {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).as_bytes())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

#[test]
fn the_page_needs_nothing_else() {
    let lab = Lab::start();
    assert!(lab.address.starts_with("127.0.0.1:"), "{}: this machine alone", lab.address);
    let (status, page) = lab.get("/");
    assert_eq!(status, 200);
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "the page refers to something outside: {outside}");
    }
    let answer = lab.send(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", lab.address).as_bytes());
    assert_eq!(answer.0, 200, "and a second time");
}

#[test]
fn the_numbers_are_those_of_the_commands() {
    let lab = Lab::start();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    let settings = "--degree 6 --noise 0.2 --points 9 --seed 3";
    succeed("swast-analysis", &format!("prune {settings} --trials 4 --out {out}"));
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let query = "degree=6&noise=0.2&points=9&seed=3&draws=4";
    assert_eq!(lab.get(&format!("/prune_study.csv?{query}")), (200, file("prune_study.csv")));

    // The address of one's own points, and the command on the file that the page hands out.
    let (status, points) = lab.get("/points.csv?own=-1,0,c;-0.5,0.2,n;0,1,nc;0.4,0.3,c;1,0.1,");
    assert_eq!((status, points.lines().nth(3)), (200, Some("0.0,1.0,1,1")));
    std::fs::write(folder.path().join("points.csv"), &points).unwrap();
    let own = format!("--function runge --data {out}/points.csv --degree 3 --prune 1");
    succeed("swast-analysis", &format!("prune {own} --out {out}"));
    let (_, answer) =
        lab.get("/fit?own=-1,0,c;-0.5,0.2,n;0,1,nc;0.4,0.3,c;1,0.1,&degree=3&prune=1");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    for (line, numbers) in
        file("prune_study.csv").lines().skip(1).zip(answer["numbers"].as_array().unwrap())
    {
        let cells: Vec<&str> = line.split(',').collect();
        for (cell, key) in cells[cells.len() - 4..].iter().zip([
            "loss_before",
            "loss_after",
            "train_loss_before",
            "train_loss_after",
        ]) {
            let (theirs, ours): (f64, f64) =
                (cell.parse().unwrap(), numbers[key].as_str().unwrap().parse().unwrap());
            assert!((theirs - ours).abs() <= 0.006 * theirs.abs(), "{key}: {theirs} {ours}");
        }
    }

    let settings = "--pairing subset --degrees 1..7 --noisy 12 --clean 6 --trials 3 --seed 3";
    succeed("swast-analysis", &format!("epsilon {settings} --out {out}"));
    let query = "sets=subset&degrees=7&noisy=12&clean=6&seed=3&draws=3";
    assert_eq!(lab.get(&format!("/epsilon.csv?{query}")), (200, file("epsilon.csv")));
}

/// The commands that the page shows, run as they stand, beside the tables that it hands out.
#[test]
fn the_commands_shown_give_the_tables_handed_out() {
    let lab = Lab::start();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let run_shown = |path: &str| {
        let (status, answer) = lab.get(path);
        assert_eq!(status, 200, "{path}: {answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let command = answer["command"].as_str().unwrap();
        let arguments = command.strip_prefix("swast-analysis ").unwrap();
        let arguments = arguments.replace("points.csv", &format!("{out}/points.csv"));
        succeed("swast-analysis", &format!("{arguments} --out {out} --format svg"))
    };
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    for query in [
        "draws=50",
        "draws=50&function=gauss&degree=60&points=30&basis=chebyshev&refit=1&seed=9&noise=0.25",
        "draws=50&sets=subset&placement=chebyshev&degrees=31&noisy=9&clean=4&noisy-fraction=0.3",
    ] {
        run_shown(&format!("/draws?{query}"));
        assert_eq!(lab.get(&format!("/prune_study.csv?{query}")).1, file("prune_study.csv"));
        run_shown(&format!("/difficulty?{query}"));
        assert_eq!(lab.get(&format!("/epsilon.csv?{query}")).1, file("epsilon.csv"), "{query}");
    }

    let own = "own=-1,0,c;-0.5,0.2,n;0,1,nc;0.1,0.9,c;0.4,0.3,c;0.7,0.25,n;1,0.1,&sets=points";
    std::fs::write(folder.path().join("points.csv"), lab.get(&format!("/points.csv?{own}")).1)
        .unwrap();
    let printed = run_shown(&format!("/difficulty?{own}"));
    let given = lab.get(&format!("/epsilon.csv?{own}")).1;
    let number = |cell: Option<&str>| cell.unwrap().parse::<f64>().unwrap();
    let ours = printed.lines().skip(1).map(|line| number(line.split(',').nth(1)));
    let theirs = given.lines().skip(1).map(|line| number(line.rsplit(',').next()));
    let pairs: Vec<(f64, f64)> = ours.zip(theirs).collect();
    // The command puts the coreset behind the other points, which rounds otherwise.
    assert!(pairs.iter().all(|(a, b)| (a - b).abs() <= 1e-12 * b), "{pairs:?}");
    assert_eq!((pairs.len(), printed.lines().count()), (20, 21));
}

#[test]
fn what_is_wrong_is_refused_in_one_line() {
    let lab = Lab::start();
    let long_list = vec!["0,0,c"; 201].join(";");
    let queries = [
        "degree=1000000000",
        "degree=NaN",
        "noise=NaN",
        "noise=1e999",
        "points=4000000000",
        "draws=1000000000",
        "width=1000000000",
        "own=0,0",
        "own=;;;",
        "own=0,NaN,c",
        &format!("own={long_list}"),
        "prune=61&degree=2",
        "noisy-fraction=1",
        "degree",
        "&&=&",
        "degree=3&degree=3",
        "%00=%ff",
        "seed=-1",
        "%3Cscript%3E=1",
    ];
    for path in ["/fit", "/draws", "/difficulty", "/epsilon.csv", "/points.csv"] {
        for query in queries {
            let (status, body) = lab.get(&format!("{path}?{query}"));
            assert_eq!(status, 400, "{path}?{query}: {body}");
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["error"].as_str().unwrap().lines().count(), 1, "{path}?{query}");
        }
    }
    for target in ["/nothing", "/../Cargo.toml", "/fit/", "//fit"] {
        assert_eq!(lab.get(target).0, 404, "{target}");
    }
    assert_eq!(lab.get("/fit").0, 200, "and it still answers");
}

#[test]
fn hostile_clients_get_a_refusal_and_others_an_answer() {
    let lab = Lab::start();
    let length = 10 << 20;
    let mut large = format!("POST /fit HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    large.push_str(&"x".repeat(length));
    assert_eq!(lab.send(large.as_bytes()).0, 405);
    assert_eq!(lab.send(large.replacen("POST", "GET", 1).as_bytes()).0, 413);
    let endless =
        format!("GET /fit HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\nabc", u64::MAX / 4);
    assert_eq!(lab.send(endless.as_bytes()).0, 413, "what is announced is believed");
    for (host, status) in
        [("evil.example", 421), ("127.0.0.1.evil.example:80", 421), ("", 421), ("a b", 421)]
            .into_iter()
            .chain([("localhost:7878", 200), ("[::1]", 200), (lab.address.as_str(), 200)])
    {
        let request = format!("GET /fit HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert_eq!(lab.send(request.as_bytes()).0, status, "asked for as {host}");
    }
    assert_eq!(lab.send(b"\x00\xff\x16\x03\r\n\r\n").0, 400);
    assert_eq!(lab.send(b"GET / HTTP/9.9\r\n\r\n").0, 400);
    let long = format!("GET /fit?own={} HTTP/1.1\r\nHost: x\r\n\r\n", "1,".repeat(60_000));
    assert!((400..500).contains(&lab.send(long.as_bytes()).0));
    let heavy = "degree=60&points=200&noisy-fraction=0.1&draws=2000";
    assert_eq!(lab.get(&format!("/draws?{heavy}")).0, 200, "the costliest study is cut short");

    // 40 clients that say nothing, one that dies in the middle of its head, and 200 that ask at once.
    let silent: Vec<TcpStream> = (0..40).map(|_| lab.connect()).collect();
    lab.connect().write_all(b"GET /fit HT").unwrap();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || lab.get("/fit?degree=12").0;
        let clients: Vec<_> = (0..200).map(|_| scope.spawn(ask)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; 200]);
    drop(silent);
}

#[test]
fn a_port_in_use_is_told() {
    let lab = Lab::start();
    let port = lab.address.split(':').nth(1).unwrap();
    fail("swast-analysis", &format!("explore --no-open --port {port}"), 1, &["--port", port]);
}

/// Says so past the test harness, which keeps what the macros print of a test that passes.
fn skipped(why: &str) {
    let _closed = writeln!(std::io::stderr(), "skipped: a_reader_in_a_browser: {why}");
}

#[test]
fn a_reader_in_a_browser() {
    let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let Some(browser) = browser.into_iter().find(|path| Path::new(path).exists()) else {
        return skipped("no Chromium is installed (Debian: apt install chromium)");
    };
    let folder = root().join("tests/browser");
    if !folder.join("node_modules/playwright-core").exists() {
        return skipped("playwright-core is absent (npm install --prefix tests/browser)");
    }
    if Command::new("node").arg("--version").output().is_err() {
        return skipped("no Node is installed (Debian: apt install nodejs)");
    }
    let lab = Lab::start();
    let url = format!("http://{}/", lab.address);
    let output = Command::new("node")
        .args(["explore.mjs", &url, browser])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
