//! What is refused before any work: requests that no rows can meet, files without an end, folders that cannot be written.

use super::*;

/// What `line` is refused with.
fn refused(line: &str) -> String {
    format!("{:#}", select(&args(line).unwrap()).unwrap_err())
}

#[test]
fn a_request_that_the_labels_cannot_meet_is_refused_before_other_files_are_read() {
    let line = "--labels @labels.npy --probabilities /no/such.npy";
    for (flags, message) in [
        (
            "el2n:offset=46 --budget 15",
            "--method: el2n:offset=46: it leaves less than the budget of 15",
        ),
        ("el2n:offset=45 --budget 15", "/no/such.npy: cannot be read"),
        ("margin --budget 61", "--budget: budget 61 is outside 1..60"),
        ("craig --compat deepcore --budget 1", "--budget 1: rounds to no sample of any class"),
    ] {
        let found = refused(&format!("--method {flags} {line}"));
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn equal_requests_have_equal_texts() {
    let text = |line: &str| {
        let all = "--budget 9 --labels @labels.npy --probabilities @probabilities.npy";
        request::spec(&args(&format!("--method {line} {all}")).unwrap()).unwrap().to_string()
    };
    for (one, other) in [
        ("craig:compat=cords", "craig:compat=cords,scope=per-class"),
        ("craig:compat=none,scope=per-class", "craig --per-class"),
        ("glister:compat=cords", "glister:greedy=stochastic"),
        ("glister:compat=deepcore", "glister:compat=deepcore,scope=per-class"),
        ("gradmatch:compat=cords", "gradmatch:compat=cords,shortfall=random-weight-one"),
        ("el2n:offset=none", "el2n"),
    ] {
        assert_eq!(text(one), text(other));
    }
    assert_ne!(text("el2n:offset=0"), text("el2n"));
    assert_ne!(text("glister:compat=deepcore"), text("glister --per-class"));
}

#[test]
fn every_default_that_help_shows_can_be_given() {
    for spec in Spec::all() {
        for line in spec.describe().lines().filter(|line| line.contains("[default: ")) {
            let key = line.split_whitespace().next().unwrap();
            let shown = line.rsplit_once("[default: ").unwrap().1.trim_end_matches(']');
            for (place, default) in shown.split("; select: ").enumerate() {
                let text = format!("{}:{key}={default}", spec.name());
                let read = text.parse::<Spec>().unwrap_or_else(|error| panic!("{text}: {error}"));
                assert!(place > 0 || read == spec, "{text}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_refused() {
    let rest = "--method moderate --budget 5";
    for line in [
        format!("{rest} --labels /dev/zero --features @features.npy"),
        format!("{rest} --labels @labels.npy --features /dev/zero"),
    ] {
        let found = refused(&line);
        assert!(
            found.contains("/dev/zero: has no size and goes on after 256 MiB; save"),
            "{found}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_that_ends_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::write(pipe, "0\n1\n0\n").unwrap()
    });
    let line = format!("--method random --budget 2 --labels {}", pipe.display());
    assert_eq!(chosen(&line).indices.len(), 2);
    writer.join().unwrap();
}

#[test]
fn text_in_another_encoding_is_named_with_line_and_cure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("y.csv");
    for (bytes, line) in [(&b"\xe9t\xe9\n0\n1\n"[..], 1), (b"label\n0\n\xb2\n", 3)] {
        fs::write(&path, bytes).unwrap();
        let found = refused(&format!("--method random --budget 1 --labels {}", path.display()));
        let message = format!("y.csv: line {line}: it is not UTF-8 text; save the file as UTF-8");
        assert!(found.contains(&message), "{found}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_to_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let line = |out: &Path| {
        format!("--method random --budget 2 --labels /no/such.npy --out {}", out.display())
    };
    let found = refused(&line(&file.join("o")));
    assert!(found.ends_with("; choose another --out"), "{found}");
    fs::create_dir_all(folder.path().join("taken/coreset.csv")).unwrap();
    let found = refused(&line(&folder.path().join("taken")));
    assert!(found.contains("holds coreset.csv") && found.contains("--out"), "{found}");
    // In one that can be an old coreset stays until there is a new one.
    let free = folder.path().join("free");
    fs::create_dir(&free).unwrap();
    let old = "index,weight\n3,1.0\n";
    fs::write(free.join("coreset.csv"), old).unwrap();
    assert!(refused(&line(&free)).contains("/no/such.npy"));
    assert_eq!(fs::read_to_string(free.join("coreset.csv")).unwrap(), old);
}
