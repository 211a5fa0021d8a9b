//! What a run is called in a legend, and how it looks in every figure.

pub use crate::scene::number::signed;
use crate::scene::{Colour, Dash, Look, Marker};
use swast_tables::rows::RunRow;

/// A line of a figure: all runs that differ in nothing but their seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// `cut`, `coreset-only`, `prune-only`, ...
    pub name: String,
    /// Prune rate of the backbone, where weights are pruned.
    pub prune_rate: Option<f64>,
}

impl Variant {
    /// The variant of a run.
    pub fn of(run: &RunRow) -> Self {
        Self { name: run.variant.clone(), prune_rate: run.prune_rate }
    }

    /// Legend label, such as `cut 70 %`.
    pub fn label(&self) -> String {
        match self.prune_rate {
            Some(rate) => format!("{} {} %", self.name, percent(rate)),
            None => self.name.clone(),
        }
    }

    /// Colour, dash and marker: a hue per name; for cut, darker with the prune rate.
    pub fn look(&self) -> Look {
        match self.name.as_str() {
            "coreset-only" => Look::marked(Colour::VERMILLION, Dash::Dashed, Marker::Square),
            "prune-only" => Look::marked(Colour::GREEN, Dash::Dashed, Marker::Triangle),
            "cut" => cut(self.prune_rate),
            _ => Look::marked(Colour::GREY, Dash::Dotted, Marker::Ring),
        }
    }
}

fn cut(prune_rate: Option<f64>) -> Look {
    let rate = prune_rate.unwrap_or(0.7);
    let (shade, marker) = match rate {
        r if r < 0.4 => (Colour::BLUE.towards(Colour::WHITE, 0.55), Marker::Diamond),
        r if r < 0.6 => (Colour::BLUE.towards(Colour::WHITE, 0.25), Marker::Ring),
        r if r < 0.8 => (Colour::BLUE, Marker::Circle),
        _ => (Colour::BLUE.towards(Colour::BLACK, 0.6), Marker::Triangle),
    };
    Look::marked(shade, Dash::Solid, marker)
}

/// The look of cut where its prune rate is on an axis.
pub fn cut_look() -> Look {
    Look::marked(Colour::BLUE, Dash::Solid, Marker::Circle)
}

/// A fraction in percent, without rounding noise: 0.07 is `7`, 0.995 is `99.5`.
pub fn percent(fraction: f64) -> String {
    format!("{}", (fraction * 1e8).round() / 1e6)
}

/// The distinct variants of `runs`: unpruned ones first, then by name and prune rate.
pub fn variants(runs: &[RunRow]) -> Vec<Variant> {
    let mut found: Vec<Variant> = runs.iter().map(Variant::of).collect();
    let rate = |v: &Variant| v.prune_rate.unwrap_or(-1.0);
    found.sort_by(|a, b| {
        let unpruned = b.prune_rate.is_none().cmp(&a.prune_rate.is_none());
        unpruned.then(a.name.cmp(&b.name)).then(rate(a).total_cmp(&rate(b)))
    });
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_hides_rounding() {
        assert_eq!(percent(0.07), "7");
        assert_eq!(percent(0.995), "99.5");
        assert_eq!(percent(0.29), "29");
    }

    #[test]
    fn what_rounds_to_zero_has_no_sign() {
        assert_eq!(
            [-0.04, 0.04, -0.05001, 10.0].map(|x| signed(x, 1)),
            ["0.0", "0.0", "\u{2212}0.1", "+10.0"]
        );
    }

    #[test]
    fn labels_name_the_rate_only_where_there_is_one() {
        let cut = Variant { name: "cut".to_owned(), prune_rate: Some(0.7) };
        assert_eq!(cut.label(), "cut 70 %");
        let base = Variant { name: "coreset-only".to_owned(), prune_rate: None };
        assert_eq!(base.label(), "coreset-only");
    }
}
