//! The page as a whole.

use super::html::{escaped, paragraph};
use super::panels::{html, panels, settings};
use super::verdicts::verdicts;
use super::{Drawn, Report};
use crate::read::results::FigureError;
use swast_tables::folder::REPORT;

/// How it looks, in light and in dark.
const STYLE: &str = include_str!("page/style.css");
/// What sorts its tables.
const SORT: &str = include_str!("page/sort.js");

/// How to read the verdicts.
const READING: &str = "A claim says that something is larger on one side than on the other. A pair is one comparison of \
    two runs of equal seed; the effect is the mean over pairs, positive where it goes the claimed way. A claim holds, or \
    does not, where the 95 % interval of the effect, clustered by seed, excludes 0. With fewer than three seeds nothing is \
    decided, and pairs of networks within 10 points of chance do not count.";

/// The page of `report`; it refers to nothing outside.
pub(super) fn page(report: &Report) -> Result<String, FigureError> {
    let name = escaped(&report.name);
    let links = report.drawn.iter().map(|drawn| {
        let artifact = drawn.artifact.name;
        format!("<a href=\"#{artifact}\">{artifact}</a>\n")
    });
    let mut page = format!(
        "{REPORT}\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>SWaST: {name}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>What the runs of <q>{name}</q> show</h1>\n<nav aria-label=\"Artifacts\">\n\
         <a href=\"#verdicts\">verdicts</a>\n{}</nav>\n</header>\n<main>\n\
         <section id=\"verdicts\" class=\"card\">\n<h2>Verdicts</h2>\n{}{}</section>\n",
        links.collect::<String>(),
        paragraph(READING),
        verdicts(report)
    );
    for drawn in &report.drawn {
        page += &section(drawn)?;
    }
    page += &remarks(report);
    page += &format!("</main>\n<script>\n{SORT}</script>\n</body>\n</html>\n");
    Ok(page)
}

/// The pictures and the origin of one artifact.
fn section(Drawn { artifact, figure, origin }: &Drawn) -> Result<String, FigureError> {
    let (name, line) = (artifact.name, escaped(artifact.line));
    let mut section = format!("<section id=\"{name}\" class=\"card\">\n<h2>{name}: {line}</h2>\n");
    let panels = panels(name, figure);
    for picture in &panels {
        section += &html(name, picture)?;
    }
    section +=
        "<details class=\"origin\" open>\n<summary>Where the numbers come from</summary>\n<dl>\n";
    section += &origin.html();
    // Panels that share their settings name them once.
    let mut seen: Vec<&str> = Vec::new();
    for settings in panels.into_iter().filter_map(settings) {
        if !seen.contains(&settings) {
            seen.push(settings);
            section += &format!("<dt>Settings</dt><dd>{}</dd>\n", escaped(settings));
        }
    }
    section += "</dl>\n</details>\n";
    for absence in &figure.missing {
        section += &paragraph(&format!("Not drawn: {absence}"));
    }
    Ok(section + "</section>\n")
}

/// What has no numbers, and what is to be known of the tables.
fn remarks(report: &Report) -> String {
    let mut html = String::new();
    for artifact in &report.absent {
        let commands = artifact.commands.join("</code> or <code>");
        html += &format!(
            "<li>{}, {}, has no numbers here; make them with <code>{commands}</code>.</li>\n",
            artifact.name,
            escaped(artifact.line)
        );
    }
    html.extend(report.notes.iter().map(|note| format!("<li>{}.</li>\n", escaped(note))));
    match html.is_empty() {
        true => html,
        false => format!(
            "<section id=\"remarks\" class=\"card\">\n<h2>Remarks</h2>\n<ul>\n{html}</ul>\n</section>\n"
        ),
    }
}
