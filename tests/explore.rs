//! The polynomial laboratory over HTTP: what it serves, what it refuses, and, where there is a
//! browser, what a reader sees.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use swast_tests::browser::in_a_browser;
use swast_tests::{command, fail, succeed};

/// A running laboratory; stopped when dropped.
struct Lab {
    child: Child,
    address: String,
}

impl Lab {
    fn start() -> Self {
        Self::start_with(&[])
    }

    /// A laboratory with `arguments` of its own.
    fn start_with(arguments: &[&str]) -> Self {
        let mut child = command("swast-analysis")
            .args(["explore", "--no-open", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { child, address }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
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
        // A folder of its own: the tables of the figures stay as they are.
        assert!(command.ends_with(" --out data/results/laboratory"), "{command}");
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

/// 24 points from 1990 to 2019.9, every other one noisy, and a laboratory on them.
fn with_own_points() -> (tempfile::TempDir, Lab) {
    let folder = tempfile::tempdir().unwrap();
    let row = |i: u32| {
        let bump = f64::from(i * i % 7) * if i % 2 == 1 { 3e3 } else { 1e2 };
        let y = 2.5e5 + 9e4 * (f64::from(i) * 0.22).sin() + bump;
        format!("{:?},{y:?},{}\n", 1990.0 + 1.3 * f64::from(i), i % 2 == 1)
    };
    let path = folder.path().join("euros.csv");
    std::fs::write(&path, format!("x,y,noisy\n{}", (0..24).map(row).collect::<String>())).unwrap();
    let lab = Lab::start_with(&["--data", path.to_str().unwrap()]);
    (folder, lab)
}

/// Runs a command line as a reader would who pastes it into a shell.
fn shell(line: &str) {
    let program = command("swast-analysis").get_program().to_owned();
    let folder = Path::new(&program).parent().unwrap().to_owned();
    let output = Command::new("/bin/sh").args(["-c", line]).env("PATH", folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Points of any size are what the root shows, in their own unit, with the numbers of `prune --data`.
#[test]
fn own_points_are_shown_at_the_root() {
    let (folder, lab) = with_own_points();
    let page = lab.get("/").1;
    let start = page.split("data-start=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(start.contains("own=1990%2C250000%2Cc") && start.contains("against=line"), "{start}");
    let (status, points) = lab.get("/points.csv");
    assert_eq!((status, points.lines().count()), (200, 25));
    assert_eq!(points.lines().nth(1), Some("1990.0,250000.0,0,1"));

    let json = |path: &str| -> serde_json::Value {
        let (status, body) = lab.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    let answer = json("/fit");
    let words = answer["unknown_truth"].as_str().unwrap();
    assert_eq!(words, "No truth known: compared with the broken line through the clean points.");
    assert!((answer["domain"][1].as_f64().unwrap() - 2019.9).abs() < 1e-9);
    assert!(answer["pictures"]["full"]["svg"].as_str().unwrap().contains("2000"));
    assert!(!answer.to_string().contains("true function"));

    let own = start.replace("&amp;", "&");
    let out = folder.path().display().to_string();
    let formula = "against=formula&formula=2.5e5%2B9e4*sin((x-1990)/5.9)";
    for query in [own.clone(), format!("{own}&draws=40").replace("against=line", formula)] {
        let draws = query.contains("draws=");
        let answer = json(&format!("/{}?{query}", if draws { "draws" } else { "fit" }));
        let command = answer["command"].as_str().unwrap().to_owned();
        let line = command.replace("points.csv", &format!("{out}/euros.csv"));
        shell(&format!("{line} --out {out}/o --format svg"));
        let table = std::fs::read_to_string(folder.path().join("o/prune_study.csv")).unwrap();
        let rows = lab.get(&format!("/prune_study.csv?{query}")).1;
        assert_eq!(
            draws,
            answer["lines"][0].as_str().unwrap_or("").starts_with("Drawn again on your abscissae")
        );
        if draws {
            assert_eq!(rows, table, "{command}");
        } else {
            // One draw in the table of the command: the numbers that the page shows.
            let loss = table.lines().nth(1).unwrap().split(',').nth(13).unwrap();
            let (theirs, ours) =
                (loss.parse::<f64>().unwrap(), &answer["numbers"][0]["loss_before"]);
            let ours: f64 = ours.as_str().unwrap().parse().unwrap();
            assert!((ours / theirs - 1.0).abs() < 0.006, "{theirs} {ours}");
        }
    }
}

/// One draw is called one draw, and has no interval and no share; many draws of own points are never
/// those of generated ones.
#[test]
fn one_draw_is_one_draw() {
    let lab = Lab::start();
    let json =
        |path: &str| -> serde_json::Value { serde_json::from_str(&lab.get(path).1).unwrap() };
    let one = json("/draws?draws=1").to_string();
    assert!(one.contains("1 draw: pruning hurts more with all points"), "{one}");
    for wrong in ["100.0 %", "95 %", "median loss"] {
        assert!(!one.contains(wrong), "{wrong}: {one}");
    }
    let own = "own=1990,5e6,c;2000,7e6,c;2010,6e6,";
    assert_eq!(lab.get(&format!("/draws?{own}&draws=50")).0, 400, "no point is noisy");
    let why = json(&format!("/fit?{own}"));
    assert!(why["one_draw_because"].as_str().unwrap().starts_with("0 of 3 points are noisy"));
    assert!(json("/fit")["one_draw_because"].is_null() && json("/fit")["unknown_truth"].is_null());
    let none = json(&format!("/fit?{own}&against=none"));
    assert_eq!(none["numbers"][0]["loss_after"], "-");
    assert!(none["verdict"].as_str().unwrap().contains("loss on the points of the fit"));
    let verdict = json("/difficulty")["verdict"].as_str().unwrap().to_owned();
    assert!(verdict.starts_with("In this one draw, ") && verdict.contains("over 200 draws, by"));
}

#[test]
fn pictures_are_handed_out_as_png() {
    let lab = Lab::start();
    let names = ["full", "coreset", "full-coefficients", "coreset-coefficients", "difficulty"];
    for path in names.map(str::to_owned).into_iter().chain(["losses.png?draws=9".to_owned()]) {
        let path = if path.contains('.') { path } else { format!("{path}.png") };
        let (status, body) = lab.get(&format!("/{path}"));
        assert!(status == 200 && body.contains("PNG") && body.contains("IHDR"), "{path}: {status}");
    }
    assert_eq!(lab.get("/full.png?degree=61").0, 400);
}

#[test]
fn a_reader_in_a_browser() {
    let lab = Lab::start();
    in_a_browser("explore.mjs", &lab.url());
}

#[test]
fn what_a_reader_takes_home_from_a_browser() {
    let lab = Lab::start();
    in_a_browser("reader.mjs", &lab.url());
}

#[test]
fn own_points_in_a_browser() {
    let (_folder, lab) = with_own_points();
    in_a_browser("own.mjs", &lab.url());
}
