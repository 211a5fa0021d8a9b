//! What is shown, as plain values: sheets of plots, axes, marks and legends, and tables. Knows no
//! drawing library; `canvas` turns a [`Sheet`] into SVG.

mod axis;
mod look;
pub mod number;
pub mod table;

pub use axis::{Axis, Ticks};
pub use look::{Colour, Dash, Look, Marker};

/// A picture: rows of plots with a caption under them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Plots, row by row; plots of a row share a height.
    pub rows: Vec<Vec<Plot>>,
    /// Paragraphs under the plots.
    pub caption: Vec<String>,
}

/// One pair of axes and what is drawn between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Width in pixels, axis labels included.
    pub width: u32,
    /// Height in pixels, legend excluded.
    pub height: u32,
    /// One line over the plot.
    pub title: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Marks, in order of drawing.
    pub marks: Vec<Mark>,
    /// Legend, drawn over the plot so that it covers no data.
    pub legend: Vec<Entry>,
}

/// A line of a legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// How the thing looks in the plot.
    pub key: Key,
    /// What it is.
    pub label: String,
}

/// The sample shown before a label of a legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Key {
    /// A stretch of line with its marker.
    Line(Look),
    /// A marker alone.
    Dot(Look),
    /// A filled patch.
    Patch(Colour),
    /// Nothing: a note among the labels.
    Note,
}

/// Something drawn in data coordinates. Points that are not finite interrupt lines and bands and
/// are otherwise left out; what leaves the vertical range is cut off there.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A line through points, with a marker at each.
    Line(Vec<(f64, f64)>, Look),
    /// Markers.
    Dots(Vec<(f64, f64)>, Look),
    /// Translucent circles of (x, y, radius in pixels).
    Bubbles(Vec<(f64, f64, i32)>, Colour),
    /// A translucent band of (x, low, high).
    Band(Vec<(f64, f64, f64)>, Colour),
    /// Vertical bars of (x, low, high).
    Bars(Vec<(f64, f64, f64)>, Look),
    /// A filled rectangle between two corners.
    Cell([(f64, f64); 2], Colour),
    /// Words near a point.
    Words(Words),
}

/// Words in a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// Their centre, in data coordinates.
    pub at: (f64, f64),
    /// By how many pixels they are moved to the right and down.
    pub offset: (i32, i32),
    /// The words.
    pub text: String,
    /// Whether they are smaller than the main words of the plot.
    pub small: bool,
    /// Their colour.
    pub colour: Colour,
}

impl Entry {
    /// An entry with a stretch of line.
    pub fn line(look: Look, label: impl Into<String>) -> Self {
        Self { key: Key::Line(look), label: label.into() }
    }

    /// An entry with a marker.
    pub fn dot(look: Look, label: impl Into<String>) -> Self {
        Self { key: Key::Dot(look), label: label.into() }
    }

    /// An entry with a patch.
    pub fn patch(colour: Colour, label: impl Into<String>) -> Self {
        Self { key: Key::Patch(colour), label: label.into() }
    }

    /// An entry of words alone.
    pub fn note(label: impl Into<String>) -> Self {
        Self { key: Key::Note, label: label.into() }
    }
}
