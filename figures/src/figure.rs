//! A figure of the paper: its pictures, what they say about the paper's claims, and what is missing.

use crate::claim::Claim;
use crate::results::FigureError;
use crate::scene::{Plot, Sheet};

/// Width of a plot that fills a column, in pixels.
pub(crate) const WIDTH: u32 = 1600;
/// Height of a plot without its legend, in pixels.
pub(crate) const HEIGHT: u32 = 1050;

/// One lettered panel.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Name of its file, such as `figure5a`.
    pub name: &'static str,
    /// Its plots, side by side.
    pub plots: Vec<Plot>,
    /// What the plots show.
    pub shown: String,
    /// Where the numbers come from: profile, data set, seeds, ...
    pub settings: String,
    /// Claims of the paper that the panel bears on.
    pub claims: Vec<Claim>,
}

/// A picture with the name of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// File name without extension.
    pub name: String,
    /// What it shows.
    pub sheet: Sheet,
    /// Claims of the paper that it bears on.
    pub claims: Vec<Claim>,
}

/// What could be drawn of a figure.
#[derive(Debug)]
pub struct Figure {
    /// The composite first, then its panels.
    pub pictures: Vec<Picture>,
    /// One error per panel that has no numbers yet.
    pub missing: Vec<FigureError>,
}

impl Panel {
    fn paragraphs(&self) -> Vec<String> {
        let claims = self.claims.iter().map(ToString::to_string);
        std::iter::once(self.shown.clone()).chain(claims).collect()
    }

    /// The panel as a picture of its own.
    pub(crate) fn picture(&self) -> Picture {
        let mut caption = self.paragraphs();
        caption.push(self.settings.clone());
        let sheet = Sheet { rows: vec![self.plots.clone()], caption };
        Picture { name: self.name.to_owned(), sheet, claims: self.claims.clone() }
    }
}

/// Puts panels together under `name`, two columns wide. Panels without numbers are left out and
/// reported; any other error is passed on, and so is the first absence when nothing is left.
pub fn compose(name: &str, panels: Vec<Result<Panel, FigureError>>) -> Result<Figure, FigureError> {
    let (mut drawn, mut missing) = (Vec::new(), Vec::new());
    for panel in panels {
        match panel {
            Ok(panel) => drawn.push(panel),
            Err(e) if e.is_absence() => missing.push(e),
            Err(e) => return Err(e),
        }
    }
    if drawn.is_empty() && !missing.is_empty() {
        return Err(missing.swap_remove(0));
    }
    let panels: Vec<Picture> = drawn.iter().map(Panel::picture).collect();
    let mut pictures = panels;
    if drawn.len() > 1 {
        pictures.insert(0, composite(name, &drawn));
    }
    Ok(Figure { pictures, missing })
}

fn composite(name: &str, panels: &[Panel]) -> Picture {
    let plots: Vec<Plot> = panels.iter().flat_map(|p| p.plots.iter().cloned()).collect();
    let rows = plots.chunks(2).map(<[Plot]>::to_vec).collect();
    let mut caption: Vec<String> = panels.iter().flat_map(Panel::paragraphs).collect();
    // Settings that panels share are printed once, after the letters of those panels.
    let mut settings: Vec<(String, String)> = Vec::new();
    for panel in panels {
        let letter = panel.name.trim_start_matches(name).to_owned();
        match settings.iter_mut().find(|s| s.1 == panel.settings) {
            Some((letters, _)) => *letters = format!("{letters}, {letter}"),
            None => settings.push((letter, panel.settings.clone())),
        }
    }
    caption.extend(settings.into_iter().map(|(letters, text)| format!("({letters}) {text}")));
    let claims = panels.iter().flat_map(|p| p.claims.iter().cloned()).collect();
    Picture { name: name.to_owned(), sheet: Sheet { rows, caption }, claims }
}
