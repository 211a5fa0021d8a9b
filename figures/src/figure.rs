//! A figure: its pictures and tables, what they say about the paper's claims, and what is missing. A panel gets its letter, and
//! with it the name of its file, from its position.

use std::fmt;

use crate::read::claim::Claim;
use crate::read::results::FigureError;
use crate::scene::table::{Note, Table};
use crate::scene::{Plot, Sheet};

/// Width of a plot that fills a column, in pixels.
pub(crate) const WIDTH: u32 = 1200;
/// Height of a plot without its legend, in pixels.
pub(crate) const HEIGHT: u32 = 820;

/// One panel, without its letter.
#[derive(Debug, Clone)]
pub struct Panel {
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
}

/// A claim and the panel that it is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// Name of the panel, such as `figure6a`.
    pub panel: String,
    /// The claim.
    pub claim: Claim,
}

/// What could be drawn of a figure.
#[derive(Debug)]
pub struct Figure {
    /// All panels in one picture, where there are several, then each by itself.
    pub pictures: Vec<Picture>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// The claims of all panels and tables.
    pub claims: Vec<Claimed>,
    /// One error per panel that has no numbers yet.
    pub missing: Vec<FigureError>,
}

/// A panel and its letter.
struct Lettered {
    letter: String,
    panel: Panel,
}

/// Name of the panel at `position`, counted from 0: that of its artifact and its letter, such as `figure5a`.
pub(crate) fn panel_name(artifact: &str, position: usize) -> String {
    format!("{artifact}{}", letter(position))
}

/// `a` to `z`, then `aa`, `ab`, ...
fn letter(position: usize) -> String {
    let last = char::from(b'a' + (position % 26) as u8);
    match position / 26 {
        0 => last.to_string(),
        before => format!("{}{last}", letter(before - 1)),
    }
}

/// The panel of `artifact` at `position` as a picture of its own.
pub(crate) fn panel_picture(artifact: &str, position: usize, panel: Panel) -> Picture {
    let Lettered { panel, .. } = Lettered::new(position, panel);
    panel.picture(panel_name(artifact, position))
}

/// The figure of an artifact that is one panel, which then needs no letter.
pub(crate) fn single(artifact: &str, panel: &Panel) -> Figure {
    let claims = panel.claimed(artifact);
    let pictures = vec![panel.picture(artifact.to_owned())];
    Figure { pictures, tables: Vec::new(), claims, missing: Vec::new() }
}

/// The figure of an artifact that is a table, with what is to be said under it: how to read it, its claims, and where
/// the numbers come from.
pub(crate) fn tabled(table: Table, shown: String, claims: Vec<Claim>, settings: String) -> Figure {
    let spoken = claims.iter().map(Claim::short);
    let caption = spoken.chain(std::iter::once(settings)).collect();
    let claimed = |claim| Claimed { panel: table.name.clone(), claim };
    let claims = claims.into_iter().map(claimed).collect();
    let reading = Note { mark: None, text: shown };
    let notes = std::iter::once(reading).chain(table.notes).collect();
    let tables = vec![Table { notes, caption, ..table }];
    Figure { pictures: Vec::new(), tables, claims, missing: Vec::new() }
}

/// Puts the panels of `artifact` together, two columns wide; their order gives their letters. Panels without numbers
/// are left out and reported; any other error is passed on, and so is the first absence when nothing is left.
pub(crate) fn compose(
    artifact: &str,
    panels: impl IntoIterator<Item = Result<Panel, FigureError>>,
) -> Result<Figure, FigureError> {
    let (mut drawn, mut missing) = (Vec::new(), Vec::new());
    for (position, panel) in panels.into_iter().enumerate() {
        match panel {
            Ok(panel) => drawn.push(Lettered::new(position, panel)),
            Err(e) if e.is_absence() => missing.push(e),
            Err(e) => return Err(e),
        }
    }
    if drawn.is_empty() && !missing.is_empty() {
        return Err(missing.swap_remove(0));
    }
    let composite = (drawn.len() > 1).then(|| composite(artifact, &drawn));
    let name = |lettered: &Lettered| format!("{artifact}{}", lettered.letter);
    let own = drawn.iter().map(|lettered| lettered.panel.picture(name(lettered)));
    let pictures = composite.into_iter().chain(own).collect();
    let claims = drawn.iter().flat_map(|lettered| lettered.panel.claimed(&name(lettered)));
    Ok(Figure { pictures, tables: Vec::new(), claims: claims.collect(), missing })
}

impl fmt::Display for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.panel, self.claim)
    }
}

impl Lettered {
    /// Writes the letter before the titles and the description of `panel`.
    fn new(position: usize, mut panel: Panel) -> Self {
        let letter = letter(position);
        let mark = |text: &str| format!("({letter}) {text}");
        panel.plots.iter_mut().for_each(|plot| plot.title = mark(&plot.title));
        panel.shown = mark(&panel.shown);
        Self { letter, panel }
    }
}

impl Panel {
    /// What it shows, then its claims in these `words`.
    fn paragraphs(&self, words: fn(&Claim) -> String) -> Vec<String> {
        std::iter::once(self.shown.clone()).chain(self.claims.iter().map(words)).collect()
    }

    fn claimed(&self, name: &str) -> Vec<Claimed> {
        let claimed = |claim: &Claim| Claimed { panel: name.to_owned(), claim: claim.clone() };
        self.claims.iter().map(claimed).collect()
    }

    fn picture(&self, name: String) -> Picture {
        let mut caption = self.paragraphs(ToString::to_string);
        caption.push(self.settings.clone());
        Picture { name, sheet: Sheet { rows: vec![self.plots.clone()], caption } }
    }
}

fn composite(artifact: &str, drawn: &[Lettered]) -> Picture {
    let panels = || drawn.iter().map(|lettered| &lettered.panel);
    let plots: Vec<Plot> = panels().flat_map(|panel| panel.plots.iter().cloned()).collect();
    let rows = plots.chunks(2).map(<[Plot]>::to_vec).collect();
    let mut caption: Vec<String> =
        panels().flat_map(|panel| panel.paragraphs(Claim::short)).collect();
    // Settings that panels share are printed once, after the letters of those panels.
    let mut settings: Vec<(String, &str)> = Vec::new();
    for Lettered { letter, panel } in drawn {
        match settings.iter_mut().find(|s| s.1 == panel.settings) {
            Some((letters, _)) => *letters = format!("{letters}, {letter}"),
            None => settings.push((letter.clone(), &panel.settings)),
        }
    }
    caption.extend(settings.into_iter().map(|(letters, text)| format!("({letters}) {text}")));
    Picture { name: artifact.to_owned(), sheet: Sheet { rows, caption } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_become_letters() {
        let names = [0, 2, 25, 26, 53].map(|position| panel_name("figure", position));
        assert_eq!(names, ["figurea", "figurec", "figurez", "figureaa", "figurebb"]);
    }

    #[test]
    fn a_missing_panel_keeps_its_letter() {
        let panel = |shown: &str| Panel {
            plots: Vec::new(),
            shown: shown.to_owned(),
            settings: String::new(),
            claims: Vec::new(),
        };
        let absent = FigureError::Absent { path: "t.csv".into(), cure: "make".to_owned() };
        let figure = compose("f", [Err(absent), Ok(panel("one")), Ok(panel("two"))]).unwrap();
        let names: Vec<&str> = figure.pictures.iter().map(|p| &*p.name).collect();
        assert_eq!((names, figure.missing.len()), (vec!["f", "fb", "fc"], 1));
        assert_eq!(figure.pictures[2].sheet.caption[0], "(c) two");
    }
}
