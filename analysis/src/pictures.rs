//! Pictures beside the tables.

use swast_figures::draw;
use swast_figures::figure::Picture;
use swast_figures::lab;
use swast_figures::scene::{Plot, Sheet};

use crate::args::RunArgs;

/// Size of a plot, as in the figures of the paper.
pub(crate) const SIZE: lab::Size = (1600, 1050);

/// Writes `pictures` in the formats asked for; returns their file names.
pub(crate) fn write(run: &RunArgs, pictures: &[Picture]) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for picture in pictures {
        for path in draw::write(picture, &run.out, &run.format)? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            names.extend(name);
        }
    }
    Ok(names)
}

/// Plots side by side in rows over a caption.
pub(crate) fn picture(name: &str, rows: Vec<Vec<Plot>>, caption: String) -> Picture {
    let sheet = Sheet { rows, caption: vec![caption] };
    Picture { name: name.to_owned(), sheet }
}
