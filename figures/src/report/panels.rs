//! The pictures of an artifact on the page: each panel by itself, its plots as wide as the page allows, its caption as
//! words of the page.

use super::html::{escaped, paragraph};
use crate::canvas;
use crate::figure::{Figure, Picture, WIDTH};
use crate::read::results::FigureError;
use crate::scene::{Plot, Sheet};

/// The panels of `figure`, without the picture of all of them together.
pub(super) fn panels<'f>(artifact: &str, figure: &'f Figure) -> Vec<&'f Picture> {
    let several = figure.pictures.len() > 1;
    figure.pictures.iter().filter(|picture| !(several && picture.name == artifact)).collect()
}

/// A panel of `artifact` as HTML; the last paragraph of its caption, its settings, is left to [`settings`].
pub(super) fn html(artifact: &str, picture: &Picture) -> Result<String, FigureError> {
    let mut html = format!("<figure{}>\n<div class=\"plots\">\n", id(artifact, &picture.name));
    for row in &picture.sheet.rows {
        // Plots that share the width of one belong together, as a map and its scale.
        let together = row.iter().map(|plot| plot.width).sum::<u32>() <= WIDTH;
        let sheets: Vec<Vec<Plot>> = match together {
            true => vec![row.clone()],
            false => row.iter().map(|plot| vec![plot.clone()]).collect(),
        };
        for plots in sheets {
            html += &drawing(&picture.name, plots)?;
        }
    }
    html += "</div>\n<figcaption>\n";
    let caption = &picture.sheet.caption;
    html.extend(caption[..caption.len().saturating_sub(1)].iter().map(|words| paragraph(words)));
    Ok(html + "</figcaption>\n</figure>\n")
}

/// The attribute by which `name` is found on the page; the section of its artifact may have it already.
pub(super) fn id(artifact: &str, name: &str) -> String {
    if name == artifact { String::new() } else { format!(" id=\"{}\"", escaped(name)) }
}

/// The settings of a panel.
pub(super) fn settings(picture: &Picture) -> Option<&str> {
    picture.sheet.caption.last().map(String::as_str)
}

fn drawing(name: &str, plots: Vec<Plot>) -> Result<String, FigureError> {
    let titles: Vec<&str> =
        plots.iter().map(|plot| &*plot.title).filter(|t| !t.is_empty()).collect();
    let label = escaped(&format!("{name}: {}", titles.join(", ")));
    let sheet = Sheet { rows: vec![plots], caption: Vec::new() };
    let failed = |reason| FigureError::Render { name: name.to_owned(), reason };
    let svg = canvas::svg(&sheet).map_err(failed)?;
    Ok(svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{label}\" "), 1))
}
