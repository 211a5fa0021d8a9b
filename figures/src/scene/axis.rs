//! Axes: ranges, tick marks, and the map from data to the place on the axis.

/// Where an axis has its ticks.
#[derive(Debug, Clone, PartialEq)]
pub enum Ticks {
    /// At round numbers.
    Round,
    /// At whole numbers.
    Whole,
    /// At given data values with given labels.
    At(Vec<(f64, String)>),
}

/// The farthest value from 0 that is drawn: the difference of two values beyond may not be finite.
const FARTHEST: f64 = 1e300;

/// An axis in data coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What is measured, with its unit.
    pub label: String,
    /// Lower and upper end, in data values.
    pub range: (f64, f64),
    /// Ticks.
    pub ticks: Ticks,
    /// Whether places go by the logarithm.
    pub log: bool,
    /// Whether ticks have grid lines.
    pub grid: bool,
}

impl Axis {
    /// A linear axis that holds the finite ones of `values` with a margin of 5 %.
    pub fn linear(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let range = extent(values).map_or((0.0, 1.0), |(low, high)| {
            let span = high - low;
            let pad = if span > 0.0 { 0.05 * span } else { 0.05 * low.abs().max(0.1) };
            (low - pad, high + pad)
        });
        Self::between(label, range)
    }

    /// A linear axis over exactly `range`, as far as that can be drawn.
    pub fn between(label: &str, (low, high): (f64, f64)) -> Self {
        let drawable = |end: f64| end.clamp(-FARTHEST, FARTHEST);
        let range = if low < high { (drawable(low), drawable(high)) } else { (0.0, 1.0) };
        Self { label: label.to_owned(), range, ticks: Ticks::Round, log: false, grid: true }
    }

    /// An axis of whole numbers such as epochs or degrees.
    pub fn whole(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = extent(values).unwrap_or((1.0, 1.0));
        let pad = (0.03 * (high - low)).max(0.3);
        Self { ticks: Ticks::Whole, ..Self::between(label, (low - pad, high + pad)) }
    }

    /// A logarithmic axis that holds the positive finite ones of `values`.
    pub fn log(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|v| *v > 0.0);
        let (low, high) = extent(positive).unwrap_or((0.1, 10.0));
        let (low, high) = (low.log10(), high.log10());
        let pad = (0.05 * (high - low)).max(0.05);
        let (low, high) = (low - pad, high + pad);
        let ticks = Ticks::At(log_ticks(low, high));
        Self { ticks, log: true, ..Self::between(label, (10f64.powf(low), 10f64.powf(high))) }
    }

    /// An axis with a place 0, 1, 2, ... for each name, evenly spaced.
    pub fn places(label: &str, names: &[String]) -> Self {
        let ticks = names.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect();
        let range = (-0.5, names.len().max(1) as f64 - 0.5);
        Self { ticks: Ticks::At(ticks), ..Self::between(label, range) }
    }

    /// The same axis, stretched to hold `value` and a margin of 5 % beyond it.
    pub fn reaching(self, value: f64) -> Self {
        let (low, high) = self.range;
        let pad = 0.05 * (high.max(value) - low.min(value));
        let low = if value - pad < low { value - pad } else { low };
        let high = if value + pad > high { value + pad } else { high };
        Self { range: (low, high), ..self }
    }

    /// The place of a data value on the axis: its logarithm on a logarithmic axis.
    pub fn place(&self, value: f64) -> f64 {
        match self.log {
            true if value > 0.0 => value.log10(),
            true => f64::NAN,
            false => value,
        }
    }

    /// Both ends as places.
    pub fn ends(&self) -> (f64, f64) {
        (self.place(self.range.0), self.place(self.range.1))
    }
}

/// Smallest and largest value that can be drawn.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.abs() <= FARTHEST).fold(None, |ends: Option<(f64, f64)>, v| {
        Some(ends.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
    })
}

/// Decades between two exponents; with fewer than three of them also 2 and 5 times each; and thinned
/// to at most eight.
fn log_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let exponents = low.floor() as i32..=high.ceil() as i32;
    let inside = |v: &f64| (low..=high).contains(&v.log10());
    let decades: Vec<i32> = exponents.clone().filter(|e| inside(&10f64.powi(*e))).collect();
    if decades.len() < 3 {
        let fine = |factors: &[f64]| -> Vec<f64> {
            let times = |e: i32| factors.iter().map(move |m| m * 10f64.powi(e));
            exponents.clone().flat_map(times).filter(inside).collect()
        };
        let coarse = fine(&[1.0, 2.0, 5.0]);
        let ticks = if coarse.len() < 2 {
            fine(&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
        } else {
            coarse
        };
        return ticks.into_iter().map(|v| (v, plain(v))).collect();
    }
    let step = decades.len().div_ceil(8);
    decades.into_iter().step_by(step).map(|e| (10f64.powi(e), power(e))).collect()
}

fn plain(value: f64) -> String {
    if (1e-4..1e5).contains(&value) {
        // Products like 3 * 0.1 carry rounding; twelve digits hide it.
        format!("{}", (value * 1e12).round() / 1e12)
    } else {
        format!("{value:e}")
    }
}

fn power(exponent: i32) -> String {
    if (-3..=3).contains(&exponent) {
        return plain(10f64.powi(exponent));
    }
    let raised = |c: char| match c {
        '-' => '\u{207b}',
        '1' => '\u{b9}',
        '2' => '\u{b2}',
        '3' => '\u{b3}',
        other => other.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(other),
    };
    format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degenerate_data_still_gives_a_range() {
        for axis in [
            Axis::linear("", []),
            Axis::linear("", [f64::NAN, 2.0]),
            Axis::whole("", [1.0]),
            Axis::log("", [0.0, -1.0, f64::INFINITY]),
            Axis::log("", [3.0]),
        ] {
            let (low, high) = axis.ends();
            assert!(low.is_finite() && high.is_finite() && low < high, "{axis:?}");
        }
    }

    #[test]
    fn log_axes_have_labels_at_powers() {
        let Ticks::At(ticks) = Axis::log("", [1e-4, 20.0]).ticks else { panic!("ticks are given") };
        let labels: Vec<&str> = ticks.iter().map(|t| t.1.as_str()).collect();
        assert_eq!(labels, ["10⁻⁴", "0.001", "0.01", "0.1", "1", "10"]);
        let Ticks::At(narrow) = Axis::log("", [0.021, 0.09]).ticks else { panic!("as above") };
        assert!(narrow.len() >= 2, "{narrow:?}");
    }

    #[test]
    fn ranges_stay_finite() {
        for range in [(-1.7e308, 1.7e308), (f64::NAN, 1.0), (0.0, f64::INFINITY), (1.0, 1.0)] {
            let (low, high) = Axis::between("", range).range;
            assert!(low < high && (high - low).is_finite(), "{range:?} became {low} to {high}");
        }
    }

    #[test]
    fn wide_log_axes_are_thinned() {
        let Ticks::At(ticks) = Axis::log("", [1.0, 1e15]).ticks else { panic!("ticks are given") };
        assert!(ticks.len() <= 8);
    }
}
