//! The report as a page: what it holds, what it refuses to replace, and, where there is a browser, what a reader sees.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use swast_tests::browser::in_a_browser;
use swast_tests::{command, fail, root, succeed, text};

/// Writes the report on published tables into `folder`.
fn report(folder: &Path, profile: &str) -> PathBuf {
    let out = folder.join("report.html");
    succeed(
        "swast-figures",
        &format!("report --results data/published/{profile} --out {}", out.display()),
    );
    out
}

#[test]
fn the_page_needs_nothing_else_and_is_the_same_twice() {
    let folder = tempfile::tempdir().unwrap();
    let page = fs::read_to_string(report(folder.path(), "quick")).unwrap();
    let own = page.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http:", "https:", "src=", "@import", "url(", "<link rel=\"stylesheet"] {
        assert!(!own.contains(outside), "the page refers to something outside: {outside}");
    }
    assert_eq!(fs::read_to_string(report(folder.path(), "quick")).unwrap(), page);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn every_claim_that_is_printed_is_on_the_page_with_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    let page = fs::read_to_string(report(folder.path(), "desk")).unwrap();
    let pictures = folder.path().join("pictures");
    let line = format!("draw all --results data/published/desk --out {}", pictures.display());
    let said = succeed("swast-figures", &line);
    let claims: Vec<&str> =
        said.lines().filter_map(|line| line.split_once(": Claim: ")).map(|c| c.1).collect();
    assert!(claims.len() > 8, "{said}");
    for claim in claims {
        let statement = claim.split(':').next().unwrap();
        let row =
            page.lines().find(|line| line.contains(&format!("<th scope=\"row\">{statement}</th>")));
        assert!(row.is_some(), "{statement}");
        assert!(page.contains(&format!("<p>Claim: {statement}")), "{statement}");
    }
    let runs = fs::read_to_string(root().join("data/published/desk/runs.csv")).unwrap();
    let revision = |line: &str| runs.lines().any(|row| row.split(',').any(|cell| cell == line));
    let recorded = page.split("<dt>Revision</dt><dd>").skip(1);
    let recorded: Vec<&str> = recorded.map(|rest| rest.split(['<', ' ']).next().unwrap()).collect();
    assert!(recorded.len() >= 3 && recorded.iter().all(|own| revision(own)), "{recorded:?}");
    assert!(page.contains("swast-trainer sweep figure6") && page.contains("Profile desk, cifar10"));
}

#[test]
fn a_file_of_another_kind_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine.html");
    fs::write(&mine, "<!doctype html>\nmine").unwrap();
    let line = format!("report --results data/published/quick --out {}", mine.display());
    fail("swast-figures", &line, 1, &["mine.html", "no report of swast-figures", "--out"]);
    assert_eq!(fs::read_to_string(&mine).unwrap(), "<!doctype html>\nmine");
    let empty = tempfile::tempdir().unwrap();
    let line = format!("report --results {} --out {}", empty.path().display(), mine.display());
    fail("swast-figures", &line, 1, &["no table to draw from", "make figures"]);
}

/// Beside the pictures, where the report is by default, either may be first.
#[test]
fn the_report_and_the_pictures_share_a_folder() {
    let workshop = tempfile::tempdir().unwrap();
    let results = root().canonicalize().unwrap().join("data/published/quick");
    let run = |line: &[&str]| {
        let mut figures = command("swast-figures");
        figures.args(line).arg("--results").arg(&results).current_dir(workshop.path());
        let output = figures.output().unwrap();
        assert!(output.status.success(), "{line:?}: {}", text(&output.stderr));
    };
    for line in [&["report"][..], &["draw", "figure6"], &["report"], &["draw", "figure6"]] {
        run(line);
        // As a folder of an older version, without the marker.
        fs::remove_file(workshop.path().join("figures/out/quick/.swast")).unwrap();
    }
    let folder = workshop.path().join("figures/out/quick");
    assert!(folder.join("report.html").exists() && folder.join("figure6.svg").exists());
}

#[test]
fn a_reader_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let published = root().join("data/published/quick");
    for table in fs::read_dir(&published).unwrap() {
        let table = table.unwrap();
        fs::copy(table.path(), folder.path().join(table.file_name())).unwrap();
    }
    // The runs that compare selectors serve as a Table 1 with a group for each of them.
    let runs = fs::read_to_string(published.join("runs.csv")).unwrap();
    let run = |line: &str| line.split(',').next().unwrap().to_owned();
    let own: Vec<String> =
        runs.lines().filter(|line| line.contains(",table1,quick,")).map(run).collect();
    let compared = runs.lines().filter(|line| line.contains(",selectors,quick,"));
    let selects = |line: &&str| line.contains(",coreset-only,") || line.contains(",cut,");
    let compared = compared.filter(|line| !own.contains(&run(line))).filter(selects);
    let compared: String =
        compared.map(|line| line.replace(",selectors,", ",table1,") + "\n").collect();
    fs::write(folder.path().join("runs.csv"), runs + &compared).unwrap();
    let page = folder.path().join("report.html");
    let line = format!("report --results {} --out {}", folder.path().display(), page.display());
    succeed("swast-figures", &line);
    in_a_browser("report.mjs", &format!("file://{}", page.canonicalize().unwrap().display()));
}
