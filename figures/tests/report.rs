//! The report over plausible runs of figures and tables.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use support::tables::{Study, table1};
use support::{draw, experiments, folder, stderr};
use swast_figures::report;
use swast_tables::rows::RunRow;
use swast_tables::table;

/// The page of the runs of Figures 5 to 7 and of Table 1, after `change`, and the folder of their tables.
fn page(name: &str, change: impl Fn(&mut RunRow)) -> (String, PathBuf) {
    let folder = folder(name);
    let mut study = Study::default();
    table1(&mut study, "table1", 3, &|_| {});
    let (mut runs, mut epochs, mut selections) = experiments();
    runs.extend(study.runs);
    epochs.extend(study.epochs);
    selections.extend(study.selections);
    runs.iter_mut().for_each(change);
    table::write(&folder.join("runs.csv"), &runs).expect("written");
    table::write(&folder.join("epochs.csv"), &epochs).expect("written");
    table::write(&folder.join("selections.csv"), &selections).expect("written");
    let out = folder.join("report.html");
    report::write(&folder, &out).expect("the report is written");
    (fs::read_to_string(out).expect("written"), folder)
}

/// The part of the page on one artifact.
fn section<'p>(page: &'p str, artifact: &str) -> &'p str {
    let begin = page.find(&format!("<section id=\"{artifact}\"")).expect("the artifact is there");
    &page[begin..begin + page[begin..].find("</section>").expect("it ends")]
}

/// What the page has between `before` and the next tag.
fn after<'p>(page: &'p str, before: &str) -> BTreeSet<&'p str> {
    page.split(before).skip(1).filter_map(|rest| rest.split('<').next()).collect()
}

#[test]
fn a_table_is_on_the_page_with_the_numbers_of_its_file() {
    let (page, folder) = page("report-tables", |_| {});
    let output = draw("table1", &folder, &folder.join("drawn"), &["--format", "csv"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut reader = csv::Reader::from_path(folder.join("drawn/table1.csv")).expect("drawn");
    let heads = reader.headers().expect("a header").clone();
    let mean = heads.iter().position(|head| head == "mean").expect("a column of means");
    let records = reader.records().map(|record| record.expect("a row"));
    let means: Vec<f64> = records.filter_map(|record| record.get(mean)?.parse().ok()).collect();
    let own = section(&page, "table1");
    let sorted = own.split("<td data-sort=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let sorted: Vec<f64> = sorted.filter_map(|value| value.parse().ok()).collect();
    assert_eq!(sorted.len(), means.len());
    assert!(sorted.iter().zip(&means).all(|(a, b)| (a - b).abs() < 0.006), "{sorted:?} {means:?}");
    assert!(own.contains("<th scope=\"col\" class=\"label\">variant</th>"), "{own}");
    assert!(own.contains("swast-trainer sweep table1") && own.contains("<dt>Runs</dt><dd>42</dd>"));
}

#[test]
fn the_origin_is_that_of_the_artifacts_own_runs() {
    let (page, _) = page("report-origin", |run| {
        run.revision = format!("of <{}>", run.artifact);
    });
    let revisions = |artifact| {
        let own = section(&page, artifact);
        let listed =
            own.split("<dt>Revision</dt><dd>").nth(1).and_then(|rest| rest.split("</dd>").next());
        listed.expect("a list").split("<br>").map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(revisions("figure6"), ["of &lt;figure6&gt;"]);
    assert_eq!(revisions("table1"), ["of &lt;table1&gt;"]);
    let panels = ["a", "b", "c"].map(|panel| format!("of &lt;figure5{panel}&gt;"));
    assert_eq!(revisions("figure5"), panels);
    let settings = after(section(&page, "figure5"), "<dt>Settings</dt><dd>");
    assert!(settings.iter().all(|text| text.starts_with("Profile quick, synthetic data")));
}

#[test]
fn every_claim_has_a_row_and_what_is_absent_is_named() {
    let (page, folder) = page("report-claims", |_| {});
    let said =
        String::from_utf8(draw("all", &folder, &folder.join("drawn"), &[]).stdout).expect("text");
    let claims = said.lines().filter(|line| line.contains(": Claim: ")).count();
    let verdicts = section(&page, "verdicts");
    assert_eq!(verdicts.matches("<th scope=\"row\">").count(), claims);
    let counted: usize = verdicts
        .split("<li>")
        .skip(1)
        .filter_map(|item| item.split(' ').next()?.parse::<usize>().ok())
        .sum();
    assert_eq!(counted, claims, "every claim has one verdict");
    assert!(
        verdicts.contains("\u{201c}SWaST-cut achieves higher accuracy")
            && verdicts.contains("<small>ours</small>")
    );
    assert!(section(&page, "remarks").contains("figure1, Noise against pruning"));
}

#[test]
fn text_of_tables_is_never_markup() {
    let (page, _) = page("report-markup", |run| {
        run.profile = "<script>alert(1)</script>".to_owned();
        run.model = "a&b\"c".to_owned();
    });
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
    assert!(page.contains("a&amp;b&quot;c") && !page.contains("a&b"));
}

#[test]
fn an_unfinished_page_is_never_seen() {
    let (first, folder) = page("report-twice", |_| {});
    let out = folder.join("report.html");
    fs::remove_file(folder.join("epochs.csv")).expect("it was there");
    let error = report::write(&folder, Path::new("/proc/none/report.html")).expect_err("no folder");
    assert!(error.to_string().contains("choose another --out"), "{error}");
    fs::write(folder.join("runs.csv"), "run\nx\n").expect("written");
    assert!(report::write(&folder, &out).is_err());
    assert_eq!(fs::read_to_string(&out).expect("still there"), first);
}
