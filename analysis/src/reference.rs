//! What fits are compared with: the function that points were generated from or, for points whose truth is not
//! known, a function of one's own choice, the broken line through the clean points, or nothing.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use swast_tables::names::name_of;

use crate::Error;
use crate::formula::Formula;
use crate::points::{MarkedPoints, Points};
use crate::target::Target;

/// What fits are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Reference {
    /// Nothing: only the losses on their own points are known.
    None,
    /// The broken line through the clean points; through the coreset where none is clean.
    Line,
    /// A function of x that has a name.
    Function(Target),
    /// A function of x that is written down.
    Formula(Formula),
}

impl Reference {
    /// Its name, as [`Reference::from_str`] reads it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Line => "line".to_owned(),
            Self::Function(target) => name_of(*target),
            Self::Formula(formula) => formula.to_string(),
        }
    }

    /// Its name in tables; `data` for the line.
    #[must_use]
    pub fn column(&self) -> String {
        if *self == Self::Line { "data".to_owned() } else { self.name() }
    }

    /// Checks that its `values` are numbers: a function may leave the range of `f64` where given points are.
    pub(crate) fn check(&self, values: Option<&Points>) -> Result<(), Error> {
        let Some((x, _)) = values.and_then(|values| values.iter().find(|(_, y)| !y.is_finite()))
        else {
            return Ok(());
        };
        let reason = format!(
            "{} is no finite number at x = {x:?}; name another function, line or none",
            self.column()
        );
        Err(Error::setting("--function", reason))
    }

    /// Its values at the abscissae `grid`.
    pub(crate) fn on(&self, drawn: &MarkedPoints, grid: Vec<f64>) -> Option<Points> {
        match self {
            Self::None => None,
            Self::Function(target) => Some(Points::on(*target, grid)),
            Self::Formula(formula) => {
                Some(grid.into_iter().map(|x| (x, formula.eval(x))).collect())
            }
            Self::Line => {
                let clean = drawn.clean();
                let knots = if clean.is_empty() { drawn.coreset() } else { clean };
                Some(broken_line(&knots, grid))
            }
        }
    }
}

/// In words, after "compared with".
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(f, "nothing"),
            Self::Line => write!(f, "the broken line through the clean points"),
            other => write!(f, "the function {} of your choice", other.name()),
        }
    }
}

/// From its name, or as a formula.
impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => return Ok(Self::None),
            "line" => return Ok(Self::Line),
            _ => {}
        }
        if let Ok(target) = Target::from_str(text, false) {
            return Ok(Self::Function(target));
        }
        text.parse().map(Self::Formula).map_err(|reason| {
            let names: Vec<String> =
                Target::value_variants().iter().copied().map(name_of).collect();
            format!("{reason}; or one of none, line, {}", names.join(", "))
        })
    }
}

/// The broken line through `points` at the abscissae `grid`, constant outside their range. Of points
/// above each other the mean counts.
fn broken_line(points: &Points, grid: Vec<f64>) -> Points {
    let mut knots: Vec<(f64, f64)> = points.iter().collect();
    knots.sort_by(|a, b| a.0.total_cmp(&b.0));
    let knots: Vec<(f64, f64)> = knots
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| (same[0].0, same.iter().map(|p| p.1).sum::<f64>() / same.len() as f64))
        .collect();
    let value = |x: f64| {
        let above = knots.partition_point(|knot| knot.0 < x);
        match (above.checked_sub(1).map(|i| knots[i]), knots.get(above)) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
            (None, Some((_, y))) => *y,
            (Some((_, y)), None) => y,
            (None, None) => f64::NAN,
        }
    };
    let y = grid.iter().map(|x| value(*x)).collect();
    Points { x: grid, y }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_line_by_hand() {
        let points = [(1.0, 4.0), (0.0, 1.0), (0.0, 3.0)].into_iter().collect();
        let line = broken_line(&points, vec![-1.0, 0.0, 0.5, 1.0, 2.0]);
        assert_eq!(line.y, [2.0, 2.0, 3.0, 4.0, 4.0]);
    }

    #[test]
    fn every_reference_is_read_from_its_name() {
        let named = ["none", "line", "runge", "abs", "step", "2 * x^2"];
        for name in named {
            assert_eq!(name.parse::<Reference>().unwrap().name(), name);
        }
        for target in Target::value_variants() {
            assert_eq!(name_of(*target).parse(), Ok(Reference::Function(*target)));
        }
        let error = "parabola".parse::<Reference>().unwrap_err();
        assert!(error.contains("`parabola` is unknown") && error.contains("runge"), "{error}");
    }

    #[test]
    fn the_line_runs_through_the_clean_points_whatever_the_coreset() {
        let all: Points = [(0.0, 1.0), (1.0, 5.0), (2.0, 3.0)].into_iter().collect();
        let marked = |noisy: [bool; 3]| MarkedPoints {
            all: all.clone(),
            noisy: noisy.to_vec(),
            coreset: vec![false, true, false],
        };
        let at = |noisy| Reference::Line.on(&marked(noisy), vec![1.0]).unwrap().y[0];
        assert_eq!(at([false, true, false]), 2.0);
        assert_eq!(at([true; 3]), 5.0, "the coreset, where no point is clean");
        assert_eq!(Reference::None.on(&marked([true; 3]), vec![1.0]), None);
    }
}
