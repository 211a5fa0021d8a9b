//! How a setting is written in an address: a form reads its text, names the key if the text is wrong, and writes it again.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use clap::ValueEnum;
use swast_tables::names::name_of;

use crate::Error;
use crate::points::{MarkedPoints, Points};

/// Most points of one's own, and of a generated draw.
pub(super) const MOST_POINTS: usize = 200;
/// Ordinates of one's own points stay within this.
const LARGEST_Y: f64 = 1e3;

/// How values of `T` are read and written.
pub(super) trait Form<T> {
    /// The value of `key`, which errors name.
    fn read(&self, key: &'static str, text: &str) -> Result<T, Error>;
    /// The text that [`Form::read`] reads as `value`.
    fn write(&self, value: &T) -> String;
}

/// The name of a choice.
pub(super) struct Choice;
/// A whole number in a range.
pub(super) struct Whole(pub(super) RangeInclusive<u64>);
/// A number of things in a range.
pub(super) struct Count(pub(super) RangeInclusive<usize>);
/// A number in a range.
pub(super) struct Number(pub(super) RangeInclusive<f64>);
/// 0 or 1.
pub(super) struct Flag;
/// Points as `x,y,marks` joined by `;`: the marks are `n` (noisy), `c` (in the coreset), `nc` or none.
pub(super) struct OwnPoints;

impl<T: ValueEnum + Copy> Form<T> for Choice {
    fn read(&self, key: &'static str, text: &str) -> Result<T, Error> {
        T::from_str(text, false).map_err(|_| {
            let names: Vec<String> = T::value_variants().iter().copied().map(name_of).collect();
            Error::setting(key, format!("`{}` is none of {}", clip(text), names.join(", ")))
        })
    }

    fn write(&self, value: &T) -> String {
        name_of(*value)
    }
}

impl Form<u64> for Whole {
    fn read(&self, key: &'static str, text: &str) -> Result<u64, Error> {
        text.parse().ok().filter(|value| self.0.contains(value)).ok_or_else(|| {
            let (low, high) = (self.0.start(), self.0.end());
            let reason = format!("`{}` is no whole number from {low} to {high}", clip(text));
            Error::setting(key, reason)
        })
    }

    fn write(&self, value: &u64) -> String {
        value.to_string()
    }
}

impl Form<usize> for Count {
    fn read(&self, key: &'static str, text: &str) -> Result<usize, Error> {
        let whole = Whole(*self.0.start() as u64..=*self.0.end() as u64);
        whole.read(key, text).map(|value| value as usize)
    }

    fn write(&self, value: &usize) -> String {
        value.to_string()
    }
}

impl Form<f64> for Number {
    fn read(&self, key: &'static str, text: &str) -> Result<f64, Error> {
        text.parse().ok().filter(|value| self.0.contains(value)).ok_or_else(|| {
            let (low, high) = (self.0.start(), self.0.end());
            Error::setting(key, format!("`{}` is no number from {low} to {high}", clip(text)))
        })
    }

    fn write(&self, value: &f64) -> String {
        value.to_string()
    }
}

impl Form<bool> for Flag {
    fn read(&self, key: &'static str, text: &str) -> Result<bool, Error> {
        Whole(0..=1).read(key, text).map(|value| value == 1)
    }

    fn write(&self, value: &bool) -> String {
        u8::from(*value).to_string()
    }
}

impl Form<Option<MarkedPoints>> for OwnPoints {
    fn read(&self, key: &'static str, text: &str) -> Result<Option<MarkedPoints>, Error> {
        let (mut points, mut noisy, mut coreset) = (Vec::new(), Vec::new(), Vec::new());
        for point in text.split(';') {
            let (at, is_noisy, is_chosen) = marked_point(point).ok_or_else(|| {
                let reason = format!(
                    "`{}` is no point; write x,y,marks with x in [-1, 1] and the marks n (noisy), c (coreset), nc or none",
                    clip(point)
                );
                Error::setting(key, reason)
            })?;
            points.push(at);
            noisy.push(is_noisy);
            coreset.push(is_chosen);
            if points.len() > MOST_POINTS {
                return Err(Error::setting(key, format!("more than {MOST_POINTS} points")));
            }
        }
        let all: Points = points.into_iter().collect();
        Ok(Some(MarkedPoints { all, noisy, coreset }))
    }

    /// No points of one's own are no text.
    fn write(&self, value: &Option<MarkedPoints>) -> String {
        let mut text = String::new();
        let Some(own) = value else { return text };
        let marks = own.noisy.iter().zip(&own.coreset);
        for (i, ((x, y), (noisy, coreset))) in own.all.iter().zip(marks).enumerate() {
            let gap = if i == 0 { "" } else { ";" };
            let (n, c) = (if *noisy { "n" } else { "" }, if *coreset { "c" } else { "" });
            write!(text, "{gap}{x},{y},{n}{c}").expect("writing to memory does not fail");
        }
        text
    }
}

/// Reads `x,y,marks`: the point, whether it is noisy and whether it belongs to the coreset.
fn marked_point(text: &str) -> Option<((f64, f64), bool, bool)> {
    let cells: Vec<&str> = text.split(',').collect();
    let [x, y, marks] = cells[..] else { return None };
    let within = |text: &str, range: RangeInclusive<f64>| {
        text.parse().ok().filter(|value| range.contains(value))
    };
    let at = (within(x, -1.0..=1.0)?, within(y, -LARGEST_Y..=LARGEST_Y)?);
    let (noisy, coreset) = match marks {
        "n" => (true, false),
        "c" => (false, true),
        "nc" => (true, true),
        "" => (false, false),
        _ => return None,
    };
    Some((at, noisy, coreset))
}

/// The start of what someone wrote, for a message.
pub(super) fn clip(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}
