//! Colours, dashes and markers. The same thing looks the same in every figure; colours are from
//! Okabe and Ito's palette, and dash and marker differ as well, for readers who see no colours.

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Text, axes, the truth.
    pub const BLACK: Self = Self(0, 0, 0);
    /// Rules and references.
    pub const GREY: Self = Self(110, 110, 110);
    /// Text on dark fills.
    pub const WHITE: Self = Self(255, 255, 255);
    /// cut, and the unpruned fit.
    pub const BLUE: Self = Self(0, 114, 178);
    /// The pruned fit.
    pub const ORANGE: Self = Self(230, 159, 0);
    /// coreset-only, the baseline.
    pub const VERMILLION: Self = Self(213, 94, 0);
    /// prune-only, and clean points.
    pub const GREEN: Self = Self(0, 158, 115);
    /// Noisy points.
    pub const PURPLE: Self = Self(170, 70, 130);

    /// The colour `t` of the way from `self` to `other`, t in [0, 1].
    pub fn towards(self, other: Self, t: f64) -> Self {
        let t = if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 };
        let mix = |a: u8, b: u8| (f64::from(a) + t * (f64::from(b) - f64::from(a))).round() as u8;
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Black or white, whichever reads better on this colour (WCAG 2.1 relative luminance).
    pub fn ink(self) -> Self {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = 0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2);
        if luminance > 0.179 { Self::BLACK } else { Self::WHITE }
    }
}

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// Unbroken.
    Solid,
    /// Long strokes.
    Dashed,
    /// Short strokes.
    Dotted,
}

/// The shape at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// No marker.
    None,
    /// A filled circle.
    Circle,
    /// An open circle.
    Ring,
    /// A filled square.
    Square,
    /// A filled triangle.
    Triangle,
    /// A filled diamond.
    Diamond,
    /// A diagonal cross.
    Cross,
}

/// Colour, dash, marker and line width (pixels).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colour of line and marker.
    pub colour: Colour,
    /// How the line is broken.
    pub dash: Dash,
    /// Marker at each point.
    pub marker: Marker,
    /// Line width in pixels.
    pub width: u32,
    /// Radius of the marker in pixels.
    pub radius: i32,
}

impl Look {
    /// A line without markers.
    pub const fn line(colour: Colour, dash: Dash) -> Self {
        Self { colour, dash, marker: Marker::None, width: 6, radius: 0 }
    }

    /// A line with markers.
    pub const fn marked(colour: Colour, dash: Dash, marker: Marker) -> Self {
        Self { colour, dash, marker, width: 6, radius: 14 }
    }

    /// The rule of a reference value.
    pub const RULE: Self = Self::line(Colour::GREY, Dash::Dashed);

    /// The same with small, pale markers: single observations behind their mean.
    pub fn faint(self) -> Self {
        Self { colour: self.colour.towards(Colour::WHITE, 0.45), radius: 9, width: 3, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_ends_at_both_colours_and_survives_nan() {
        assert_eq!(Colour::BLACK.towards(Colour::WHITE, 0.0), Colour::BLACK);
        assert_eq!(Colour::BLACK.towards(Colour::WHITE, 2.0), Colour::WHITE);
        assert_eq!(Colour::BLACK.towards(Colour::WHITE, 0.5), Colour(128, 128, 128));
        assert_eq!(Colour::BLUE.towards(Colour::WHITE, f64::NAN), Colour::BLUE);
    }

    #[test]
    fn ink_reads_on_its_ground() {
        assert_eq!(Colour::WHITE.ink(), Colour::BLACK);
        assert_eq!(Colour(20, 40, 90).ink(), Colour::WHITE);
    }
}
